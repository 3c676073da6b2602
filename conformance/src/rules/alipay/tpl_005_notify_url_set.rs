//! # TPL-005: a template carries a `notify_url`
//!
//! **Why.** Without it nobody tells the merchant that a customer deleted the card: such members stay for ever in the book and get
//! updates that are refused.
//! **Provoked by** a template that is created.
//! **Holds** when every template that was created in the run had a `notify_url` then or by a later `template.modify`.
//! **Source.** card/SEMANTICS 7 "Notifications"; FAQ-card.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use serde_json::Value;

pub(super) const RULE: Rule = Rule {
    id: "TPL-005",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.template_without_notify_url",
    judge,
    source: include_str!("tpl_005_notify_url_set.rs"),
    chinese: include_str!("tpl_005_notify_url_set.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut made = 0;
    for create in run.calls_of(methods::TEMPLATE_CREATE).filter(|call| call.succeeded()) {
        made += 1;
        let template = create.told("/template_id");
        let later = |call: &Call| call.id > create.id && call.succeeded() && call.asked("/template_id") == template && has_url(call);
        if !has_url(create) && !run.calls_of(methods::TEMPLATE_MODIFY).any(later) {
            return Breach::by_itself(create, "notify_url among the parameters", format!("{} has none, and no later change gave one", create.name()))
                .fact("template_id", template.unwrap_or_default())
                .mend(
                    "Customers who delete the card stay members for ever in your books: send notify_url with template.create, or add it with template.modify.",
                    "顾客删卡后，在您账上永远还是会员：请在 template.create 中带上 notify_url，或用 template.modify 补上。",
                )
                .into();
        }
    }
    Verdict::after(made, "no template was created in this run")
}

fn has_url(call: &Call) -> bool {
    let inside = call.business.get("notify_url").and_then(Value::as_str);
    call.param("notify_url").or(inside).is_some_and(|url| !url.trim().is_empty())
}
