//! # LIF-001: a card that its owner deleted is closed in the merchant's book as well
//!
//! **Why.** Whoever goes on updating cards that are gone believes in members it cannot reach, and tells the till that the card is there.
//! **Provoked by** `alipay/card/deleted_then_sale.feature`: the customer deletes the card, the merchant takes the notice, the customer buys.
//! **Holds** when after a deletion's notice was taken that card is neither updated nor told of purchases. What was under way when the
//! notice came is no breach. That the points stay is LIF-002.
//! **Source.** card/SEMANTICS 7 and 8; FAQ-card.

use super::{is_deletion, is_opening_news, methods, since_told};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::card_of;
use crate::run::{Call, Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "LIF-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/card/deleted_then_sale.feature"),
    bites_on: "merchant.ignores_deletions",
    judge,
    source: include_str!("lif_001_deletion_heard.rs"),
    chinese: include_str!("lif_001_deletion_heard.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut closed = 0;
    for notice in run.deliveries.iter().filter(|notice| is_deletion(notice) && notice.was_believed()) {
        let Some(card) = notice.param("biz_card_no").filter(|card| run.state.cards.get(*card).is_some_and(|card| card.released.is_some()))
        else {
            continue;
        };
        // old news that came later and was believed is another mistake
        let revived =
            run.deliveries.iter().find(|later| later.id > notice.id && is_opening_news(later) && later.param("biz_card_no") == Some(card));
        let told = |call: &&Call| call.id > notice.id && revived.is_none_or(|revived| call.id < revived.id);
        let mut after = run.about_card(card).filter(|call| call.method != methods::OPEN).filter(told);
        if let Some(call) = after.find(|call| since_told(run, notice, call)) {
            return breach(notice, call, card).into();
        }
        closed += usize::from(bought_after(run, notice, card));
    }
    Verdict::after(closed, "nobody bought whose card's deletion the merchant had heard of")
}

/// Whether the till sold something to whoever had that card, or to nobody in particular, after the notice was taken.
fn bought_after(run: &Run, notice: &Delivery, card: &str) -> bool {
    let theirs = |of: &str| of == card || run.about_card(of).next().is_none();
    run.till("sale").filter(|sale| sale.real_ms >= notice.answered_ms()).any(|sale| {
        let of = sale.shown.get("biz_card_no").and_then(|number| number.as_str());
        of.is_none_or(theirs)
    })
}

fn breach(notice: &Delivery, call: &Call, card: &str) -> Breach {
    let observed = format!("{} was taken, and {} still told the card something", notice.name(), call.name());
    debug_assert_eq!(card_of(call), Some(card), "calls about a card were looked at");
    Breach::by_then(notice, "no call about a card whose deletion was heard of", observed)
        .and(call)
        .fact("card", card)
        .fact("answer", if call.sub_code.is_empty() { call.code.as_str() } else { call.sub_code.as_str() })
        .mend(
            "The customer deleted the card (notify_type card_delete). Mark the member as without a card and keep the points; a new card is opened with them.",
            "顾客已删卡（notify_type 为 card_delete）。请把会员标记为无卡并保留积分，再领卡时按账上的积分开卡。",
        )
}
