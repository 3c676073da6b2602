//! The code that a merchant makes for `mdqrcode` and `mdbarcode`, as the card's page finds it (SEMANTICS 10).

use serde_json::Value;
use world::Moment;
use world::card::Card;

/// Where a merchant's code stands.
pub(crate) enum CodeState {
    /// It can be shown until a time.
    Good {
        /// What to draw.
        value: String,
        /// Until when, in the platform's writing.
        expires: String,
    },
    /// Nothing was handed over yet.
    Asking,
    /// The merchant failed and wants to be asked again.
    Retry,
    /// The merchant failed for good.
    NoRetry,
    /// What was handed over has run out.
    RanOut,
}

impl CodeState {
    /// The state in a word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Good { .. } => "SUCCESS",
            Self::Asking => "ASKING",
            Self::Retry => "FAIL_RETRY",
            Self::NoRetry => "FAIL_NOT_RETRY",
            Self::RanOut => "EXPIRED",
        }
    }
}

/// The state of a card's merchant-made code.
pub(crate) fn merchant_code(card: &Card, now: Moment) -> CodeState {
    let handed = card.more.get().merchant_code.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let Some(handed) = handed else { return CodeState::Asking };
    let text = |name: &str| handed.get(name).and_then(Value::as_str);
    match text("code_status") {
        Some("FAIL_RETRY") => CodeState::Retry,
        Some("FAIL_NOT_RETRY") => CodeState::NoRetry,
        _ => match (text("code_value"), text("expire_time").map(|time| (time, Moment::parse(time)))) {
            (Some(value), Some((expires, Ok(until)))) if now < until => {
                CodeState::Good { value: value.to_owned(), expires: expires.to_owned() }
            }
            _ => CodeState::RanOut,
        },
    }
}
