//! One value against the fields of a table.
//!
//! Lenient where the platform is: numbers and booleans as text and the reverse, JSON text for an object, unknown
//! and misplaced fields are accepted and flagged. Null and empty text count as not given. A value has at most one
//! fault: the first of type, length, enumeration, shape. A clean value is judged without allocating, and what a
//! hostile one can cost is bounded by the table's depth and the report's size.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::conditions::Scope;
use super::nearest::nearest;
use super::pattern::Pattern;
use super::report::{Breach, Evidence, Fault, Flag, FlagKind, MOST, Report, shortened};
use super::trail::{Step, Trail};
use super::tree::{Field, FieldTree, Kind, Required};

/// Names that may stand among the outermost fields without being fields.
#[derive(Clone, Copy)]
pub(super) struct PublicNames<'c> {
    /// Of every call of the platform.
    pub(super) usual: &'c [&'c str],
    /// Of this call.
    pub(super) own: &'c [String],
    /// They belong beside the object under judgement, not inside it.
    pub(super) belong_beside: bool,
}

impl PublicNames<'_> {
    pub(super) fn contain(&self, name: &str) -> bool {
        self.usual.contains(&name) || self.own.iter().any(|own| own == name)
    }
}

pub(super) struct Judge<'c> {
    tree: &'c FieldTree,
    public: PublicNames<'c>,
    /// Whether absent fields are named of which only prose says when they are required.
    prose: bool,
    report: Report,
}

/// Members that are sooner looked through than looked up.
const FEW: usize = 8;

/// The member of this name. A table has many fields and a call brings few of them.
fn member<'m>(map: &'m Map<String, Value>, name: &str) -> Option<&'m Value> {
    if map.len() > FEW {
        return map.get(name);
    }
    map.iter().find_map(|(known, value)| (known == name).then_some(value))
}

impl<'c> Judge<'c> {
    pub(super) fn new(tree: &'c FieldTree, public: PublicNames<'c>) -> Self {
        Self { tree, public, prose: true, report: Report::default() }
    }

    /// Leaves out [`FlagKind::Unjudged`]: most calls would have several, each with texts of its own.
    pub(super) fn without_prose(self) -> Self {
        Self { prose: false, ..self }
    }

    pub(super) fn whole(mut self, value: &Value) -> Report {
        if let Some(map) = value.as_object() {
            let tree = self.tree;
            self.object(tree.fields(), &Scope { map, around: None }, &Trail::ROOT);
        } else {
            self.report.add_fault(Fault {
                path: String::new(),
                row: String::new(),
                breach: Breach::WrongType,
                expected: "a JSON object".to_owned(),
                came: shortened(value),
                evidence: Evidence::default(),
                inferred: false,
                hint: None,
            });
        }
        self.report.connect_hints();
        self.report
    }

    fn object(&mut self, fields: &'c [Field], scope: &Scope<'_>, trail: &Trail<'_>) {
        let mut known = 0;
        for field in fields {
            let trail = trail.then(Step::Member(&field.name));
            let value = member(scope.map, &field.name);
            known += usize::from(value.is_some());
            match value {
                None | Some(Value::Null) => self.absent(field, value, scope, &trail),
                Some(Value::String(text)) if text.is_empty() => self.absent(field, value, scope, &trail),
                Some(value) => self.value(field, value, scope, &trail),
            }
        }
        if known < scope.map.len() {
            self.unknown(fields, scope, trail);
        }
    }

    fn absent(&mut self, field: &'c Field, value: Option<&Value>, scope: &Scope<'_>, trail: &Trail<'_>) {
        let came = match value {
            None => "nothing",
            Some(Value::Null) => "null",
            Some(_) => "empty text",
        };
        match &field.required {
            Required::Always => return self.fault(field, trail, Breach::Missing, "a value", came),
            Required::When(condition) => match condition.test() {
                Some(test) if !test.twin && test.holds(scope) => {
                    let expected = format!("a value, because {}", condition.text());
                    return self.fault(field, trail, Breach::Missing, &expected, came);
                }
                None if self.prose => {
                    let text = format!("absent; required when: {}", condition.text());
                    self.flag(trail, FlagKind::Unjudged, text, None);
                }
                Some(_) | None => {}
            },
            Required::No => {}
        }
        if value.is_some() {
            self.flag(trail, FlagKind::Empty, format!("{came}; counts as not given"), None);
        }
    }

