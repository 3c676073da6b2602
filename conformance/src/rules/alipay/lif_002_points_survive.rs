//! # LIF-002: who takes the card again finds the points again
//!
//! **Why.** The card is the platform's picture of a member; the points are the merchant's debt. Who pays that debt with a deletion loses
//! members and, where the law says so, a case.
//! **Provoked by** `alipay/life/deleted_and_back.feature`: the customer deletes a card with points and joins again the next day.
//! **Holds** when the new card, at its opening or soon after, has at least the points of the old one. A return after more than thirty
//! days, or after points were spent or taken back meanwhile, is not compared.
//! **Source.** card/SEMANTICS 8; FAQ-card.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::{Stated, card_of, decimal};
use crate::run::{Call, Card, Run, figure};

pub(super) const RULE: Rule = Rule {
    id: "LIF-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/life/deleted_and_back.feature"),
    bites_on: "merchant.erases_points_with_the_card",
    judge,
    source: include_str!("lif_002_points_survive.rs"),
    chinese: include_str!("lif_002_points_survive.zh.md"),
};

/// Points may run out in the time of a policy; nobody's is shorter.
const SOON_MS: i64 = 30 * 86_400_000;
/// How long a merchant may take to bring the new card up to date.
const PATIENCE_MS: i64 = 5 * 60_000;

fn judge(run: &Run) -> Verdict {
    let mut kept = 0;
    for (number, old) in run.state.cards.iter().filter(|(_, card)| card.released.is_some()) {
        let stated = run.stated(number);
        let Some(last) = stated.last().filter(|last| last.points > 0) else { continue };
        let Some((again, opened)) = opened_again(run, number, old) else { continue };
        if opened.at_ms - last.call.at_ms > SOON_MS || changed_between(run, last.call, opened) {
            continue;
        }
        let restored = run.stated(again);
        let Some(best) = restored.iter().max_by_key(|stated| stated.points) else { continue };
        if best.points >= last.points {
            kept += 1;
        } else if run.left_after(opened) >= PATIENCE_MS {
            return breach(last, best, opened).into();
        }
    }
    Verdict::after(kept, "nobody who had points deleted the card and took it again")
}

/// The first card that the same customer got of the same template afterwards, and the call that opened it.
fn opened_again<'r>(run: &'r Run, number: &str, old: &Card) -> Option<(&'r str, &'r Call)> {
    let same = |card: &Card| card.user == old.user && card.template == old.template && old.released.is_some_and(|gone| card.opened > gone);
    let later = run.state.cards.iter().filter(|(other, card)| *other != number && same(card));
    let (again, _) = later.min_by_key(|(_, card)| card.opened)?;
    let opened = run.calls_of(methods::OPEN).find(|call| call.succeeded() && card_of(call) == Some(again))?;
    Some((again, opened))
}

/// Whether the till showed that points were spent, or money given back, between two calls.
fn changed_between(run: &Run, one: &Call, other: &Call) -> bool {
    let mut spent = run.till("sale").filter(|sale| figure(sale, "points_spent").is_some_and(|points| points > 0));
    let between = |real_ms: i64| (one.real_ms..=other.answered_ms).contains(&real_ms);
    spent.any(|sale| between(sale.real_ms)) || run.till("refund").any(|refund| between(refund.real_ms))
}

fn breach(last: &Stated<'_>, best: &Stated<'_>, opened: &Call) -> Breach {
    let (had, has) = (decimal(last.points), decimal(best.points));
    let observed = format!("the old card had {had} by {}, the new one never more than {has}", last.call.name());
    Breach::by(opened, format!("the new card has the {had} points of the old one"), observed)
        .and(last.call)
        .fact("points before", had)
        .fact("points after", has)
        .mend(
            "Points were erased with the card. Find the member by the account (user_id, open_id) or mobile number, and open the new card with the points of your book.",
            "积分随卡一起清掉了。请按账号（user_id、open_id）或手机号认出老会员，用账上的积分开新卡。",
        )
}
