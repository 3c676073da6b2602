//! # SIG-010: a call that is asked again carries a new timestamp and signature
//!
//! **Why.** A request kept ready and sent again after a time-out has an old timestamp: it is refused sooner or later, and nobody
//! can tell a retry from a replay by a stranger.
//! **Provoked by** a call that is asked again after its answer was lost.
//! **Holds** when no two calls more than two seconds apart carry the same signature: within the same second equal requests have
//! equal signatures. The seconds are those of the clock that stamped the first of them, the platform's or the machine's, however the
//! platform's jumps or stands; where its timestamp does not tell, those of the merchant's other calls; where nothing tells, the fewer.
//! **Source.** gateway/PROTOCOL A1.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, MerchantsClock, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "SIG-010",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/refund/lost_reply.feature"),
    bites_on: "client.replays_signature",
    judge,
    source: include_str!("sig_010_new_signature_each.rs"),
    chinese: include_str!("sig_010_new_signature_each.zh.md"),
};

/// Calls so near to each other may have been signed in the same second.
const SAME_SECOND_MS: i64 = 2_000;

fn judge(run: &Run) -> Verdict {
    let mut first: HashMap<&str, &Call> = HashMap::new();
    let mut asked: HashMap<String, usize> = HashMap::new();
    for call in &run.calls {
        let Some(sign) = call.sign.as_deref() else { continue };
        *asked.entry(format!("{} {}", call.method, call.business)).or_default() += 1;
        let earlier = *first.entry(sign).or_insert(call);
        let clock = match MerchantsClock::that_stamped(earlier) {
            MerchantsClock::Untold => run.clock,
            told => told,
        };
        let apart = clock.between(earlier, call);
        if apart > SAME_SECOND_MS {
            return breach(earlier, call, apart / 1_000).into();
        }
    }
    let again = asked.values().filter(|count| **count > 1).count();
    Verdict::after(again, "no call was asked again")
}

fn breach(earlier: &Call, call: &Call, seconds: i64) -> Breach {
    Breach::by_itself(earlier, format!("{} is signed anew", call.name()), format!("it carries the signature of {}", earlier.name()))
        .and(call)
        .fact("timestamp", call.param("timestamp").unwrap_or_default())
        .mend(
            format!("The same signature came again after {seconds} s. Keep the business number for a retry, and make timestamp and sign anew each time."),
            format!("{seconds} 秒后又发来同一个签名。重试时保留业务单号，timestamp 和 sign 每次都要重新生成。"),
        )
}
