//! # SPI-001: a request for a card that is not the platform's gets none
//!
//! **Why.** The merchant's address is no secret. Who does not look at the signature gives cards, members and points to whoever asks.
//! **Provoked by** `alipay/fast/disturbed.feature`: a request for a card whose signature is not the platform's.
//! **Holds** when every such request was answered without a card: by a refusal, whatever its words.
//! **Source.** isv/0gp3u4; card/SEMANTICS 4.

use super::{answer, methods};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "SPI-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/fast/disturbed.feature"),
    bites_on: "merchant.spi_believes_forgeries",
    judge,
    source: include_str!("spi_001_verify_inbound.rs"),
    chinese: include_str!("spi_001_verify_inbound.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut refused = 0;
    for delivery in run.deliveries.iter().filter(|delivery| delivery.method == methods::SPI && delivery.is_forged()) {
        // of a long answer only the beginning is shown
        if delivery.text().is_none_or(|text| text.len() < delivery.bytes && answer(delivery).is_null()) {
            continue;
        }
        if gives_a_card(delivery) {
            return breach(delivery).into();
        }
        refused += 1;
    }
    Verdict::after(refused, "no forged request for a card was answered")
}

/// Whether what was answered holds a card's number.
fn gives_a_card(delivery: &Delivery) -> bool {
    let answer = answer(delivery);
    let number = |name: &str| answer["card_info"][name].as_str().is_some_and(|number| !number.is_empty());
    delivery.code == "10000" || answer["code"] == "10000" || number("external_card_no") || number("biz_card_no")
}

fn breach(delivery: &Delivery) -> Breach {
    let how = delivery.struck.as_ref().map_or("", |struck| struck.action.as_str());
    Breach::by_itself(delivery, "a refusal", format!("{} was forged and answered with a card", delivery.name())).fact("forged by", how).mend(
        "Anyone can mint cards. Verify the signature over all parameters before anything else, and refuse what does not fit without touching your books.",
        "谁都能骗到卡。请先对全部参数验签，验签不通过就拒绝，不要改动任何数据。",
    )
}
