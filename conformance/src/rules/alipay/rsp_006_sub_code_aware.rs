//! # RSP-006: what happens next depends on code and `sub_code`, not on the text
//!
//! **Why.** Texts change without notice and come in two languages. Who compares them does something else on the day a word is
//! mended.
//! **Provoked by** `alipay/answer/reworded.feature`: the same refusal twice, with another `sub_msg`.
//! **Holds** when refusals of one method with the same `sub_code` and different texts are followed by the same kind of call about
//! the same matter.
//! **Source.** gateway/PROTOCOL D; FAQ-card (unknown-sub-code).

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "RSP-006",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/answer/reworded.feature"),
    bites_on: "merchant.reads_sub_msg",
    judge,
    source: include_str!("rsp_006_sub_code_aware.rs"),
    chinese: include_str!("rsp_006_sub_code_aware.zh.md"),
};

/// Numbers by which two calls are about the same matter.
const MATTERS: &[&str] = &["/out_trade_no", "/out_serial_no", "/target_card_no", "/request_id", "/trade_no"];
/// Later calls are another story.
const SOON_MS: i64 = 120_000;

/// A refusal and what followed it.
type Followed<'r> = (&'r Call, Option<&'r Call>);

fn judge(run: &Run) -> Verdict {
    let mut refusals: BTreeMap<(&str, &str), BTreeMap<&str, Vec<Followed<'_>>>> = BTreeMap::new();
    for call in run.calls.iter().filter(|call| !call.sub_code.is_empty() && call.was_heard()) {
        let (Some(text), Some(matter)) = (call.told("/sub_msg"), matter(call)) else { continue };
        let next = next(run, call, matter);
        refusals.entry((&call.method, &call.sub_code)).or_default().entry(text).or_default().push((call, next));
    }
    let mut compared = 0;
    for of_texts in refusals.values().filter(|of_texts| of_texts.len() > 1) {
        compared += 1;
        // a text that was followed by this once and by that another time is no cause of either
        let steady = of_texts.values().filter(|seen| seen.iter().all(|(_, next)| method(*next) == method(seen[0].1)));
        let firsts: Vec<Followed<'_>> = steady.map(|seen| seen[0]).collect();
        if let Some(pair) = firsts.windows(2).find(|pair| differs(run, pair[0], pair[1])) {
            return breach(pair[0].0, pair[1].0, method(pair[0].1), method(pair[1].1)).into();
        }
    }
    Verdict::after(compared, "no refusal came twice with different texts")
}

fn matter(call: &Call) -> Option<&str> {
    MATTERS.iter().find_map(|place| call.asked(place))
}

/// What followed, by its method.
fn method(next: Option<&Call>) -> &str {
    next.map_or("nothing", |next| next.method.as_str())
}

/// Whether something else followed: nothing only where there was as much time as the other took.
fn differs(run: &Run, one: Followed<'_>, other: Followed<'_>) -> bool {
    match (one, other) {
        ((_, Some(first)), (_, Some(second))) => first.method != second.method,
        ((alone, None), (call, Some(next))) | ((call, Some(next)), (alone, None)) => {
            let left_ms = run.left_after(alone);
            left_ms > 0 && left_ms >= run.between(call, next)
        }
        _ => false,
    }
}

/// The next call about the same matter.
fn next<'r>(run: &'r Run, call: &Call, about: &str) -> Option<&'r Call> {
    let soon = |next: &&Call| next.id > call.id && next.at_ms - call.at_ms <= SOON_MS && matter(next) == Some(about);
    run.calls_naming(about).find(soon)
}

fn breach(one: &Call, other: &Call, first: &str, second: &str) -> Breach {
    let observed = format!("{} was followed by {first}, {} by {second}", one.name(), other.name());
    Breach::by(one, format!("the same next step after {} of {}", other.sub_code, other.method), observed)
        .and(other)
        .fact("first sub_msg", one.told("/sub_msg").unwrap_or_default())
        .fact("second sub_msg", other.told("/sub_msg").unwrap_or_default())
        .mend(
            format!(
                "Behaviour changed when only the text of {} changed. Decide by code and sub_code; show sub_msg to people and log it.",
                other.sub_code
            ),
            format!("{} 只是文案变了，处理方式就变了。请按 code 与 sub_code 判断，sub_msg 只用于展示和日志。", other.sub_code),
        )
}
