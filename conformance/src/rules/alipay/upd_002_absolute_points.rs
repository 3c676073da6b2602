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
use crate::run::{Call, Run};
use serde_json::Value;
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
        let (card, info) = if call.method == methods::OPEN {
            (call.told("/card_info/biz_card_no"), "/card_ext_info/point")
        } else {
            (call.asked("/target_card_no"), "/card_info/point")
        };
        let (Some(card), Some(text)) = (card, text(call, info)) else { continue };
        if text.starts_with('+') {
            return breach(call, card, &text, None).into();
        }
        let Some(point) = hundredths(&text) else { continue };
        let change = self::text(call, CHANGE).and_then(|text| hundredths(text.trim_start_matches('+')));
        let before = stated.get(card).copied();
        if let (Some(change), Some(before)) = (change, before)
            && change == point
            && before != 0
            && !last.get(card).is_some_and(|earlier| repeats(call, earlier, info))
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
fn repeats(call: &Call, earlier: &Call, info: &str) -> bool {
    let is_same = |place| text(call, place) == text(earlier, place);
    call.method == earlier.method && (call.business == earlier.business || (earlier.unknown() && is_same(info) && is_same(CHANGE)))
}

fn text(call: &Call, place: &str) -> Option<String> {
    match call.business.pointer(place)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A decimal in hundredths, when it is one.
fn hundredths(text: &str) -> Option<i64> {
    let (sign, figure) = text.strip_prefix('-').map_or((1, text), |figure| (-1, figure));
    let (whole, part) = figure.split_once('.').unwrap_or((figure, ""));
    if part.len() > 2 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    Some(sign * (whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part)?))
}

fn breach(call: &Call, card: &str, text: &str, before: Option<i64>) -> Breach {
    let had = before.map(|before| format!("{}.{:02}", before / 100, (before % 100).abs())).unwrap_or_default();
    Breach::by(call, "the card's new total", format!("{} states {text} for card {card}, which is the difference", call.name()))
        .fact("point", text)
        .fact("points before", if had.is_empty() { "not known".to_owned() } else { had })
        .mend(
            format!("point={text} is the change, not the total: the card now shows it instead of the sum. Add in your own book and send the total."),
            format!("point={text} 是增量而不是总数，卡上显示的就成了它。请在自己的账上加好，再传总数。"),
        )
}

#[cfg(test)]
mod tests {
    use super::hundredths;

    #[test]
    fn figures_are_compared_by_value() {
        assert_eq!([hundredths("35"), hundredths("35.0"), hundredths("35.00")], [Some(3_500); 3]);
        assert_eq!([hundredths("-0.5"), hundredths("1e3"), hundredths("1.234"), hundredths("")], [Some(-50), None, None, None]);
    }
}
