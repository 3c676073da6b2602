//! A verified call, whichever dialect it came in: what fields and methods need to know of it.

use std::borrow::Cow;

use engine::contract::Place;
use serde_json::{Map, Value};
use wire::alipay::{Envelope, FilePart, v3};

/// A call behind its signature.
pub(super) struct Asked<'e> {
    pub(super) app_id: &'e str,
    /// JSON text.
    pub(super) biz_content: Option<Cow<'e, str>>,
    /// The API's own parameters that stand beside it.
    pub(super) parameters: Vec<(Cow<'e, str>, Cow<'e, str>)>,
    pub(super) files: &'e [FilePart],
    pub(super) auth_token: Option<Cow<'e, str>>,
    pub(super) notify_url: Option<Cow<'e, str>>,
    pub(super) return_url: Option<Cow<'e, str>>,
}

impl<'e> Asked<'e> {
    pub(super) fn classic(envelope: &'e Envelope) -> Self {
        Self {
            app_id: &envelope.app_id,
            biz_content: envelope.biz_content(),
            parameters: envelope.api_parameters().collect(),
            files: envelope.files(),
            auth_token: envelope.auth_token(),
            notify_url: envelope.notify_url(),
            return_url: envelope.return_url(),
        }
    }

    /// V3 sends one set of parameters, in the query string, the body or both: they are laid out as the method's table has them.
    pub(super) fn v3(envelope: &'e v3::Envelope, place: Place) -> Self {
        let query: Vec<_> = envelope.query().collect();
        let (biz_content, parameters) = match place {
            Place::BizContent if query.is_empty() => (envelope.json(), query),
            Place::BizContent => (Some(merged(envelope.json().as_deref(), &query)), Vec::new()),
            Place::Beside => {
                let body = envelope.json();
                match body.as_deref().map(serde_json::from_str::<Map<String, Value>>) {
                    Some(Ok(members)) => {
                        (None, members.into_iter().map(|(name, value)| (name.into(), text(value).into())).chain(query).collect())
                    }
                    // not JSON: the fields' reader finds that out, and says so
                    _ => (body, query),
                }
            }
        };
        let auth_token = envelope.auth_token();
        Self { app_id: &envelope.app_id, biz_content, parameters, files: envelope.files(), auth_token, notify_url: None, return_url: None }
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The body's object with the query's parameters in it; a body that is no object stays as it is, to be refused.
fn merged<'e>(body: Option<&str>, query: &[(Cow<'_, str>, Cow<'_, str>)]) -> Cow<'e, str> {
    let read = body.map_or(Ok(Map::new()), serde_json::from_str::<Map<String, Value>>);
    let Ok(mut members) = read else { return Cow::Owned(body.unwrap_or_default().to_owned()) };
    for (name, value) in query {
        members.entry(name.as_ref()).or_insert_with(|| Value::from(value.as_ref()));
    }
    Cow::Owned(Value::Object(members).to_string())
}
