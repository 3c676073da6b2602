//! # UPD-002: points and balance of a card are stated as totals, not as differences
//!
//! **Why.** card.update takes what the card shall show. Who sends the 35 points of this purchase takes away all the points from
//! before.
//! **Provoked by** a member with points who buys again.
//! **Holds** when no statement equals the difference announced with it (`changed_point`) although the card had other points
//! before, and none carries a plus sign. The same statement once more is a repeat and no difference: after an answer that never
//! came, or when it is the same to the letter.
//! **Source.** card/SEMANTICS 9; binarywang/WxJava#1564.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::{card_of, decimal, figure, hundredths, points_in};
use crate::run::{Call, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "UPD-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/points/two_tills.feature"),
    bites_on: "merchant.sends_differences",
    judge,
    source: include_str!("upd_002_absolute_points.rs"),
    chinese: include_str!("upd_002_absolute_points.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    // hundredths of points that the card was last said to have, and the call that said something of it last
    let mut stated: HashMap<&str, i64> = HashMap::new();
    let mut last: HashMap<&str, &Call> = HashMap::new();
    let mut looked_at = 0;
    for call in run.calls_of_any(&[methods::OPEN, methods::UPDATE, methods::CONSUME_SYNC]) {
        let (Some(card), Some(text)) = (card_of(call), points_in(call)) else { continue };
        if text.starts_with('+') {
            return breach(call, card, &text, None).into();
        }
        let Some(point) = hundredths(&text) else { continue };
        let change = figure(call, CHANGE).and_then(|text| hundredths(text.trim_start_matches('+')));
        let before = stated.get(card).copied();
        if let (Some(change), Some(before)) = (change, before)
            && change == point
            && before != 0
            && !last.get(card).is_some_and(|earlier| repeats(call, earlier))
        {
            return breach(call, card, &text, Some(before)).into();
        }
        looked_at += usize::from(before.is_some() || change.is_some());
        last.insert(card, call);
        if call.succeeded() {
            stated.insert(card, point);
        }
    }
    Verdict::after(looked_at, "no card's points were stated twice, or with changed_point")
}

/// Where a statement says by how much the points changed.
const CHANGE: &str = "/merchant_card_msg_info/changed_point";

/// Whether a call says once more what the one before it said of the same card.
fn repeats(call: &Call, earlier: &Call) -> bool {
    let is_same = |place| figure(call, place) == figure(earlier, place);
    call.method == earlier.method
        && (call.business == earlier.business || (earlier.unknown() && points_in(call) == points_in(earlier) && is_same(CHANGE)))
}

fn breach(call: &Call, card: &str, text: &str, before: Option<i64>) -> Breach {
    Breach::by_then(call, "the card's new total", format!("{} states {text} for card {card}, which is the difference", call.name()))
        .fact("point", text)
        .fact("points before", before.map_or_else(|| "not known".to_owned(), decimal))
        .mend(
            format!("point={text} is the change, not the total: the card now shows it instead of the sum. Add in your own book and send the total."),
            format!("point={text} 是增量而不是总数，卡上显示的就成了它。请在自己的账上加好，再传总数。"),
        )
}
