//! Reading `biz_content`: JSON text to a value, with what a lenient reader would hide brought to light.
//!
//! Depth is bounded by the parser (128 levels), size by the gateway's body limit. A key that stands twice in one object
//! keeps its last value, as the platform's parser does (inferred), and is flagged. Source: errors.toml isv.illegal-json.

use engine::journal::Flag;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};
use std::fmt;

/// The most repeated keys that are remarked on.
const MOST: usize = 16;

/// Reads a text.
///
/// # Errors
/// Where it stops being JSON.
pub(crate) fn read(text: &str) -> Result<(Value, Vec<Flag>), serde_json::Error> {
    let mut flags = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Whole { trail: &Trail::Root, flags: &mut flags }.deserialize(&mut reader)?;
    reader.end()?;
    Ok((value, flags))
}

/// Where the reader stands; a chain on the stack, written out only when something is found.
enum Trail<'t> {
    Root,
    Member(&'t Trail<'t>, &'t str),
    Item(&'t Trail<'t>, usize),
}

impl Trail<'_> {
    fn written(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(Self::Root, name) => cut(name),
            Self::Member(around, name) => format!("{}.{}", around.written(), cut(name)),
            Self::Item(around, at) => format!("{}[{at}]", around.written()),
        }
    }
}

/// Names come from merchants and may be of any length.
fn cut(name: &str) -> String {
    name.chars().take(64).collect()
}

struct Whole<'f> {
    trail: &'f Trail<'f>,
    flags: &'f mut Vec<Flag>,
}

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Whole { trail: &Trail::Item(self.trail, list.len()), flags: &mut *self.flags })? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let trail = Trail::Member(self.trail, &name);
            let value = members.next_value_seed(Whole { trail: &trail, flags: &mut *self.flags })?;
            match map.entry(name) {
                Entry::Vacant(place) => drop(place.insert(value)),
                Entry::Occupied(mut before) => {
                    if self.flags.len() < MOST {
                        let path = Trail::Member(self.trail, before.key()).written();
                        self.flags.push(Flag { path, text: "stands twice in one object; the last value counts".to_owned() });
                    }
                    before.insert(value);
                }
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_repeated_key_keeps_its_last_value_and_is_flagged_with_its_path() {
        let (value, flags) = read(r#"{"a":1,"b":[{"c":1,"c":2}],"a":null}"#).unwrap();
        assert_eq!(value, json!({"a": null, "b": [{"c": 2}]}));
        assert_eq!(flags.iter().map(|flag| flag.path.as_str()).collect::<Vec<_>>(), ["b[0].c", "a"]);
    }

    #[test]
    fn what_is_too_deep_or_goes_on_after_its_end_is_refused() {
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read("{} {}").is_err());
        assert!(read("{'a':1}").is_err());
        assert_eq!(read(&format!("{}{}", "[".repeat(100), "]".repeat(100))).unwrap().1, []);
    }
}
