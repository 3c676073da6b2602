//! Ledger instructions and answers as JSON.
//!
//! Ids are texts: 32 hexadecimal digits as the ledger prints them, `0x` and up to 32, or a decimal number of up to 31
//! digits. Amounts are whole numbers of the unit's smallest part, as JSON numbers or decimal texts, and come back as texts,
//! because many JSON readers round above 2^53.

use engine::world::ledger::{
    AccountId, Answer, Confirm, Done, Hold, Instruction, Millis, Open, PostingId, Refusal, Release, Reverse, State, Transfer, Unit,
};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;

/// A whole number that is written as text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Text<T>(pub(crate) T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: TryFrom<i64> + TryFrom<u64> + FromStr> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number<T>(std::marker::PhantomData<T>);
        impl<T: TryFrom<i64> + TryFrom<u64> + FromStr> Visitor<'_> for Number<T> {
            type Value = Text<T>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a whole number that fits, as a number or as decimal text")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Text<T>, E> {
                T::try_from(number).map(Text).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Text<T>, E> {
                T::try_from(number).map(Text).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<T>, E> {
                text.parse().map(Text).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Number(std::marker::PhantomData))
    }
}

/// An id of 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Id(u128);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        id(&text).map(Self).map_err(D::Error::custom)
    }
}

/// Reads an id.
pub(super) fn id(text: &str) -> Result<u128, String> {
    let hex = text.strip_prefix("0x").or_else(|| (text.len() == 32).then_some(text));
    let digits = hex.unwrap_or(text);
    let plain = !digits.is_empty() && digits.len() <= 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = if plain { u128::from_str_radix(digits, if hex.is_some() { 16 } else { 10 }).ok() } else { None };
    number.ok_or_else(|| {
        format!(
            "`{}` is no id: 32 hexadecimal digits, or 0x and up to 32, or a decimal number of up to 31 digits",
            text.chars().take(80).collect::<String>()
        )
    })
}

/// What an account counts.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UnitAsk {
    /// Member points, in hundredths.
    Point,
    /// Growth value, in hundredths.
    Growth,
    /// Money, in fen.
    Fen,
    /// Coupons, by the piece.
    Piece,
}

/// The word for a unit.
pub(super) fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Point => "point",
        Unit::Growth => "growth",
        Unit::Fen => "fen",
        Unit::Piece => "piece",
    }
}

/// A batch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    /// Up to 8192, run in order.
    pub(super) instructions: Vec<Ask>,
}

