//! # OAU-004: the callback of a link is the one registered for the application
//!
//! **Why.** A callback that differs from the registered one by a letter or a parameter ends every customer at the page ERR010,
//! and nothing reaches the merchant.
//! **Provoked by** a customer who opens the link.
//! **Holds** when no customer was stopped with ERR010, and at least one was sent on to the merchant.
//! **Source.** card/SEMANTICS 5; FAQ-card and the ERR010 file of AlipayDocs/open-docs.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Page, Run};

pub(super) const RULE: Rule = Rule {
    id: "OAU-004",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.other_callback",
    judge,
    source: include_str!("oau_004_redirect_exact.rs"),
    chinese: include_str!("oau_004_redirect_exact.zh.md"),
};

/// What the customer is told.
const MISMATCH: &str = "ERR010";

fn judge(run: &Run) -> Verdict {
    if let Some(page) = run.pages.iter().find(|page| page.stopped == MISMATCH) {
        return breach(page).into();
    }
    let sent_on = run.pages.iter().filter(|page| page.redirect.as_ref().is_some_and(|led| led.params.contains_key("auth_code")));
    Verdict::after(sent_on.count(), "no customer was sent on to the merchant")
}

fn breach(page: &Page) -> Breach {
    let asked = ["callback", "redirect_uri"].into_iter().find_map(|name| page.param(name)).unwrap_or("none");
    Breach::by_itself(page, "the callback that is registered for the application, to the letter", format!("{} named {asked} and ended at {MISMATCH}", page.name()))
        .fact("callback", asked)
        .mend(
            "ERR010: link and application name different callbacks. Register exactly the address that the link carries, without query, and keep both in one setting.",
            "ERR010：链接与应用登记的回调地址不同。请登记与链接完全一致、不带参数的地址，并让两处取自同一个配置项。",
        )
}
