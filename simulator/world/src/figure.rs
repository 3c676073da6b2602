//! Stated figures: points, growth and money as a merchant writes them, kept exactly.
//!
//! The platform echoes values, it does not reformat them ("10" stays "10", "10.00" stays "10.00"), so a figure is a
//! whole number of hundredths and how many decimals were written. No floating point. Source: card SEMANTICS 8 and 9.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A figure with at most two decimals, remembered as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// The value in hundredths (hundredths of a point; fen).
    pub hundredths: i64,
    /// How many decimals were written: 0, 1 or 2.
    pub decimals: u8,
}

/// A text that is not a figure, with the reason.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{text}` is not a number with at most two decimals{reason}")]
pub struct NotAFigure {
    /// The text as it came.
    pub text: String,
    /// What is wrong beyond the form, or nothing.
    pub reason: &'static str,
}

impl Figure {
    /// Reads `-?[0-9]+(\.[0-9]{1,2})?`.
    ///
    /// # Errors
    /// [`NotAFigure`] for any other text, and for one too large to be kept exactly.
    pub fn parse(text: &str) -> Result<Self, NotAFigure> {
        let wrong = |reason| NotAFigure { text: text.to_owned(), reason };
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let decimals = part.map_or(0, str::len);
        if !is_number(whole) || part.is_some_and(|part| !is_number(part)) || decimals > 2 {
            return Err(wrong(""));
        }
        let scaled = format!("{whole}{:0<2}", part.unwrap_or_default());
        let magnitude: i64 = scaled.parse().map_err(|_| wrong(": too large"))?;
        let decimals = if decimals == 0 {
            0
        } else if decimals == 1 {
            1
        } else {
            2
        };
        Ok(Self { hundredths: if negative { -magnitude } else { magnitude }, decimals })
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.hundredths < 0 { "-" } else { "" };
        let (whole, part) = (self.hundredths.unsigned_abs() / 100, self.hundredths.unsigned_abs() % 100);
        match self.decimals {
            0 => write!(out, "{sign}{whole}"),
            1 => write!(out, "{sign}{whole}.{}", part / 10),
            _ => write!(out, "{sign}{whole}.{part:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_decimals_are_figures() {
        for text in ["", "-", ".", "1.", ".5", "1.234", "1e3", "１", "+1", "1,000", " 1", "0x1", "99999999999999999999"] {
            assert!(Figure::parse(text).is_err(), "{text} was accepted");
        }
        assert_eq!(Figure::parse("124.89").unwrap().hundredths, 12_489);
        assert_eq!(Figure::parse("-0.5").unwrap().hundredths, -50);
    }

    proptest! {
        #[test]
        fn a_figure_is_written_as_it_was_read(whole in 0_i64..1_000_000_000, part in 0_u8..100, decimals in 0_usize..=2) {
            let text = match decimals { 0 => format!("{whole}"), 1 => format!("{whole}.{}", part / 10), _ => format!("{whole}.{part:02}") };
            prop_assert_eq!(Figure::parse(&text).unwrap().to_string(), text);
        }
    }
}
