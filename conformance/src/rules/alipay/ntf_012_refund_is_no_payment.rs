//! # NTF-012: the notice about a refund is not read as a payment
//!
//! **Why.** After a partial refund the trade's status is still `TRADE_SUCCESS`, with `refund_fee` beside it. Who looks at the status
//! alone grants for money that went back.
//! **Provoked by** `alipay/notice/refund.feature`: a partial refund is known by its answer, announced a minute later, and announced again.
//! **Holds** when after a notice with a refund's fields the buyer's card does not gain again what the payment gave.
//! **Source.** commerce/SEMANTICS 4; helei112g/payment#67.

use super::gained_again;
use crate::rule::{Level, Rule, Verdict};
use crate::run::Run;

pub(super) const RULE: Rule = Rule {
    id: "NTF-012",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/refund.feature"),
    bites_on: "merchant.reads_refund_as_payment",
    judge,
    source: include_str!("ntf_012_refund_is_no_payment.rs"),
    chinese: include_str!("ntf_012_refund_is_no_payment.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut told = 0;
    for notice in run.deliveries.iter().filter(|notice| notice.is_about_a_refund() && !notice.is_forged() && notice.was_believed()) {
        let Some((number, trade)) = notice.param("trade_no").and_then(|number| run.state.trades.get_key_value(number)) else { continue };
        if run.gain_of(trade).is_none_or(|(first, _)| first.call.id > notice.id) {
            continue;
        }
        // what was spent on it may come back with the last of the money, and be as much as it gave
        if trade.refunds.values().sum::<i64>() >= trade.total {
            continue;
        }
        if let Some(twice) = run.raised_twice(number, notice) {
            return gained_again(notice, &twice, "a refund takes points back and grants none")
                .fact("refund_fee", notice.param("refund_fee").unwrap_or_default())
                .mend(
                    "Refund read as a new success. A notice with refund_fee, gmt_refund or out_biz_no tells of money that went back: look at these before trade_status.",
                    "把退款当成了新的付款。带有 refund_fee、gmt_refund 或 out_biz_no 的通知讲的是退款，请先看这些字段，再看 trade_status。",
                )
                .into();
        }
        told += 1;
    }
    Verdict::after(told, "no partial refund of a payment that gave points was announced")
}