    fn value(&mut self, field: &'c Field, value: &Value, scope: &Scope<'_>, trail: &Trail<'_>) {
        match (field.kind, value) {
            (Kind::Text, Value::String(text)) => {
                if !self.text(field, text, trail) && field.json_text {
                    self.json_text(field, text, scope, trail);
                }
            }
            (Kind::Text, Value::Number(_) | Value::Bool(_)) => {
                self.coerced(field, value, trail);
                self.text(field, &value.to_string(), trail);
            }
            (Kind::Text, Value::Object(_) | Value::Array(_)) if field.json_text => {
                let alternate = if value.is_object() { Kind::Object } else { Kind::Array };
                if field.alternate != Some(alternate) {
                    self.coerced(field, value, trail);
                }
                if !self.length(field, value.to_string().chars().count(), "characters", trail)
                    && let Some(map) = value.as_object().filter(|_| !field.fields.is_empty())
                {
                    self.object(&field.fields, &Scope { map, around: Some(scope) }, trail);
                }
            }
            (Kind::Boolean, Value::Bool(_)) => {}
            (Kind::Boolean, Value::String(text)) if text == "true" || text == "false" => self.coerced(field, value, trail),
            (Kind::Number, Value::Number(_)) => {
                if field.max.is_some() {
                    self.text(field, &value.to_string(), trail);
                }
            }
            (Kind::Number, Value::String(text)) if is_decimal(text, usize::MAX) => {
                self.coerced(field, value, trail);
                self.text(field, text, trail);
            }
            (Kind::Price | Kind::Date, Value::String(text)) => {
                self.text(field, text, trail);
            }
            (Kind::Price, Value::Number(_)) => {
                self.text(field, &value.to_string(), trail);
            }
            (Kind::Bytes, Value::Number(bytes)) => {
                let bytes = bytes.as_u64().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
                self.length(field, bytes, "bytes", trail);
            }
            (Kind::Bytes, Value::String(text)) => {
                self.coerced(field, value, trail);
                self.length(field, text.len(), "bytes", trail);
            }
            (Kind::Object, Value::Object(map)) => {
                self.long_object(field, value, trail);
                if !field.fields.is_empty() {
                    self.object(&field.fields, &Scope { map, around: Some(scope) }, trail);
                }
            }
            (Kind::Array, Value::Array(items)) => self.array(field, items, scope, trail),
            (Kind::Object | Kind::Array, Value::String(text)) => match serde_json::from_str::<Value>(text) {
                Ok(inner) if (field.kind == Kind::Object) == inner.is_object() && !inner.is_string() && is_nested(&inner) => {
                    self.coerced(field, value, trail);
                    self.value(field, &inner, scope, trail);
                }
                _ => self.wrong_type(field, value, trail),
            },
            _ => self.wrong_type(field, value, trail),
        }
    }

    fn array(&mut self, field: &'c Field, items: &[Value], scope: &Scope<'_>, trail: &Trail<'_>) {
        if let Some(max) = field.max_items.filter(|max| items.len() > *max) {
            let breach = Breach::TooManyItems { max, came: items.len() };
            return self.fault(field, trail, breach, &format!("at most {max} items"), &items.len().to_string());
        }
        let Some(item) = &field.item else { return };
        for (at, value) in items.iter().enumerate() {
            self.value(item, value, scope, &trail.then(Step::Item(at)));
        }
    }

    /// Length, enumeration and shape of a text; whether one of them is broken.
    fn text(&mut self, field: &'c Field, text: &str, trail: &Trail<'_>) -> bool {
        if field.max.is_some_and(|max| text.len() > max) {
            let length = text.chars().filter(|letter| field.kind != Kind::Number || letter.is_ascii_digit()).count();
            if self.length(field, length, "characters", trail) {
                return true;
            }
        }
        if !field.values.is_empty() && !field.values.iter().any(|value| value == text) {
            let expected = format!("one of {}", field.values.join(", "));
            self.fault(field, trail, Breach::NotInEnumeration, &expected, &shortened(&Value::from(text)));
            return true;
        }
        let expected = match (&field.pattern, field.kind) {
            (Some(pattern), _) if !pattern.accepts(text) => pattern.text(),
            (None, Kind::Date) if !usual_date().accepts(text) => usual_date().text(),
            (None, Kind::Price) if !is_decimal(text, 2) || text.starts_with('-') => "yuan with at most two decimals",
            _ => return false,
        };
        self.fault(field, trail, Breach::Pattern, expected, &shortened(&Value::from(text)));
        true
    }

    fn length(&mut self, field: &'c Field, came: usize, unit: &str, trail: &Trail<'_>) -> bool {
        let Some(max) = field.max.filter(|max| came > *max) else { return false };
        let breach = Breach::TooLong { max, came };
        self.fault(field, trail, breach, &format!("at most {max} {unit}"), &format!("{came} {unit}"));
        true
    }

