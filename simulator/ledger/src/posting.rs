//! The rows of the ledger: accounts opened and postings made. Both are immutable once written.
//!
//! These are the very rows that the log keeps (tables `account` and `posting`, one typed column a field);
//! folding them in order rebuilds the ledger. Nothing here decides anything. Their bytes are in `encoding.rs`.

use std::fmt;
use std::str::FromStr;

use crate::Unit;

/// An account's name: 128 bits made by whoever opens it. Never reused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct AccountId(pub u128);

/// A posting's name: 128 bits made by whoever asks for it. The same id with the same content is the same posting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct PostingId(pub u128);

/// Virtual time in milliseconds since the Unix epoch, as the caller says it is. The ledger asks no clock.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Millis(pub i64);

/// The place of a posting among all postings of its ledger: the first is 1, without gaps. Openings have none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Sequence(pub u64);

/// What a posting does. The number is what the log stores in the column `kind`; it is never reused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Moves the amount from debit to credit.
    Transfer = 1,
    /// Freezes the amount on the debit account for the credit account; moves nothing yet.
    Hold = 2,
    /// Settles the hold in `refers_to`: moves the amount (at most the hold's), frees what is left of it.
    Confirm = 3,
    /// Settles the hold in `refers_to`: frees all of it, moves nothing. The amount is the hold's.
    Release = 4,
    /// The hold in `refers_to` ran out of time: frees all of it, moves nothing. The amount is the hold's.
    Expire = 5,
    /// Moves back, once, what the transfer or confirmation in `refers_to` moved.
    Reverse = 6,
    /// What was left of the lot that the posting `refers_to` made goes back to the account that issued it.
    LotExpiry = 7,
    /// A statement not below the balance: the stated account is the **credit** account; the amount is the
    /// difference and may be 0.
    StatedUp = 8,
    /// A statement below the balance: the stated account is the **debit** account; the amount is the difference.
    StatedDown = 9,
}

impl Kind {
    /// Every kind, in the order of their codes.
    pub const ALL: [Self; 9] = [
        Self::Transfer,
        Self::Hold,
        Self::Confirm,
        Self::Release,
        Self::Expire,
        Self::Reverse,
        Self::LotExpiry,
        Self::StatedUp,
        Self::StatedDown,
    ];

    /// The number stored in files.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The kind of a stored number, or nothing for a number this version does not know.
    pub const fn from_code(code: u8) -> Option<Self> {
        if code >= 1 && code as usize <= Self::ALL.len() { Some(Self::ALL[code as usize - 1]) } else { None }
    }

    /// Whether the amount leaves the debit account's balance and enters the credit account's.
    /// A balance is the sum of the credits minus the sum of the debits of the postings that move.
    pub const fn moves(self) -> bool {
        !matches!(self, Self::Hold | Self::Release | Self::Expire)
    }
}

/// An account as it was opened: a row of the table `account`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Opening {
    /// Its name.
    pub id: AccountId,
    /// What it counts.
    pub unit: Unit,
    /// The lowest balance it may reach, frozen amounts counted as gone; `i64::MIN` for none. Never above 0.
    pub floor: i64,
    /// The highest balance it may reach, amounts on hold for it counted as arrived; `i64::MAX` for none. Never below 0.
    pub ceiling: i64,
    /// When it was opened.
    pub at: Millis,
}

/// One immutable double entry: a row of the table `posting`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Posting {
    /// Its name, made by the client (for expiries: made by the ledger from what expires).
    pub id: PostingId,
    /// What it does.
    pub kind: Kind,
    /// The account that gives.
    pub debit: AccountId,
    /// The account that receives.
    pub credit: AccountId,
    /// How much, in the unit's smallest part. Above 0, except that a statement's difference may be 0.
    pub amount: i64,
    /// Why, in the caller's own numbering (a business code). The ledger only keeps it.
    pub code: u16,
    /// When, in virtual time.
    pub at: Millis,
    /// The hold settled, the posting reversed, or the posting that made the lot.
    pub refers_to: Option<PostingId>,
    /// The total the merchant stated. Present exactly on the two statement kinds.
    pub stated: Option<i64>,
    /// On `Hold` when it expires; on `LotExpiry` when the lot was to expire; on what moves value in, when that
    /// value expires (it becomes a lot).
    pub until: Option<Millis>,
}

/// One row of the ledger.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Row {
    /// An account was opened.
    Opening(Opening),
    /// A posting was made.
    Posting(Posting),
}

impl fmt::Display for Millis {
    /// As UTC, `2026-11-21T10:00:00.000Z`; people's own time zone is the pages' to know.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: i64 = 86_400_000;
        let (day, rest) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        // days are counted from 0000-03-01, in eras of 400 years, so that a leap day is the last of its year
        let (era, day) = ((day + 719_468).div_euclid(146_097), (day + 719_468).rem_euclid(146_097));
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (year, month) = (year + era * 400 + i64::from(month >= 10), (month + 2) % 12 + 1);
        let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
        let (second, milli) = (rest / 1000 % 60, rest % 1000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

/// The text is not 1 to 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id is written with 1 to 32 hexadecimal digits")
    }
}

impl std::error::Error for NotAnId {}

macro_rules! id_as_bytes_and_text {
    ($id:ident) => {
        impl $id {
            /// The id as stored: 16 bytes, highest first, so that bytes sort as the numbers do.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }

            /// The id of its stored bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(u128::from_be_bytes(bytes))
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl FromStr for $id {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.starts_with('+') {
                    return Err(NotAnId);
                }
                u128::from_str_radix(text, 16).map(Self).map_err(|_| NotAnId)
            }
        }
    };
}

id_as_bytes_and_text!(AccountId);
id_as_bytes_and_text!(PostingId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_names_its_kind_and_no_other_does() {
        for code in 0..=u8::MAX {
            let kind = Kind::from_code(code);
            assert_eq!(kind.is_some(), Kind::ALL.iter().any(|k| k.code() == code));
            assert!(kind.is_none_or(|k| k.code() == code));
        }
    }

    #[test]
    fn a_time_reads_as_a_date_in_utc() {
        let shown = |millis| Millis(millis).to_string();
        assert_eq!(shown(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(shown(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(shown(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(shown(1_795_255_323_456), "2026-11-21T10:02:03.456Z");
        assert_eq!(shown(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn an_id_reads_back_from_its_text_and_bytes() {
        let id = AccountId(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
        assert_eq!(id.to_string(), "0123456789abcdef0011223344556677");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(AccountId::from_bytes(id.to_bytes()), id);
        assert_eq!("7".parse(), Ok(PostingId(7)));
        assert_eq!("".parse::<PostingId>(), Err(NotAnId));
        assert_eq!("+7".parse::<PostingId>(), Err(NotAnId));
        assert_eq!("100000000000000000000000000000000".parse::<PostingId>(), Err(NotAnId));
    }
}
