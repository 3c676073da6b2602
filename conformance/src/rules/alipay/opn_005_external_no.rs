//! # OPN-005: a merchant's card number belongs to one person for ever
//!
//! **Why.** A number that is given out again after a deletion makes two people one: the new member sees the old one's points, and
//! updates reach the wrong card.
//! **Provoked by** a second customer, or one who joins again after deleting the card.
//! **Holds** when no `external_card_no` was asked for, or opened, for two different customers. The same customer may get the old
//! number back.
//! **Source.** alipay.marketing.card.open; card/SEMANTICS 16.6.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::{BTreeSet, HashMap};

pub(super) const RULE: Rule = Rule {
    id: "OPN-005",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/life/deleted_and_back.feature"),
    bites_on: "merchant.reuses_external_no",
    judge,
    source: include_str!("opn_005_external_no.rs"),
    chinese: include_str!("opn_005_external_no.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let issued = run.events_of("token_issued").chain(run.events_of("token_renewed").map(|body| &body["new"]));
    let user_of: HashMap<&str, &str> = issued.filter_map(|token| Some((token["access"].as_str()?, token["user"].as_str()?))).collect();
    // two merchants may give one number
    let mut owner: HashMap<(&str, &str), (&str, Option<&Call>)> = HashMap::new();
    let mut cards: BTreeSet<&str> = run.state.cards.keys().map(String::as_str).collect();
    for call in run.calls_of(methods::OPEN) {
        let user = call.param("auth_token").and_then(|token| user_of.get(token).copied());
        let (Some(number), Some(user)) = (call.asked("/card_ext_info/external_card_no"), user) else { continue };
        cards.extend(call.told("/card_info/biz_card_no"));
        let merchant = run.state.owner(call.asked("/card_template_id").unwrap_or_default());
        let (first, earlier) = *owner.entry((merchant, number)).or_insert((user, Some(call)));
        if first != user {
            return breach(earlier, call, number).into();
        }
    }
    // the fast flow has no such call, only its cards
    let mut of_cards: HashMap<(&str, &str), &str> = HashMap::new();
    for card in run.state.cards.values().filter(|card| !card.external.is_empty()) {
        let first = *of_cards.entry((run.state.owner(&card.template), &card.external)).or_insert(&card.user);
        if first == card.user {
            continue;
        }
        if let Some(delivery) = run.deliveries.iter().rev().find(|delivery| delivery.method == methods::SPI) {
            return Breach::by_then(delivery, "a number for each person", format!("{} belongs to two customers", card.external))
                .fact("external_card_no", card.external.as_str())
                .mend(EN, ZH)
                .into();
        }
    }
    Verdict::after(cards.len().saturating_sub(1), "fewer than two cards were opened")
}

const EN: &str = "This external_card_no was given to another person before. Take numbers from a sequence that never goes back, also after a card was deleted.";
const ZH: &str = "这个 external_card_no 以前给过另一个人。请用只增不减的序列发号，删卡后的号码也不要再发给别人。";

fn breach(earlier: Option<&Call>, call: &Call, number: &str) -> Breach {
    let breach = Breach::by_then(
        call,
        "a number that no other customer had",
        format!("{} asks for {number}, which another customer had", call.name()),
    );
    let breach = earlier.into_iter().fold(breach, Breach::and);
    breach.fact("external_card_no", number).mend(EN, ZH)
}
