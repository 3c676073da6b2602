//! What was scanned or typed: its content decides, never how fast it came.
//!
//! Source: UI.md "Till"; commerce SEMANTICS 3 for payment codes.

/// The most characters of anything a scanner reads here.
const LONGEST: usize = 64;
/// A whole number of so few digits is an amount; codes are longer.
const AMOUNT_DIGITS: usize = 5;
/// How long a face token is.
const FACE_TOKEN: usize = 35;

/// What it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Scanned {
    /// Nothing at all.
    Nothing,
    /// More than any code is long.
    TooLong,
    /// A customer's payment code.
    Payment(String),
    /// A token of a face.
    Face(String),
    /// Another platform's payment code.
    WeChat,
    /// Looks like an amount.
    Amount(String),
    /// The number of an order of a till's.
    Order(String),
    /// Anything else: a member's code.
    Member(String),
}

/// Says what a text is.
pub(super) fn read(text: &str) -> Scanned {
    // phones show codes in groups, and cashiers type them so
    let code: String = text.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control()).collect();
    let digits = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
    let begins = |from: u32, to: u32| code.get(..2).and_then(|two| two.parse().ok()).is_some_and(|two| (from..=to).contains(&two));
    if code.is_empty() {
        Scanned::Nothing
    } else if code.chars().count() > LONGEST {
        Scanned::TooLong
    } else if digits && (16..=24).contains(&code.len()) && begins(25, 30) {
        Scanned::Payment(code)
    } else if digits && code.len() == 18 && begins(10, 15) {
        Scanned::WeChat
    } else if code.starts_with("fp") && code.len() == FACE_TOKEN {
        Scanned::Face(code)
    } else if code.strip_prefix(ORDER).is_some_and(|rest| rest.len() >= 18 && rest.bytes().all(|byte| byte.is_ascii_digit())) {
        Scanned::Order(code)
    } else if (digits && code.len() <= AMOUNT_DIGITS) || code.contains(['.', '．', '¥', '￥', '元']) {
        Scanned::Amount(code)
    } else {
        Scanned::Member(code)
    }
}

/// What the numbers of tills' orders begin with.
pub(super) const ORDER: char = 'T';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_what_was_scanned() {
        let code = |text: &str| text.to_owned();
        for (text, wanted) in [
            (" \r\n", Scanned::Nothing),
            ("2860 1234 5678 9012 34", Scanned::Payment(code("286012345678901234"))),
            ("2512345678901234", Scanned::Payment(code("2512345678901234"))),
            ("301234567890123456789012", Scanned::Payment(code("301234567890123456789012"))),
            // too short, too long, or of another beginning
            ("251234567890123", Scanned::Member(code("251234567890123"))),
            ("3012345678901234567890123", Scanned::Member(code("3012345678901234567890123"))),
            ("311234567890123456", Scanned::Member(code("311234567890123456"))),
            ("134567890123456789", Scanned::WeChat),
            ("fp0123456789abcdef0123456789abcdef0", Scanned::Face(code("fp0123456789abcdef0123456789abcdef0"))),
            ("35", Scanned::Amount(code("35"))),
            ("35.00", Scanned::Amount(code("35.00"))),
            ("¥35", Scanned::Amount(code("¥35"))),
            ("T202611211400000001", Scanned::Order(code("T202611211400000001"))),
            ("860012345678", Scanned::Member(code("860012345678"))),
            ("M-0001", Scanned::Member(code("M-0001"))),
            ("卡", Scanned::Member(code("卡"))),
        ] {
            assert_eq!(read(text), wanted, "{text:?}");
        }
        assert_eq!(read(&"9".repeat(65)), Scanned::TooLong);
    }
}
