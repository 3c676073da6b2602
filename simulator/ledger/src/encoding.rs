//! The one canonical form of a row in bytes: same row, same bytes, and no other bytes read as that row.
//!
//! The log's hash chain is taken over these bytes, so they never change. Fields stand in the order below, highest
//! byte first, without padding; an absent field is zeros and its bit in `present` is off.
//!
//! `opening`: 1, id 16, unit 1, floor 8, ceiling 8, at 8.
//! `posting`: 2, id 16, kind 1, debit 16, credit 16, amount 8, code 2, at 8, present 1, `refers_to` 16, stated 8, until 8.

use std::fmt;

use crate::posting::{AccountId, Kind, Millis, Opening, Posting, PostingId, Row};
use crate::unit::Unit;

const OPENING: u8 = 1;
const POSTING: u8 = 2;

const REFERS_TO: u8 = 1;
const STATED: u8 = 2;
const UNTIL: u8 = 4;

/// Why bytes are not a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misread {
    /// The bytes end inside the row.
    Short,
    /// The first byte names no kind of row.
    Row(u8),
    /// No unit has this code.
    Unit(u8),
    /// No kind of posting has this code.
    Kind(u8),
    /// An absent field is not zeros, or an unknown field is marked present.
    NotCanonical,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => f.write_str("the bytes end inside a row"),
            Self::Row(tag) => write!(f, "{tag} is no kind of row (1 opening, 2 posting)"),
            Self::Unit(code) => write!(f, "{code} is no unit's code"),
            Self::Kind(code) => write!(f, "{code} is no kind of posting"),
            Self::NotCanonical => f.write_str("a field that is marked absent is not zeros"),
        }
    }
}

impl std::error::Error for Misread {}

impl Row {
    /// Appends the row's canonical bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Opening(opening) => opening.encode(out),
            Self::Posting(posting) => posting.encode(out),
        }
    }

    /// Takes one row off the front of `bytes`.
    ///
    /// # Errors
    /// [`Misread`] when the bytes are not what [`Row::encode`] writes; `bytes` is then left as it was.
    pub fn decode(bytes: &mut &[u8]) -> Result<Self, Misread> {
        let mut rest = *bytes;
        let row = match take::<1>(&mut rest)?[0] {
            OPENING => Self::Opening(opening(&mut rest)?),
            POSTING => Self::Posting(posting(&mut rest)?),
            other => return Err(Misread::Row(other)),
        };
        *bytes = rest;
        Ok(row)
    }
}

impl Opening {
    /// How many bytes [`Opening::encode`] appends.
    pub const BYTES: usize = 42;

    /// Appends the canonical bytes of the row.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(OPENING);
        out.extend_from_slice(&self.id.to_bytes());
        out.push(self.unit.code());
        out.extend_from_slice(&self.floor.to_be_bytes());
        out.extend_from_slice(&self.ceiling.to_be_bytes());
        out.extend_from_slice(&self.at.0.to_be_bytes());
    }
}

impl Posting {
    /// How many bytes [`Posting::encode`] appends.
    pub const BYTES: usize = 101;

    /// Appends the canonical bytes of the row.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let present = if self.refers_to.is_some() { REFERS_TO } else { 0 }
            | if self.stated.is_some() { STATED } else { 0 }
            | if self.until.is_some() { UNTIL } else { 0 };
        out.push(POSTING);
        out.extend_from_slice(&self.id.to_bytes());
        out.push(self.kind.code());
        out.extend_from_slice(&self.debit.to_bytes());
        out.extend_from_slice(&self.credit.to_bytes());
        out.extend_from_slice(&self.amount.to_be_bytes());
        out.extend_from_slice(&self.code.to_be_bytes());
        out.extend_from_slice(&self.at.0.to_be_bytes());
        out.push(present);
        out.extend_from_slice(&self.refers_to.unwrap_or_default().to_bytes());
        out.extend_from_slice(&self.stated.unwrap_or_default().to_be_bytes());
        out.extend_from_slice(&self.until.unwrap_or_default().0.to_be_bytes());
    }
}

