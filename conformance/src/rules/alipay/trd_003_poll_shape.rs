//! # TRD-003: a waiting payment is asked about every 3 to 6 seconds for about a minute
//!
//! **Why.** Five queries a second get a merchant throttled in the rush hour; one that asks for ever holds a till; one that asks
//! once loses the payment.
//! **Provoked by** `trade.pay` that is answered 10003 or 20000, or not at all.
//! **Holds** when queries of one waiting payment are 2.5 to 10 seconds apart, by the platform's clock or by real time, and end
//! within 90 seconds.
//! **Source.** commerce/SEMANTICS 3; support/01rfnt.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "TRD-003",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/pay/confirmation.feature"),
    bites_on: "merchant.polls_too_fast",
    judge,
    source: include_str!("trd_003_poll_shape.rs"),
    chinese: include_str!("trd_003_poll_shape.zh.md"),
};

/// The shortest time between two queries.
const SHORTEST_MS: i64 = 2_500;
/// The longest.
const LONGEST_MS: i64 = 10_000;
/// How long after the payment was asked for queries make sense.
const WHOLE_MS: i64 = 90_000;

fn judge(run: &Run) -> Verdict {
    let mut pairs = 0;
    for pay in run.calls_of(methods::PAY).filter(|call| call.code == "10003" || call.unknown()) {
        let Some(order) = pay.asked("/out_trade_no") else { continue };
        let mut before = pay;
        for query in run.calls_naming(order).filter(|call| call.id > pay.id && call.method == methods::QUERY && call.app_id == pay.app_id) {
            // who asks too soon did by every clock, and who asks too late by one that the merchant goes by
            let (apart, at_least) = (apart(before, query), run.between(before, query));
            if before.id != pay.id && (apart < SHORTEST_MS || at_least > LONGEST_MS) {
                let ms = if apart < SHORTEST_MS { apart } else { at_least };
                return breach(before, query, &format!("queries of {order} were {ms} ms apart"), ms).into();
            }
            let since = run.between(pay, query);
            if since > WHOLE_MS {
                return breach(pay, query, &format!("{order} was still asked about after {} s", since / 1_000), at_least).into();
            }
            pairs += usize::from(before.id != pay.id);
            before = query;
            // known now: later questions are another matter
            if matches!(query.told("/trade_status"), Some("TRADE_SUCCESS" | "TRADE_FINISHED" | "TRADE_CLOSED")) && query.was_heard() {
                break;
            }
        }
    }
    Verdict::after(pairs, "no payment waited so long that it was asked about twice")
}

/// By the clock that shows most: time stands still at the platform while a tester wants it so, and real time is short while virtual time jumps.
fn apart(one: &Call, other: &Call) -> i64 {
    (other.at_ms - one.at_ms).max(other.real_ms - one.real_ms)
}

fn breach(one: &Call, other: &Call, observed: &str, apart: i64) -> Breach {
    Breach::by_then(one, "a query every 3 to 6 s, for about 60 s", observed).and(other).fact("milliseconds apart", apart.to_string()).mend(
        "Ask trade.query every 3 to 6 s for about 60 s, then call trade.cancel at once after the last query until its outcome is known.",
        "请每 3–6 秒调用一次 trade.query，持续约 60 秒；最后一次查询后立即 trade.cancel，直到撤销结果明确。",
    )
}
