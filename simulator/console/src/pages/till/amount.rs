//! Amounts as cashiers type them, and as they are shown: integers of fen in between.

use super::super::messages::Message;
use super::words as w;

/// The largest amount of one payment, fen.
const LARGEST: i64 = 10_000_000_000;

/// Reads an amount of yuan: `35`, `35.5`, `¥35.00`, `３５．００元`.
///
/// # Errors
/// What is wrong with it, for the cashier.
pub(super) fn fen(text: &str) -> Result<i64, Message> {
    let typed: String = text.chars().filter(|letter| !letter.is_whitespace()).map(narrow).collect();
    let number = typed.trim_start_matches(['¥', '￥']).trim_end_matches('元');
    let (yuan, cents) = number.split_once('.').unwrap_or((number, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if yuan.is_empty() || !is_number(yuan) || !is_number(cents) || number.ends_with('.') {
        return Err(w::AMOUNT_NOT_ONE);
    }
    if cents.len() > 2 {
        return Err(w::AMOUNT_DECIMALS);
    }
    let fen = format!("{yuan}{cents:0<2}").parse().map_err(|_| w::AMOUNT_LARGE)?;
    match fen {
        0 => Err(w::AMOUNT_ZERO),
        1..=LARGEST => Ok(fen),
        _ => Err(w::AMOUNT_LARGE),
    }
}

/// Full-width digits and points, as an input method leaves them.
fn narrow(letter: char) -> char {
    match letter {
        '０'..='９' => char::from_digit(u32::from(letter) - u32::from('０'), 10).unwrap_or(letter),
        '．' | '。' => '.',
        _ => letter,
    }
}

/// Fen as the platform writes amounts.
pub(super) fn yuan(fen: i64) -> String {
    format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cashiers_type_is_read_to_the_fen_or_refused_with_the_reason() {
        for (text, wanted) in
            [("35", 3_500), ("35.5", 3_550), (" ¥35.05 ", 3_505), ("３５．００元", 3_500), ("0.01", 1), ("100000000", LARGEST)]
        {
            assert_eq!(fen(text), Ok(wanted), "{text}");
        }
        for (text, why) in [
            ("", w::AMOUNT_NOT_ONE),
            ("35.", w::AMOUNT_NOT_ONE),
            (".5", w::AMOUNT_NOT_ONE),
            ("-5", w::AMOUNT_NOT_ONE),
            ("1e3", w::AMOUNT_NOT_ONE),
            ("35,00", w::AMOUNT_NOT_ONE),
            ("1.2.3", w::AMOUNT_NOT_ONE),
            ("35.005", w::AMOUNT_DECIMALS),
            ("0.00", w::AMOUNT_ZERO),
            ("100000000.01", w::AMOUNT_LARGE),
            ("99999999999999999999999", w::AMOUNT_LARGE),
        ] {
            assert_eq!(fen(text), Err(why), "{text}");
        }
        assert_eq!((yuan(3_505), yuan(5), yuan(-120)), ("35.05".to_owned(), "0.05".to_owned(), "-1.20".to_owned()));
    }
}
