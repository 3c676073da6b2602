//! Money in fen, points and levels. Whole numbers only.

/// Fen of a yuan.
pub(super) const YUAN: i64 = 100;

/// The same, and `0.00`: what the platform says somebody paid.
pub(super) fn fen_or_none(text: &str) -> Option<i64> {
    if text == "0.00" { Some(0) } else { fen(text) }
}

/// Fen of `88.00`: yuan with exactly two decimals, more than nothing, at most a million.
pub(super) fn fen(text: &str) -> Option<i64> {
    let (yuan, part) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if part.len() != 2 || yuan.len() > 7 || !digits(yuan) || !digits(part) || (yuan.len() > 1 && yuan.starts_with('0')) {
        return None;
    }
    let fen = yuan.parse::<i64>().ok()? * 100 + part.parse::<i64>().ok()?;
    (1..=100_000_000).contains(&fen).then_some(fen)
}

/// `88.00`, as the platform and the till write it.
pub(super) fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / YUAN, fen % YUAN)
}

/// `88` or `88.5`, as a JSON number prints it.
pub(super) fn as_number(fen: i64) -> serde_json::Value {
    let text = yuan(fen);
    serde_json::from_str(text.trim_end_matches('0').trim_end_matches('.')).expect("digits and a point")
}

/// One point per full yuan.
pub(super) fn points(fen: i64) -> i64 {
    fen / YUAN
}

/// The level that a total of points gives.
pub(super) fn level(points: i64) -> &'static str {
    if points >= 1_000 { "VIP2" } else { "VIP1" }
}

/// A number as careless code prints it after passing through a float: `35` as `3.5E1`.
pub(super) fn in_exponent(points: i64) -> String {
    let digits = points.to_string();
    let (first, rest) = digits.split_at(1);
    let rest = rest.trim_end_matches('0');
    let point = if rest.is_empty() { "" } else { "." };
    format!("{first}{point}{rest}E{}", digits.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yuan_with_two_decimals_are_money() {
        assert_eq!(fen("88.00"), Some(8_800));
        assert_eq!(fen("0.01"), Some(1));
        for text in ["88", "88.0", "88.000", ".50", "-1.00", "1e3.00", "00.10", "0.00", "99999999.00", "１.00", ""] {
            assert_eq!(fen(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_as_what_it_was() {
        for amount in [1, 10, 99, 100, 8_800, 100_000_000] {
            assert_eq!(fen(&yuan(amount)), Some(amount));
        }
        assert_eq!(yuan(0), "0.00");
    }

    #[test]
    fn points_are_floored_and_levels_begin_at_their_bound() {
        assert_eq!((points(3_599), points(99)), (35, 0));
        assert_eq!((level(999), level(1_000)), ("VIP1", "VIP2"));
    }

    #[test]
    fn the_careless_print_is_what_such_code_prints() {
        assert_eq!(["0E0", "3.5E1", "1E3", "1.204E3"], [0, 35, 1_000, 1_204].map(in_exponent).each_ref().map(String::as_str));
    }
}