/// An instruction. `linked` ones stand or fall with the next.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Ask {
    /// Open an account.
    Open {
        /// Its name.
        #[schema(value_type = String)]
        id: Id,
        /// What it counts.
        unit: UnitAsk,
        /// The lowest balance, at most 0; none when absent.
        #[schema(value_type = Option<String>)]
        floor: Option<Text<i64>>,
        /// The highest balance, at least 0; none when absent.
        #[schema(value_type = Option<String>)]
        ceiling: Option<Text<i64>>,
        /// Stands or falls with the next.
        #[serde(default)]
        linked: bool,
    },
    /// Move an amount.
    Transfer {
        /// The posting's name.
        #[schema(value_type = String)]
        id: Id,
        /// Who gives.
        #[schema(value_type = String)]
        debit: Id,
        /// Who receives.
        #[schema(value_type = String)]
        credit: Id,
        /// How much, above 0.
        #[schema(value_type = String)]
        amount: Text<i64>,
        /// Why, in your own numbering.
        #[serde(default)]
        code: u16,
        /// When what is received expires, milliseconds since 1970 (UTC), virtual.
        until_ms: Option<i64>,
        /// Stands or falls with the next.
        #[serde(default)]
        linked: bool,
    },
    /// Freeze an amount.
    Hold {
        /// The posting's name.
        #[schema(value_type = String)]
        id: Id,
        /// Who will give.
        #[schema(value_type = String)]
        debit: Id,
        /// Who will receive.
        #[schema(value_type = String)]
        credit: Id,
        /// How much, above 0.
        #[schema(value_type = String)]
        amount: Text<i64>,
        /// Why, in your own numbering.
        #[serde(default)]
        code: u16,
        /// From when on it can no longer be settled.
        until_ms: Option<i64>,
        /// Stands or falls with the next.
        #[serde(default)]
        linked: bool,
    },
    /// Move what a hold froze, or a part.
    Confirm {
        /// The posting's name.
        #[schema(value_type = String)]
        id: Id,
        /// The hold.
        #[schema(value_type = String)]
        hold: Id,
        /// How much of it; all when absent.
        #[schema(value_type = Option<String>)]
        amount: Option<Text<i64>>,
        /// Why, in your own numbering.
        #[serde(default)]
        code: u16,
        /// When what is received expires.
        until_ms: Option<i64>,
        /// Stands or falls with the next.
        #[serde(default)]
        linked: bool,
    },
    /// Free what a hold froze.
    Release {
        /// The posting's name.
        #[schema(value_type = String)]
        id: Id,
        /// The hold.
        #[schema(value_type = String)]
        hold: Id,
        /// Why, in your own numbering.
        #[serde(default)]
        code: u16,
        /// Stands or falls with the next.
        #[serde(default)]
        linked: bool,
    },
    /// Move back, once, what a posting moved.
    Reverse {
        /// The posting's name.
        #[schema(value_type = String)]
        id: Id,
        /// The posting to undo.
        #[schema(value_type = String)]
        of: Id,
        /// Why, in your own numbering.
        #[serde(default)]
        code: u16,
        /// When what does not go back to a lot expires.
        until_ms: Option<i64>,
        /// Stands or falls with the next.
        #[serde(default)]
        linked: bool,
    },
    /// Make a balance what it is said to be.
    State {
        /// The posting's name.
        #[schema(value_type = String)]
        id: Id,
        /// The account whose total is stated.
        #[schema(value_type = String)]
        account: Id,
        /// Where the difference comes from or goes to.
        #[schema(value_type = String)]
        contra: Id,
        /// The balance it shall have.
        #[schema(value_type = String)]
        total: Text<i64>,
        /// Why, in your own numbering.
        #[serde(default)]
        code: u16,
        /// When what is added expires.
        until_ms: Option<i64>,
        /// Stands or falls with the next.
        #[serde(default)]
        linked: bool,
    },
}

impl Ask {
    pub(super) fn into_instruction(self) -> Instruction {
        let account = |id: Id| AccountId(id.0);
        let posting = |id: Id| PostingId(id.0);
        let until = |ms: Option<i64>| ms.map(Millis);
        let (instruction, linked): (Instruction, bool) = match self {
            Self::Open { id, unit, floor, ceiling, linked } => {
                let unit = match unit {
                    UnitAsk::Point => Unit::Point,
                    UnitAsk::Growth => Unit::Growth,
                    UnitAsk::Fen => Unit::Fen,
                    UnitAsk::Piece => Unit::Piece,
                };
                let (floor, ceiling) = (floor.map_or(i64::MIN, |text| text.0), ceiling.map_or(i64::MAX, |text| text.0));
                (Open { id: account(id), unit, floor, ceiling }.into(), linked)
            }
            Self::Transfer { id, debit, credit, amount, code, until_ms, linked } => (
                Transfer {
                    id: posting(id),
                    debit: account(debit),
                    credit: account(credit),
                    amount: amount.0,
                    code,
                    until: until(until_ms),
                }
                .into(),
                linked,
            ),
            Self::Hold { id, debit, credit, amount, code, until_ms, linked } => (
                Hold { id: posting(id), debit: account(debit), credit: account(credit), amount: amount.0, code, until: until(until_ms) }
                    .into(),
                linked,
            ),
            Self::Confirm { id, hold, amount, code, until_ms, linked } => (
                Confirm { id: posting(id), hold: posting(hold), amount: amount.map(|text| text.0), code, until: until(until_ms) }.into(),
                linked,
            ),
            Self::Release { id, hold, code, linked } => (Release { id: posting(id), hold: posting(hold), code }.into(), linked),
            Self::Reverse { id, of, code, until_ms, linked } => {
                (Reverse { id: posting(id), of: posting(of), code, until: until(until_ms) }.into(), linked)
            }
            Self::State { id, account: stated, contra, total, code, until_ms, linked } => (
                State { id: posting(id), account: account(stated), contra: account(contra), total: total.0, code, until: until(until_ms) }
                    .into(),
                linked,
            ),
        };
        Instruction { linked, ..instruction }
    }
}

