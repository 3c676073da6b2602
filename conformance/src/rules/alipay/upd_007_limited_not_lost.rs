//! # UPD-007: what the platform put off because there were too many calls is not lost
//!
//! **Why.** `isv.app-call-limited` says later, not no. Who takes it for a refusal loses points in the middle of every campaign.
//! **Provoked by** `alipay/answer/limited.feature`: five sales against a limit of three calls a second.
//! **Holds** when every update and every report of a purchase that met the limit is made again and takes effect within half an hour.
//! **Source.** errors.toml (`isv.app-call-limited`); card/SEMANTICS 9.

use super::{Unfinished, methods, unfinished};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;

pub(super) const RULE: Rule = Rule {
    id: "UPD-007",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/answer/limited.feature"),
    bites_on: "merchant.drops_what_was_limited",
    judge,
    source: include_str!("upd_007_limited_not_lost.rs"),
    chinese: include_str!("upd_007_limited_not_lost.zh.md"),
};

/// What the platform says when there were too many calls.
const LIMITED: &str = "isv.app-call-limited";

fn judge(run: &Run) -> Verdict {
    match unfinished(run, &[methods::UPDATE, methods::CONSUME_SYNC], |call| call.sub_code == LIMITED) {
        Unfinished::Left(call, minutes) => Breach::by(call, "the same again, a little later", format!("{} met the limit, and nobody made it again for {minutes} min", call.name()))
            .fact("sub_code", LIMITED)
            .fact("card", call.asked("/target_card_no").unwrap_or_default())
            .mend(
                "Dropped because there were too many calls. The limit means later: keep the update in a queue, wait with growing, uneven pauses, and send it again.",
                "因调用过多而丢掉了更新。限流的意思是“稍后再来”：请放进队列，用递增且错开的间隔重发。",
            )
            .into(),
        Unfinished::Healed(count) => Verdict::after(count, "no update of a card met the limit of calls"),
    }
}
