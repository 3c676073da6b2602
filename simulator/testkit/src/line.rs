//! One line of a check, taken apart: bare words, and fields such as `card_info.point=35` or `page_no:=1`.
//!
//! `=` gives text, `:=` JSON. A value may stand in quotes; a bare one that is a known name stands for what it names.

use crate::check::Names;
use serde_json::{Map, Value};

/// A field to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Where it stands: `card_info.front_text_list[0].label`.
    pub path: String,
    /// Its value.
    pub value: Value,
}

/// The words of a line; spaces inside quotes and brackets do not split.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for letter in line.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth = depth.saturating_sub(1),
            letter if letter.is_whitespace() && !quoted && depth == 0 => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            _ => {}
        }
        word.push(letter);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

impl Field {
    /// Reads `path=text` or `path:=json`; nothing for a word that is neither.
    pub(crate) fn read(word: &str, names: &Names) -> Option<Result<Self, String>> {
        let at = word.find('=')?;
        let (path, value) = (&word[..at], &word[at + 1..]);
        if let Some(path) = path.strip_suffix(':') {
            let value = serde_json::from_str(value).map_err(|error| format!("`{value}` is not JSON: {error}"));
            return Some(value.map(|value| Self { path: path.to_owned(), value }));
        }
        Some(Ok(Self { path: path.to_owned(), value: Value::String(meant(value, names)) }))
    }
}

/// A text: quoted, a name, or as it stands.
pub(crate) fn meant(text: &str, names: &Names) -> String {
    if text.starts_with('"') {
        return serde_json::from_str(text).unwrap_or_else(|_| text.trim_matches('"').to_owned());
    }
    names.get(text).map_or_else(|| text.to_owned(), str::to_owned)
}

/// Puts a value at a path, making the objects and lists on the way.
pub fn set(root: &mut Value, path: &str, value: Value) {
    let mut here = root;
    for step in path.split('.') {
        let (name, indexes) = step.split_once('[').map_or((step, ""), |(name, rest)| (name, rest));
        here = member(here, name);
        for index in indexes.split('[').filter(|index| !index.is_empty()) {
            here = item(here, index.trim_end_matches(']').parse().unwrap_or(0));
        }
    }
    *here = value;
}

fn member<'v>(value: &'v mut Value, name: &str) -> &'v mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("just made one").entry(name).or_insert(Value::Null)
}

fn item(value: &mut Value, at: usize) -> &mut Value {
    if !value.is_array() {
        *value = Value::Array(Vec::new());
    }
    let list = value.as_array_mut().expect("just made one");
    while list.len() <= at {
        list.push(Value::Null);
    }
    &mut list[at]
}

/// The value at a path.
pub(crate) fn get<'v>(root: &'v Value, path: &str) -> Option<&'v Value> {
    let mut here = root;
    for step in path.split('.') {
        let (name, indexes) = step.split_once('[').map_or((step, ""), |(name, rest)| (name, rest));
        here = here.get(name)?;
        for index in indexes.split('[').filter(|index| !index.is_empty()) {
            here = here.get(index.trim_end_matches(']').parse::<usize>().ok()?)?;
        }
    }
    Some(here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quotes_and_brackets_hold_words_together() {
        assert_eq!(words(r#"> a  b="x y" c:=["1", {"k": 2}] "#), [">", "a", r#"b="x y""#, r#"c:=["1", {"k": 2}]"#]);
    }

    #[test]
    fn a_field_is_set_where_its_path_says() {
        let mut value = json!({"a": {"b": 1}});
        set(&mut value, "a.c[1].d", json!("x"));
        assert_eq!(value, json!({"a": {"b": 1, "c": [null, {"d": "x"}]}}));
        assert_eq!(get(&value, "a.c[1].d"), Some(&json!("x")));
        assert_eq!(get(&value, "a.e"), None);
    }

    #[test]
    fn a_bare_name_stands_for_what_it_names_and_a_quoted_one_for_itself() {
        let mut names = Names::default();
        names.bind("C", "0001");
        let read = |word| Field::read(word, &names).unwrap().unwrap();
        assert_eq!(read("a=C").value, json!("0001"));
        assert_eq!(read("a=\"C\"").value, json!("C"));
        assert_eq!(read("a:=5").value, json!(5));
        assert!(Field::read("word", &names).is_none());
        assert!(Field::read("a:={", &names).unwrap().is_err());
    }
}
