//! # OPS-005: a restart forgets no payment that was under way
//!
//! **Why.** The program dies while the customer types the password. Started again it knows nothing of the trade: the money comes, and
//! nobody books it or takes it back.
//! **Provoked by** `alipay/life/restart.feature`: the program is killed and started again while a payment waits, and no notice comes.
//! **Holds** when every payment whose outcome was open when the merchant was started again is asked about, ended, or settled by a
//! notice afterwards, before it is shown as failed and within 45 seconds.
//! **Source.** commerce/SEMANTICS 3 (Poll, then cancel); card/SEMANTICS 16.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Looker, Moment, Order, Run};

pub(super) const RULE: Rule = Rule {
    id: "OPS-005",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/life/restart.feature"),
    bites_on: "merchant.forgets_open_payments",
    judge,
    source: include_str!("ops_005_restart_safe.rs"),
    chinese: include_str!("ops_005_restart_safe.zh.md"),
};

/// How long the merchant may take to ask.
const PATIENCE_MS: i64 = 45_000;

fn judge(run: &Run) -> Verdict {
    let mut taken_up = 0;
    let orders = run.orders();
    let by_player = |what: &'static str| run.sights.iter().filter(move |sight| sight.by == Looker::Player && sight.asked == what);
    for start in by_player("start") {
        // what is asked before it says that it is ready counts as well
        let ended_ms = by_player("kill").map(|kill| kill.real_ms).filter(|kill| *kill <= start.real_ms).max().unwrap_or(start.real_ms);
        for order in &orders {
            let Some(open) = open_at(order, ended_ms) else { continue };
            let asked = order.calls.iter().any(|call| call.id > open.id && call.real_ms >= ended_ms);
            let told = order.notices.iter().any(|notice| notice.id > open.id && notice.real_ms >= ended_ms);
            let left_ms = run.left_since(Moment { at_ms: start.at_ms.unwrap_or(open.at_ms), real_ms: start.real_ms });
            if !asked && !told && left_ms >= PATIENCE_MS {
                return breach(open, order, left_ms).into();
            }
            taken_up += usize::from(asked || told);
        }
    }
    Verdict::after(taken_up, "the merchant was not started again while a payment was under way")
}

/// The payment of an order whose outcome the merchant did not know at that moment.
fn open_at<'r>(order: &Order<'r>, at_ms: i64) -> Option<&'r Call> {
    // whoever was ended within the millisecond had asked before
    let pay = order.calls_of(methods::PAY).find(|call| call.real_ms <= at_ms && (call.code == "10003" || call.unknown()))?;
    let settled = order.settled_after(pay).is_some_and(|call| call.real_ms < at_ms)
        || order.ended_after(pay).is_some_and(|call| call.real_ms < at_ms)
        || order.told_after(pay).is_some_and(|notice| notice.real_ms < at_ms);
    (!settled).then_some(pay)
}

fn breach(pay: &Call, order: &Order<'_>, left_ms: i64) -> Breach {
    let observed = format!("nobody asked about {} after the restart, {} s long", order.number, left_ms / 1_000);
    Breach::by(pay, "an open payment is taken up again after a restart: asked about, or cancelled", observed)
        .fact("out_trade_no", order.number)
        .fact("trade_no", order.trade_no.unwrap_or_default())
        .mend(
            "A payment was lost in a restart. Store the order before the first call, and on start ask about every order without a known outcome.",
            "重启丢掉了一笔付款。请在第一次调用前就保存订单，启动时对每笔结果未知的订单继续查询或撤销。",
        )
}
