//! # OPN-006: the platform's card number is kept and used
//!
//! **Why.** Updates reach a card by the number that the platform gave when it was opened. Who lost it, or names its own number
//! instead, tells the card nothing any more.
//! **Provoked by** `alipay/life/restart.feature`: a sale after the merchant's program was restarted.
//! **Holds** when every `card.update` and `consume.sync` about a card of this run names the platform's number, and none the
//! merchant's own.
//! **Source.** alipay.marketing.card.update (`target_card_no`); alipay.marketing.card.open (`biz_card_no`).

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "OPN-006",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/life/restart.feature"),
    bites_on: "merchant.forgets_biz_no",
    judge,
    source: include_str!("opn_006_biz_no_stored.rs"),
    chinese: include_str!("opn_006_biz_no_stored.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let own: BTreeMap<&str, &str> = run.state.cards.iter().map(|(number, card)| (card.external.as_str(), number.as_str())).collect();
    let mut named = 0;
    for call in run.calls_of_any(&[methods::UPDATE, methods::CONSUME_SYNC]) {
        let Some(target) = call.asked("/target_card_no") else { continue };
        if run.state.cards.contains_key(target) {
            named += 1;
        } else if let Some(number) = own.get(target) {
            return breach(call, target, number).into();
        }
    }
    Verdict::after(named, "no card of this run was told anything")
}

fn breach(call: &Call, target: &str, number: &str) -> Breach {
    let came = if call.succeeded() { "done".to_owned() } else { format!("answered {}", call.sub_code) };
    Breach::by_then(call, format!("target_card_no {number}"), format!("{} names {target} and was {came}", call.name()))
        .fact("sent", target)
        .fact("the platform's number", number)
        .mend(
            "The update names your own number. Store biz_card_no of card.open (or of the fast flow) with the member before anything else, and send it as target_card_no.",
            "更新用的是商户自己的卡号。开卡返回（或极速版传来）的 biz_card_no 请立即与会员一起保存，并作为 target_card_no 发送。",
        )
}
