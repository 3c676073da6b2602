//! # TPL-003: asking again for the same template carries the same `request_id`
//!
//! **Why.** An answer that is lost leaves the outcome unknown. With a new `request_id` the platform makes a second template, and
//! customers hold two kinds of one card.
//! **Provoked by** `alipay/card/template_uncertain.feature`: the template is made and the answer is lost.
//! **Holds** when after a lost or unknown answer the same template was asked for again under the same `request_id`, and no
//! `request_id` was used for two templates.
//! **Source.** alipay.marketing.card.template.create (`request_id`); card/SEMANTICS 7.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::HashMap;

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
    // whose template it is, and everything that is said of it
    let mut open: HashMap<(Merchant<'_>, String), Option<&Call>> = HashMap::new();
    let mut named: HashMap<(Merchant<'_>, &str), &Call> = HashMap::new();
    let mut repeated = 0;
    for call in run.calls_of(methods::TEMPLATE_CREATE) {
        let merchant = (call.app_id.as_deref(), call.param("app_auth_token"));
        if let Some(earlier) = named.get(&(merchant, id(call))).filter(|earlier| name(earlier) != name(call)) {
            return other_content(earlier, call).into();
        }
        if call.succeeded() {
            named.entry((merchant, id(call))).or_insert(call);
        }
        let unanswered = open.entry((merchant, content(call))).or_default();
        if let Some(earlier) = *unanswered {
            if id(earlier) != id(call) {
                return breach(earlier, call).into();
            }
            repeated += 1;
        }
        *unanswered = call.unknown().then_some(call);
    }
    Verdict::after(repeated, "no answer to template.create was lost in this run")
}

/// The application, and the merchant it acts for.
type Merchant<'c> = (Option<&'c str>, Option<&'c str>);

/// Everything but the number of the request.
fn content(call: &Call) -> String {
    let mut content = call.business.clone();
    if let Some(fields) = content.as_object_mut() {
        fields.remove("request_id");
    }
    content.to_string()
}

fn id(call: &Call) -> &str {
    call.asked("/request_id").unwrap_or_default()
}

fn name(call: &Call) -> &str {
    call.asked("/template_style_info/card_show_name").unwrap_or_default()
}

fn breach(first: &Call, again: &Call) -> Breach {
    Breach::by_then(first, format!("{} carries request_id {:?} of {}", again.name(), id(first), first.name()), format!("it carried {:?}", id(again)))
        .and(again)
        .fact("first request_id", id(first))
        .fact("second request_id", id(again))
        .mend(
            "Two templates from one form. Store request_id before the first call and repeat it on every retry; a new one is for a new template.",
            "一次提交做出了两个模板。请在第一次调用前保存 request_id，重试时沿用；新的模板才用新的 request_id。",
        )
}

fn other_content(first: &Call, again: &Call) -> Breach {
    Breach::by_then(
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
