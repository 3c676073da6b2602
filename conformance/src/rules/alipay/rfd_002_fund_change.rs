//! # RFD-002: a refund that moved no money is not booked again
//!
//! **Why.** A repeated refund is answered 10000 as well; `fund_change` N says that this call moved nothing. Booked all the same, the
//! shop has given back on paper what nobody got.
//! **Provoked by** `alipay/refund/lost_reply.feature`: the money went back, the answer is lost, and the refund is asked for or about
//! again.
//! **Holds** when a refund was asked for or about more than once under its number, and the till never shows more as given back than
//! the platform moved.
//! **Source.** commerce/SEMANTICS 3 (refund); alipay.trade.refund, `fund_change`.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Order, Run};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "RFD-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/refund/lost_reply.feature"),
    bites_on: "merchant.books_refunds_that_moved_nothing",
    judge,
    source: include_str!("rfd_002_fund_change.rs"),
    chinese: include_str!("rfd_002_fund_change.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut repeated = 0;
    for order in run.orders() {
        let Some(again) = asked_again(&order) else { continue };
        let (Some(shown), moved) = (order.shown_refunded(), order.moved_back()) else { continue };
        if order.trade.is_some() && shown > moved {
            return breach(again, &order, shown, moved).into();
        }
        repeated += 1;
    }
    Verdict::after(repeated, "no refund was asked for or about twice, or the till shows no sums")
}

/// The first call about a refund that was asked for before.
fn asked_again<'r>(order: &Order<'r>) -> Option<&'r Call> {
    let mut first: BTreeMap<&str, u64> = BTreeMap::new();
    order.calls.iter().copied().find(|call| {
        let number = call.asked("/out_request_no").filter(|_| [methods::REFUND, methods::REFUND_QUERY].contains(&call.method.as_str()));
        number.is_some_and(|number| *first.entry(number).or_insert(call.id) != call.id)
    })
}

fn breach(again: &Call, order: &Order<'_>, shown: i64, moved: i64) -> Breach {
    let sum = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
    Breach::by(again, format!("{} given back of {}", sum(moved), order.number), format!("the till showed {} given back", sum(shown)))
        .fact("out_request_no", again.asked("/out_request_no").unwrap_or_default())
        .fact("fund_change", again.told("/fund_change").unwrap_or("none"))
        .mend(
            "Booked a refund that moved no money: fund_change=N is a repeat. Book each out_request_no once, when fund_change is Y or the refund query says success.",
            "记下了一笔没有动钱的退款：fund_change=N 是重复请求。每个 out_request_no 只记一次，以 fund_change=Y 或退款查询成功为准。",
        )
}
