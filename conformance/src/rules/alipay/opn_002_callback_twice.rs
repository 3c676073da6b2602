//! # OPN-002: a callback that comes twice makes one member and one card
//!
//! **Why.** Customers go back and submit again. A second member for one person has half of the points and nobody's card.
//! **Provoked by** `alipay/opening/callback_twice.feature`: the browser repeats the callback, while the card is opened and after.
//! **Holds** when a callback was repeated, one card at most came of each form, and the merchant's members grew by no more than the people
//! who joined or were taken over.
//! **Source.** FAQ-card; card/SEMANTICS 3.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, Sight};
use std::collections::{HashMap, HashSet};

pub(super) const RULE: Rule = Rule {
    id: "OPN-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/callback_twice.feature"),
    bites_on: "merchant.enrols_at_every_callback",
    judge,
    source: include_str!("opn_002_callback_twice.rs"),
    chinese: include_str!("opn_002_callback_twice.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    if run.reloads() == 0 {
        return Verdict::not_exercised("no browser repeated a callback");
    }
    if let Some((first, second)) = two_cards(run) {
        return cards(first, second).into();
    }
    let count = |sight: &Sight| sight.shown.get("count").and_then(serde_json::Value::as_i64);
    let counts: Vec<(&Sight, i64)> = run.till("members").filter_map(|sight| Some((sight, count(sight)?))).collect();
    let ways = ["form_submitted", "opening_asked", "card_opened"];
    let joined: HashSet<&str> = ways.iter().flat_map(|way| run.events_of(way)).filter_map(|body| body["user"].as_str()).collect();
    let people = i64::try_from(joined.len() + run.till("add_member").count()).unwrap_or(i64::MAX);
    match (counts.first(), counts.last()) {
        (Some((_, before)), Some((last, after))) if after - before > people => members(run, last, after - before, people).into(),
        _ => Verdict::Holds,
    }
}

/// Two openings that were asked for with one consent, under two numbers.
fn two_cards(run: &Run) -> Option<(&Call, &Call)> {
    let mut first: HashMap<(&str, &str), &Call> = HashMap::new();
    run.calls_of(methods::OPEN).filter(|call| call.succeeded()).find_map(|call| {
        let one = *first.entry((call.param("auth_token")?, call.asked("/card_template_id")?)).or_insert(call);
        (one.asked("/out_serial_no") != call.asked("/out_serial_no")).then_some((one, call))
    })
}

fn cards(first: &Call, second: &Call) -> Breach {
    Breach::by(first, "one card for one consent", format!("{} opened another", second.name())).and(second).mend(EN, ZH)
}

fn members(run: &Run, last: &Sight, grown: i64, people: i64) -> Breach {
    Breach::shown(run, last, format!("at most {people} more members"), format!("{grown} more"))
        .fact("people who joined", people.to_string())
        .mend(EN, ZH)
}

const EN: &str = "Two members for one customer: the callback came twice. Make request_id unique in your books, and answer a repeat with what is known already.";
const ZH: &str = "一位顾客成了两个会员：回调来了两次。请让 request_id 在库中唯一，重复的回调直接返回已有的结果。";
