//! # OPS-004: there are pauses between tries
//!
//! **Why.** The platform is in trouble for three minutes. Whoever asks again as often as it can makes the trouble worse, is limited, and
//! then waits longer than everybody else.
//! **Provoked by** `alipay/answer/outage.feature`: twelve updates in a row are answered with trouble of the platform's own.
//! **Holds** when no call whose outcome was unknown is made more than ten times within three seconds, by the clock on the wall and by
//! the merchant's own, unchanged.
//! **Source.** gateway/PROTOCOL D (20000: ask again later); follows from the protocol.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "OPS-004",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/answer/outage.feature"),
    bites_on: "merchant.retries_without_pause",
    judge,
    source: include_str!("ops_004_pauses.rs"),
    chinese: include_str!("ops_004_pauses.zh.md"),
};

/// So many tries in a row are no storm yet.
const MOST: usize = 10;
/// Within so long.
const WINDOW_MS: i64 = 3_000;

fn judge(run: &Run) -> Verdict {
    let mut tries: HashMap<String, Vec<&Call>> = HashMap::new();
    for call in run.calls.iter().filter(|call| call.business.is_object()) {
        let whose = [call.app_id.as_deref(), call.param("auth_token"), call.param("app_auth_token")];
        let same = tries.entry(format!("{whose:?} {} {}", call.method, call.business)).or_default();
        // what comes after a certain answer is asked for another reason
        if same.last().is_some_and(|last| !last.unknown()) {
            same.clear();
        }
        same.push(call);
        if same.len() > MOST && within(same[same.len() - 1 - MOST], call) {
            return breach(same[same.len() - 1 - MOST], call).into();
        }
    }
    let repeated = tries.values().filter(|same| same.len() > 1).count();
    Verdict::after(repeated, "nothing was asked again after an unknown outcome")
}

/// Whether two calls are near in every time: a clock that testers stop proves nothing.
fn within(first: &Call, last: &Call) -> bool {
    (last.at_ms - first.at_ms).abs() <= WINDOW_MS && (last.real_ms - first.real_ms).abs() <= WINDOW_MS
}

fn breach(first: &Call, last: &Call) -> Breach {
    let took = (last.real_ms - first.real_ms).abs();
    Breach::by(first, format!("at most {MOST} tries within {} s", WINDOW_MS / 1_000), format!("{} tries within {took} ms, the last {}", MOST + 1, last.name()))
        .and(last)
        .fact("first answered", format!("{} {}", first.code, first.sub_code))
        .fact("milliseconds between the first and the last", took.to_string())
        .mend(
            "A storm of tries. After two or three at once wait 1 s, 2 s, 4 s and so on up to some minutes, with a little chance in it, and go on under the same number.",
            "重试风暴。连续两三次之后请按 1 秒、2 秒、4 秒……逐步拉长间隔（加一点随机），最长几分钟，并始终使用同一单号。",
        )
}
