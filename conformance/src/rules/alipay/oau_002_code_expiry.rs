//! # OAU-002: a code that has run out leads to a page that says what to do
//!
//! **Why.** Codes live from three minutes to a day, and phones lose the network. An error page is the end of it; a word about scanning
//! again is a new member.
//! **Provoked by** `alipay/opening/back_later.feature`: the browser comes two days after the consent.
//! **Holds** when the platform refused a code, and the page that the customer had come to had words and no server error.
//! **Source.** support/01rg6k; alipay.system.oauth.token (isv.code-invalid).

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, Shown};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    id: "OAU-002",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/back_later.feature"),
    bites_on: "merchant.crashes_on_old_code",
    judge,
    source: include_str!("oau_002_code_expiry.rs"),
    chinese: include_str!("oau_002_code_expiry.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    // a merchant's code is another matter, and so is one from nowhere
    let given: HashSet<&str> = run.events_of("consent_given").filter_map(|grant| grant["code"].as_str()).collect();
    let is_known = |call: &&Call| call.param("code").is_some_and(|code| given.contains(code));
    let refused = |call: &&Call| call.sub_code.starts_with("isv.code") && call.was_believable() && call.struck.is_none();
    let Some(call) = run.calls_of(methods::TOKEN).filter(is_known).find(refused) else {
        return Verdict::not_exercised("the platform refused no code");
    };
    // the page that the refused code came with
    let Some(visit) = run.visits().filter(|visit| visit.astray.is_empty()).rfind(|visit| visit.real_ms <= call.real_ms) else {
        return Verdict::not_exercised("a code was refused, and no customer's page was looked at");
    };
    if visit.status >= 500 || visit.answered == Shown::Nothing || visit.bytes == 0 {
        return Breach::shown(run, visit, "a page that says what to do", format!("after {} was refused: {}", call.name(), visit.told()))
            .and(call)
            .fact("refused with", call.sub_code.as_str())
            .mend(
                "The code had run out and the customer saw an error page. Codes may live 3 minutes to 24 hours: say so kindly and offer to scan again.",
                "授权码已过期，顾客看到的却是错误页。授权码有效期从 3 分钟到 24 小时不等，请友好提示并引导重新扫码。",
            )
            .into();
    }
    Verdict::Holds
}
