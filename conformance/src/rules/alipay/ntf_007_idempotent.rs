//! # NTF-007: a payment that is announced several times is granted once
//!
//! **Why.** Notices come again until they are acknowledged, and the same payment comes under another `notify_id`. Who grants by the
//! notice and not by the trade grants again each time.
//! **Provoked by** `alipay/notice/duplicate.feature`: twice the same, then again, then under another number.
//! **Holds** when after a repeated notice about a payment the buyer's card does not gain the same points a second time.
//! **Source.** commerce/SEMANTICS 4; helei112g/payment#67, yansongda/pay#301.

use super::gained_again;
use crate::rule::{Level, Rule, Verdict};
use crate::run::Run;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    id: "NTF-007",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/duplicate.feature"),
    bites_on: "merchant.grants_every_notice",
    judge,
    source: include_str!("ntf_007_idempotent.rs"),
    chinese: include_str!("ntf_007_idempotent.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut told = BTreeSet::new();
    let mut repeats = 0;
    for notice in run.deliveries.iter().filter(|notice| notice.is_about_a_payment() && !notice.is_forged() && notice.was_believed()) {
        if notice.param("trade_status") != Some("TRADE_SUCCESS") {
            continue;
        }
        let Some(number) = notice.param("trade_no") else { continue };
        if told.insert(number) {
            continue;
        }
        if let Some(twice) = run.raised_twice(number, notice) {
            return gained_again(notice, &twice, "one payment, granted once")
                .mend(
                    "Points granted again for a payment that was told again. Grant by trade, not by notice: one row per out_trade_no, and a change of state that happens only once.",
                    "同一笔支付的通知又来一次，积分又加了一次。请按交易而不是按通知入账：每个 out_trade_no 只允许一次状态变更。",
                )
                .into();
        }
        repeats += usize::from(run.state.trades.get(number).is_some_and(|trade| run.gain_of(trade).is_some()));
    }
    Verdict::after(repeats, "no payment that gave points was announced twice")
}
