//! # TRD-012: points follow money that was paid, and as much as was paid
//!
//! **Why.** Points granted while the customer still hesitates belong to a sale that may never come about; points on the price before
//! vouchers are given away.
//! **Provoked by** `alipay/pay/confirmation.feature`: the customer confirms after a while.
//! **Holds** when no sale shows new points, and no purchase is reported, before its payment is made at the platform; and when the
//! `act_pay_amount` that is reported is no more than the customer paid. How many points a yuan gives is the merchant's own affair.
//! **Source.** commerce/SEMANTICS 3 (Amount fields); alipay.marketing.card.consume.sync; macrozheng/mall#1002.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Order, Run, fen, figure};

pub(super) const RULE: Rule = Rule {
    id: "TRD-012",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/pay/confirmation.feature"),
    bites_on: "merchant.points_before_pay",
    judge,
    source: include_str!("trd_012_points_after_pay.rs"),
    chinese: include_str!("trd_012_points_after_pay.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut reported = 0;
    for order in run.orders() {
        let Some(first) = order.calls.first() else { continue };
        if let Some(sight) = order.sights.iter().find(|sight| is_early(sight)) {
            let points = figure(sight, "points_added").unwrap_or_default();
            return breach(first, &order, format!("the till showed {points} new points while the sale was {}", sight.standing)).into();
        }
        for purchase in order.purchases(run).filter(|call| call.succeeded()) {
            let paid_ms = order.trade.and_then(|trade| trade.paid_ms);
            if order.trade.is_some() && paid_ms.is_none_or(|paid| purchase.at_ms < paid) {
                return breach(first, &order, format!("{} reported a purchase that was not paid", purchase.name())).and(purchase).into();
            }
            let said = purchase.asked("/act_pay_amount").and_then(fen);
            if let (Some(said), Some(paid)) = (said, paid_by_customer(&order))
                && said > paid
            {
                let observed = format!("{} reported {} where {} was paid", purchase.name(), yuan(said), yuan(paid));
                return breach(first, &order, observed).and(purchase).into();
            }
            reported += 1;
        }
    }
    Verdict::after(reported, "no purchase was reported for a payment of this run")
}

fn is_early(sight: &crate::run::Sight) -> bool {
    ["waiting", "unknown"].contains(&sight.standing.as_str()) && figure(sight, "points_added").is_some_and(|points| points > 0)
}

/// What the customer paid with own money and points of the platform, as the merchant was told.
fn paid_by_customer(order: &Order<'_>) -> Option<i64> {
    let told = order.calls.iter().filter(|call| call.succeeded() && call.was_believable());
    let points = |call: &Call| call.told("/point_amount").and_then(fen).unwrap_or_default();
    told.filter_map(|call| Some(call.told("/buyer_pay_amount").and_then(fen)? + points(call))).filter(|paid| *paid > 0).max()
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn breach(first: &Call, order: &Order<'_>, observed: String) -> Breach {
    Breach::by_then(first, format!("points and purchase of {} after its payment, on what the customer paid", order.number), observed)
        .fact("out_trade_no", order.number)
        .mend(
            "Grant points when the payment is certain (10000, TRADE_SUCCESS by query or notice), and on buyer_pay_amount, not on the price before vouchers.",
            "付款确定之后（10000，或查询、通知为 TRADE_SUCCESS）才能发积分，且按 buyer_pay_amount 发，而不是按优惠前的价格。",
        )
}
