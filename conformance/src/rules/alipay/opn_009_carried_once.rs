//! # OPN-009: points of a member of old are carried over once
//!
//! **Why.** The points from before the wallet card are put on it when the member is bound. Who does so at every joining lets customers
//! delete the card and take it again until they are rich.
//! **Provoked by** `alipay/member/old_member.feature`: a member with points joins, deletes the card and joins again.
//! **Holds** when a customer who takes the card again gets it with the points that the last one was said to have, and not with those of
//! the first opening on top. That the member of old is found by the mobile number is seen in the story alone: runs keep no numbers.
//! **Source.** card/SEMANTICS 3 (a card is opened with the points of that day); the 3.1 upgrade page (members of old).

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::{Stated, card_of, decimal, hundredths, points_in};
use crate::run::{Call, Run};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "OPN-009",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/member/old_member.feature"),
    bites_on: "merchant.carries_over_again",
    judge,
    source: include_str!("opn_009_carried_once.rs"),
    chinese: include_str!("opn_009_carried_once.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    // the openings of each customer, oldest first
    let mut openings: BTreeMap<&str, Vec<Stated<'_>>> = BTreeMap::new();
    for call in run.calls_of(methods::OPEN).filter(|call| call.succeeded()) {
        let points = points_in(call).and_then(|text| hundredths(&text));
        let (Some(points), Some(card)) = (points, card_of(call).and_then(|card| run.state.cards.get(card))) else { continue };
        let of_user = openings.entry(&card.user).or_default();
        // the same serial number once more is the same card
        if of_user.last().is_none_or(|last| card_of(last.call) != card_of(call)) {
            of_user.push(Stated { call, points });
        }
    }
    let mut again = 0;
    for of_user in openings.values() {
        let carried = of_user[0];
        for pair in of_user.windows(2).filter(|_| carried.points > 0) {
            let told = card_of(pair[0].call).map(|card| run.stated(card)).unwrap_or_default();
            let Some(last) = told.iter().rfind(|stated| stated.call.id < pair[1].call.id) else { continue };
            if moved_between(run, last.call, pair[1].call) {
                continue;
            }
            if pair[1].points == last.points + carried.points {
                return breach(&carried, last, &pair[1]).into();
            }
            again += 1;
        }
    }
    Verdict::after(again, "no customer who had been given points at the first opening took the card again")
}

/// Whether the till sold or gave back anything between the last word about the old card and the new one.
fn moved_between(run: &Run, last: &Call, opened: &Call) -> bool {
    let mut till = run.till("sale").chain(run.till("refund"));
    till.any(|sight| sight.real_ms >= last.real_ms && sight.real_ms <= opened.real_ms)
}

fn breach(first: &Stated<'_>, last: &Stated<'_>, again: &Stated<'_>) -> Breach {
    let observed =
        format!("{} opens it with {}: {} were carried over again", again.call.name(), decimal(again.points), decimal(first.points));
    Breach::by(again.call, format!("{} points, as the last card had", decimal(last.points)), observed)
        .and(first.call)
        .fact("points at the first opening", decimal(first.points))
        .fact("points of the last card", decimal(last.points))
        .fact("points now", decimal(again.points))
        .mend(
            "Points from before the card were added again at a second joining. Book the transfer once per member, under a key of its own, and open cards with the book's total.",
            "再次领卡时把老会员的积分又加了一遍。积分结转请按会员只记一次（用唯一键保证），开卡时写账上的总数。",
        )
}
