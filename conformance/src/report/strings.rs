//! The two canonical strings behind a wrong signature, side by side, with the byte from which they differ.

use serde_json::Value;

/// Bytes shown on either side of the first difference.
const AROUND: usize = 40;

/// What the platform built and what the client signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Strings {
    /// The platform's.
    pub(super) gateway: String,
    /// The client's.
    pub(super) client: String,
    /// The first byte in which they differ.
    pub(super) at: usize,
}

impl Strings {
    /// Those of an exchange; nothing when they are the same or were not found.
    pub(super) fn of(exchange: &Value) -> Option<Self> {
        let found = &exchange["diagnosis"];
        let (gateway, client) = (found["gateway_string"].as_str()?, found["client_string"].as_str()?);
        // marks that stand for hidden values moved the bytes, so the place is looked for anew
        let at = gateway.bytes().zip(client.bytes()).take_while(|(one, other)| one == other).count();
        (gateway != client).then(|| Self { gateway: gateway.to_owned(), client: client.to_owned(), at })
    }

    /// Both around the first difference: before it, and from it on.
    pub(super) fn around(&self) -> [(&str, &str); 2] {
        [cut(&self.gateway, self.at), cut(&self.client, self.at)]
    }

    /// Both whole: before the first difference, and from it on.
    pub(super) fn whole(&self) -> [(&str, &str); 2] {
        [&self.gateway, &self.client].map(|text| text.split_at(boundary(text, self.at)))
    }
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0)
}

fn cut(text: &str, at: usize) -> (&str, &str) {
    let (middle, begin, end) = (boundary(text, at), boundary(text, at.saturating_sub(AROUND)), boundary(text, at.saturating_add(AROUND)));
    (&text[begin..middle], &text[middle..end.max(middle)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_different_byte_parts_both_strings_and_no_letter_is_cut() {
        let strings =
            Strings::of(&json!({"diagnosis": {"gateway_string": "a=1&subject=会员卡&z=1", "client_string": "a=1&subject=会品&z=1"}}))
                .unwrap();
        assert_eq!(strings.at, 16, "in the middle of a letter");
        assert_eq!(strings.whole(), [("a=1&subject=会", "员卡&z=1"), ("a=1&subject=会", "品&z=1")]);
        assert_eq!(strings.around(), strings.whole());
        let longer = Strings { gateway: "x".repeat(200) + "1", client: "x".repeat(200) + "2", at: 200 };
        assert_eq!(longer.around()[0], ("x".repeat(40).as_str(), "1"));
    }

    #[test]
    fn where_there_is_no_difference_there_is_nothing_to_show() {
        assert_eq!(Strings::of(&json!({"diagnosis": {"gateway_string": "a", "client_string": "a"}})), None);
        assert_eq!(Strings::of(&json!({})), None);
    }
}
