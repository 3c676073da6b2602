//! # UPD-012: the level on the card is the level in the book, up and down
//!
//! **Why.** Raising a level is tried by everybody, lowering it by nobody. A card that says more than the till gives makes a quarrel at
//! the counter, in front of other customers.
//! **Provoked by** `alipay/card/level_up.feature`: a purchase that raises the level, and a refund that takes it back.
//! **Holds** when the till, asked for a member whose card was told the very points that it shows, shows the level that the card was told
//! with them. Whether and when a level falls is the merchant's policy: till and card agree about it. Judged where a level changed.
//! **Source.** card/SEMANTICS 9 (`card_info.level`); FAQ-card.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::{Stated, decimal};
use crate::run::{Call, Run, Sight, figure};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULE: Rule = Rule {
    id: "UPD-012",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/card/level_up.feature"),
    bites_on: "merchant.never_lowers_levels",
    judge,
    source: include_str!("upd_012_level_both_ways.rs"),
    chinese: include_str!("upd_012_level_both_ways.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    // how often each card was looked at, and the levels that the till showed for it
    let mut seen: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for sight in run.till("lookup") {
        let (Some(card), Some(level), Some(points)) = (text(sight, "biz_card_no"), text(sight, "level"), figure(sight, "points")) else {
            continue;
        };
        let stated = run.stated(card);
        // the call had ended before the till was asked
        let Some(last) = stated.iter().rfind(|stated| stated.call.answered_ms <= sight.real_ms) else { continue };
        let Some(told) = level_of(last.call).filter(|_| Some(last.points) == points.checked_mul(100)) else { continue };
        if told != level {
            return breach(last, sight, level, told).into();
        }
        let (count, levels) = seen.entry(card).or_default();
        *count += 1;
        levels.insert(level);
    }
    let changed = seen.values().filter(|(_, levels)| levels.len() > 1).map(|(count, _)| count).sum();
    Verdict::after(changed, "the till showed no member before and after a change of level")
}

fn level_of(call: &Call) -> Option<&str> {
    call.asked("/card_info/level").or_else(|| call.asked("/card_ext_info/level"))
}

fn text<'r>(sight: &'r Sight, name: &str) -> Option<&'r str> {
    sight.shown.get(name).and_then(|value| value.as_str())
}

fn breach(last: &Stated<'_>, sight: &Sight, level: &str, told: &str) -> Breach {
    let observed = format!("{} tells the card {told} with {} points", last.call.name(), decimal(last.points));
    Breach::by(last.call, format!("{level}, as the till shows it"), observed)
        .fact("the till", sight.told())
        .fact("level at the till", level)
        .fact("level on the card", told)
        .mend(
            format!("The till says {level}, the card {told}. Take the level from the same row as the points whenever a total is stated, also when it falls."),
            format!("收银台显示 {level}，卡上是 {told}。每次上报总积分时，等级都请与积分取自同一条记录，降级时也一样。"),
        )
}
