//! # NTF-006: a notice about an order that the merchant does not have is not believed
//!
//! **Why.** Who makes an order out of a notice grants what nobody sold; who stumbles over it cannot take the next notice.
//! **Provoked by** `alipay/notice/wrong_content.feature`: the signature holds, `out_trade_no` is a number of nobody's.
//! **Holds** when a payment notice with an order number that the merchant never sent is answered, and not with `success`.
//! The answer is what is judged: `success` tells the platform that the notice was right, and nobody looks at it again.
//! **Source.** commerce/SEMANTICS 4; jeequan/jeepay#81.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;

pub(super) const RULE: Rule = Rule {
    id: "NTF-006",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/wrong_content.feature"),
    bites_on: "merchant.takes_any_order",
    judge,
    source: include_str!("ntf_006_check_order.rs"),
    chinese: include_str!("ntf_006_check_order.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let ordered = run.calls_of_any(&[methods::PAY, methods::PRECREATE, methods::CREATE]);
    let mut refused = 0;
    for notice in run.deliveries.iter().filter(|notice| notice.is_about_a_payment() && !notice.is_forged() && notice.status.is_some()) {
        let trade = notice.param("trade_no").and_then(|number| run.state.trades.get(number));
        let (Some(trade), Some(order)) = (trade, notice.param("out_trade_no")) else { continue };
        // an order from before this run is not known here: only a trade of the run that stands under another number tells
        if order == trade.order || ordered.iter().any(|call| call.asked("/out_trade_no") == Some(order)) {
            continue;
        }
        if notice.was_believed() {
            return Breach::by_then(notice, "failure: there is no such order", format!("{} about order {order} was answered success", notice.name()))
                .fact("told", order)
                .fact("the trade's order", trade.order.as_str())
                .mend(
                    "A notice about an order of nobody's was taken. Look out_trade_no up in your own book; when it is not there, answer failure and create nothing.",
                    "收下了一条没有这个订单的通知。请先在自己的账上查 out_trade_no；查不到就应答 failure，不要凭通知建单。",
                )
                .into();
        }
        refused += 1;
    }
    Verdict::after(refused, "no payment's notice named an order that the merchant never made")
}
