//! # RFD-006: a notice about a payment that was given back grants nothing
//!
//! **Why.** The notice of the payment comes late, when all of the money is back. Read as a new payment it gives points, and goods, for
//! nothing.
//! **Provoked by** `alipay/refund/before_notice.feature`: the notice comes two hours late, after a full refund.
//! **Holds** when no purchase of that trade is reported after such a notice, and the card of its buyer is stated no higher, unless
//! something else was bought meanwhile.
//! **Source.** commerce/SEMANTICS 4; helei112g/payment#67.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::decimal;
use crate::run::{Call, Delivery, Order, Run};

pub(super) const RULE: Rule = Rule {
    id: "RFD-006",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/refund/before_notice.feature"),
    bites_on: "merchant.grants_what_was_refunded",
    judge,
    source: include_str!("rfd_006_refund_vs_notify_race.rs"),
    chinese: include_str!("rfd_006_refund_vs_notify_race.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut late = 0;
    for order in run.orders() {
        let Some(trade) = order.trade.filter(|trade| trade.total > 0 && order.moved_back() == trade.total) else { continue };
        let Some(refund) = order.calls_of(methods::REFUND).last() else { continue };
        let announces = |notice: &&&Delivery| {
            notice.id > refund.id && notice.param("trade_status") == Some("TRADE_SUCCESS") && notice.param("refund_fee").is_none()
        };
        let Some(notice) = order.notices.iter().find(announces) else { continue };
        let bought = |call: &&Call| call.id > notice.id && call.succeeded();
        // one that was tried before the notice came has only waited
        let waited = order.purchases(run).any(|call| call.id < notice.id && !call.succeeded());
        if let Some(purchase) = order.purchases(run).find(bought).filter(|_| !waited) {
            return breach(notice, &order, &format!("{} reported its purchase", purchase.name())).and(purchase).into();
        }
        let reported = |card: &str| run.about_card(card).any(|call| call.method == methods::CONSUME_SYNC && bought(&call));
        for card in run.cards_of(trade).filter(|card| !reported(card)) {
            if let Some((raise, from, to)) = raised(run, card, notice) {
                return breach(notice, &order, &format!("{} raised the card from {from} to {to} points", raise.name())).and(raise).into();
            }
        }
        late += 1;
    }
    Verdict::after(late, "no notice of a payment came after all of it was given back")
}

/// The first statement after a notice that says more points of a card than the one before.
fn raised<'r>(run: &'r Run, card: &str, notice: &Delivery) -> Option<(&'r Call, String, String)> {
    let stated = run.stated(card);
    let raise = stated.windows(2).find(|pair| pair[1].call.id > notice.id && pair[0].points < pair[1].points)?;
    Some((raise[1].call, decimal(raise[0].points), decimal(raise[1].points)))
}

fn breach(notice: &Delivery, order: &Order<'_>, observed: &str) -> Breach {
    let expected = format!("nothing is granted: all of {} had been given back", order.number);
    Breach::by(notice, expected, format!("{observed} after the late notice"))
        .fact("out_trade_no", order.number)
        .fact("trade_no", order.trade_no.unwrap_or_default())
        .mend(
            "Points were granted after the refund. Grant once for each trade, under a unique key, and let no notice open a sale again that was paid and given back.",
            "退款之后又发了积分。请以交易号为唯一键，每笔交易只发一次；已付又已退的销售，任何通知都不能让它重新生效。",
        )
}
