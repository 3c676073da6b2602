//! # SPI-006: whatever a form holds, a request for a card gets an answer
//!
//! **Why.** Fields are added to a form in an afternoon, optional ones stay empty, names have four characters and addresses a hundred. A
//! program that expects two fields falls over, and the customer sees an error although the card could be given.
//! **Provoked by** `alipay/fast/long_form.feature`: a form with every kind of field, empty ones, one that nobody knows, and kilobytes of text.
//! **Holds** when every request for a card whose `user_info` has something else in it than name and mobile number, or lacks one of them,
//! is answered in words: with a card, or with a refusal that has a code.
//! **Source.** spi.alipay.user.opencard.get (`user_info`, up to 10240 characters); alipay.marketing.card.activateform.query.

use super::{answer, methods};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};
use serde_json::Value;

pub(super) const RULE: Rule = Rule {
    id: "SPI-006",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/fast/long_form.feature"),
    bites_on: "merchant.spi_knows_two_fields",
    judge,
    source: include_str!("spi_006_form_kinds.rs"),
    chinese: include_str!("spi_006_form_kinds.zh.md"),
};

/// What every program expects.
const PLAIN: &[&str] = &["OPEN_FORM_FIELD_MOBILE", "OPEN_FORM_FIELD_NAME"];

fn judge(run: &Run) -> Verdict {
    let mut answered = 0;
    for delivery in run.deliveries.iter().filter(|delivery| delivery.method == methods::SPI && !delivery.is_forged()) {
        let Some(fields) = fields(delivery).filter(|fields| is_odd(fields)) else { continue };
        let in_words = delivery.status == Some(200) && answer(delivery)["code"].is_string();
        if !in_words && delivery.status.is_some() {
            return breach(delivery, &fields).into();
        }
        answered += usize::from(in_words);
    }
    Verdict::after(answered, "no form of the fast flow had anything but name and mobile number in it")
}

/// The names of the fields of a form.
fn fields(delivery: &Delivery) -> Option<Vec<String>> {
    let listed = match delivery.params.get("user_info")? {
        Value::String(text) => serde_json::from_str(text).ok()?,
        listed => listed.clone(),
    };
    let names = |one: &Value| one.as_object().map(|one| one.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    Some(listed.as_array()?.iter().flat_map(names).collect())
}

fn is_odd(fields: &[String]) -> bool {
    let known = |name: &&str| fields.iter().any(|field| field == *name);
    !PLAIN.iter().all(known) || fields.iter().any(|field| !PLAIN.contains(&field.as_str()))
}

fn breach(delivery: &Delivery, fields: &[String]) -> Breach {
    let status = delivery.status.unwrap_or_default();
    let shown: String = delivery.text().unwrap_or_default().chars().take(200).collect();
    Breach::by(delivery, "a card, or a refusal with a code", format!("{} was answered with HTTP {status} and no code", delivery.name()))
        .fact("fields of the form", fields.join(", "))
        .fact("answered", shown)
        .mend(
            "The form made the program fall over. Read user_info as a list of objects with one member each, take the fields you know, ignore the others, and expect any to be absent.",
            "表单内容让程序出错了。user_info 是对象数组，每个对象一个字段：取认识的，忽略不认识的，任何字段都可能缺。",
        )
}
