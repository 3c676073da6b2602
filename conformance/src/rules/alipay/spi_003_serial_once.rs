//! # SPI-003: the same `out_serial_no` gets the same card
//!
//! **Why.** When an answer is not heard the platform asks again under the same number. A second member for it, with a number of its own,
//! is somebody whose points nobody ever sees.
//! **Provoked by** `alipay/fast/disturbed.feature`: the request comes twice, also at the same moment.
//! **Holds** when all cards that were answered to one `out_serial_no` have the same `external_card_no`.
//! **Source.** spi.alipay.user.opencard.get (`out_serial_no`); card/SEMANTICS 4.

use super::{answer, methods};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "SPI-003",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/fast/disturbed.feature"),
    bites_on: "merchant.spi_card_for_every_call",
    judge,
    source: include_str!("spi_003_serial_once.rs"),
    chinese: include_str!("spi_003_serial_once.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut cards: HashMap<&str, (&Delivery, String)> = HashMap::new();
    let mut repeated = 0;
    for delivery in run.deliveries.iter().filter(|delivery| delivery.method == methods::SPI) {
        let (Some(serial), Some(number)) = (delivery.param("out_serial_no"), external(delivery)) else { continue };
        let Some((first, known)) = cards.get(serial) else {
            cards.insert(serial, (delivery, number));
            continue;
        };
        if *known != number {
            return breach(first, delivery, serial, known, &number).into();
        }
        repeated += 1;
    }
    Verdict::after(repeated, "no request for a card was answered twice")
}

/// The merchant's number of the card in an answer.
fn external(delivery: &Delivery) -> Option<String> {
    answer(delivery)["card_info"]["external_card_no"].as_str().map(str::to_owned)
}

fn breach(first: &Delivery, again: &Delivery, serial: &str, known: &str, number: &str) -> Breach {
    Breach::by_then(first, format!("card {known} again"), format!("{} was answered with {number}", again.name()))
        .and(again)
        .fact("out_serial_no", serial)
        .fact("first external_card_no", known)
        .fact("second external_card_no", number)
        .mend(
            "Second card for one out_serial_no. Make the serial number unique in your books, and answer a repeat with the card that it got before.",
            "同一个 out_serial_no 给了两张卡。请让流水号在库中唯一，重复请求返回上一次的那张卡。",
        )
}
