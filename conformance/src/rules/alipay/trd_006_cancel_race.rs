//! # TRD-006: a payment that the cancel gave back is no sale
//!
//! **Why.** The customer confirms while the cancel is under way. `action` refund says that the money went back: who books the sale
//! as paid all the same has handed over the goods for nothing.
//! **Provoked by** `alipay/cancel/race.feature`: the customer has paid, nobody told the merchant, and the cashier gives up.
//! **Holds** when no sale is shown as paid, and no purchase reported for its trade, after its cancel was answered with `action`
//! refund.
//! **Source.** commerce/SEMANTICS 3 (Poll, then cancel); global.alipay.com payment status page.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Order, Run};

pub(super) const RULE: Rule = Rule {
    id: "TRD-006",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/cancel/race.feature"),
    bites_on: "merchant.keeps_what_was_returned",
    judge,
    source: include_str!("trd_006_cancel_race.rs"),
    chinese: include_str!("trd_006_cancel_race.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut returned = 0;
    for order in run.orders() {
        let gave_back = |call: &&Call| call.succeeded() && call.was_believable() && call.told("/action") == Some("refund");
        let Some(cancel) = order.calls_of(methods::CANCEL).find(gave_back) else { continue };
        let reports = |call: &&Call| call.id > cancel.id && call.real_ms >= cancel.answered_ms && call.succeeded();
        if let Some(purchase) = order.purchases(run).find(reports) {
            return breach(cancel, &order, &format!("{} reported its purchase", purchase.name())).and(purchase).into();
        }
        if order.sights.iter().any(|sight| sight.standing == "paid" && sight.real_ms > cancel.answered_ms) {
            return breach(cancel, &order, "the till showed it as paid").into();
        }
        returned += 1;
    }
    Verdict::after(returned, "no cancel of this run gave money back")
}

fn breach(cancel: &Call, order: &Order<'_>, observed: &str) -> Breach {
    let expected = format!("{} is cancelled: its money went back", order.number);
    Breach::by_then(cancel, expected, format!("{observed} although the cancel gave the money back"))
        .fact("out_trade_no", order.number)
        .fact("action", "refund")
        .mend(
            "Goods given and money returned: action=refund means that the customer had paid and got it back. Book the sale as cancelled and hand nothing over.",
            "货给了，钱也退了：action=refund 表示顾客付过款、已被退回。请把销售记为已撤销，不要交付。",
        )
}
