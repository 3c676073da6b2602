//! # RSP-005: fields that nobody knows yet do no harm
//!
//! **Why.** The platform adds fields without notice. A schema that refuses them stops the shop on that day.
//! **Provoked by** `alipay/answer/odd_but_right.feature`: answers with members that no document names.
//! **Holds** when no call that was answered so, and done, is made again under the same number within a minute.
//! **Source.** gateway/PROTOCOL A6; Luncher/alipay#46.

use super::{repeated, under_a_number};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "RSP-005",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/answer/odd_but_right.feature"),
    bites_on: "client.refuses_unknown_fields",
    judge,
    source: include_str!("rsp_005_unknown_fields.rs"),
    chinese: include_str!("rsp_005_unknown_fields.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut believed = 0;
    for call in run.calls.iter().filter(|call| call.succeeded() && under_a_number(call).is_some()) {
        if call.struck.as_ref().is_none_or(|struck| struck.action != "extra_fields") {
            continue;
        }
        if let Some(again) = repeated(run, call) {
            return breach(call, again).into();
        }
        believed += 1;
    }
    Verdict::after(believed, "no answer carried fields that no document names")
}

fn breach(call: &Call, again: &Call) -> Breach {
    Breach::by(call, "what is not known in an answer is left alone", format!("{} asked for the same again", again.name()))
        .and(again)
        .fact("number", under_a_number(call).unwrap_or_default())
        .mend(
            "Your schema refuses fields it does not know; the platform adds some without notice. Read what you need, and ignore the rest.",
            "你的结构定义拒绝未知字段，而平台会不打招呼地新增字段。只读取需要的字段，其余忽略。",
        )
}
