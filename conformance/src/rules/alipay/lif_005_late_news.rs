//! # LIF-005: news of an opening that comes after the deletion brings no card back
//!
//! **Why.** Notices and answers overtake each other. Whoever writes down the last that came, and not the last that happened, has
//! cards in the book that nobody holds.
//! **Provoked by** `alipay/life/late_news.feature`: the first attempt to tell of the opening is lost, and comes again after the deletion.
//! **Holds** when a card whose deletion was heard of before its opening was told is neither updated nor told of purchases.
//! **Source.** card/SEMANTICS 7 and 8; gateway/PROTOCOL F.

use super::{is_deletion, is_opening_news, methods, since_told};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "LIF-005",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/life/late_news.feature"),
    bites_on: "merchant.revives_cards",
    judge,
    source: include_str!("lif_005_late_news.rs"),
    chinese: include_str!("lif_005_late_news.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut survived = 0;
    for late in run.deliveries.iter().filter(|notice| is_opening_news(notice) && notice.was_believed()) {
        let Some(card) = late.param("biz_card_no").filter(|card| run.state.cards.get(*card).is_some_and(|card| card.released.is_some()))
        else {
            continue;
        };
        let of_deletion = |notice: &&Delivery| {
            notice.id < late.id && is_deletion(notice) && notice.was_believed() && notice.param("biz_card_no") == Some(card)
        };
        let Some(deleted) = run.deliveries.iter().find(of_deletion) else { continue };
        let mut after = run.about_card(card).filter(|call| call.id > late.id && call.method != methods::OPEN);
        if let Some(call) = after.find(|call| since_told(run, late, call)) {
            return breach(deleted, late, call, card).into();
        }
        survived += usize::from(run.till("sale").any(|sale| sale.real_ms >= late.answered_ms()));
    }
    Verdict::after(survived, "no card's opening was told after its deletion")
}

fn breach(deleted: &Delivery, late: &Delivery, call: &Call, card: &str) -> Breach {
    let observed = format!(
        "{} told of the deletion, {} of the opening before it, and {} told the card something",
        deleted.name(),
        late.name(),
        call.name()
    );
    Breach::by_then(late, "a card that was deleted stays deleted", observed)
        .and(deleted)
        .and(call)
        .fact("card", card)
        .mend(
            "Card resurrected: the news of its opening was late. A deletion of a card number is final; what came before it and is heard after it changes nothing.",
            "删掉的卡又复活了：开卡消息迟到了。同一卡号一旦删除就是最终状态，之后才听到的旧消息不应改变它。",
        )
}
