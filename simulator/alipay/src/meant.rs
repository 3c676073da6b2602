//! A request's fields as its table means them: numbers that came as text, text that came as numbers, JSON that came as
//! text or the reverse, all in the one shape that methods read. Unknown fields and empty values are gone: they have no effect.
//!
//! The contract has judged and flagged the same value before; this only reads it. Source: QUIRKS Q19, Q20; SEMANTICS 5.

use engine::contract::{Field, Kind};
use serde_json::{Map, Value};

/// The members that the table knows, in the table's shape and order.
pub(crate) fn meant(fields: &[Field], came: Map<String, Value>) -> Map<String, Value> {
    // few of a table's fields come, so what came is looked up in the table
    let known = came.into_iter().filter_map(|(name, value)| {
        let place = fields.iter().position(|field| field.name == name)?;
        Some((place, name, one(&fields[place], value)?))
    });
    let mut known: Vec<_> = known.collect();
    known.sort_by_key(|(place, ..)| *place);
    known.into_iter().map(|(_, name, value)| (name, value)).collect()
}

/// One value; nothing when it counts as not given.
fn one(field: &Field, value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        value => Some(match field.kind {
            Kind::Text | Kind::Price | Kind::Date => match value {
                Value::String(text) => Value::String(text),
                other => Value::String(other.to_string()),
            },
            Kind::Boolean => match value.as_str() {
                Some(word) => Value::Bool(word == "true"),
                None => value,
            },
            Kind::Number => match value.as_str().and_then(|digits| digits.parse::<i64>().ok()) {
                Some(number) => Value::from(number),
                None => value,
            },
            Kind::Object => match unpacked(value) {
                Value::Object(members) if !field.fields.is_empty() => Value::Object(meant(&field.fields, members)),
                other => other,
            },
            Kind::Array => match (unpacked(value), &field.item) {
                (Value::Array(items), Some(item)) => Value::Array(items.into_iter().filter_map(|value| one(item, value)).collect()),
                (other, _) => other,
            },
            Kind::Bytes => value,
        }),
    }
}

/// JSON that came as text.
fn unpacked(value: Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        other => other,
    }
}

/// The same members, without those that `fields` does not have: what an answer may show of a stored document.
pub(crate) fn shown(fields: &[Field], kept: &Map<String, Value>) -> Map<String, Value> {
    fields.iter().filter_map(|field| Some((field.name.clone(), shown_one(field, kept.get(&field.name)?)))).collect()
}

fn shown_one(field: &Field, value: &Value) -> Value {
    match (value, &field.item) {
        (Value::Object(members), _) if !field.fields.is_empty() => Value::Object(shown(&field.fields, members)),
        (Value::Array(items), Some(item)) => Value::Array(items.iter().map(|value| shown_one(item, value)).collect()),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CONTRACTS;
    use serde_json::json;

    #[test]
    fn odd_types_are_read_as_the_table_means_them_and_the_unknown_is_dropped() {
        let fields = CONTRACTS.get("alipay.marketing.card.update").unwrap().request.fields();
        let came = json!({"target_card_no": 17, "card_info": "{\"point\":35,\"level\":\"\",\"nonsense\":1}", "points": 9});
        let read = meant(fields, came.as_object().unwrap().clone());
        assert_eq!(Value::Object(read), json!({"target_card_no": "17", "card_info": {"point": "35"}}));
    }
}
