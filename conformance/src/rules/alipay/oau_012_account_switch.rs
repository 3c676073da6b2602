//! # OAU-012: no card is opened when form and consent are two people's
//!
//! **Why.** A phone changes hands, or an account is switched on the way. A card that is opened all the same joins one person's account to
//! another's number, points and purchases.
//! **Provoked by** `alipay/opening/account_switched.feature`: the form of one customer comes back with the consent of another.
//! **Holds** when after a form was refused because it is another customer's no card was asked for with that token.
//! **Source.** FAQ-card (isv.user-auth-fail); card/SEMANTICS 3.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "OAU-012",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/account_switched.feature"),
    bites_on: "merchant.opens_whatever_the_form",
    judge,
    source: include_str!("oau_012_account_switch.rs"),
    chinese: include_str!("oau_012_account_switch.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let named = |kind: &str, key: &'static str| -> HashMap<&str, &str> {
        run.events_of(kind).filter_map(|body| Some((body[key].as_str()?, body["user"].as_str()?))).collect()
    };
    let (tokens, forms) = (named("token_issued", "access"), named("form_submitted", "id"));
    let mut switched = 0;
    for query in run.calls_of(methods::FORM_QUERY) {
        let Some(token) = query.param("auth_token") else { continue };
        let person = tokens.get(token);
        let writer = query.asked("/request_id").and_then(|form| forms.get(form));
        if person.is_none() || writer.is_none() || person == writer {
            continue;
        }
        switched += 1;
        let with_it = |method: &'static str| run.calls_with(token).filter(move |call| call.method == method);
        let own_form = with_it(methods::FORM_QUERY).any(Call::succeeded);
        if let Some(open) = with_it(methods::OPEN).find(|open| open.id > query.id && !own_form) {
            return breach(query, open).into();
        }
    }
    Verdict::after(switched, "no form came back with another customer's consent")
}

fn breach(query: &Call, open: &Call) -> Breach {
    let came = if open.succeeded() { "a card was opened" } else { "a card was asked for" };
    Breach::by_then(query, "no card for a form that is another customer's", format!("{came} by {} although {} was refused", open.name(), query.name()))
        .and(open)
        .fact("form refused with", query.sub_code.as_str())
        .mend(
            "Card of one customer for the form of another: the account was changed on the way. When activateform.query refuses, end the attempt and let the customer scan again.",
            "表单和授权属于两个人：途中换了账号，却仍然开了卡。activateform.query 被拒绝时请结束本次领卡，让顾客重新扫码。",
        )
}
