//! A finished run as judges look at it: the calls of the merchant, taken apart, oldest first.
//!
//! Made from the bundle that `scenarios` leaves behind; nothing is asked from anybody any more. Values that say who somebody
//! is stand as marks (`‹redacted …›`), the same mark for the same value, so that tokens can still be compared.

use scenarios::Run as Bundle;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What the platform made of a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// It was not looked at.
    #[default]
    NotChecked,
    /// It fits.
    Valid,
    /// It does not fit.
    Invalid,
}

/// A remark of the platform about a call that was served all the same.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Flag {
    /// The field, or empty.
    pub path: String,
    /// What is odd about it.
    pub text: String,
}

#[derive(Deserialize)]
struct Sheet {
    id: u64,
    #[serde(default)]
    direction: String,
    #[serde(default)]
    method: String,
    app_id: Option<String>,
    #[serde(default)]
    at: String,
    #[serde(default)]
    at_ms: i64,
    #[serde(default)]
    real_ms: i64,
    #[serde(default)]
    signature: Signature,
    #[serde(default)]
    code: String,
    #[serde(default)]
    sub_code: String,
    #[serde(default)]
    flags: Vec<Flag>,
    diagnosis: Option<Value>,
    #[serde(default)]
    view: View,
}

#[derive(Default, Deserialize)]
struct View {
    #[serde(default)]
    params: Map<String, Value>,
    #[serde(default)]
    biz_content: Value,
    #[serde(default)]
    string_to_sign: String,
    #[serde(default)]
    response: Value,
}

/// One call of the merchant to the platform.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// Its number in the journal.
    pub id: u64,
    /// The platform's method.
    pub method: String,
    /// The application it named.
    pub app_id: Option<String>,
    /// Virtual time of arrival, China.
    pub at: String,
    /// Virtual time of arrival, milliseconds since 1970.
    pub at_ms: i64,
    /// Real time of arrival, milliseconds since 1970.
    pub real_ms: i64,
    /// What the platform made of its signature.
    pub signature: Signature,
    /// Which mistake explains a wrong signature, when one was found.
    pub diagnosis: Option<Value>,
    /// Class code of the answer.
    pub code: String,
    /// Sub code of the answer, when refused.
    pub sub_code: String,
    /// Remarks of the platform.
    pub flags: Vec<Flag>,
    /// Parameters beside `biz_content`.
    pub params: Map<String, Value>,
    /// `biz_content`; a text when it is no JSON, null when there is none.
    pub business: Value,
    /// `biz_content` as it was written, when it can be told.
    pub written: Option<String>,
    /// The answer's object.
    pub response: Value,
}

/// A finished run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Run {
    /// The merchant's calls, oldest first.
    pub calls: Vec<Call>,
    /// Calls that named no application of this platform; perhaps another's.
    pub strays: Vec<Call>,
    /// What happened at the platform, oldest first.
    pub events: Vec<Value>,
    /// Why the journal is not the whole traffic, when it is not.
    pub incomplete: Option<String>,
}

impl Run {
    /// The run of a bundle. Exchanges of a shape that this version does not know make it incomplete, never silently shorter.
    pub fn of(bundle: &Bundle) -> Self {
        let mut incomplete = bundle.incomplete.clone();
        let mut calls = |sheets: &[Value]| -> Vec<Call> {
            let mut calls = Vec::new();
            for sheet in sheets {
                match Sheet::deserialize(sheet) {
                    Ok(sheet) if sheet.direction == "out" || sheet.method.starts_with('/') => {}
                    Ok(sheet) => calls.push(Call::of(sheet)),
                    Err(error) => incomplete = Some(format!("an exchange of the bundle cannot be read: {error}")),
                }
            }
            calls.sort_by_key(|call| call.id);
            calls
        };
        let (own, strays) = (calls(&bundle.exchanges), calls(&bundle.strays));
        Self { calls: own, strays, events: bundle.events.clone(), incomplete }
    }

