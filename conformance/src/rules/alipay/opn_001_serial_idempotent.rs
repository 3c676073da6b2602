//! # OPN-001: asking again for the same opening carries the same `out_serial_no`
//!
//! **Why.** An answer that does not arrive leaves the outcome unknown: the card may be open. The same serial number gives that very
//! card; a new one asks for a second card, is refused with `CARD_HAS_OPENED`, and leaves a member without a card in the book.
//! **Provoked by** `alipay/opening/lost_reply.feature`: the platform opens the card and the answer is lost.
//! **Holds** when every repeated `card.open` for one user token and template, after a success or an unknown outcome, carries the
//! serial number of the first, and gives the same card. After a refusal a new number is right.
//! **Source.** alipay.marketing.card.open; card/SEMANTICS 16.1.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "OPN-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/lost_reply.feature"),
    bites_on: "merchant.new_serial_on_retry",
    judge,
    source: include_str!("opn_001_serial_idempotent.rs"),
    chinese: include_str!("opn_001_serial_idempotent.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut tries: BTreeMap<(&str, &str), Vec<&Call>> = BTreeMap::new();
    for call in run.calls_of(methods::OPEN) {
        // without either the call says nothing about whom it is for
        let (Some(token), Some(template)) = (call.param("auth_token"), call.asked("/card_template_id")) else { continue };
        tries.entry((token, template)).or_default().push(call);
    }
    let mut repeated = false;
    for tries in tries.values() {
        let Some(first) = tries.iter().find(|call| call.succeeded() || call.unknown()) else { continue };
        for again in tries.iter().filter(|call| call.id > first.id) {
            repeated = true;
            if serial(again) != serial(first) {
                return breach(first, again).into();
            }
            if let (Some(card), Some(other)) = (card(first), card(again))
                && card != other
            {
                return other_card(first, again, card, other).into();
            }
        }
    }
    if repeated { Verdict::Holds } else { Verdict::not_exercised("no opening was asked for twice: no answer was lost in this run") }
}

fn serial(call: &Call) -> &str {
    call.asked("/out_serial_no").unwrap_or_default()
}

fn card(call: &Call) -> Option<&str> {
    call.told("/card_info/biz_card_no")
}

fn breach(first: &Call, again: &Call) -> Breach {
    let expected = format!("{} carries out_serial_no {:?} of {}", again.name(), serial(first), first.name());
    let outcome = if again.succeeded() { "opened again".to_owned() } else { format!("answered {}", again.sub_code) };
    Breach::by_then(first, expected, format!("it carried {:?} and was {outcome}", serial(again)))
        .and(again)
        .fact("first out_serial_no", serial(first))
        .fact("second out_serial_no", serial(again))
        .mend(
            "New serial on retry: the second card is refused and the member is left half-created. Store out_serial_no with the attempt before the first call; repeat it on every try.",
            "重试时换了流水号：第二次开卡会被拒绝，会员只建了一半。请在第一次调用前就把 out_serial_no 与本次领卡一起存下，每次重试都用它。",
        )
}

fn other_card(first: &Call, again: &Call, card: &str, other: &str) -> Breach {
    Breach::by_then(first, format!("{} gives card {card} again", again.name()), format!("it gave card {other}")).and(again).mend(
        "One serial number stands for two cards: make it anew for every attempt to join, and keep it only within that attempt.",
        "同一个流水号对应了两张卡：请为每次领卡生成新的 out_serial_no，只在这一次领卡的重试中沿用。",
    )
}
