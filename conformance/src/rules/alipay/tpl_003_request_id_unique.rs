//! # TPL-003: asking again for the same template carries the same `request_id`
//!
//! **Why.** An answer that is lost leaves the outcome unknown. With a new `request_id` the platform makes a second template, and
//! customers hold two kinds of one card.
//! **Provoked by** `alipay/card/template_uncertain.feature`: the template is made and the answer is lost.
//! **Holds** when after a lost or unknown answer the template of that name was asked for again under the same `request_id`, and no
//! `request_id` was used for two templates.
//! **Source.** alipay.marketing.card.template.create (`request_id`); card/SEMANTICS 7.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "TPL-003",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/card/template_uncertain.feature"),
    bites_on: "merchant.new_request_id_on_retry",
    judge,
    source: include_str!("tpl_003_request_id_unique.rs"),
    chinese: include_str!("tpl_003_request_id_unique.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let creates: Vec<&Call> = run.calls_of(methods::TEMPLATE_CREATE).collect();
    let mut repeated = 0;
    for (place, again) in creates.iter().enumerate() {
        for earlier in &creates[..place] {
            let (same_id, same_name) = (id(earlier) == id(again), name(earlier) == name(again));
            if same_id && !same_name && earlier.succeeded() {
                return other_content(earlier, again).into();
            }
            // whoever heard of the first may want a second one
            let settled = creates[..place].iter().any(|call| name(call) == name(again) && call.succeeded() && call.was_heard());
            if earlier.unknown() && same_name && !settled {
                if !same_id {
                    return breach(earlier, again).into();
                }
                repeated += 1;
            }
        }
    }
    Verdict::after(repeated, "no answer to template.create was lost in this run")
}

fn id(call: &Call) -> &str {
    call.asked("/request_id").unwrap_or_default()
}

fn name(call: &Call) -> &str {
    call.asked("/template_style_info/card_show_name").unwrap_or_default()
}

fn breach(first: &Call, again: &Call) -> Breach {
    Breach::by(first, format!("{} carries request_id {:?} of {}", again.name(), id(first), first.name()), format!("it carried {:?}", id(again)))
        .and(again)
        .fact("first request_id", id(first))
        .fact("second request_id", id(again))
        .mend(
            "Two templates from one form. Store request_id before the first call and repeat it on every retry; a new one is for a new template.",
            "一次提交做出了两个模板。请在第一次调用前保存 request_id，重试时沿用；新的模板才用新的 request_id。",
        )
}

fn other_content(first: &Call, again: &Call) -> Breach {
    Breach::by(
        first,
        "a request_id of its own for another template",
        format!("{} repeats {:?} of {}", again.name(), id(again), first.name()),
    )
    .and(again)
    .fact("request_id", id(again))
    .mend(
        "One request_id for two templates: the platform answers with the first one. Make a new request_id for each template.",
        "两个模板用了同一个 request_id：平台只会返回第一个模板。请为每个模板生成新的 request_id。",
    )
}
