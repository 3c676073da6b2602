//! # IDN-004: ids of up to 128 characters come back whole
//!
//! **Why.** `open_id` has up to 128 characters. A column of 32 cuts it in silence, and two customers whose ids begin alike become
//! one.
//! **Provoked by** any id that the platform gave and the merchant sends back.
//! **Holds** when every customer's or card's id that the merchant sends back is one that the platform gave in this run, and none
//! is only the beginning of one.
//! **Source.** card/SEMANTICS 6; alipay.marketing.card.open.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    id: "IDN-004",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.cuts_ids",
    judge,
    source: include_str!("idn_004_length.rs"),
    chinese: include_str!("idn_004_length.zh.md"),
};

/// Places in answers where ids are given out.
const GIVEN: &[&str] = &["/open_id", "/user_id", "/buyer_open_id", "/buyer_user_id", "/card_info/biz_card_no", "/template_id", "/trade_no"];
/// Places in requests where they come back.
const SENT: &[&str] = &[
    "/buyer_open_id",
    "/buyer_id",
    "/op_buyer_open_id",
    "/open_id",
    "/user_id",
    "/target_card_no",
    "/card_template_id",
    "/template_id",
    "/trade_no",
];
/// A shorter text is no id that was cut.
const SHORTEST: usize = 8;

fn judge(run: &Run) -> Verdict {
    let mut given: BTreeSet<&str> = BTreeSet::new();
    let mut came_back = 0;
    for call in &run.calls {
        for (place, id) in SENT.iter().filter_map(|place| Some((*place, call.asked(place)?))) {
            if given.contains(id) {
                came_back += 1;
            } else if id.len() >= SHORTEST
                && let Some(whole) = given.range(id..).next().filter(|whole| whole.starts_with(id))
            {
                let (name, length, all) = (place.trim_start_matches('/'), id.len(), whole.len());
                return Breach::by_then(call, format!("{name}={whole}"), format!("{} sent its first {length} characters", call.name()))
                    .fact(name, id)
                    .mend(
                        format!("{name} was cut at {length} of {all} characters. Give columns for ids of the platform 128 characters, and let the database refuse what is longer."),
                        format!("{name} 共 {all} 位，被截断为 {length} 位。平台标识的字段请留 128 位，过长时让数据库报错而不是截断。"),
                    )
                    .into();
            }
        }
        given.extend(GIVEN.iter().filter_map(|place| call.told(place)).filter(|id| id.len() > SHORTEST));
    }
    Verdict::after(came_back, "no id that the platform gave out came back")
}
