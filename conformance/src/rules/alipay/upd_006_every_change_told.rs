//! # UPD-006: a change that the platform had trouble with reaches the card in the end
//!
//! **Why.** Code 20000 is no refusal. Who takes it for one keeps points that no customer sees.
//! **Provoked by** `alipay/points/update_uncertain.feature`: the platform is busy at an update, and an hour goes by.
//! **Holds** when every update of a card that failed by trouble of the platform's is followed by one that took effect, at the latest
//! after half an hour.
//! **Source.** card/SEMANTICS 9; gateway/PROTOCOL (class codes).

use super::{Unfinished, methods, unfinished};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "UPD-006",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/points/update_uncertain.feature"),
    bites_on: "merchant.gives_up_on_busy",
    judge,
    source: include_str!("upd_006_every_change_told.rs"),
    chinese: include_str!("upd_006_every_change_told.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    match unfinished(run, &[methods::UPDATE], had_trouble) {
        Unfinished::Left(call, minutes) => Breach::by(call, "the same total again, until it is known", format!("{} was answered {}, and nobody asked again for {minutes} min", call.name(), call.code))
            .fact("code", call.code.as_str())
            .fact("sub_code", call.sub_code.as_str())
            .mend(
                "The update was given up after trouble of the platform's. Keep it as open in your book and state the total again, with growing pauses, until the answer is certain.",
                "平台系统繁忙后就放弃了更新。请在账上标记为未完成，拉长间隔反复提交同一总数，直到得到确定的结果。",
            )
            .into(),
        Unfinished::Healed(count) => Verdict::after(count, "no update of a card met trouble of the platform's"),
    }
}

/// Whether the platform, and not the update, was the reason.
fn had_trouble(call: &Call) -> bool {
    !call.succeeded() && (call.code == "20000" || call.sub_code.ends_with("SYSTEM_ERROR"))
}
