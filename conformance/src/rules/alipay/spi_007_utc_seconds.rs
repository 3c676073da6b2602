//! # SPI-007: an old call of the fast flow is not taken
//!
//! **Why.** `utc_timestamp` says when the platform asked. Who does not look at it opens a card for everybody who once recorded a
//! rightly signed call.
//! **Provoked by** `alipay/fast/disturbed.feature`: a call whose `utc_timestamp` was set back, or one sent again days later.
//! **Holds** when no call whose `utc_timestamp` is more than a day away from the platform's clock is answered with a card.
//! **Source.** card/SEMANTICS 4; isv/0gp3u4.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;

pub(super) const RULE: Rule = Rule {
    id: "SPI-007",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/fast/disturbed.feature"),
    bites_on: "merchant.spi_takes_old_calls",
    judge,
    source: include_str!("spi_007_utc_seconds.rs"),
    chinese: include_str!("spi_007_utc_seconds.zh.md"),
};

/// What lies below is in seconds, as the specification says; above, in milliseconds, as messages have it.
const SECONDS_BELOW: i64 = 100_000_000_000;
/// How old a call may be.
const DAY_MS: i64 = 24 * 3_600 * 1_000;

fn judge(run: &Run) -> Verdict {
    let mut old = 0;
    for delivery in run.deliveries.iter().filter(|delivery| delivery.method == methods::SPI) {
        let Some(written) = delivery.param("utc_timestamp").and_then(|text| text.parse::<i64>().ok()) else { continue };
        let age = (delivery.at_ms - moment(written)).abs();
        if age <= DAY_MS {
            continue;
        }
        old += 1;
        if delivery.code == "10000" {
            let days = age / DAY_MS;
            return Breach::by_itself(delivery, "a refusal", format!("{} is {days} days off and was answered with a card", delivery.name()))
                .fact("utc_timestamp", written.to_string())
                .fact("platform clock", delivery.at_ms.to_string())
                .mend(
                    format!("Took a call {days} days old. Read utc_timestamp as seconds since 1970, and refuse what is minutes away from your clock."),
                    format!("受理了 {days} 天前的请求。utc_timestamp 是 1970 年以来的秒数，请拒绝与本机时钟相差几分钟以上的请求。"),
                )
                .into();
        }
    }
    Verdict::after(old, "no call of the fast flow was old")
}

/// Milliseconds since 1970 of an `utc_timestamp`.
fn moment(written: i64) -> i64 {
    if written.abs() < SECONDS_BELOW { written * 1_000 } else { written }
}
