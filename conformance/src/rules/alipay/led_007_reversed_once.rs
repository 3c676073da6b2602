//! # LED-007: a refund takes its points back once
//!
//! **Why.** A refund is told by the answer and by a notice, and the notice comes again. Who takes the points at each of them takes more
//! than was given.
//! **Provoked by** `alipay/notice/refund.feature`: a partial refund, its notice a minute later, and the notice once more.
//! **Holds** when one refund does not lower the points of the buyer's card twice by the same figure. Sales with points off and purchases
//! that the platform did not pay explain a fall; then nothing is said.
//! **Source.** JiRaska/open-bank-oss#528; commerce/SEMANTICS 4.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::decimal;
use crate::run::{Run, Trade};

pub(super) const RULE: Rule = Rule {
    id: "LED-007",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/refund.feature"),
    bites_on: "merchant.reverses_again",
    judge,
    source: include_str!("led_007_reversed_once.rs"),
    chinese: include_str!("led_007_reversed_once.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut once = 0;
    for (number, trade) in run.state.trades.iter().filter(|(_, trade)| trade.refunds.len() == 1) {
        let was_told = run.deliveries_naming(number).find(|notice| {
            notice.is_about_a_refund() && !notice.is_forged() && notice.param("trade_no") == Some(number) && notice.was_believed()
        });
        let (Some(notice), true) = (was_told, is_alone(run, number, trade)) else { continue };
        for card in run.cards_of(trade).filter(|card| run.only_paid_in_full(card)) {
            let stated = run.stated(card);
            let falls: Vec<_> = stated.windows(2).filter(|pair| pair[1].points < pair[0].points).collect();
            if let [first, .., last] = &falls[..]
                && first[0].points - first[1].points == last[0].points - last[1].points
            {
                let figure = decimal(first[0].points - first[1].points);
                return Breach::by_then(first[1].call, format!("{figure} points taken back once"), format!("{} took them again", last[1].call.name()))
                    .and(last[1].call)
                    .and(notice)
                    .fact("points taken each time", figure)
                    .fact("points in the end", decimal(last[1].points))
                    .mend(
                        "One refund was reversed twice. Key the reversal by out_request_no, so that the answer, the notice and its repeat find it done.",
                        "一笔退款扣了两次积分。请以 out_request_no 为唯一键记录扣回，应答、通知和重发的通知都只会发现已经扣过。",
                    )
                    .into();
            }
            once += usize::from(falls.len() == 1);
        }
    }
    Verdict::after(once, "no refund that took points back was announced")
}

/// Whether no other trade of the buyer's was refunded.
fn is_alone(run: &Run, number: &str, trade: &Trade) -> bool {
    !run.trades_like(trade).any(|(other, of)| other != number && !of.refunds.is_empty())
}
