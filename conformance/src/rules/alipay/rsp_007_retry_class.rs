//! # RSP-007: a refusal for good is not asked again
//!
//! **Why.** 40004 says the same tomorrow. Who repeats it like a time-out gets the whole application throttled, and the change that
//! could be made waits behind the one that never can.
//! **Provoked by** `alipay/answer/refused_for_good.feature`: an update that is refused however often it comes.
//! **Holds** when no call that opens, pays, states points or reports a purchase is repeated unchanged three times or more within
//! ten minutes after it was refused with 40002 or 40004. Codes that ask for patience (20000, `SYSTEM_ERROR`, call limits, concurrent opening) are not meant.
//! **Source.** gateway/PROTOCOL A9, D; oauth.token error table.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "RSP-007",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/answer/refused_for_good.feature"),
    bites_on: "merchant.retries_refusals",
    judge,
    source: include_str!("rsp_007_retry_class.rs"),
    chinese: include_str!("rsp_007_retry_class.zh.md"),
};

/// Calls that change something and are made once.
const CHANGING: &[&str] = &[methods::OPEN, methods::UPDATE, methods::CONSUME_SYNC, methods::PAY, methods::PRECREATE];
/// Codes of refusals for good.
const FOR_GOOD: &[&str] = &["40002", "40004"];
/// Refusals that ask for patience all the same.
const LATER: &[&str] = &["OPEN_CARD_CONCURRENTLY", "isv.app-call-limited", "isv.method-call-limited"];
/// What comes later is another matter.
const SOON_MS: i64 = 600_000;
/// So many repeats are no accident.
const REPEATS: usize = 3;

fn judge(run: &Run) -> Verdict {
    let mut refused: HashMap<String, (&Call, usize)> = HashMap::new();
    let mut seen = 0;
    for call in run.calls_of_any(CHANGING) {
        let whose = [call.app_id.as_deref(), call.param("auth_token"), call.param("app_auth_token")];
        let same = format!("{whose:?} {} {}", call.method, call.business);
        if call.succeeded() || refused.get(&same).is_some_and(|(first, _)| run.clock.between(first, call) > SOON_MS) {
            refused.remove(&same);
        }
        if let Some((first, repeats)) = refused.get_mut(&same) {
            *repeats += 1;
            if *repeats >= REPEATS {
                return breach(first, call, *repeats).into();
            }
        } else if is_for_good(call) {
            refused.insert(same, (call, 0));
            seen += 1;
        }
    }
    Verdict::after(seen, "no call that changes something was refused for good")
}

fn is_for_good(call: &Call) -> bool {
    FOR_GOOD.contains(&call.code.as_str()) && !call.unknown() && !LATER.contains(&call.sub_code.as_str())
}

fn breach(first: &Call, again: &Call, repeats: usize) -> Breach {
    let observed = format!("it was repeated unchanged {repeats} times, last by {}", again.name());
    Breach::by_then(first, format!("{} is not asked again as it is: {} stays", first.name(), first.sub_code), observed)
        .and(again)
        .fact("answered", format!("{} {}", first.code, first.sub_code))
        .mend(
            format!("Repeated {} {repeats} times after {}. Repeat unknown outcomes (no answer, 20000, SYSTEM_ERROR) under the same number; keep a refusal, tell a person, and go on.", first.method, first.sub_code),
            format!("{} 被拒（{}）后又原样重复了 {repeats} 次。只有结果未知（无应答、20000、SYSTEM_ERROR）才用同一单号重试；明确的拒绝请记录、告知并继续后面的事。", first.method, first.sub_code),
        )
}
