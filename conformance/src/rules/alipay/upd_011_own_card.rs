//! # UPD-011: a purchase is told to the card of whoever bought, and to nobody else's
//!
//! **Why.** Numbers of cards look alike. Who looks a card up by the beginning of its number, or keeps the last one in a variable that
//! two tills share, gives one customer's points to another; both complain, and nobody finds the reason.
//! **Provoked by** `alipay/opening/two_customers.feature`: two members, and one of them buys.
//! **Holds** when every purchase that was reported, and every total that a sale at the till came to, went to a card of the member to
//! whom the till booked it. Who pays does not matter: a friend's phone may.
//! **Source.** alipay.marketing.card.update and alipay.marketing.card.consume.sync (`target_card_no`).

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::{card_of, decimal};
use crate::run::{Call, Looker, Run, Sight, figure};
use std::collections::{BTreeMap, HashSet};

pub(super) const RULE: Rule = Rule {
    id: "UPD-011",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/two_customers.feature"),
    bites_on: "merchant.tells_the_oldest_card",
    judge,
    source: include_str!("upd_011_own_card.rs"),
    chinese: include_str!("upd_011_own_card.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let at_till = |sight: &&Sight| sight.by == Looker::Till;
    // whoever the till had before it may have been given points there
    let known: HashSet<&str> = run.sights.iter().filter(at_till).filter_map(|sight| text(sight, "biz_card_no")).collect();
    // a sale by its number, as it was shown first when it was paid
    let mut sales: BTreeMap<&str, &Sight> = BTreeMap::new();
    for sight in run.sights.iter().filter(at_till).filter(|sight| sight.standing == "paid") {
        if let Some(number) = text(sight, "sale_no") {
            sales.entry(number).or_insert(sight);
        }
    }
    let mut reports: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in run.calls_of(methods::CONSUME_SYNC) {
        if let Some(number) = call.asked("/trade_no") {
            reports.entry(number).or_default().push(call);
        }
    }
    let mut looked_at = 0;
    for sale in sales.values() {
        let Some(card) = text(sale, "biz_card_no").filter(|card| run.state.cards.contains_key(*card)) else { continue };
        let numbers = ["sale_no", "trade_no", "out_trade_no"].into_iter().filter_map(|name| text(sale, name));
        for call in numbers.filter_map(|number| reports.get(number)).flatten() {
            let Some(told) = card_of(call).filter(|told| run.state.cards.contains_key(*told)) else { continue };
            if is_anothers(run, card, told) {
                return breach(call, sale, card, told).into();
            }
            looked_at += 1;
        }
        let Some(total) = total(sale) else { continue };
        // a later total may stand for this one as well
        if run.stated(card).iter().any(|stated| stated.points == total || stated.call.real_ms >= sale.real_ms) {
            looked_at += 1;
            continue;
        }
        let strangers = run.state.cards.keys().filter(|other| is_anothers(run, card, other) && !known.contains(other.as_str()));
        for stranger in strangers {
            let after = run.stated(stranger).into_iter().find(|stated| stated.points == total && stated.call.real_ms >= sale.real_ms);
            if let Some(stated) = after.filter(|stated| stated.call.method != methods::OPEN) {
                return breach(stated.call, sale, card, stranger).fact("points stated", decimal(total)).into();
            }
        }
    }
    Verdict::after(looked_at, "the till showed no sale to a member whose card was told of it")
}

/// Whether two cards of the run are two customers', by one merchant: another merchant may give the same number to a sale.
fn is_anothers(run: &Run, card: &str, other: &str) -> bool {
    let known = run.state.cards.get(card).zip(run.state.cards.get(other));
    known.is_some_and(|(card, other)| card.user != other.user && run.state.owner(&card.template) == run.state.owner(&other.template))
}

/// The member's points after a sale that gave some, in hundredths.
fn total(sale: &Sight) -> Option<i64> {
    figure(sale, "points_added").filter(|added| *added > 0)?;
    figure(sale, "points")?.checked_mul(100)
}

fn text<'r>(sight: &'r Sight, name: &str) -> Option<&'r str> {
    sight.shown.get(name).and_then(|value| value.as_str())
}

fn breach(call: &Call, sale: &Sight, card: &str, told: &str) -> Breach {
    let number = text(sale, "sale_no").unwrap_or_default();
    Breach::by(call, format!("sale {number} is told to card {card}"), format!("{} tells it to card {told}, another customer's", call.name()))
        .fact("sale", number)
        .fact("the buyer's card", card)
        .fact("target_card_no", told)
        .mend(
            "Points of one member went to another's card. Keep biz_card_no with the member, take it from the sale's own row, and look cards up by the whole number.",
            "一位会员的积分更新到了别人的卡上。请把 biz_card_no 存在会员名下，从该笔销售自己的记录里取卡号，查卡用完整卡号精确匹配。",
        )
}
