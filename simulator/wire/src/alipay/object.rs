//! The text of an answer's object, exactly as it will be signed and sent (PROTOCOL A6).
//!
//! Real answers put `code`, `msg`, `sub_code`, `sub_msg` first and the other keys in alphabetical order, and write `/`
//! inside an API's values as `\/`; texts of the gateway itself are quoted with plain slashes.

use serde_json::{Map, Value};

/// How `/` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slashes {
    /// `\/`, as in the answers of APIs.
    #[default]
    Escaped,
    /// `/`, as in the texts of the gateway itself.
    Plain,
}

/// JSON text of one object (or, for an encrypted answer, of one string), signed byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectText(String);

impl ObjectText {
    /// Prints `object` compactly, keys in the order they stand in: see [`ordered`].
    pub fn of(object: &Map<String, Value>, slashes: Slashes) -> Self {
        let text = serde_json::to_string(object).expect("a map of JSON values has a JSON text");
        Self(match slashes {
            // In JSON a slash can only stand inside a string, and serde_json never escapes one itself.
            Slashes::Escaped if text.contains('/') => text.replace('/', "\\/"),
            _ => text,
        })
    }

    /// Takes a text as it is: a fault, a recorded answer, or cipher text in its quotes. It must be one JSON value.
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The keys of an answer in the platform's order: `code`, `msg`, `sub_code`, `sub_msg`, then by name.
pub fn ordered(object: Map<String, Value>) -> Map<String, Value> {
    const FIRST: [&str; 4] = ["code", "msg", "sub_code", "sub_msg"];
    let mut entries: Vec<_> = object.into_iter().collect();
    let place = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
    entries.sort_by(|(one, _), (two, _)| (place(one), one).cmp(&(place(two), two)));
    entries.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_result_comes_first_and_the_rest_by_name() {
        let given = object(&json!({"b": 1, "sub_msg": "s", "msg": "m", "a": {"z": 1, "y": 2}, "sub_code": "c", "code": "4"}));
        let text = ObjectText::of(&ordered(given), Slashes::Plain);
        assert_eq!(text.as_str(), r#"{"code":"4","msg":"m","sub_code":"c","sub_msg":"s","a":{"z":1,"y":2},"b":1}"#);
    }

    #[test]
    fn slashes_are_escaped_only_when_asked_for_and_mean_the_same() {
        let given = object(&json!({"url": "https://qr.example.com/a\\/b"}));
        assert_eq!(ObjectText::of(&given, Slashes::Plain).as_str(), r#"{"url":"https://qr.example.com/a\\/b"}"#);
        let escaped = ObjectText::of(&given, Slashes::Escaped);
        assert_eq!(escaped.as_str(), r#"{"url":"https:\/\/qr.example.com\/a\\\/b"}"#);
        assert_eq!(serde_json::from_str::<Value>(escaped.as_str()).unwrap(), Value::Object(given));
    }
}
