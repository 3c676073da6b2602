//! The string to sign, as bytes (PROTOCOL A3 for requests, F for notifications). Client and platform build it here.
//!
//! A [`Rule`] is a value so that a client can be told to make a known mistake and a diagnosis can try it.

/// In which order the pairs stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By byte value of the name: the right one.
    ByName,
    /// As they came.
    Arrival,
    /// By name, letter case ignored: QUIRKS Q10.
    IgnoringCase,
}

/// How a string to sign is built. `sign` itself is never in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Order of the pairs.
    pub order: Order,
    /// Whether `sign_type` is signed.
    pub with_sign_type: bool,
    /// Whether parameters with an empty value are signed, as `name=`.
    pub with_empty: bool,
}

impl Rule {
    /// Requests, and the V2 rule of notifications: sorted, `sign_type` in, empties out.
    pub const REQUEST: Self = Self { order: Order::ByName, with_sign_type: true, with_empty: false };
    /// The V1 rule of notifications: as [`Self::REQUEST`] without `sign_type`.
    pub const NOTICE_V1: Self = Self { order: Order::ByName, with_sign_type: false, with_empty: false };

    /// Whether a parameter is part of the string under this rule.
    pub fn takes(self, name: &[u8], value: &[u8]) -> bool {
        name != b"sign" && (self.with_sign_type || name != b"sign_type") && (self.with_empty || !value.is_empty())
    }
}

/// `name=value` pairs joined by `&`, nothing encoded, nothing trimmed.
pub fn string_to_sign<'a>(pairs: impl IntoIterator<Item = (&'a [u8], &'a [u8])>, rule: Rule) -> Vec<u8> {
    let pairs = pairs.into_iter();
    let mut taken = Vec::with_capacity(pairs.size_hint().1.unwrap_or_default());
    taken.extend(pairs.filter(|(name, value)| rule.takes(name, value)));
    match rule.order {
        Order::ByName => taken.sort_by_key(|(one, _)| *one),
        Order::Arrival => {}
        Order::IgnoringCase => taken.sort_by_cached_key(|(name, _)| name.to_ascii_lowercase()),
    }
    join(&taken)
}

/// Joins pairs that are chosen and ordered already.
pub fn join(pairs: &[(&[u8], &[u8])]) -> Vec<u8> {
    let size = pairs.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut text = Vec::with_capacity(size);
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push(b'&');
        }
        text.extend_from_slice(name);
        text.push(b'=');
        text.extend_from_slice(value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: [(&[u8], &[u8]); 6] =
        [(b"b", b"2"), (b"sign", b"x"), (b"sign_type", b"RSA2"), (b"a", b"1 &="), (b"empty", b""), (b"B", b"3")];

    fn built(rule: Rule) -> String {
        String::from_utf8(string_to_sign(PAIRS, rule)).unwrap()
    }

    #[test]
    fn requests_sign_sign_type_and_drop_what_is_empty() {
        assert_eq!(built(Rule::REQUEST), "B=3&a=1 &=&b=2&sign_type=RSA2");
    }

    #[test]
    fn notices_of_the_first_kind_leave_sign_type_out() {
        assert_eq!(built(Rule::NOTICE_V1), "B=3&a=1 &=&b=2");
    }

    #[test]
    fn the_known_wrong_rules_can_be_asked_for() {
        assert_eq!(built(Rule { with_empty: true, ..Rule::NOTICE_V1 }), "B=3&a=1 &=&b=2&empty=");
        assert_eq!(built(Rule { order: Order::Arrival, ..Rule::NOTICE_V1 }), "b=2&a=1 &=&B=3");
        assert_eq!(built(Rule { order: Order::IgnoringCase, ..Rule::NOTICE_V1 }), "a=1 &=&b=2&B=3");
    }
}
