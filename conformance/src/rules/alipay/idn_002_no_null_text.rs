//! # IDN-002: no identity or number is the word null or undefined
//!
//! **Why.** Newer applications get `open_id` and no `user_id`. A missing value that is printed becomes the word "undefined", and all
//! customers become one.
//! **Provoked by** an application that gets `open_id` only.
//! **Holds** when no user, card, order or serial number that the merchant sends is empty, or a word such as null, undefined, None
//! or [object Object].
//! **Source.** jeequan/jeepay#123.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use serde_json::Value;

pub(super) const RULE: Rule = Rule {
    id: "IDN-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.sends_undefined",
    judge,
    source: include_str!("idn_002_no_null_text.rs"),
    chinese: include_str!("idn_002_no_null_text.zh.md"),
};

/// Fields that say who somebody or which matter it is.
const IDENTITIES: &[&str] = &[
    "user_id",
    "open_id",
    "buyer_id",
    "buyer_open_id",
    "op_buyer_open_id",
    "external_card_no",
    "target_card_no",
    "out_serial_no",
    "out_trade_no",
    "out_request_no",
    "out_biz_no",
    "request_id",
];
/// What languages print where nothing is.
const NOTHING: &[&str] = &["", "null", "undefined", "none", "nil", "nan", "[object object]", "(null)", "<nil>"];

fn judge(run: &Run) -> Verdict {
    let mut looked_at = 0;
    for call in &run.calls {
        for (name, value) in
            call.params.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).chain(members(&call.business))
        {
            if IDENTITIES.contains(&name) {
                looked_at += 1;
                if NOTHING.contains(&value.trim().to_lowercase().as_str()) {
                    return breach(call, name, value).into();
                }
            }
        }
    }
    Verdict::after(looked_at, "no call named a customer, a card or an order")
}

/// Names and texts at any depth.
fn members(value: &Value) -> Vec<(&str, &str)> {
    match value {
        Value::Object(fields) => {
            let own = fields.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
            own.chain(fields.values().flat_map(members)).collect()
        }
        Value::Array(items) => items.iter().flat_map(members).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn breach(call: &Call, name: &str, value: &str) -> Breach {
    Breach::by_itself(call, format!("{name} is a number that somebody gave out"), format!("{} sent {name}={value:?}", call.name())).fact(name, value).mend(
        format!("{name} is {value:?}: a missing value was printed. Take open_id where there is no user_id, and leave the field out when there is neither."),
        format!("{name} 是 {value:?}：缺失的值被当成文本打印了。没有 user_id 时请用 open_id，都没有就不要传这个字段。"),
    )
}
