//! # OPN-008: a joining that was cut off by a restart is finished
//!
//! **Why.** Between the member in the book and the card at the platform the power can go. Whoever remembers the work only in memory
//! leaves a member without a card, and a customer who did all that was asked.
//! **Provoked by** `alipay/opening/killed.feature`: the merchant's program is killed while the platform is busy.
//! **Holds** when every customer whose code was exchanged before the merchant was killed, and who had no card then, has one at the end, or
//! was refused for good.
//! **Source.** Follows from card/SEMANTICS 3 and 16.1 (`out_serial_no` makes asking again safe); no document demands it (inferred).

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Looker, Run, Sight};

pub(super) const RULE: Rule = Rule {
    id: "OPN-008",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/killed.feature"),
    bites_on: "merchant.forgets_half_open",
    judge,
    source: include_str!("opn_008_half_open_repair.rs"),
    chinese: include_str!("opn_008_half_open_repair.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let kills: Vec<&Sight> = run.sights.iter().filter(|sight| sight.by == Looker::Player && sight.asked == "kill").collect();
    let started =
        |kill: &Sight| run.sights.iter().any(|sight| sight.by == Looker::Player && sight.asked == "start" && sight.real_ms >= kill.real_ms);
    let mut repaired = 0;
    for token in run.events_of("token_issued").filter(|token| !token["submission"].is_null()) {
        let (Some(access), Some(user)) = (token["access"].as_str(), token["user"].as_str()) else { continue };
        let calls: Vec<&Call> = run.calls_with(access).collect();
        let opens = || calls.iter().filter(|call| call.method == methods::OPEN);
        let Some(first) = calls.first() else { continue };
        let cut = |kill: &&&Sight| {
            first.real_ms <= kill.real_ms && !opens().any(|open| open.was_heard() && open.succeeded() && open.real_ms < kill.real_ms)
        };
        let Some(kill) = kills.iter().find(cut) else { continue };
        let refused = opens().any(|open| !open.succeeded() && !open.unknown() && open.was_heard());
        if !refused && !run.has_card(user) {
            let last = calls[calls.len() - 1];
            if started(kill) && run.left_after(last) >= TIME_ENOUGH_MS {
                return breach(run, kill, last).into();
            }
            continue;
        }
        repaired += 1;
    }
    Verdict::after(repaired, "the merchant was not killed while a card was opened")
}

/// How long a merchant has to go on before it counts as having forgotten.
const TIME_ENOUGH_MS: i64 = 30_000;

fn breach(run: &Run, kill: &Sight, last: &Call) -> Breach {
    Breach::shown(run, kill, "the card is opened after the restart", format!("nothing came after {}", last.name()))
        .and(last)
        .fact("last call", last.at.as_str())
        .mend(
            format!("Member without a card since {}. Book the attempt before each step, and take up unfinished ones at every start, with the same out_serial_no.", last.at),
            format!("会员自 {} 起一直没有卡。请在每一步之前落库，启动时用同一个 out_serial_no 继续未完成的领卡。", last.at),
        )
}