/// What became of an instruction.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub(crate) enum AnswerSheet {
    /// The account is open.
    Opened {
        /// Whether this instruction opened it.
        first: bool,
    },
    /// The posting is made.
    Posted {
        /// Whether this instruction made it.
        first: bool,
        /// Its place among all postings.
        #[schema(value_type = String)]
        sequence: Text<u64>,
    },
    /// Nothing of it has happened.
    Refused {
        /// Why, for programs.
        code: &'static str,
        /// Why, with its figures.
        message: String,
    },
}

impl From<Answer> for AnswerSheet {
    fn from(answer: Answer) -> Self {
        match answer {
            Ok(Done::Opened { first }) => Self::Opened { first },
            Ok(Done::Posted { first, sequence }) => Self::Posted { first, sequence: Text(sequence.0) },
            Err(refusal) => Self::Refused { code: code(&refusal), message: refusal.to_string() },
        }
    }
}

fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::BatchTooLarge { .. } => "batch_too_large",
        Refusal::LinkedFailed { .. } => "linked_failed",
        Refusal::LinkedToNothing => "linked_to_nothing",
        Refusal::AccountExists { .. } => "account_exists",
        Refusal::LimitsExcludeZero { .. } => "limits_exclude_zero",
        Refusal::UnknownAccount { .. } => "unknown_account",
        Refusal::SameAccount { .. } => "same_account",
        Refusal::UnitMismatch { .. } => "unit_mismatch",
        Refusal::AmountNotPositive { .. } => "amount_not_positive",
        Refusal::Overflow { .. } => "overflow",
        Refusal::BelowFloor { .. } => "below_floor",
        Refusal::AboveCeiling { .. } => "above_ceiling",
        Refusal::AlreadyOver { .. } => "already_over",
        Refusal::IdReused { .. } => "id_reused",
        Refusal::UnknownHold { .. } => "unknown_hold",
        Refusal::HoldSettled { .. } => "hold_settled",
        Refusal::HoldExpired { .. } => "hold_expired",
        Refusal::MoreThanHeld { .. } => "more_than_held",
        Refusal::UnknownPosting { .. } => "unknown_posting",
        Refusal::AlreadyReversed { .. } => "already_reversed",
        Refusal::NotReversible { .. } => "not_reversible",
        Refusal::KeysUnreadable => "keys_unreadable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_by_its_form_how_it_is_read() {
        assert_eq!(id("10"), Ok(10));
        assert_eq!(id("0x10"), Ok(16));
        assert_eq!(id("00000000000000000000000000000010"), Ok(16));
        for text in ["", "0x", "a", "-1", "+1", "0x+1", "123456789012345678901234567890123", "0x100000000000000000000000000000000"] {
            assert!(id(text).is_err(), "{text} was read");
        }
    }

    #[test]
    fn amounts_are_numbers_or_texts_and_never_fractions() {
        let read = |text: &str| serde_json::from_str::<Text<i64>>(text).map(|number| number.0).ok();
        assert_eq!(read("35"), Some(35));
        assert_eq!(read("\"-9223372036854775808\""), Some(i64::MIN));
        assert_eq!(read("9223372036854775808"), None);
        assert_eq!(read("1.5"), None);
        assert_eq!(read("1e3"), None);
    }

    #[test]
    fn an_unknown_field_of_an_instruction_is_refused() {
        let error = serde_json::from_str::<Batch>(r#"{"instructions":[{"do":"release","id":"1","hold":"2","amount":"3"}]}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `amount`"), "{error}");
    }
}
