//! # OPS-006: a purchase is told with the time in China at which it was made
//!
//! **Why.** A server that runs in UTC writes the day before until eight in the morning. The customer's list shows yesterday, points of
//! the last day of a month count for the next, and the limit of a day is counted from another midnight.
//! **Provoked by** `alipay/time/midnight.feature`: sales on both sides of midnight, of the end of a month, and on a leap day.
//! **Holds** when no purchase that the till booked is reported with a `trade_time` that is a whole time zone (eight hours, give or take
//! ten minutes) away from when the till was asked. Judged where the story tells the merchant what time it is.
//! **Source.** alipay.marketing.card.consume.sync (`trade_time`, Beijing time); smartwalle/alipay#103.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, Sight};
use std::collections::HashMap;
use wire::alipay::timestamp;

pub(super) const RULE: Rule = Rule {
    id: "OPS-006",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/time/midnight.feature"),
    bites_on: "merchant.dates_in_utc",
    judge,
    source: include_str!("ops_006_china_days.rs"),
    chinese: include_str!("ops_006_china_days.zh.md"),
};

const ZONE_MS: i64 = 8 * 3_600_000;
const NEAR_MS: i64 = 10 * 60_000;

fn judge(run: &Run) -> Verdict {
    let mut sold: HashMap<&str, (&Sight, i64)> = HashMap::new();
    for sight in run.till("sale") {
        let numbers = ["sale_no", "trade_no", "out_trade_no"].map(|name| sight.shown.get(name).and_then(|value| value.as_str()));
        for number in numbers.into_iter().flatten() {
            if let Some(at_ms) = sight.at_ms {
                sold.entry(number).or_insert((sight, at_ms));
            }
        }
    }
    let mut told = 0;
    for call in run.calls_of(methods::CONSUME_SYNC) {
        let Some((sale, at_ms)) = call.asked("/trade_no").and_then(|number| sold.get(number)) else { continue };
        let Some(written) = call.asked("/trade_time") else { continue };
        let Some(stated_ms) = timestamp::parse(written.as_bytes()) else { continue };
        if ((stated_ms - at_ms).abs() - ZONE_MS).abs() <= NEAR_MS {
            return breach(call, sale, written, *at_ms).into();
        }
        told += 1;
    }
    Verdict::after(told, "no purchase was reported whose hour the story knows")
}

fn breach(call: &Call, sale: &Sight, written: &str, at_ms: i64) -> Breach {
    let made = timestamp::format(at_ms);
    Breach::by(call, format!("trade_time {made} or soon after"), format!("{} says {written}, eight hours off", call.name()))
        .fact("the till", sale.told())
        .fact("trade_time", written)
        .fact("sold at", made)
        .mend(
            "trade_time and occur_time are exactly 8 h off. Format every time that goes to the platform in Asia/Shanghai, whatever zone the machine and database run in.",
            "trade_time、occur_time 正好差 8 小时。凡是发给平台的时间都请按 Asia/Shanghai 格式化，与服务器和数据库的时区无关。",
        )
}
