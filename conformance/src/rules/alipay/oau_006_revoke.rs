//! # OAU-006: a token that the platform called dead is not used any more
//!
//! **Why.** Customers and merchants take their authorisation back, and tokens run out. Calls with a dead token never succeed; whoever
//! goes on with them works for nobody, and the customer waits for ever.
//! **Provoked by** `alipay/opening/consent_withdrawn.feature`: consent is taken back while the merchant tries again.
//! **Holds** when after a refusal that says the token is dead at most two more calls carried it, beside those of the same second.
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
/// How long calls may have been under way when the answer came.
const UNDER_WAY_MS: i64 = 1_000;
/// Later calls that are let pass: other parts of the merchant may not have heard yet.
const TOLERATED: usize = 2;

fn judge(run: &Run) -> Verdict {
    let mut dead: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in &run.calls {
        for (name, words) in TOKENS {
            let Some(token) = call.param(name) else { continue };
            if call.succeeded() {
                // it lives after all
                dead.remove(token);
            } else if let Some(calls) = dead.get_mut(token) {
                // by either clock: one of them may stand
                let later = (call.at_ms - calls[0].at_ms).max(call.real_ms - calls[0].real_ms);
                calls.extend((later > UNDER_WAY_MS).then_some(call));
            } else if words.contains(&call.sub_code.as_str()) && call.was_believable() {
                dead.insert(token, vec![call]);
            }
        }
    }
    match dead.values().find(|calls| calls.len() > 1 + TOLERATED) {
        Some(calls) => breach(calls).into(),
        None => Verdict::after(dead.len(), "the platform called no token dead"),
    }
}

fn breach(calls: &[&Call]) -> Breach {
    let (first, times) = (calls[0], calls.len() - 1);
    let last = calls[times];
    Breach::by_then(first, format!("no calls with the token after {}", first.sub_code), format!("{times} more, the last {}", last.name()))
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
