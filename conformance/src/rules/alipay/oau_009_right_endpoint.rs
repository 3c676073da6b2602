//! # OAU-009: each kind of code goes to the call that takes it
//!
//! **Why.** A merchant's `app_auth_code` and a customer's `auth_code` look alike. Sent to the other call, it is spent or refused and
//! the authorisation starts again.
//! **Provoked by** a provider whom a merchant authorises.
//! **Holds** when every code that is exchanged goes to its own call: a customer's to `system.oauth.token`, a merchant's to
//! `open.auth.token.app`.
//! **Source.** commerce/SEMANTICS 6; fzlee/alipay#87.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;
use serde_json::Value;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    id: "OAU-009",
    level: Level::Advice,
    since: "0.1.0",
    provoked_by: Some("alipay/provider/day.feature"),
    bites_on: "merchant.crosses_auth_codes",
    judge,
    source: include_str!("oau_009_right_endpoint.rs"),
    chinese: include_str!("oau_009_right_endpoint.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let codes = |kind: &'static str| run.events_of(kind).filter_map(|body| body["code"].as_str()).collect::<HashSet<_>>();
    let (of_merchants, of_customers) = (codes("delegation_offered"), codes("consent_given"));
    let mut known = 0;
    for call in run.calls_of_any(&[methods::TOKEN, methods::TOKEN_APP]) {
        // the one takes its fields beside biz_content, the other inside
        let Some(code) = call.param("code").or_else(|| call.business.get("code").and_then(Value::as_str)) else { continue };
        let takes_customers = call.method == methods::TOKEN;
        let (own, others) = if takes_customers { (&of_customers, &of_merchants) } else { (&of_merchants, &of_customers) };
        if others.contains(code) {
            let (is, right) =
                if takes_customers { ("an app_auth_code", methods::TOKEN_APP) } else { ("a customer's auth_code", methods::TOKEN) };
            return Breach::by_then(call, format!("{is} goes to {right}"), format!("{} was given {is}", call.name()))
                .fact("code", code)
                .mend(
                    format!("This is {is}: exchange it with {right}. Give the two callbacks addresses of their own, and read the code by its own name."),
                    format!("这是另一类授权码：请用 {right} 换取令牌。两种授权请用不同的回调地址，并按各自的参数名取码。"),
                )
                .into();
        }
        known += usize::from(own.contains(code));
    }
    Verdict::after(known, "no code of this run was exchanged")
}
