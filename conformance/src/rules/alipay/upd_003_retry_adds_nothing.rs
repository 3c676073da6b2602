//! # UPD-003: asking again for an update adds nothing
//!
//! **Why.** The answer was lost and the card has the points. Who adds the change once more on the retry gives it twice.
//! **Provoked by** `alipay/points/update_uncertain.feature`: the card is updated and the answer never comes.
//! **Holds** when an update of unknown outcome that is made again (the same `occur_time` and the same all but the points) does not gain
//! the same points once more.
//! **Source.** card/SEMANTICS 9 and 16.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::{card_of, decimal, hundredths, points_in};
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "UPD-003",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/points/update_uncertain.feature"),
    bites_on: "merchant.adds_again_on_retry",
    judge,
    source: include_str!("upd_003_retry_adds_nothing.rs"),
    chinese: include_str!("upd_003_retry_adds_nothing.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut repeated = 0;
    for lost in run.calls_of(methods::UPDATE).filter(|call| call.unknown()) {
        let Some(card) = card_of(lost) else { continue };
        let Some(again) = run.about_card(card).filter(|call| call.method == methods::UPDATE).find(|call| call.id > lost.id) else {
            continue;
        };
        let points = |call: &Call| points_in(call).and_then(|text| hundredths(&text));
        let before = run.stated(card).iter().rfind(|stated| stated.call.id < lost.id).map(|stated| stated.points);
        let (Some(before), Some(stated), Some(then)) = (before, points(lost), points(again)) else { continue };
        let gain = stated - before;
        if !is_same_change(lost, again) {
            continue;
        }
        if gain != 0 && then - stated == gain {
            return breach(lost, again, before, stated, then).into();
        }
        repeated += 1;
    }
    Verdict::after(repeated, "no update of unknown outcome was followed by another")
}

/// Whether an update tells of the same change: all but the points is the same.
fn is_same_change(lost: &Call, again: &Call) -> bool {
    let but_points = |call: &Call| {
        let mut business = call.business.clone();
        business["card_info"]["point"].take();
        business
    };
    lost.asked("/occur_time").is_some() && but_points(lost) == but_points(again)
}

fn breach(lost: &Call, again: &Call, before: i64, stated: i64, then: i64) -> Breach {
    let observed = format!("{} stated {}, and asking again {} stated {}", lost.name(), decimal(stated), again.name(), decimal(then));
    Breach::by_then(lost, format!("{} again: the total of one change", decimal(stated)), observed)
        .and(again)
        .fact("points before", decimal(before))
        .fact("stated first", decimal(stated))
        .fact("stated again", decimal(then))
        .mend(
            "The change was added once more on the retry. Book it once, before the first call; every try states the total of that booking.",
            "重试时又加了一次。请在第一次调用前只记一次账；每次重试都传这次记账后的总数。",
        )
}
