//! # NTF-011: the end of a trade grants nothing again
//!
//! **Why.** `TRADE_FINISHED` comes months later and reads like a payment. Who grants by the status pays the points out twice.
//! **Provoked by** `alipay/notice/finished.feature`: a hundred days after the payment the trade is finished.
//! **Holds** when after a notice with `TRADE_FINISHED` about a payment that was granted the buyer's card does not gain the same points
//! a second time.
//! **Source.** commerce/SEMANTICS 4; yansongda/pay#301, helei112g/payment#67.

use super::gained_again;
use crate::rule::{Level, Rule, Verdict};
use crate::run::Run;

pub(super) const RULE: Rule = Rule {
    id: "NTF-011",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/finished.feature"),
    bites_on: "merchant.grants_at_finish",
    judge,
    source: include_str!("ntf_011_late_finish.rs"),
    chinese: include_str!("ntf_011_late_finish.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut finished = 0;
    for notice in run.deliveries.iter().filter(|notice| notice.is_about_a_payment() && !notice.is_forged() && notice.was_believed()) {
        if notice.param("trade_status") != Some("TRADE_FINISHED") {
            continue;
        }
        let Some((number, trade)) = notice.param("trade_no").and_then(|number| run.state.trades.get_key_value(number)) else { continue };
        let Some((first, _)) = run.gain_of(trade).filter(|(first, _)| first.call.id < notice.id) else { continue };
        if let Some(twice) = run.raised_twice(number, notice) {
            return gained_again(notice, &twice, "TRADE_FINISHED changes nothing about what was granted")
                .fact("granted before by", first.call.name())
                .mend(
                    "Points granted again when the trade was finished. TRADE_SUCCESS and TRADE_FINISHED tell of one payment: grant when the order first becomes paid, and never by the status.",
                    "交易完结时又加了一次积分。TRADE_SUCCESS 与 TRADE_FINISHED 说的是同一笔付款：只在订单第一次变为已付时入账。",
                )
                .into();
        }
        finished += 1;
    }
    Verdict::after(finished, "no trade that gave points was announced as finished")
}