fn opening(rest: &mut &[u8]) -> Result<Opening, Misread> {
    Ok(Opening {
        id: AccountId::from_bytes(take(rest)?),
        unit: {
            let [code] = take(rest)?;
            Unit::from_code(code).ok_or(Misread::Unit(code))?
        },
        floor: i64::from_be_bytes(take(rest)?),
        ceiling: i64::from_be_bytes(take(rest)?),
        at: Millis(i64::from_be_bytes(take(rest)?)),
    })
}

fn posting(rest: &mut &[u8]) -> Result<Posting, Misread> {
    let id = PostingId::from_bytes(take(rest)?);
    let [kind] = take(rest)?;
    let kind = Kind::from_code(kind).ok_or(Misread::Kind(kind))?;
    let debit = AccountId::from_bytes(take(rest)?);
    let credit = AccountId::from_bytes(take(rest)?);
    let amount = i64::from_be_bytes(take(rest)?);
    let code = u16::from_be_bytes(take(rest)?);
    let at = Millis(i64::from_be_bytes(take(rest)?));
    let [present] = take(rest)?;
    if present & !(REFERS_TO | STATED | UNTIL) != 0 {
        return Err(Misread::NotCanonical);
    }
    Ok(Posting {
        id,
        kind,
        debit,
        credit,
        amount,
        code,
        at,
        refers_to: optional(present & REFERS_TO != 0, PostingId::from_bytes(take(rest)?))?,
        stated: optional(present & STATED != 0, i64::from_be_bytes(take(rest)?))?,
        until: optional(present & UNTIL != 0, Millis(i64::from_be_bytes(take(rest)?)))?,
    })
}

fn optional<T: Default + PartialEq>(present: bool, value: T) -> Result<Option<T>, Misread> {
    match present {
        true => Ok(Some(value)),
        false if value == T::default() => Ok(None),
        false => Err(Misread::NotCanonical),
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Misread> {
    let (taken, left) = rest.split_first_chunk::<N>().ok_or(Misread::Short)?;
    *rest = left;
    Ok(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> [Row; 3] {
        let plain = Posting {
            id: PostingId(7),
            kind: Kind::Transfer,
            debit: AccountId(1),
            credit: AccountId(2),
            amount: 35,
            code: 0x1234,
            at: Millis(-5),
            refers_to: None,
            stated: None,
            until: None,
        };
        [
            Row::Opening(Opening { id: AccountId(u128::MAX), unit: Unit::Fen, floor: -1, ceiling: i64::MAX, at: Millis(9) }),
            Row::Posting(plain),
            Row::Posting(Posting {
                kind: Kind::StatedDown,
                refers_to: Some(PostingId(0)),
                stated: Some(0),
                until: Some(Millis(0)),
                ..plain
            }),
        ]
    }

    #[test]
    fn rows_read_back_as_they_were_written() {
        let mut bytes = Vec::new();
        for row in rows() {
            row.encode(&mut bytes);
        }
        assert_eq!(bytes.len(), Opening::BYTES + 2 * Posting::BYTES);
        let mut rest = bytes.as_slice();
        for row in rows() {
            assert_eq!(Row::decode(&mut rest), Ok(row));
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn whatever_bytes_read_as_a_row_are_that_rows_only_bytes() {
        for row in rows() {
            let mut bytes = Vec::new();
            row.encode(&mut bytes);
            for place in 0..bytes.len() {
                for bit in 0..8 {
                    let mut other = bytes.clone();
                    other[place] ^= 1 << bit;
                    if let Ok(read) = Row::decode(&mut other.as_slice()) {
                        let mut again = Vec::new();
                        read.encode(&mut again);
                        assert_eq!(again, other[..again.len()], "byte {place} bit {bit}");
                        assert_ne!(read, row);
                    }
                }
                assert_eq!(Row::decode(&mut &bytes[..place]), Err(Misread::Short));
            }
        }
    }

    #[test]
    fn the_bytes_of_a_posting_never_change() {
        let mut bytes = Vec::new();
        rows()[1].encode(&mut bytes);
        let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let zeros = "0".repeat(64);
        assert_eq!(hex, format!("02{:032x}01{:032x}{:032x}{:016x}1234{:016x}00{zeros}", 7, 1, 2, 35, -5_i64));
    }
}