    fn json_text(&mut self, field: &'c Field, text: &str, scope: &Scope<'_>, trail: &Trail<'_>) {
        if field.fields.is_empty() {
            if serde_json::from_str::<IgnoredAny>(text).is_err() {
                self.fault(field, trail, Breach::NotJson, "JSON text", &shortened(&Value::from(text)));
            }
            return;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(map)) => self.object(&field.fields, &Scope { map: &map, around: Some(scope) }, trail),
            _ => self.fault(field, trail, Breach::NotJson, "the JSON text of an object", &shortened(&Value::from(text))),
        }
    }

    fn long_object(&mut self, field: &Field, value: &Value, trail: &Trail<'_>) {
        let Some(max) = field.max else { return };
        let length = value.to_string().chars().count();
        if length > max {
            self.flag(trail, FlagKind::LongObject, format!("{length} characters of JSON, the table says {max}"), None);
        }
    }

    fn unknown(&mut self, fields: &'c [Field], scope: &Scope<'_>, trail: &Trail<'_>) {
        let at_root = matches!(trail.step, Step::Root);
        for name in scope.map.keys().filter(|name| !fields.iter().any(|field| field.name == **name)) {
            let trail = trail.then(Step::Member(name));
            if at_root && self.public.contain(name) {
                if self.public.belong_beside {
                    let text = format!("`{name}` is a public parameter and belongs beside biz_content");
                    self.flag(&trail, FlagKind::Misplaced, text, None);
                }
                continue;
            }
            if self.report.flags.len() >= MOST {
                self.report.left_out += 1;
            } else if let Some(field) = self.tree.named(name) {
                let text = format!("belongs at `{}`; here it has no effect", field.path);
                self.flag(&trail, FlagKind::Misplaced, text, Some(field));
            } else {
                let near = nearest(name, fields.iter().map(|field| field.name.as_str()));
                let field = match near {
                    Some(near) => fields.iter().find(|field| field.name == near),
                    None => nearest(name, self.tree.iter().map(|field| field.name.as_str())).and_then(|near| self.tree.named(near)),
                };
                let text = match field {
                    Some(field) => format!("unknown field, without effect; did you mean `{}`?", field.path),
                    None => "unknown field, without effect".to_owned(),
                };
                self.flag(&trail, FlagKind::Unknown, text, field);
            }
        }
    }

    fn wrong_type(&mut self, field: &'c Field, value: &Value, trail: &Trail<'_>) {
        let expected = match (field.kind, field.json_text) {
            (Kind::Text, true) => "JSON text",
            (kind, _) => kind.word(),
        };
        self.fault(field, trail, Breach::WrongType, expected, &shortened(value));
    }

    fn coerced(&mut self, field: &Field, value: &Value, trail: &Trail<'_>) {
        let came = match value {
            Value::Null => "null",
            Value::Bool(_) => "a JSON boolean",
            Value::Number(_) => "a JSON number",
            Value::String(_) => "text",
            Value::Array(_) => "a nested array",
            Value::Object(_) => "a nested object",
        };
        let expected = if field.json_text { "JSON text" } else { field.kind.word() };
        self.flag(trail, FlagKind::Coerced, format!("{came}, read as {expected}"), None);
    }

    fn fault(&mut self, field: &'c Field, trail: &Trail<'_>, breach: Breach, expected: &str, came: &str) {
        if let Some(excuse) = field.excuse(breach.cell()) {
            let beyond = match (breach, excuse.up_to) {
                (Breach::TooLong { came, .. }, Some(up_to)) => (came > up_to).then_some(up_to),
                _ => None,
            };
            let Some(max) = beyond else {
                let text = format!("expected {expected}, came {came}; not enforced: {}", excuse.why);
                return self.flag(trail, FlagKind::Excused, text, None);
            };
            if let Breach::TooLong { max: table, came: length } = breach
                && table != max
            {
                let expected = format!("at most {max} characters (the table says {table})");
                return self.add_fault(field, trail, Breach::TooLong { max, came: length }, expected, came);
            }
        }
        self.add_fault(field, trail, breach, expected.to_owned(), came);
    }

    fn add_fault(&mut self, field: &Field, trail: &Trail<'_>, breach: Breach, expected: String, came: &str) {
        self.report.add_fault(Fault {
            path: trail.written(),
            row: field.path.clone(),
            breach,
            expected,
            came: came.to_owned(),
            evidence: field.evidence.clone(),
            inferred: field.evidence.is_inferred(breach.cell()),
            hint: None,
        });
    }

    fn flag(&mut self, trail: &Trail<'_>, kind: FlagKind, text: String, suggests: Option<&Field>) {
        let suggests = suggests.map(|field| field.path.clone());
        self.report.add_flag(Flag { path: trail.written(), kind, text, suggests });
    }
}

/// Shape of a moment where the row does not say.
pub(super) fn usual_date() -> &'static Pattern {
    static USUAL: std::sync::LazyLock<Pattern> =
        std::sync::LazyLock::new(|| Pattern::parse("yyyy-MM-dd HH:mm:ss").expect("the shape is the one the module's tests read"));
    &USUAL
}

fn is_nested(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// Digits, perhaps with a sign and a fraction of at most so many digits. Never through a floating-point number.
fn is_decimal(text: &str, most_decimals: usize) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction) && fraction.len() <= most_decimals,
        None => digits(unsigned),
    }
}
