//! # SPI-005: a request for a card is answered while the platform waits
//!
//! **Why.** The customer looks at the phone while the merchant makes the card. When the answer comes too late they see an error, and the
//! merchant believes in a member whom nobody has.
//! **Provoked by** `alipay/fast/one_step.feature`, and by any opening in the fast flow.
//! **Holds** when no request for a card that really left went without an answer in time. The platform's time-out is not published; this
//! one waits 5 seconds (inferred).
//! **Source.** the 3.1 upgrade page of opendocs (03sx7x); card/SEMANTICS 16.10.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;

pub(super) const RULE: Rule = Rule {
    id: "SPI-005",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/fast/one_step.feature"),
    bites_on: "merchant.spi_answers_late",
    judge,
    source: include_str!("spi_005_deadline.rs"),
    chinese: include_str!("spi_005_deadline.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut in_time = 0;
    // what a fault made late is not the merchant's
    for delivery in run.deliveries.iter().filter(|delivery| delivery.method == methods::SPI && delivery.struck.is_none()) {
        if delivery.sub_code == "SPI_TIMED_OUT" {
            return Breach::by(delivery, "an answer while the platform waits", format!("none after {} ms", delivery.took_ms))
                .fact("waited", format!("{} ms", delivery.took_ms))
                .mend(
                    format!("No answer within {} ms; the customer saw an error. Book the member and answer at once, and do everything slow behind it.", delivery.took_ms),
                    format!("{} 毫秒内没有应答，顾客看到了错误。请先落库并立即应答，其余耗时的工作放到后面做。", delivery.took_ms),
                )
                .into();
        }
        in_time += usize::from(delivery.status.is_some());
    }
    Verdict::after(in_time, "the platform asked for no card in the fast flow")
}
