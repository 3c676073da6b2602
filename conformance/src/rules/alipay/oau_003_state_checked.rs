//! # OAU-003: a state that comes back is one's own, and an odd one crashes nothing
//!
//! **Why.** `state` ties an authorisation to whoever began it. Who does not compare it takes an authorisation that an attacker began; who
//! takes it apart without looking can be crashed by anybody.
//! **Provoked by** `alipay/provider/foreign_state.feature`: a callback with a made-up state, at the merchant's page and at the provider's.
//! **Holds** when no page with a made-up state ended in a server error, and no authorisation that came with one was exchanged.
//! A customer's card callback has no state of the merchant's, so that there only the crash is looked at.
//! **Source.** jeequan/jeepay#81; RFC 6749 section 10.12.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Run, Shown, Sight};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    id: "OAU-003",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/provider/foreign_state.feature"),
    bites_on: "merchant.ignores_state",
    judge,
    source: include_str!("oau_003_state_checked.rs"),
    chinese: include_str!("oau_003_state_checked.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let strays: Vec<&Sight> = run.visits().filter(|visit| visit.astray == STATE).collect();
    if let Some(stray) = strays.iter().find(|stray| stray.status >= 500 || stray.answered == Shown::Nothing) {
        return crash(run, stray).into();
    }
    for stray in &strays {
        let visits = || run.visits().filter(|visit| visit.asked == stray.asked);
        let honest: HashSet<&str> = visits().filter(|visit| visit.astray.is_empty()).map(|visit| visit.mark.as_str()).collect();
        // who came last may still have been on the way when the run ended: nobody says whether honestly
        let ended_ms = visits().map(|visit| visit.real_ms.saturating_add_unsigned(visit.took_ms)).max().unwrap_or_default();
        let exchanged = run.calls_of(methods::TOKEN_APP).filter(|call| call.real_ms <= ended_ms);
        let codes: HashSet<&str> = exchanged.filter_map(|call| call.asked("/code")).collect();
        // customers' codes are exchanged elsewhere
        if codes.len() > honest.len() && is_the_providers(run, stray) {
            return taken(run, stray).into();
        }
    }
    Verdict::after(strays.len(), "nobody came with somebody else's state")
}

/// As the player marks such a visit.
const STATE: &str = "state";

/// Whether merchants come to this page with their authorisation.
fn is_the_providers(run: &Run, stray: &Sight) -> bool {
    run.pages.iter().filter_map(|page| page.redirect.as_ref()).any(|led| {
        let path = led.address.split(['?', '#']).next().unwrap_or_default();
        led.params.contains_key("app_auth_code") && path.ends_with(&stray.asked)
    })
}

fn crash(run: &Run, stray: &Sight) -> Breach {
    Breach::shown(run, stray, "a page for a callback whose state is not the merchant's", stray.told()).mend(
        "An odd state crashes your callback: anybody can do that. Compare state as a whole with the one you stored, and show a page when it differs.",
        "异常的 state 让回调崩溃，谁都可以这样攻击。请把 state 整体与保存的值比较，不一致时显示提示页。",
    )
}

fn taken(run: &Run, stray: &Sight) -> Breach {
    let breach = Breach::shown(run, stray, "no exchange of a code that came with another state", "the code was exchanged");
    run.calls_of(methods::TOKEN_APP).take(1).fold(breach, Breach::and).mend(
        "Somebody else's authorisation was taken: state was not compared. Make a random state for each start, keep it with the session, and refuse what differs.",
        "接受了别人发起的授权：没有比较 state。请为每次授权生成随机 state 并与会话绑定，不一致就拒绝。",
    )
}
