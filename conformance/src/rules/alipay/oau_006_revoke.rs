//! # OAU-006: a token that the platform called dead is not used any more
//!
//! **Why.** Customers and merchants take their authorisation back, and tokens run out. Calls with a dead token never succeed; whoever
//! goes on with them works for nobody, and the customer waits for ever.
//! **Provoked by** `alipay/opening/consent_withdrawn.feature`: consent is taken back while the merchant tries again.
//! **Holds** when after a refusal that says the token is dead at most two more calls carried it: what was under way already.
//! **Source.** support/01rg6k; gateway/errors.toml (20001).

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "OAU-006",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/consent_withdrawn.feature"),
    bites_on: "merchant.keeps_dead_token",
    judge,
    source: include_str!("oau_006_revoke.rs"),
    chinese: include_str!("oau_006_revoke.zh.md"),
};

/// Parameters that carry a token, and how the platform says that it is dead.
const TOKENS: [(&str, [&str; 2]); 2] = [
    ("auth_token", ["aop.invalid-auth-token", "aop.auth-token-time-out"]),
    ("app_auth_token", ["aop.invalid-app-auth-token", "aop.app-auth-token-time-out"]),
];
/// Calls that may have been under way when the answer came.
const UNDER_WAY: usize = 2;

fn judge(run: &Run) -> Verdict {
    let mut dead: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in &run.calls {
        for (name, words) in TOKENS {
            let Some(token) = call.param(name) else { continue };
            if call.succeeded() {
                // it lives after all
                dead.remove(token);
            } else if dead.contains_key(token) || (words.contains(&call.sub_code.as_str()) && call.was_heard()) {
                dead.entry(token).or_default().push(call);
            }
        }
    }
    match dead.values().find(|calls| calls.len() > 1 + UNDER_WAY) {
        Some(calls) => breach(calls).into(),
        None => Verdict::after(dead.len(), "the platform called no token dead"),
    }
}

fn breach(calls: &[&Call]) -> Breach {
    let (first, times) = (calls[0], calls.len() - 1);
    let last = calls[times];
    Breach::by(first, format!("no calls with the token after {}", first.sub_code), format!("{times} more, the last {}", last.name()))
        .and(last)
        .fact("refused with", first.sub_code.as_str())
        .mend(
            format!(
                "Kept calling {times} times with a dead token. Stop at {}, forget the token and ask for a new authorisation.",
                first.sub_code
            ),
            format!("令牌失效后又调用了 {times} 次。收到 {} 后请停止，丢弃令牌，重新请求授权。", first.sub_code),
        )
}
