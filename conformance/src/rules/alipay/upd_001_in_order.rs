//! # UPD-001: an older total never comes after a newer one
//!
//! **Why.** The platform applies updates as they arrive, whatever `occur_time` says. Who retries this morning's update after this
//! evening's leaves this morning's points on the card.
//! **Provoked by** `alipay/points/out_of_order.feature`: the first update fails for a while, and a second purchase follows.
//! **Holds** when no update that was tried before a newer one takes effect after it, with an older `occur_time` and other points.
//! **Source.** card/SEMANTICS 9; alipay.marketing.card.update.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::{card_of, hundredths, points_in};
use crate::run::{Call, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "UPD-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/points/out_of_order.feature"),
    bites_on: "merchant.newest_first",
    judge,
    source: include_str!("upd_001_in_order.rs"),
    chinese: include_str!("upd_001_in_order.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    // the newest statement of each card so far
    let mut newest: HashMap<&str, (&str, i64, &Call)> = HashMap::new();
    let mut followed = 0;
    for call in run.calls_of(methods::UPDATE).filter(|call| call.succeeded()) {
        let points = points_in(call).and_then(|text| hundredths(&text));
        let (Some(card), Some(points), Some(at)) = (card_of(call), points, call.asked("/occur_time")) else { continue };
        match newest.get(card) {
            // the same was tried before the newer one: an old total. A total of now under an old time is none
            Some((newer, stated, earlier)) if at < *newer && points != *stated && was_tried_before(run, card, call, earlier) => {
                return breach(earlier, newer, call, at).into();
            }
            Some((newer, stated, _)) if at > *newer && points != *stated => followed += 1,
            _ => {}
        }
        if newest.get(card).is_none_or(|(newer, ..)| at >= *newer) {
            newest.insert(card, (at, points, call));
        }
    }
    Verdict::after(followed, "no card was updated at two different times")
}

/// Whether the same statement was made, in vain, before the newer one.
fn was_tried_before(run: &Run, card: &str, late: &Call, newer: &Call) -> bool {
    run.about_card(card).any(|call| call.id < newer.id && call.method == late.method && call.business == late.business)
}

fn breach(earlier: &Call, newer: &str, call: &Call, older: &str) -> Breach {
    let observed = format!("{} of {older} came after {} of {newer}", call.name(), earlier.name());
    Breach::by_then(earlier, "updates of one card in the order of what happened", observed)
        .and(call)
        .fact("newer points", points_in(earlier).unwrap_or_default())
        .fact("older points, shown now", points_in(call).unwrap_or_default())
        .mend(
            "A late update won: the card shows an old total. Send updates of one card one after the other, and read the total when you send, not when you queue.",
            "迟到的旧更新盖过了新的，卡上显示旧总数。同一张卡的更新请逐个发送，并在发送时读取总数，而不是排队时。",
        )
}