    /// The calls of a method.
    pub fn calls_of(&self, method: &str) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(move |call| call.method == method)
    }

    /// Bodies of the events of a kind.
    pub fn events_of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(move |event| event["kind"] == kind).map(|event| &event["body"])
    }
}

impl Call {
    fn of(sheet: Sheet) -> Self {
        let View { params, biz_content, string_to_sign, response } = sheet.view;
        let written = written(&params, &biz_content, &string_to_sign);
        Self {
            id: sheet.id,
            method: sheet.method,
            app_id: sheet.app_id,
            at: sheet.at,
            at_ms: sheet.at_ms,
            real_ms: sheet.real_ms,
            signature: sheet.signature,
            diagnosis: sheet.diagnosis.filter(|found| !found.is_null()),
            code: sheet.code,
            sub_code: sheet.sub_code,
            flags: sheet.flags,
            params,
            business: biz_content,
            written,
            response,
        }
    }

    /// A parameter beside `biz_content`.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }

    /// A text in `biz_content`, by JSON pointer.
    pub fn asked(&self, pointer: &str) -> Option<&str> {
        self.business.pointer(pointer).and_then(Value::as_str)
    }

    /// A text in the answer, by JSON pointer.
    pub fn told(&self, pointer: &str) -> Option<&str> {
        self.response.pointer(pointer).and_then(Value::as_str)
    }

    /// Whether the platform did what was asked.
    pub fn succeeded(&self) -> bool {
        self.sub_code.is_empty() && self.code == "10000"
    }

    /// Whether nobody can tell from the answer what happened: neither done nor refused.
    pub fn unknown(&self) -> bool {
        self.code.is_empty() || self.code == "20000"
    }

    /// As evidence names it.
    pub fn name(&self) -> String {
        format!("#{} {}", self.id, self.method)
    }
}

/// `biz_content` as it was written: cut out of the string to sign, in which it stands between its neighbours by name.
fn written(params: &Map<String, Value>, business: &Value, string_to_sign: &str) -> Option<String> {
    if let Value::String(text) = business {
        return Some(text.clone());
    }
    let begins = if string_to_sign.starts_with("biz_content=") { 0 } else { string_to_sign.find("&biz_content=")? + 1 };
    let text = &string_to_sign[begins + "biz_content=".len()..];
    let mut later: Vec<(&String, &str)> = params
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_str()?)))
        .filter(|(name, value)| name.as_str() > "biz_content" && !value.is_empty())
        .collect();
    later.sort_unstable();
    let end = match later.first() {
        Some((name, value)) => text.rfind(&format!("&{name}={value}"))?,
        None => text.len(),
    };
    Some(text[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn exchange(view: &Value) -> Value {
        json!({"id": 1, "direction": "in", "method": "a.b", "app_id": "9021", "code": "10000", "sub_code": "", "view": view})
    }

    #[test]
    fn business_content_is_found_as_it_was_written() {
        let view = json!({
            "params": {"app_id": "9", "charset": "utf-8", "version": "1.0"},
            "biz_content": {"a": "x&charset=gbk"},
            "string_to_sign": r#"app_id=9&biz_content={"a":1, "a":"x&charset=gbk"}&charset=utf-8&version=1.0"#,
        });
        let bundle = Bundle { exchanges: vec![exchange(&view)], ..Bundle::default() };
        let run = Run::of(&bundle);
        assert_eq!(run.calls[0].written.as_deref(), Some(r#"{"a":1, "a":"x&charset=gbk"}"#));
        assert_eq!(run.incomplete, None);
    }

    #[test]
    fn pages_are_no_calls_and_what_cannot_be_read_makes_the_run_incomplete() {
        let page = json!({"id": 2, "direction": "in", "method": "/account/openform/activecard.htm", "view": {}});
        let run = Run::of(&Bundle { exchanges: vec![page], ..Bundle::default() });
        assert_eq!((run.calls.len(), run.incomplete), (0, None));
        let run = Run::of(&Bundle { exchanges: vec![json!({"id": "one"})], ..Bundle::default() });
        assert!(run.incomplete.unwrap().contains("cannot be read"));
    }
}
