//! # SPI-008: a request for a card is refused in words, not with an error page
//!
//! **Why.** An error page leaves open what happened: the platform takes it for a crash, keeps the opening and asks again. A refusal with
//! a code ends it, and the customer is told.
//! **Provoked by** `alipay/fast/disturbed.feature`: requests that are forged or days old.
//! **Holds** when requests that were days old were refused with HTTP 200 and a `response` with a code, and forged ones without a server
//! error.
//! **Source.** isv/0gp3u4; the SPI guide of opendocs (isv/spiforisv). That the platform asks again after a crash is inferred.

use super::{answer, methods};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "SPI-008",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/fast/disturbed.feature"),
    bites_on: "merchant.spi_crashes_on_refusal",
    judge,
    source: include_str!("spi_008_refuse_cleanly.rs"),
    chinese: include_str!("spi_008_refuse_cleanly.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut refused = 0;
    for delivery in run.deliveries.iter().filter(|delivery| delivery.method == methods::SPI) {
        let Some(status) = delivery.status else { continue };
        let old = delivery.struck.as_ref().is_some_and(|struck| struck.action.starts_with("aged"));
        // who gives a card breaks another rule
        if !(old || delivery.is_forged()) || delivery.code == "10000" {
            continue;
        }
        // what is forged is not the platform's: a door that turns it away needs no words for it
        let in_words = status == 200 && answer(delivery)["code"].is_string();
        if status >= 500 || (old && !in_words) {
            return breach(delivery, status).into();
        }
        refused += 1;
    }
    Verdict::after(refused, "the platform asked for no card that was to be refused")
}

fn breach(delivery: &Delivery, status: u16) -> Breach {
    let shown: String = delivery.text().unwrap_or_default().chars().take(200).collect();
    Breach::by_itself(delivery, "HTTP 200 with response.code and sub_code", format!("{} was answered with HTTP {status}", delivery.name()))
        .fact("answered", shown)
        .mend(
            format!("HTTP {status} and no code for a refusal: nobody can tell it from a crash. Answer 200 with code 40004, sub_code and sub_msg, signed."),
            format!("拒绝时返回了 HTTP {status}、没有错误码：与故障无法区分。请返回 200，写明 code 40004、sub_code、sub_msg 并签名。"),
        )
}
