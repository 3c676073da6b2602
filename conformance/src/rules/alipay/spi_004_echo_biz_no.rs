//! # SPI-004: the card number of the platform comes back unchanged
//!
//! **Why.** The platform made the number and waits for it. Another one, or the merchant's own, opens no card.
//! **Provoked by** a customer who joins in the fast flow.
//! **Holds** when every answer with a card repeats the `biz_card_no` that was asked with.
//! **Source.** card/SEMANTICS 4; spi.alipay.user.opencard.get.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;

pub(super) const RULE: Rule = Rule {
    id: "SPI-004",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/fast/one_step.feature"),
    bites_on: "merchant.spi_other_card_no",
    judge,
    source: include_str!("spi_004_echo_biz_no.rs"),
    chinese: include_str!("spi_004_echo_biz_no.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut repeated = 0;
    for delivery in run.deliveries.iter().filter(|delivery| delivery.method == methods::SPI) {
        let sent = delivery.param("biz_card_no").unwrap_or_default();
        if delivery.sub_code == "SPI_OTHER_CARD" {
            let returned = delivery.response.pointer("/card_info/biz_card_no").and_then(|number| number.as_str()).unwrap_or("none");
            return Breach::by_itself(
                delivery,
                format!("card_info.biz_card_no {sent}"),
                format!("{} was answered {returned}", delivery.name()),
            )
            .fact("sent", sent)
            .fact("returned", returned)
            .mend(
                format!("Sent {sent}, returned {returned}: repeat biz_card_no as it came; your own number stands in external_card_no."),
                format!("发送的是 {sent}，返回的是 {returned}：biz_card_no 请原样返回，自己的卡号放在 external_card_no。"),
            )
            .into();
        }
        repeated += usize::from(delivery.code == "10000");
    }
    Verdict::after(repeated, "no card was answered in the fast flow")
}
