//! What a call, or a request to a merchant, says, as rules and fault words read it: its parameters by path, the ids its merchant made, the cards it names.

use engine::provider::Reads;
use serde_json::{Map, Value};
use std::borrow::Cow;

use super::words::MARK;

/// Ids that merchants make, wherever they stand in a call.
const MADE: &[&str] = &[
    "out_trade_no",
    "out_request_no",
    "out_serial_no",
    "out_biz_no",
    "out_no",
    "out_order_no",
    "out_string",
    "request_id",
    "request_no",
    "notify_no",
    "external_card_no",
    "out_batch_no",
];
/// Where card numbers stand.
const CARDS: &[&str] = &["target_card_no", "biz_card_no", "card_no", "external_card_no", "out_card_no", "BizCardNo"];
/// How deep an id may stand.
const DEPTH: usize = 4;
/// The most ids that are looked at.
const MOST: usize = 16;

/// The parameters of a call as they came.
pub(crate) struct Said<'a> {
    pub(crate) app: &'a str,
    pub(crate) biz_content: Option<&'a str>,
    pub(crate) parameters: &'a [(Cow<'a, str>, Cow<'a, str>)],
}

/// The same, read.
pub(crate) struct Read<'a> {
    app: &'a str,
    members: Map<String, Value>,
}

impl<'a> Said<'a> {
    /// Whether there may be a fault word in it: asked of every call, so nothing is taken apart for it.
    pub(crate) fn has_mark(&self) -> bool {
        self.biz_content.is_some_and(|text| text.contains(MARK)) || self.parameters.iter().any(|(_, value)| value.contains(MARK))
    }

    /// Takes it apart.
    pub(crate) fn read(&self) -> Read<'a> {
        read(self.app, self.biz_content, self.parameters.iter().map(|(name, value)| (&**name, &**value)))
    }
}

/// What a request to a merchant says.
pub(crate) fn of_merchants(parameters: &[(String, String)]) -> Read<'_> {
    let found = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let each = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    read(found("app_id").unwrap_or_default(), found("biz_content"), each)
}

/// Members of `biz_content` and parameters beside it. What is no JSON says nothing.
fn read<'a, 's>(app: &'a str, biz_content: Option<&str>, parameters: impl Iterator<Item = (&'s str, &'s str)>) -> Read<'a> {
    let mut members: Map<String, Value> = biz_content.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    for (name, value) in parameters {
        members.entry(name).or_insert_with(|| Value::from(value));
    }
    Read { app, members }
}

impl Reads for Read<'_> {
    fn value(&self, path: &str) -> Option<String> {
        Read::value(self, path)
    }

    fn is_about_card(&self, number: &str) -> bool {
        Read::is_about_card(self, number)
    }
}

impl<'a> Read<'a> {
    pub(crate) fn app(&self) -> &'a str {
        self.app
    }

    /// The value at a path such as `card_info.point`.
    pub(crate) fn value(&self, path: &str) -> Option<String> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let mut value = self.members.get(first)?;
        for name in rest.into_iter().flat_map(|rest| rest.split('.')) {
            value = match value {
                Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
                value => value.get(name)?,
            };
        }
        Some(text(value))
    }

    /// The ids that the merchant made, by path.
    pub(crate) fn ids(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        each(&self.members, "", DEPTH, &mut |path, name, value| {
            if MADE.contains(&name) && found.len() < MOST && !value.is_empty() {
                found.push((path.to_owned(), value.to_owned()));
            }
        });
        found
    }

    /// Whether the call names a card by this number.
    pub(crate) fn is_about_card(&self, number: &str) -> bool {
        let mut is_about = false;
        each(&self.members, "", DEPTH, &mut |_, name, value| is_about |= CARDS.contains(&name) && value == number);
        is_about
    }
}

/// Shows every member that is a text or a number, with its path.
fn each(members: &Map<String, Value>, at: &str, depth: usize, show: &mut dyn FnMut(&str, &str, &str)) {
    for (name, value) in members {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        match value {
            Value::Object(inner) if depth > 1 => each(inner, &path, depth - 1, show),
            Value::Object(_) | Value::Array(_) | Value::Null => {}
            value => show(&path, name, &text(value)),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_to_a_merchant_names_its_card_in_a_parameter_or_inside_its_content() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        for parameters in [
            [pair("BizCardNo", "C1"), pair("x", "C2")],
            [pair("biz_card_no", "C1"), pair("card", "C2")],
            [pair("app_id", "C2"), pair("biz_content", r#"{"biz_card_no":"C1","success":"true"}"#)],
        ] {
            let read = of_merchants(&parameters);
            assert!(read.is_about_card("C1") && !read.is_about_card("C2"), "{parameters:?}");
        }
        let inside = [pair("biz_content", r#"{"success":"true"}"#)];
        assert_eq!(of_merchants(&inside).value("success").as_deref(), Some("true"));
    }
}
