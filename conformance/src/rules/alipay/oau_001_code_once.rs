//! # OAU-001: a one-time code is exchanged once
//!
//! **Why.** Customers reload pages. Who exchanges the code at every load gets a refusal the second time, and shows an error to
//! somebody who has just become a member.
//! **Provoked by** `alipay/opening/callback_twice.feature`: the browser sends the same code again.
//! **Holds** when a browser came back with the same code, and no code was sent to the platform again after a known outcome. After a
//! lost answer one more try is right.
//! **Source.** support/01rg6z; WxJava#1626; card/SEMANTICS 3.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "OAU-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/callback_twice.feature"),
    bites_on: "merchant.exchanges_code_again",
    judge,
    source: include_str!("oau_001_code_once.rs"),
    chinese: include_str!("oau_001_code_once.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    // with a new key of the platform's a merchant believes no answer until it has that key
    let renewed = ["app_keys_set", "app_secured"].iter().any(|kind| run.events_of(kind).next().is_some());
    let mut known: HashMap<&str, &Call> = HashMap::new();
    for call in run.calls_of(methods::TOKEN) {
        let Some(code) = call.param("code") else { continue };
        if let Some(first) = known.get(code) {
            return breach(first, call).into();
        }
        if !renewed && call.was_believable() && call.code != "20000" && call.struck.is_none() {
            known.insert(code, call);
        }
    }
    Verdict::after(run.reloads(), "no browser came back to the merchant's page with the same code")
}

fn breach(first: &Call, again: &Call) -> Breach {
    let came = if again.sub_code.is_empty() { "answered".to_owned() } else { format!("answered {}", again.sub_code) };
    Breach::by_then(first, "each code exchanged once", format!("{} sent the code of {} again and was {came}", again.name(), first.name()))
        .and(again)
        .fact("code", again.param("code").unwrap_or_default())
        .mend(
            "The code was sent twice: it is spent by the first exchange. Keep what came of it under the code, and show a reloaded page the same result.",
            "同一个授权码换了两次：第一次换取后就失效了。请按授权码保存结果，页面刷新时直接显示同一个结果。",
        )
}
