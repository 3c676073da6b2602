//! A call of the platform to the merchant: a notice, a message, a question of the fast flow, a request for a code.

use super::sheet::{Answered, Flag, Sheet, Signature, Struck, View};
use serde_json::{Map, Value};

/// Ways in which somebody wanted a notice's signature to be wrong.
const FORGERIES: &[&str] = &["other_key", "wrong_signature", "no_signature"];
/// The platform's name for a message that somebody wrote and had sent.
const BY_HAND: &str = "message";
/// Letters of the shortest signature that RSA2 knows: 2048 bits in Base64.
const RSA2_LETTERS: usize = 344;
/// What only a refund's notice carries.
const REFUND_FIELDS: &[&str] = &["refund_fee", "gmt_refund", "out_biz_no"];

/// One call of the platform to the merchant.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Delivery {
    /// Its number in the journal.
    pub id: u64,
    /// The platform's name for it, such as `trade_status_sync` or `spi.alipay.user.opencard.get`.
    pub method: String,
    /// The application it was for.
    pub app_id: Option<String>,
    /// Virtual time, China.
    pub at: String,
    /// Virtual time, milliseconds since 1970.
    pub at_ms: i64,
    /// Real time, milliseconds since 1970.
    pub real_ms: i64,
    /// How long it took until the answer was read, milliseconds of real time.
    pub took_ms: u64,
    /// What it said.
    pub params: Map<String, Value>,
    /// Its `biz_content`, where it has one.
    pub business: Value,
    /// The signature that came with it.
    pub sign: Option<String>,
    /// HTTP status of the answer; nothing when none came.
    pub status: Option<u16>,
    /// What was answered; nothing when none came, or when the journal does not say.
    pub answered: Option<Answered>,
    /// How long the answer's body is, bytes.
    pub bytes: usize,
    /// Headers of the answer.
    pub headers: Vec<(String, String)>,
    /// The answer's object, where it has one.
    pub response: Value,
    /// What the platform made of the answer's signature.
    pub signature: Signature,
    /// The outcome in a word, when the merchant took it.
    pub code: String,
    /// Why it did not, in a word.
    pub sub_code: String,
    /// Remarks of the platform.
    pub flags: Vec<Flag>,
    /// The fault that struck it.
    pub struck: Option<Struck>,
}

impl Delivery {
    pub(super) fn of(sheet: Sheet) -> Self {
        let View { params, biz_content, sign, response, answered, .. } = sheet.view;
        Self {
            id: sheet.id,
            method: sheet.method,
            app_id: sheet.app_id,
            at: sheet.at,
            at_ms: sheet.at_ms,
            real_ms: sheet.real_ms,
            took_ms: sheet.took_us / 1_000,
            params,
            business: biz_content,
            sign: sign.as_str().map(str::to_owned),
            status: (sheet.http_status != 0).then_some(sheet.http_status),
            answered,
            bytes: sheet.answer.bytes,
            headers: sheet.answer.headers,
            response,
            signature: sheet.signature,
            code: sheet.code,
            sub_code: sheet.sub_code,
            flags: sheet.flags,
            struck: sheet.fault,
        }
    }

    /// Something it said.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }

    /// When its answer was read, real time, milliseconds since 1970.
    pub fn answered_ms(&self) -> i64 {
        self.real_ms.saturating_add(i64::try_from(self.took_ms).unwrap_or(i64::MAX))
    }

    /// The body of the answer, as far as the journal has it.
    pub fn text(&self) -> Option<&str> {
        self.answered.as_ref().map(|answered| answered.text.as_str())
    }

    /// The number that stays the same when it is delivered again.
    pub fn notice(&self) -> Option<&str> {
        self.param("notify_id")
    }

    /// Whether it is a notice, which is answered by the word `success`.
    pub fn is_notice(&self) -> bool {
        self.notice().is_some()
    }

    /// Whether its signature is none of the platform's: made wrong on purpose, or written by somebody and too short for an RSA2
    /// signature.
    pub fn is_forged(&self) -> bool {
        let made_wrong = self.struck.as_ref().is_some_and(|struck| FORGERIES.contains(&struck.action.as_str()));
        made_wrong || (self.method == BY_HAND && self.sign.as_ref().is_none_or(|sign| sign.len() < RSA2_LETTERS))
    }

    /// Whether the merchant said that it took it; what stands around the word does not matter here.
    pub fn was_believed(&self) -> bool {
        let said =
            self.text().map(|text| text.trim_matches(|letter: char| letter == '\u{feff}' || letter == '"' || letter.is_whitespace()));
        said.map_or(self.code == "success", |said| said == "success")
    }

    /// Whether it tells how a trade stands.
    pub fn is_about_a_trade(&self) -> bool {
        self.param("notify_type") == Some("trade_status_sync")
    }

    /// Whether it tells that money went back.
    pub fn is_about_a_refund(&self) -> bool {
        self.is_about_a_trade() && REFUND_FIELDS.iter().any(|name| self.param(name).is_some())
    }

    /// Whether it tells that a trade was paid, now or long ago.
    pub fn is_about_a_payment(&self) -> bool {
        let paid = self.param("trade_status").is_some_and(|status| status == "TRADE_SUCCESS" || status == "TRADE_FINISHED");
        paid && self.is_about_a_trade() && !self.is_about_a_refund()
    }

    /// Whether it said something else than it was made with, rightly signed.
    pub fn is_edited(&self) -> bool {
        self.struck.as_ref().is_some_and(|struck| struck.action.starts_with("fields"))
    }

    /// As evidence names it.
    pub fn name(&self) -> String {
        format!("#{} {}", self.id, self.method)
    }
}
