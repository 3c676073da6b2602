//! # LED-002: nobody spends more points than there are
//!
//! **Why.** Two tills look at the same balance and both let it be spent. The shop gives away what nobody earned.
//! **Provoked by** `alipay/points/two_tills.feature`: three tills spend the same hundred points at once.
//! **Holds** when no purchase that was partly paid by points takes a card's points from zero or more below zero. What a refund takes
//! may go below zero; a purchase may not.
//! **Source.** card/SEMANTICS 11; alphajiang/hyena#3, `envato/double_entry#114`.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::{Stated, card_of, decimal, figure, hundredths};
use crate::run::{Call, Run, Shown};
use std::collections::{HashMap, HashSet};

pub(super) const RULE: Rule = Rule {
    id: "LED-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/points/two_tills.feature"),
    bites_on: "merchant.spends_without_looking",
    judge,
    source: include_str!("led_002_no_overspend.rs"),
    chinese: include_str!("led_002_no_overspend.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let refunded = Refunded::of(run);
    let mut of_cards: HashMap<&str, Vec<Stated<'_>>> = HashMap::new();
    let mut spent = 0;
    for purchase in run.calls_of(methods::CONSUME_SYNC).filter(|call| call.succeeded() && is_partly_paid_by_points(call)) {
        let Some(card) = card_of(purchase).filter(|card| !refunded.may_be(run, card)) else { continue };
        // the report says the new total itself, or comes after the update that does
        let stated = of_cards.entry(card).or_insert_with(|| run.stated(card));
        let until = stated.partition_point(|stated| stated.call.id <= purchase.id);
        let Some((now, before)) = stated[..until].split_last() else { continue };
        let Some(earlier) = before.iter().rfind(|earlier| earlier.points != now.points) else { continue };
        if earlier.points >= 0 && now.points < 0 {
            return breach(earlier, now, purchase).into();
        }
        spent += 1;
    }
    Verdict::after(spent, "no purchase was partly paid by points")
}

/// To whom money went back, or may have: what a refund takes may go below zero.
struct Refunded<'r> {
    people: HashSet<&'r str>,
    /// Whether something was refunded of a sale whose buyer is not known.
    somebody: bool,
}

impl<'r> Refunded<'r> {
    fn of(run: &'r Run) -> Self {
        let back = run.state.trades.values().filter(|trade| !trade.refunds.is_empty()).map(|trade| trade.buyer.as_str());
        let mut refunded = Self { people: back.collect(), somebody: false };
        let orders = run.orders();
        let buyers: HashMap<&str, &str> = orders.iter().filter_map(|order| Some((order.sale()?, order.trade?.buyer.as_str()))).collect();
        // a till that has a word for why not gave nothing back
        for refund in run.till("refund").filter(|sight| sight.answered != Shown::No || sight.code.is_empty()) {
            match refund.shown.get("sale_no").and_then(|sale| buyers.get(sale.as_str()?)) {
                Some(buyer) => _ = refunded.people.insert(buyer),
                None => refunded.somebody = true,
            }
        }
        refunded
    }

    /// Whether the card's holder may be one of them.
    fn may_be(&self, run: &Run, card: &str) -> bool {
        let holder = run.state.cards.get(card).map(|card| card.user.as_str());
        self.somebody || holder.map_or(!self.people.is_empty(), |holder| self.people.contains(holder))
    }
}

/// Whether less was paid than the goods cost.
fn is_partly_paid_by_points(call: &Call) -> bool {
    let amount = |place| figure(call, place).and_then(|text| hundredths(&text));
    amount("/trade_amount").zip(amount("/act_pay_amount")).is_some_and(|(cost, paid)| paid < cost)
}

fn breach(earlier: &Stated<'_>, now: &Stated<'_>, purchase: &Call) -> Breach {
    let observed = format!("{} bought with points and left {}", purchase.name(), decimal(now.points));
    Breach::by_then(earlier.call, "no purchase with more points than the card has", observed)
        .and(purchase)
        .fact("card", card_of(purchase).unwrap_or_default())
        .fact("points before", decimal(earlier.points))
        .fact("points after", decimal(now.points))
        .mend(
            "More points were spent than there were. Take them in one statement that also looks: update … set points = points - n where points >= n, and sell only if it hit a row.",
            "花掉的积分比拥有的多。请用一条语句同时检查并扣减（update … set points = points - n where points >= n），命中一行才成交。",
        )
}
