//! # OPS-003: personal data that is asked for is read
//!
//! **Why.** Every field of a form costs customers and is a duty to protect. What is asked for and never read is collected for
//! nobody.
//! **Provoked by** a form that a customer fills, and a consent to the profile.
//! **Holds** when forms that customers filled were asked for with `activateform.query`, and consents to `auth_user` were used with
//! `user.info.share`, where the merchant got a token. In the fast flow the fields come with the platform's call itself. What the merchant does with it afterwards
//! does not show here.
//! **Source.** 隐私 rules in FAQ-card; 个人信息保护法 6.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Page, Run};
use serde_json::Value;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    id: "OPS-003",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.asks_and_never_reads",
    judge,
    source: include_str!("ops_003_pii_minimal.rs"),
    chinese: include_str!("ops_003_pii_minimal.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut asked = 0;
    // whom nothing was asked about any more was lost on the way
    let used = |token: &&Value| token["access"].as_str().is_some_and(|access| run.calls_with(access).next().is_some());
    let readable: HashSet<&str> = tokens(run).filter(used).filter_map(|token| token["submission"].as_str()).collect();
    for submission in run.events_of("form_submitted") {
        let fields = submission["answers"].as_array().map_or(0, Vec::len);
        let id = submission["id"].as_str();
        // whoever never got a token for it, or never used it, could not read it
        if fields == 0 || id.is_none_or(|id| !readable.contains(id)) {
            continue;
        }
        asked += 1;
        // the platform may have refused it: then it was somebody else's
        let read = |call: &&Call| call.asked("/request_id") == id;
        if run.calls_of(methods::FORM_QUERY).find(read).is_none() {
            return breach(run, &format!("{fields} fields of a form"), methods::FORM_QUERY).into();
        }
    }
    // in the fast flow there is nothing to ask for: the merchant was told
    let told = |opening: &&Value| {
        let serial = opening["serial"].as_str();
        opening["answers"].as_array().is_some_and(|answers| !answers.is_empty())
            && run.deliveries.iter().any(|delivery| delivery.method == methods::SPI && delivery.param("out_serial_no") == serial)
    };
    asked += run.events_of("opening_asked").filter(told).count();
    for consent in run.events_of("consent_given").filter(|consent| is_about_the_profile(consent) && can_be_read(run, consent)) {
        asked += 1;
        if !run.calls_of(methods::INFO_SHARE).any(Call::succeeded) {
            return breach(run, &format!("the profile of customer {}", consent["user"].as_str().unwrap_or("?")), methods::INFO_SHARE)
                .into();
        }
    }
    Verdict::after(asked, "no customer filled a form or opened the profile")
}

fn tokens(run: &Run) -> impl Iterator<Item = &Value> {
    run.events_of("token_issued")
}

/// Whether the merchant got a token by a consent, and none of its calls was refused.
fn can_be_read(run: &Run, consent: &Value) -> bool {
    tokens(run).filter(|token| token["user"] == consent["user"] && token["submission"].is_null()).any(|token| {
        let access = token["access"].as_str().unwrap_or_default();
        run.calls_with(access).next().is_some() && run.calls_with(access).all(Call::succeeded)
    })
}

/// Whether a consent covers the profile and comes from no form, which asks for scopes of its own.
fn is_about_the_profile(consent: &Value) -> bool {
    consent["submission"].is_null() && consent["scopes"].as_array().is_some_and(|scopes| scopes.iter().any(|scope| scope == "auth_user"))
}

fn breach(run: &Run, what: &str, method: &str) -> Breach {
    let nothing = Page::default();
    let page = run.pages.iter().rev().find(|page| page.redirect.is_some()).or(run.pages.last()).unwrap_or(&nothing);
    Breach::by(page, format!("{method} for what was asked"), format!("{what}: asked for and never read")).fact("asked", what).mend(
        format!("Asked for {what} and never read: ask only for what you use, or read it with {method}."),
        format!("要求了个人信息却没有读取。请只要求用得到的内容，或用 {method} 读取。"),
    )
}
