//! What an account counts: a closed list with numbers that never change, because files on disk hold them.
//!
//! Amounts are integers in the unit's smallest part; there is no floating point. Source: DESIGN.md, "The ledger".

use std::fmt;

/// What an account counts. The number is what the log stores in the column `unit`; it is never reused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Unit {
    /// Member points, in hundredths of a point.
    Point = 1,
    /// Growth value (what levels are made of), in hundredths.
    Growth = 2,
    /// Money, in fen: wallets, settlement, stored value, budgets of cash coupons.
    Fen = 3,
    /// Coupons, by the piece.
    Piece = 4,
}

impl Unit {
    /// Every unit, in the order of their codes.
    pub const ALL: [Self; 4] = [Self::Point, Self::Growth, Self::Fen, Self::Piece];

    /// The number stored in files.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The unit of a stored number, or nothing for a number this version does not know.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Point),
            2 => Some(Self::Growth),
            3 => Some(Self::Fen),
            4 => Some(Self::Piece),
            _ => None,
        }
    }

    /// How many digits of the integer stand behind the decimal point when a person reads it.
    pub const fn decimals(self) -> u32 {
        match self {
            Self::Point | Self::Growth | Self::Fen => 2,
            Self::Piece => 0,
        }
    }

    /// The amount as a person reads it: `3550` points are `35.5 points`, `-120` fen are `-1.20 yuan`.
    pub fn show(self, amount: i64) -> Shown {
        Shown { unit: self, amount }
    }
}

/// An amount with its unit, ready to print. Made by [`Unit::show`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shown {
    unit: Unit,
    amount: i64,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.amount < 0 { "-" } else { "" };
        let part = 10_u64.pow(self.unit.decimals());
        let (whole, rest) = (self.amount.unsigned_abs() / part, self.amount.unsigned_abs() % part);
        write!(f, "{sign}{whole}")?;
        match self.unit {
            Unit::Fen => write!(f, ".{rest:02} yuan"),
            Unit::Piece => f.write_str(" coupons"),
            Unit::Point | Unit::Growth => {
                match (rest % 10, rest) {
                    (_, 0) => {}
                    (0, _) => write!(f, ".{}", rest / 10)?,
                    _ => write!(f, ".{rest:02}")?,
                }
                f.write_str(if self.unit == Unit::Point { " points" } else { " growth" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_names_its_unit_and_no_other_does() {
        for code in 0..=u8::MAX {
            let unit = Unit::from_code(code);
            assert_eq!(unit.is_some(), Unit::ALL.iter().any(|u| u.code() == code));
            assert!(unit.is_none_or(|u| u.code() == code));
        }
    }

    #[test]
    fn an_amount_reads_as_people_write_it() {
        let shown = |unit: Unit, amount| unit.show(amount).to_string();
        assert_eq!(shown(Unit::Point, 3500), "35 points");
        assert_eq!(shown(Unit::Point, 3550), "35.5 points");
        assert_eq!(shown(Unit::Growth, -5), "-0.05 growth");
        assert_eq!(shown(Unit::Fen, -120), "-1.20 yuan");
        assert_eq!(shown(Unit::Piece, 3), "3 coupons");
        assert_eq!(shown(Unit::Fen, i64::MIN), "-92233720368547758.08 yuan");
    }
}
