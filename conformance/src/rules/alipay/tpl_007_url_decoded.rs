//! # TPL-007: `apply_card_url` is decoded exactly once before it is published
//!
//! **Why.** The answer carries the whole link percent-encoded once more. Published as it came, no phone opens it; decoded twice,
//! the values inside break apart.
//! **Provoked by** a customer who opens the published link.
//! **Holds** when every activation link that a customer opened was decoded once: it has its question mark, and no page was
//! refused as no link.
//! **Source.** card/SEMANTICS 5; alipay.marketing.card.activateurl.apply.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Page, Run};

pub(super) const RULE: Rule = Rule {
    id: "TPL-007",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.publishes_encoded_link",
    judge,
    source: include_str!("tpl_007_url_decoded.rs"),
    chinese: include_str!("tpl_007_url_decoded.zh.md"),
};

/// Where an activation link leads.
const FORM: &str = "/account/openform/activecard.htm";

fn judge(run: &Run) -> Verdict {
    let mut opened = 0;
    for page in run.pages.iter().filter(|page| page.path == FORM) {
        opened += 1;
        if let Some(flag) = page.flags.iter().find(|flag| flag.path == "apply_card_url") {
            return breach(page, "it was opened still encoded", &flag.text).into();
        }
        if page.stopped == "NOT_A_CARD_LINK" {
            return breach(page, "what was opened is no link any more", "its inner values were decoded, too").into();
        }
        // decoded twice, the option's own `=` stands bare and the value ends before it
        if page.params.contains_key("transparentTitle") {
            return breach(page, "its inner values were decoded, too", "transparentTitle stands as a parameter of its own").into();
        }
    }
    Verdict::after(opened, "no customer opened an activation link")
}

fn breach(page: &Page, observed: &str, why: &str) -> Breach {
    Breach::by_itself(page, "apply_card_url, decoded once", observed).fact("seen", why).mend(
        "Decode apply_card_url exactly once (one decodeURIComponent) before it becomes a QR code or a button, and store the decoded link.",
        "apply_card_url 请恰好解码一次（一次 decodeURIComponent），再生成二维码或按钮，并保存解码后的链接。",
    )
}
