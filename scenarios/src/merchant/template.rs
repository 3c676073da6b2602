//! Templates of requests: texts with `{name}` in them, filled with what a step asks for.
//!
//! A text that is nothing but one name becomes the value itself, whatever its type; without a value its key is left out. Inside
//! a longer text a missing value is empty.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a step asks for, by name.
pub(crate) type Filling = BTreeMap<&'static str, Value>;

/// The names in a text, each in braces.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).filter(|name| is_name(name))
}

/// Whether what stands in braces is a name: other braces belong to scripts and JSON, and stay.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A text with its names filled; `shown` says how a value is written there.
pub(crate) fn text(template: &str, filling: &Filling, shown: impl Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        if let Some((name, behind)) = after.split_once('}').filter(|(name, _)| is_name(name)) {
            filled.push_str(&shown(&filling.get(name).map(plain).unwrap_or_default()));
            rest = behind;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled + rest
}

/// A JSON template filled; nothing when it is one name without a value.
pub(crate) fn json(template: &Value, filling: &Filling) -> Option<Value> {
    match template {
        Value::String(whole) => match whole.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if is_name(name) => filling.get(name).cloned(),
            _ => Some(Value::String(text(whole, filling, str::to_owned))),
        },
        Value::Array(items) => Some(items.iter().filter_map(|item| json(item, filling)).collect()),
        Value::Object(members) => {
            let filled: Map<String, Value> =
                members.iter().filter_map(|(name, value)| Some((name.clone(), json(value, filling)?))).collect();
            Some(Value::Object(filled))
        }
        other => Some(other.clone()),
    }
}

/// A value as a text without quotation marks.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The same; empty when there is no value.
pub(crate) fn plain_or_empty(value: &Value) -> String {
    if value.is_null() { String::new() } else { plain(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as value;

    #[test]
    fn a_lone_name_keeps_its_type_and_without_a_value_its_key_is_left_out() {
        let filling = Filling::from([("points", value!(100)), ("code", value!("KB1"))]);
        let template = value!({"a": "{points}", "b": "{missing}", "c": ["{code}", "{missing}"], "d": "no. {code}/{missing}", "e": 7});
        assert_eq!(json(&template, &filling), Some(value!({"a": 100, "c": ["KB1"], "d": "no. KB1/", "e": 7})));
    }

    #[test]
    fn values_in_an_address_cannot_leave_their_place() {
        let filling = Filling::from([("sale_no", value!("../a b?"))]);
        assert_eq!(text("/till/{sale_no}/cancel", &filling, crate::http::in_address), "/till/..%2Fa%20b%3F/cancel");
    }

    #[test]
    fn an_open_brace_is_a_brace() {
        for whole in ["a{b", "{\"state\": 1}", "${HOME}", "{}", "{ }"] {
            assert_eq!(text(whole, &Filling::new(), str::to_owned), whole);
        }
        assert_eq!(names("{a} and {b").collect::<Vec<_>>(), ["a"]);
    }
}
