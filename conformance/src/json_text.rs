//! JSON text read more strictly than by a parser that keeps the last of two equal keys.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

/// What is wrong with a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// A key stands twice in one object.
    Repeated {
        /// Where, such as `card_info.point`.
        path: String,
        /// Bytes before its first standing, as far as that can be told.
        at: usize,
    },
    /// A comment.
    Comment {
        /// Bytes before it.
        at: usize,
    },
    /// No JSON object.
    NotAnObject {
        /// Bytes before the place where it stops being one.
        at: usize,
        /// What the parser says.
        why: String,
    },
}

/// What is wrong with a text that shall be a JSON object, if anything is.
pub(crate) fn fault(text: &str) -> Option<Fault> {
    let repeated = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Object { path: "", repeated: &repeated }.deserialize(&mut reader).and_then(|()| reader.end());
    match (read, repeated.into_inner()) {
        (Ok(()), None) => None,
        (Ok(()), Some(path)) => {
            let key = path.rsplit('.').next().unwrap_or_default();
            let at = text.rfind(&format!("\"{key}\"")).unwrap_or_default();
            Some(Fault::Repeated { path, at })
        }
        (Err(error), _) => {
            let at = offset(text, error.line(), error.column());
            // the parser stands on the mark or right behind it
            let near = at.saturating_sub(1);
            let comment = (near..=at)
                .find(|place| ["/*", "//", "#"].iter().any(|mark| text.get(*place..).is_some_and(|rest| rest.starts_with(mark))));
            Some(comment.map_or_else(|| Fault::NotAnObject { at, why: error.to_string() }, |at| Fault::Comment { at }))
        }
    }
}

/// Bytes before a line and column, both counted from 1; columns count bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}

/// Reads an object and notes the first repeated key.
struct Object<'r> {
    path: &'r str,
    repeated: &'r RefCell<Option<String>>,
}

/// Reads any value; objects in it as [`Object`].
struct Any<'r>(Object<'r>);

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let path = if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            members.next_value_seed(Any(Object { path: &path, repeated: self.repeated }))?;
            if !seen.insert(name) {
                self.repeated.borrow_mut().get_or_insert(path);
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        self.0.visit_map(members)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Any(Object { path: self.0.path, repeated: self.0.repeated }))?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_object_has_no_fault() {
        assert_eq!(fault(r#"{"a":{"b":[{"c":1},{"c":null}]},"b":"/* text */"}"#), None);
    }

    #[test]
    fn a_repeated_key_is_found_at_any_depth_with_its_path() {
        assert_eq!(fault(r#"{"a":1,"b":2,"a":1}"#), Some(Fault::Repeated { path: "a".into(), at: 13 }));
        assert!(matches!(fault(r#"{"x":[{"y":{"z":1,"z":2}}]}"#), Some(Fault::Repeated { path, .. }) if path == "x.y.z"));
    }

    #[test]
    fn comments_are_told_from_other_mistakes() {
        assert_eq!(fault(r#"{/* v2 */"a":1}"#), Some(Fault::Comment { at: 1 }));
        assert_eq!(fault("{\"a\":1, // one\n\"b\":2}"), Some(Fault::Comment { at: 8 }));
        for text in ["", "[]", "{\"a\":1,}", "{\"a\":1} x", "{'a':1}", "\"text\"", "{"] {
            assert!(matches!(fault(text), Some(Fault::NotAnObject { .. })), "{text}: {:?}", fault(text));
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(matches!(fault(&("{\"a\":".repeat(10_000))), Some(Fault::NotAnObject { .. })));
    }
}
