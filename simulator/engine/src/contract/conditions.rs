//! `when` texts: those a machine can judge, and those that stay prose.
//!
//! Read are `X absent`, `X = V`, and `X is V or W or absent`, where X is a field of the same table: looked for
//! beside the row, then one object further out, up to the root. Words in brackets are remarks. Everything else is
//! prose; a missing field with a prose condition is flagged as unjudged, never refused. A provider can say a prose
//! text again in readable words (`platform::Rewording`).

use std::collections::HashSet;

use serde_json::{Map, Value};

/// Why a conditional row is required.
#[derive(Clone, Debug)]
pub struct Condition {
    text: String,
    test: Option<Test>,
}

/// A condition that can be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Test {
    /// Objects to go out from the one that holds the conditional field.
    pub(super) out: usize,
    /// Names to follow from there.
    pub(super) subject: Vec<String>,
    /// Texts of the subject for which the condition holds.
    pub(super) one_of: Vec<String>,
    /// Whether it holds when the subject is not given.
    pub(super) absent: bool,
    /// The subject is required when this field is absent: it alone reports that both are missing.
    pub(super) twin: bool,
}

impl Condition {
    /// Reads the `when` of the row at `path`, among all row paths of its table.
    pub(super) fn read(text: &str, path: &str, rows: &HashSet<&str>) -> Self {
        Self { text: text.to_owned(), test: Test::read(text, path, rows) }
    }

    /// The table's words, or the provider's rewording of them.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the condition is judged; otherwise it is prose.
    pub fn is_judged(&self) -> bool {
        self.test.is_some()
    }

    pub(super) fn test(&self) -> Option<&Test> {
        self.test.as_ref()
    }

    pub(super) fn test_mut(&mut self) -> Option<&mut Test> {
        self.test.as_mut()
    }
}

impl Test {
    fn read(text: &str, path: &str, rows: &HashSet<&str>) -> Option<Self> {
        let bare = without_remarks(text);
        let (subject, one_of, absent) = if let Some(subject) = bare.strip_suffix(" absent").filter(|it| is_name(it)) {
            (subject, Vec::new(), true)
        } else if let Some((subject, value)) = bare.split_once(" = ") {
            (subject, vec![value.to_owned()], false)
        } else {
            let (subject, values) = bare.split_once(" is ")?;
            let (absent, one_of): (Vec<&str>, Vec<&str>) = values.split(" or ").partition(|it| *it == "absent");
            (subject, one_of.into_iter().map(str::to_owned).collect(), !absent.is_empty())
        };
        if !is_name(subject) || one_of.iter().any(|value| value.contains(' ')) {
            return None;
        }
        let out = scopes(path).position(|scope| rows.contains(inside(scope, subject).as_str()))?;
        let subject = subject.split('.').map(str::to_owned).collect();
        Some(Self { out, subject, one_of, absent, twin: false })
    }

    /// Path of the subject's row, seen from the row at `path`.
    pub(super) fn subject_row(&self, path: &str) -> String {
        let scope = scopes(path).nth(self.out).expect("read() took `out` from these scopes");
        inside(scope, &self.subject.join("."))
    }

    /// Whether it holds, given the object that holds the conditional field and those around it.
    pub(super) fn holds(&self, scope: &Scope<'_>) -> bool {
        let mut object = scope;
        for _ in 0..self.out {
            let Some(around) = object.around else { return false };
            object = around;
        }
        let mut found = None;
        let mut map = Some(object.map);
        for name in &self.subject {
            found = map.and_then(|map| map.get(name));
            map = found.and_then(Value::as_object);
        }
        match found {
            None | Some(Value::Null) => self.absent,
            Some(Value::String(text)) if text.is_empty() => self.absent,
            Some(Value::String(text)) => self.one_of.contains(text),
            Some(other) => self.one_of.contains(&other.to_string()),
        }
    }
}

/// An object under judgement and the objects around it.
#[derive(Clone, Copy)]
pub(super) struct Scope<'v> {
    pub(super) map: &'v Map<String, Value>,
    pub(super) around: Option<&'v Scope<'v>>,
}

/// Paths of the objects around a row, innermost first; the root is empty.
fn scopes(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| match path.rsplit_once('.') {
        Some((around, _)) => Some(around),
        None if path.is_empty() => None,
        None => Some(""),
    })
    .skip(1)
}

fn inside(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "._".contains(letter))
}

fn without_remarks(text: &str) -> String {
    let mut bare = String::new();
    let mut depth = 0_usize;
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(letter),
            _ => {}
        }
    }
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ROWS: [&str; 7] = ["style", "style.layout", "list", "list[].kind", "list[].more", "list[].more.url", "list[].icon"];

    fn read(text: &str, path: &str) -> Option<Test> {
        Test::read(text, path, &ROWS.into_iter().collect())
    }

    #[test]
    fn the_simple_forms_are_read() {
        let test = read("kind = web", "list[].more").unwrap();
        assert_eq!((test.out, test.one_of, test.absent), (0, vec!["web".to_owned()], false));
        let test = read("kind is web (url needed) or native (descs needed)", "list[].more.url").unwrap();
        assert_eq!((test.out, test.one_of.len(), test.absent), (1, 2, false));
        let test = read("kind is url or absent", "list[].more").unwrap();
        assert_eq!((test.one_of, test.absent), (vec!["url".to_owned()], true));
        let test = read("style.layout = grid", "list[].icon").unwrap();
        assert_eq!((test.out, test.subject_row("list[].icon")), (1, "style.layout".to_owned()));
    }

    #[test]
    fn a_sentence_or_an_unknown_subject_stays_prose() {
        for prose in ["purchase, upgrade or renewal", "the fast (3.1) flow is used", "colour = red", "kind is not known yet"] {
            assert_eq!(read(prose, "list[].more"), None, "{prose}");
        }
    }

    #[test]
    fn the_subject_is_read_from_the_object_around() {
        let test = read("kind is web or absent", "list[].more.url").unwrap();
        let item = |value: Value| {
            let root = Map::new();
            let root = Scope { map: &root, around: None };
            let item = Scope { map: value.as_object().unwrap(), around: Some(&root) };
            let more = Map::new();
            test.holds(&Scope { map: &more, around: Some(&item) })
        };
        assert!(item(json!({"kind": "web"})));
        assert!(item(json!({"kind": ""})));
        assert!(item(json!({"kind": null})));
        assert!(!item(json!({"kind": "native"})));
    }
}
