//! # UPD-009: a card that is gone is not asked for again and again
//!
//! **Why.** A deleted card does not come back under its number. Each retry is a call in vain, and the customer's next card waits behind it.
//! **Provoked by** `alipay/card/deletion_unheard.feature`: the notice about the deletion is lost, and the customer buys.
//! **Holds** when after the platform said that a card does not exist no more than one further update of it is tried.
//! **Source.** card/SEMANTICS 9 and 16; FAQ-card.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::card_of;
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "UPD-009",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/card/deletion_unheard.feature"),
    bites_on: "merchant.asks_for_cards_that_are_gone",
    judge,
    source: include_str!("upd_009_deleted_card.rs"),
    chinese: include_str!("upd_009_deleted_card.zh.md"),
};

/// What the platform says of a card that is not there any more.
const GONE: &[&str] = &["CARD_NOT_EXIT", "CARD_NOT_EXIST", "CARD_IS_DELETED_ALREADY"];
/// One more may have been under way.
const UNDER_WAY: usize = 1;
/// What comes sooner was under way when the platform refused.
const MOMENT_MS: i64 = 1_000;

fn judge(run: &Run) -> Verdict {
    let mut told = 0;
    let refused = run
        .calls_of_any(&[methods::UPDATE, methods::CONSUME_SYNC])
        .into_iter()
        .filter(|call| GONE.contains(&call.sub_code.as_str()) && call.was_heard());
    for gone in refused {
        let Some(card) = card_of(gone) else { continue };
        let retried = |call: &&Call| call.id > gone.id && call.method == methods::UPDATE && run.between(gone, call) >= MOMENT_MS;
        let after: Vec<&Call> = run.about_card(card).filter(retried).collect();
        if let [.., last] = &after[..]
            && after.len() > UNDER_WAY
        {
            return Breach::by_then(gone, "no further update of a card that does not exist", format!("{} updates followed, the last {}", after.len(), last.name()))
                .and(*last)
                .fact("sub_code", gone.sub_code.as_str())
                .fact("card", card)
                .mend(
                    format!("Retried {} times on a deleted card. {} is final: mark the member as without a card, keep the points in your book, and stop.", after.len(), gone.sub_code),
                    format!("对已删除的卡又试了 {} 次。{} 是最终结果：请把会员标记为无卡，积分留在自己的账上，停止重试。", after.len(), gone.sub_code),
                )
                .into();
        }
        told += 1;
    }
    Verdict::after(told, "no update was refused because the card is gone")
}
