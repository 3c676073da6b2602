//! # LIF-003: a deletion whose notice got lost is believed when a query shows it
//!
//! **Why.** Notices get lost. `alipay.marketing.card.query` answers for a card that was deleted as well, without `schema_url`: that is
//! the only sign, and whoever overlooks it serves a card that is not there.
//! **Provoked by** `alipay/card/deletion_unheard.feature`: the notice is lost, and the till asks about the card.
//! **Holds** when after such an answer the card is neither updated nor shown at the till as one in the wallet.
//! **Source.** card/SEMANTICS 8; FAQ-card.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, Sight, shown_ms};

pub(super) const RULE: Rule = Rule {
    id: "LIF-003",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/card/deletion_unheard.feature"),
    bites_on: "merchant.trusts_its_book",
    judge,
    source: include_str!("lif_003_deletion_found.rs"),
    chinese: include_str!("lif_003_deletion_found.zh.md"),
};

/// What comes sooner was under way.
const MOMENT_MS: i64 = 1_000;

fn judge(run: &Run) -> Verdict {
    let mut found = 0;
    for query in run.calls_of(methods::CARD_QUERY).filter(|query| query.succeeded() && query.was_believable()) {
        let gone = query.told("/schema_url").is_none_or(str::is_empty);
        let Some(card) = query.told("/card_info/biz_card_no").filter(|_| gone) else { continue };
        if run.state.cards.get(card).is_none_or(|card| card.released.is_none()) {
            continue;
        }
        let shown = run.till("lookup").find(|sight| shown_ms(sight) >= query.answered_ms && is_of(sight, card));
        if let Some(shown) = shown.filter(|shown| shown.shown.get("in_wallet") == Some(&true.into())) {
            return breach(query, card, &format!("the till showed it in the wallet: {}", shown.told())).into();
        }
        let sale = run.till("sale").find(|sale| sale.real_ms >= query.answered_ms);
        let knew = |call: &&Call| {
            call.id > query.id
                && call.method != methods::OPEN
                && (run.between(query, call) >= MOMENT_MS || sale.is_some_and(|sale| call.real_ms >= sale.real_ms))
        };
        if let Some(call) = run.about_card(card).find(knew) {
            return breach(query, card, &format!("{} told it something", call.name())).and(call).into();
        }
        found += usize::from(shown.is_some() || sale.is_some());
    }
    Verdict::after(found, "no query was answered without `schema_url`")
}

fn is_of(sight: &Sight, card: &str) -> bool {
    sight.shown.get("biz_card_no").and_then(|number| number.as_str()) == Some(card)
}

fn breach(query: &Call, card: &str, what: &str) -> Breach {
    Breach::by_then(query, "a card without schema_url is taken for deleted", format!("{} was answered without schema_url, and {what}", query.name()))
        .fact("card", card)
        .mend(
            "Believed active; the query says unbound. An answer of card.query without schema_url means that the card has left the wallet: mark the member so.",
            "账上以为卡还在，查询却显示已解绑：card.query 的应答没有 schema_url，就表示卡已不在卡包里，请据此更新会员状态。",
        )
}
