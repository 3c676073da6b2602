//! # UPD-005: `open_date` and `valid_date` are not sent to be changed
//!
//! **Why.** An issued card keeps its dates: card.update ignores them and answers Success. Whoever sells an extension this way
//! sells nothing.
//! **Provoked by** an update of a card, most of all of one near its end.
//! **Holds** when no `card.update` or `consume.sync` carries an `open_date` or `valid_date` other than that of the opening.
//! **Source.** card/SEMANTICS 9; FAQ-card.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;
use std::collections::{HashMap, HashSet};

pub(super) const RULE: Rule = Rule {
    id: "UPD-005",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.extends_dates",
    judge,
    source: include_str!("upd_005_immutable_dates.rs"),
    chinese: include_str!("upd_005_immutable_dates.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut opened: HashMap<(&str, &str), &str> = HashMap::new();
    let mut known: HashSet<&str> = HashSet::new();
    let mut looked_at = 0;
    for call in run.calls_of_any(&[methods::OPEN, methods::UPDATE, methods::CONSUME_SYNC]) {
        for name in ["open_date", "valid_date"] {
            if call.method == methods::OPEN {
                let told = call.told("/card_info/biz_card_no").zip(call.told(&format!("/card_info/{name}")));
                opened.extend(told.map(|(card, date)| ((card, name), date)));
                known.extend(call.told("/card_info/biz_card_no"));
                continue;
            }
            looked_at += 1;
            let (Some(card), Some(date)) = (call.asked("/target_card_no"), call.asked(&format!("/card_info/{name}"))) else { continue };
            // the dates of a card from before the run are not known here
            if !known.contains(card) {
                continue;
            }
            let opened = opened.get(&(card, name)).copied();
            if opened != Some(date) {
                return Breach::by_then(call, format!("no {name}, or that of the opening"), format!("{} sent {name}={date}", call.name()))
                    .fact("of the opening", opened.unwrap_or("none"))
                    .mend(
                        format!("{name} is ignored here: issued cards keep their dates and expired ones cannot be revived. Issue a new card for a new period."),
                        format!("这里的 {name} 会被忽略：已发的卡日期不变，过期的卡也不能恢复。新的有效期请开新卡。"),
                    )
                    .into();
            }
        }
    }
    Verdict::after(looked_at, "no card was updated in this run")
}
