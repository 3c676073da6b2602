//! # TRD-001: a payment that waits for the customer has not failed
//!
//! **Why.** 10003 says that the customer is typing a password. A till that shows failed lets the customer pay in cash, and the
//! money comes a second time half a minute later.
//! **Provoked by** `alipay/pay/unfinished.feature`: the customer is asked to confirm and does not.
//! **Holds** when every `trade.pay` that was answered 10003 is asked about, ended at the platform, or settled by a notice, before
//! the till shows that it came to nothing, and within 30 seconds where no notice comes.
//! **Source.** commerce/SEMANTICS 3; smartwalle/alipay#207.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Neglect, Order, Run};

pub(super) const RULE: Rule = Rule {
    id: "TRD-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/pay/unfinished.feature"),
    bites_on: "merchant.pending_is_failure",
    judge,
    source: include_str!("trd_001_pending_not_failed.rs"),
    chinese: include_str!("trd_001_pending_not_failed.zh.md"),
};

/// How long a waiting payment may go without a question.
const PATIENCE_MS: i64 = 30_000;

fn judge(run: &Run) -> Verdict {
    let mut followed = 0;
    for order in run.orders() {
        let Some(pay) = order.calls_of(methods::PAY).find(|call| call.code == "10003" && call.was_believable()) else { continue };
        if let Some(neglect) = order.neglected(run, pay, PATIENCE_MS) {
            return breach(pay, &order, &neglect).into();
        }
        followed += usize::from(order.asked_after(pay).is_some() || order.told_after(pay).is_some());
    }
    Verdict::after(followed, "no payment was answered 10003 in this run")
}

fn breach(pay: &Call, order: &Order<'_>, neglect: &Neglect<'_>) -> Breach {
    Breach::by(pay, "trade.query after 10003, until it is known how the payment ends", neglect.observed(order.number))
        .fact("out_trade_no", order.number)
        .fact("answered", format!("{} {}", pay.code, pay.told("/msg").unwrap_or_default().trim()))
        .mend(
            "10003 shown as failed may be paid a moment later. Treat it as waiting: ask trade.query every 3 to 6 s, and trade.cancel when the time is over.",
            "10003 不是失败：用户正在输密码，随后就可能付款成功。请按“等待付款”处理，每 3–6 秒 trade.query，超时再 trade.cancel。",
        )
}
