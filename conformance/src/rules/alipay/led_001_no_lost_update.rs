//! # LED-001: two payments at the same time both count
//!
//! **Why.** Who reads the points when the sale begins and writes the sum when it ends forgets whatever came between. The customer paid
//! twice and has the points of one.
//! **Provoked by** `alipay/points/two_waiting.feature`: two payments wait for the customer, and both are confirmed.
//! **Holds** when the points of a card do not fall between two payments of its holder that were open at the same time. Refunds, sales
//! with points off and purchases that the platform did not pay explain a fall; then nothing is said.
//! **Source.** macrozheng/mall#299, `envato/double_entry#114`.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::{Stated, decimal};
use crate::run::{Run, Trade};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "LED-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/points/two_waiting.feature"),
    bites_on: "merchant.adds_to_what_it_read",
    judge,
    source: include_str!("led_001_no_lost_update.rs"),
    chinese: include_str!("led_001_no_lost_update.zh.md"),
};

/// A fall so long after the payment has a reason of its own.
const SOON_MS: i64 = 600_000;

fn judge(run: &Run) -> Verdict {
    let mut both = 0;
    let mut asked: HashMap<&str, i64> = HashMap::new();
    for call in run.calls_of_any(&[methods::PAY, methods::PRECREATE]) {
        asked.entry(call.asked("/out_trade_no").unwrap_or_default()).or_insert(call.at_ms);
    }
    let mut paid: HashMap<&str, Vec<&Trade>> = HashMap::new();
    for trade in run.state.trades.values().filter(|trade| trade.paid_ms.is_some()) {
        paid.entry(trade.buyer.as_str()).or_default().push(trade);
    }
    for (card, held) in &run.state.cards {
        let Some(paid) = paid.get(held.user.as_str()).filter(|paid| paid.iter().all(|trade| trade.refunds.is_empty())) else { continue };
        let Some(second) = second_of_two(&asked, paid).filter(|_| run.only_paid_in_full(card)) else { continue };
        let stated = run.stated(card);
        let soon = |stated: &Stated<'_>| (second..second + SOON_MS).contains(&stated.call.at_ms);
        let fall = stated.windows(2).find(|pair| soon(&pair[1]) && pair[1].points < pair[0].points);
        if let Some([before, after]) = fall {
            return breach(before, after, card).into();
        }
        both += usize::from(stated.last().is_some_and(soon));
    }
    Verdict::after(both, "no member had two payments open at the same time")
}

/// When the second of two payments was paid that were open at the same time. Of many payments neighbours are looked at.
fn second_of_two(asked: &HashMap<&str, i64>, paid: &[&Trade]) -> Option<i64> {
    let mut open: Vec<(i64, i64)> = paid.iter().filter_map(|trade| Some((*asked.get(trade.order.as_str())?, trade.paid_ms?))).collect();
    open.sort_unstable();
    open.windows(2).filter(|pair| pair[1].0 < pair[0].1).map(|pair| pair[0].1.max(pair[1].1)).max()
}

fn breach(before: &Stated<'_>, after: &Stated<'_>, card: &str) -> Breach {
    let (had, has) = (decimal(before.points), decimal(after.points));
    Breach::by_then(before.call, format!("{had} points and those of the other payment"), format!("{} stated {has}", after.call.name()))
        .and(after.call)
        .fact("card", card)
        .fact("points before", had)
        .fact("points after", has)
        .mend(
            "A payment's points were overwritten by another's. Add in one statement (update … set points = points + n) or lock the row; never write back a sum of what was read earlier.",
            "一笔付款的积分被另一笔覆盖了。请用一条语句累加（update … set points = points + n）或锁行，不要把先前读到的数加好再写回。",
        )
}
