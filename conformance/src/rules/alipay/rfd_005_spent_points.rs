//! # RFD-005: what a refund takes back is taken from the card as well, also when it is spent
//!
//! **Why.** The points of a purchase are spent, then the purchase is given back. Whether the balance goes below nothing or something else
//! is owed is policy; hidden is worse: the till says taken, the card says otherwise, and nobody knows what is owed.
//! **Provoked by** `alipay/refund/spent_points.feature`: earned, spent, refunded in two parts.
//! **Holds** when the next total that a card is told after a refund is lower than the one before by just the points that the till showed
//! as taken. A merchant that takes none shows none, and there is nothing to compare; nor is there where the payment's points were not on
//! the card yet, or the next total is higher by some other figure: then something else was told between.
//! **Source.** card/SEMANTICS 9, 11; alphajiang/hyena#3.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::{Stated, decimal};
use crate::run::{Call, Run, Sight, Trade, figure, shown_ms};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "RFD-005",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/refund/spent_points.feature"),
    bites_on: "merchant.hides_debts",
    judge,
    source: include_str!("rfd_005_spent_points.rs"),
    chinese: include_str!("rfd_005_spent_points.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    // the card of a sale, and the latest that was shown of each refund
    let cards: BTreeMap<&str, &str> =
        run.sights.iter().filter_map(|sight| Some((text(sight, "sale_no")?, text(sight, "biz_card_no")?))).collect();
    let mut refunds: BTreeMap<&str, &Sight> = BTreeMap::new();
    for sight in run.till("refund").filter(|sight| sight.standing == "done") {
        if let Some(number) = text(sight, "refund_no") {
            refunds.entry(number).or_insert(sight);
        }
    }
    let orders = run.orders();
    let mut compared = 0;
    for refund in refunds.values() {
        let Some(taken) = figure(refund, "points_taken").filter(|taken| *taken > 0) else { continue };
        let Some(sale) = text(refund, "sale_no") else { continue };
        let Some(card) = cards.get(sale) else { continue };
        let order = orders.iter().find(|order| order.sights.iter().any(|sight| text(sight, "sale_no") == Some(sale)));
        // the refund that the till shows is the one that the platform was asked for last before
        let asked = |call: &&Call| call.real_ms <= shown_ms(refund);
        let Some(order) = order else { continue };
        let Some(call) = order.calls_of(methods::REFUND).filter(asked).last() else { continue };
        // two refunds within the same milliseconds cannot be told apart
        let other = |other: &Call| other.real_ms >= refund.real_ms && other.asked("/out_request_no") != call.asked("/out_request_no");
        if order.calls_of(methods::REFUND).filter(asked).any(other) || !order.trade.is_some_and(|trade| is_granted(run, trade, call)) {
            continue;
        }
        let stated = run.stated(card);
        let Some(after) = stated.iter().position(|stated| stated.call.id > call.id) else { continue };
        let Some(before) = after.checked_sub(1) else { continue };
        let (before, after) = (&stated[before], &stated[after]);
        let raised = after.points - before.points;
        if moved_between(run, before.call, after.call, refund) || (raised > 0 && raised != taken * 100) {
            continue;
        }
        if before.points - after.points != taken * 100 {
            return breach(call, before, after, taken).into();
        }
        compared += 1;
    }
    Verdict::after(compared, "no refund was shown that took points, with a total before and after it")
}

/// Whether the card had the points of this payment, and of every other by the same customer, before a call.
fn is_granted(run: &Run, trade: &Trade, call: &Call) -> bool {
    let mut paid = run.trades_like(trade).filter(|(_, other)| other.paid_ms.is_some_and(|paid| paid <= call.at_ms));
    paid.all(|(_, other)| run.gain_of(other).is_some_and(|(gain, _)| gain.call.id < call.id))
}

/// Whether the till sold or gave back something else between two totals.
fn moved_between(run: &Run, before: &Call, after: &Call, refund: &Sight) -> bool {
    let others = run.till("sale").chain(run.till("refund").filter(|other| text(other, "refund_no") != text(refund, "refund_no")));
    others.into_iter().any(|other| other.real_ms > before.real_ms && other.real_ms <= after.answered_ms)
}

fn text<'r>(sight: &'r Sight, name: &str) -> Option<&'r str> {
    sight.shown.get(name).and_then(|value| value.as_str())
}

fn breach(refund: &Call, before: &Stated<'_>, after: &Stated<'_>, taken: i64) -> Breach {
    let expected = format!("{} points on the card, {taken} fewer than before", decimal(before.points - taken * 100));
    Breach::by(refund, expected, format!("{} states {}", after.call.name(), decimal(after.points)))
        .and(before.call)
        .and(after.call)
        .fact("points before", decimal(before.points))
        .fact("points after", decimal(after.points))
        .fact("points taken, as the till shows", taken.to_string())
        .mend(
            "The till took points that the card keeps. State the total of your book after a refund, below zero if it is; or take none, and record what is owed elsewhere.",
            "收银台扣了积分，卡上却没少。退款后请如实上报账上的总数，为负也照报；若政策是不扣，就不要显示已扣，把欠账另行记录。",
        )
}
