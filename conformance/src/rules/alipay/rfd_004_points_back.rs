//! # RFD-004: refunds take back the points of their sale, all of them together and no more
//!
//! **Why.** Three thirds of 10.00, each rounded down by itself, leave a point that nobody paid for; rounded up, they take one that was
//! earned. Repeated daily, it is money.
//! **Provoked by** `alipay/refund/in_parts.feature`: 3.33, 3.33 and 3.34 of 10.00.
//! **Holds** when the points that the till shows as taken are, over all refunds of a sale together, never more than it had added, and
//! exactly all of them when all of the money went back. What becomes of points that were spent meanwhile is the merchant's policy, and
//! so is the proportion of a part.
//! **Source.** macrozheng/mall#299; card/SEMANTICS 9.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Order, Run, amount, figure};

pub(super) const RULE: Rule = Rule {
    id: "RFD-004",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/refund/in_parts.feature"),
    bites_on: "merchant.rounds_each_refund",
    judge,
    source: include_str!("rfd_004_points_back.rs"),
    chinese: include_str!("rfd_004_points_back.zh.md"),
};

/// The sums of a sale.
struct Sums {
    paid: i64,
    added: i64,
    refunded: i64,
    taken: i64,
    refunds: i64,
}

fn judge(run: &Run) -> Verdict {
    let mut looked_at = 0;
    // whether spent points may bring a balance below nothing is the merchant's own policy
    let spent = run.sights.iter().any(|sight| figure(sight, "points_spent").is_some_and(|points| points > 0));
    for order in run.orders() {
        let (Some(sums), Some(call)) = (sums(&order), order.calls_of(methods::REFUND).last()) else { continue };
        let too_few = sums.refunded == sums.paid && sums.taken < sums.added && !spent;
        if too_few || sums.taken > sums.added {
            return breach(call, &order, &sums).into();
        }
        looked_at += 1;
    }
    Verdict::after(looked_at, "nothing was given back of a sale with points, or the till does not show them")
}

/// The sums of a sale of which something was given back and that had given points.
fn sums(order: &Order<'_>) -> Option<Sums> {
    let added = order.sights.iter().filter_map(|sight| figure(sight, "points_added")).max().filter(|points| *points > 0)?;
    let done = order.refunds_done();
    let all = |name: &str| done.iter().map(|refund| amount(refund, name).or_else(|| figure(refund, name))).sum::<Option<i64>>();
    let (refunded, taken) = (all("amount").filter(|sum| *sum > 0)?, all("points_taken")?);
    Some(Sums { paid: order.trade?.total, added, refunded, taken, refunds: i64::try_from(done.len()).ok()? })
}

fn breach(call: &Call, order: &Order<'_>, sums: &Sums) -> Breach {
    let sum = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
    let expected = format!("at most {} points back, and all of them for {}; here {}", sums.added, sum(sums.paid), sum(sums.refunded));
    Breach::by(call, expected, format!("{} points were taken in {} refunds", sums.taken, sums.refunds))
        .fact("out_trade_no", order.number)
        .fact("points added", sums.added.to_string())
        .fact("points taken", sums.taken.to_string())
        .mend(
            format!(
                "{} points taken where {} were added. Compute the points of all refunds together and take the difference to what was taken before; do not round each refund.",
                sums.taken, sums.added
            ),
            format!("发了 {} 分，却收回 {} 分。请按累计退款金额计算应收回的总积分，再减去已收回的部分；不要每笔退款各自取整。", sums.added, sums.taken),
        )
}
