//! Amounts as the platform writes them: yuan with two decimals, as text; here whole fen. Never through a floating-point number.
//!
//! Source: commerce SEMANTICS 1 and 3 (0.01 to 100000000).

use crate::method::Outcome;
use crate::refused::Refused;

/// The fen of an amount that the contract found to be one: digits, and at most two decimals.
///
/// # Errors
/// `INVALID_PARAMETER` for more than can be counted.
pub(crate) fn fen(path: &str, text: &str) -> Outcome<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let shape = !whole.is_empty() && whole.len() <= 15 && decimals.len() <= 2 && digits(whole) && digits(decimals);
    let read = shape.then(|| format!("{whole}{decimals:0<2}").parse().ok()).flatten();
    read.ok_or_else(|| Refused::parameter(format!("{path}格式不正确")).into())
}

/// Fen as yuan with two decimals.
pub(crate) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

/// Nothing, as answers write it.
pub(super) const ZERO: &str = "0.00";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_and_written_without_loss() {
        for (text, amount) in
            [("0.01", 1), ("88.88", 8_888), ("1", 100), ("1.5", 150), ("100000000.00", 10_000_000_000), ("0", 0), ("007.10", 710)]
        {
            assert_eq!(fen("total_amount", text).unwrap(), amount, "{text}");
        }
        for amount in [0, 1, 99, 100, 12_345, 10_000_000_000] {
            assert_eq!(fen("x", &yuan(amount)).unwrap(), amount);
        }
        assert_eq!((yuan(-5).as_str(), yuan(-1_234).as_str()), ("-0.05", "-12.34"));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".5", "1.234", "-1", "1e3", "1,000.00", "９", "9999999999999999"] {
            assert!(fen("total_amount", text).is_err(), "{text} was accepted");
        }
    }
}
