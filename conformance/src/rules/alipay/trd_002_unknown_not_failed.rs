//! # TRD-002: a payment of unknown outcome is asked about and neither given up nor charged again
//!
//! **Why.** 20000, a lost answer and a damaged one say nothing about the money. Shown as failed, the customer pays twice; charged
//! again under another number, too.
//! **Provoked by** `alipay/pay/lost_reply.feature`: the money has moved, the answer is lost, and no notice comes.
//! **Holds** when every `trade.pay` without a known outcome is asked about, repeated under its own number, ended at the platform, or
//! settled by a notice, before the till shows that it came to nothing, and within 60 seconds; and when no second order is charged
//! with the same payment code meanwhile.
//! **Source.** commerce/SEMANTICS 3; support/01rfnt.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "TRD-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/pay/lost_reply.feature"),
    bites_on: "merchant.unknown_is_failure",
    judge,
    source: include_str!("trd_002_unknown_not_failed.rs"),
    chinese: include_str!("trd_002_unknown_not_failed.zh.md"),
};

/// How long nobody may ask.
const PATIENCE_MS: i64 = 60_000;

fn judge(run: &Run) -> Verdict {
    let mut followed = 0;
    for order in run.orders() {
        let Some(pay) = order.calls_of(methods::PAY).find(|call| call.unknown()) else { continue };
        let (asked, told) = (order.asked_after(pay), order.told_after(pay));
        if let Some(second) = charged_again(run, pay) {
            let known = asked.map(|call| call.id).into_iter().chain(told.map(|notice| notice.id)).min();
            if known.is_none_or(|known| known > second.id) {
                let observed = format!("{} charged the same payment code under {}", second.name(), number(second));
                return breach(pay, observed).and(second).into();
            }
        }
        if let Some(neglect) = order.neglected(run, pay, PATIENCE_MS) {
            return breach(pay, neglect.observed(order.number)).into();
        }
        followed += usize::from(asked.is_some() || told.is_some());
    }
    Verdict::after(followed, "no payment of unknown outcome was seen: no answer was lost in this run")
}

fn number(call: &Call) -> &str {
    call.asked("/out_trade_no").unwrap_or("none")
}

/// The merchant's next payment with the same code under another number.
fn charged_again<'r>(run: &'r Run, pay: &Call) -> Option<&'r Call> {
    let code = pay.asked("/auth_code")?;
    let is_same = |call: &&Call| call.method == methods::PAY && call.app_id == pay.app_id && call.asked("/auth_code") == Some(code);
    run.calls_naming(code).filter(is_same).find(|call| call.id > pay.id && number(call) != number(pay))
}

fn breach(pay: &Call, observed: String) -> Breach {
    let answered =
        if pay.was_believable() { format!("{} {}", pay.code, pay.sub_code) } else { "nothing that could be believed".to_owned() };
    Breach::by(pay, "trade.query about that order until it is known, then trade.cancel", observed)
        .fact("out_trade_no", number(pay))
        .fact("answered", answered)
        .mend(
            "An unknown outcome was taken for a failure. Ask trade.query with the same out_trade_no, repeat or cancel under it, and charge anew only when that is settled.",
            "结果未知被当成了失败。请用同一个 out_trade_no 查询、重试或撤销，结果明确之后才能重新收款。",
        )
}
