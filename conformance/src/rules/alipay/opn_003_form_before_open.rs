//! # OPN-003: the form is read before the card is opened
//!
//! **Why.** The customer has just typed a phone number and a name. Who opens the card without reading them opens it for nobody: no
//! old member is recognised, nobody can be called, and the form cannot be read any more once its request id has run out.
//! **Provoked by** any joining with a form.
//! **Holds** when every `card.open` for a template with a form comes after a successful `activateform.query` with the same user token.
//! **Source.** card/SEMANTICS 3 (step 8 before step 9); 领卡表单 case file of AlipayDocs/open-docs.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    id: "OPN-003",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.opens_without_form",
    judge,
    source: include_str!("opn_003_form_before_open.rs"),
    chinese: include_str!("opn_003_form_before_open.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let forms = forms(run);
    let mut with_form = 0;
    for open in run.calls_of(methods::OPEN) {
        let (Some(token), Some(template)) = (open.param("auth_token"), open.asked("/card_template_id")) else { continue };
        if !forms.contains(template) {
            continue;
        }
        with_form += 1;
        let read = |query: &Call| query.method == methods::FORM_QUERY && query.id < open.id && query.succeeded();
        if !run.calls_with(token).any(read) {
            return breach(open, token).into();
        }
    }
    if with_form == 0 { Verdict::not_exercised("no card was opened after a form") } else { Verdict::Holds }
}

/// The templates whose customers fill a form: one was filled, set or asked for in this run.
fn forms(run: &Run) -> HashSet<&str> {
    let filled = run.events_of("form_submitted").filter_map(|submission| submission["programme"].as_str());
    let asked = [methods::FORM_SET, methods::FORM_QUERY].into_iter().flat_map(|method| run.calls_of(method));
    filled.chain(asked.filter_map(|call| call.asked("/template_id"))).collect()
}

fn breach(open: &Call, token: &str) -> Breach {
    Breach::by_then(open, format!("{} with the same auth_token before {}", methods::FORM_QUERY, open.name()), "the card was opened and the form was not read")
        .fact("auth_token", token)
        .mend(
            "Opened without the phone number the customer gave. Call activateform.query with the same token and the request_id of the callback, then card.open.",
            "没有读取顾客填写的手机号就开了卡。请先用同一个 auth_token 和回调里的 request_id 调用 activateform.query，再调用 card.open。",
        )
}
