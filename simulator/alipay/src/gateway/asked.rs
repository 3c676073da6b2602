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
    /// In whose place it is made.
    pub(super) app_auth_token: Option<Cow<'e, str>>,
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
            app_auth_token: envelope.app_auth_token(),
            auth_token: envelope.auth_token(),
            notify_url: envelope.notify_url(),
            return_url: envelope.return_url(),
        }
    }

    /// V3 sends one set of parameters, in the query string, the body or both: they are laid out as the method's table has them.
    /// The addresses to answer to stand among them, as the official Node SDK's manual shows it; no source says more.
    pub(super) fn v3(envelope: &'e v3::Envelope, place: Place) -> Self {
        let mut query: Vec<_> = envelope.query().collect();
        let mut body = envelope.json();
        let mut address = |name: &str| {
            let in_query = query.iter().position(|(known, _)| known == name).map(|at| query.remove(at).1);
            taken_out(&mut body, name).map(Cow::Owned).or(in_query).filter(|address| !address.is_empty())
        };
        let (notify_url, return_url) = (address("notify_url"), address("return_url"));
        let (biz_content, parameters) = match place {
            Place::BizContent if query.is_empty() => (body, query),
            Place::BizContent => (Some(merged(body.as_deref(), &query)), Vec::new()),
            Place::Beside => {
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
        Self {
            app_id: &envelope.app_id,
            biz_content,
            parameters,
            files: envelope.files(),
            app_auth_token: envelope.app_auth_token().map(Cow::Borrowed),
            auth_token,
            notify_url,
            return_url,
        }
    }
}

/// The text of this member, which the body then has no more.
fn taken_out(body: &mut Option<Cow<'_, str>>, name: &str) -> Option<String> {
    let text = body.as_deref().filter(|text| text.contains(name))?;
    let mut members: Map<String, Value> = serde_json::from_str(text).ok()?;
    let Some(Value::String(address)) = members.shift_remove(name) else { return None };
    *body = Some(Cow::Owned(Value::Object(members).to_string()));
    Some(address)
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
