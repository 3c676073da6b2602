//! # TRD-013: an order that the till gave up is closed at the platform too
//!
//! **Why.** The code on the screen lives on: who photographed it pays an hour later for what was sold to somebody else.
//! **Provoked by** `alipay/order/expired.feature`: the cashier gives the order up, or nobody comes.
//! **Holds** when every order that was offered as a code, and that the till shows as cancelled, was cancelled or closed by the
//! merchant before, or was said to be closed by the platform.
//! **Source.** commerce/SEMANTICS 3; casdoor/casdoor#4111.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Order, Run, shown_ms};

pub(super) const RULE: Rule = Rule {
    id: "TRD-013",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/order/expired.feature"),
    bites_on: "merchant.cancels_at_the_till_only",
    judge,
    source: include_str!("trd_013_qr_expiry.rs"),
    chinese: include_str!("trd_013_qr_expiry.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut given_up = 0;
    for order in run.orders() {
        let Some(offer) = order.calls_of(methods::PRECREATE).find(|call| call.succeeded() && call.was_believable()) else { continue };
        let Some(sight) = order.shown_as_failed_after(offer) else { continue };
        let ends = [order.ended_after(offer), order.settled_after(offer)].into_iter().flatten().map(|call| call.real_ms);
        let ended_ms = ends.chain(order.told_after(offer).map(|notice| notice.real_ms)).min();
        if ended_ms.is_none_or(|ended| ended > shown_ms(sight)) {
            return breach(offer, &order, &sight.standing).into();
        }
        given_up += 1;
    }
    Verdict::after(given_up, "no order that was offered as a code was given up, or the till does not show it")
}

fn breach(offer: &Call, order: &Order<'_>, standing: &str) -> Breach {
    let observed = format!("the till showed {} as {standing}, and it can still be paid", order.number);
    Breach::by(offer, "trade.cancel or trade.close before the till shows that an order is over", observed)
        .fact("out_trade_no", order.number)
        .fact("shown as", standing)
        .mend(
            "Your cancelled code can still be paid. Call trade.cancel (or close) for its out_trade_no, and show it as cancelled when that is known.",
            "收银台上已取消的二维码仍可支付。请对它的 out_trade_no 调用 trade.cancel（或 close），结果明确后再显示已取消。",
        )
}
