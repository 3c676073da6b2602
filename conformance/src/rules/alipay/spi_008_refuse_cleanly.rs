//! # SPI-008: a request for a card is refused in words, not with an error page
//!
//! **Why.** An error page leaves open what happened: the platform takes it for a crash, keeps the opening and asks again. A refusal with
//! a code ends it, and the customer is told.
//! **Provoked by** `alipay/fast/disturbed.feature`: requests that are forged or days old.
//! **Holds** when every request for a card that was not answered with one was answered with HTTP 200 and a `response` with a code.
//! **Source.** isv/0gp3u4; the SPI guide of opendocs (isv/spiforisv). That the platform asks again after a crash is inferred.

use super::methods;
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
    for delivery in run.deliveries.iter().filter(|delivery| delivery.method == methods::SPI && is_to_be_refused(delivery)) {
        match delivery.status {
            Some(status) if status >= 400 => return breach(delivery, status).into(),
            Some(_) => refused += 1,
            None => {}
        }
    }
    Verdict::after(refused, "the platform asked for no card that was to be refused")
}

/// Whether somebody made it forged or old, so that a merchant has to say no.
fn is_to_be_refused(delivery: &Delivery) -> bool {
    delivery.is_forged() || delivery.struck.as_ref().is_some_and(|struck| struck.action.starts_with("aged"))
}

fn breach(delivery: &Delivery, status: u16) -> Breach {
    let shown: String = delivery.text().unwrap_or_default().chars().take(200).collect();
    Breach::by(delivery, "HTTP 200 with response.code and sub_code", format!("{} was answered with HTTP {status}", delivery.name()))
        .fact("answered", shown)
        .mend(
            format!("HTTP {status} for a refusal: the platform takes it for a crash and asks again. Answer 200 with code 40004, sub_code and sub_msg, signed."),
            format!("拒绝时返回了 HTTP {status}：平台会当成故障并再次请求。请返回 200，写明 code 40004、sub_code、sub_msg 并签名。"),
        )
}
