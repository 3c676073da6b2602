//! # NTF-013: a notice that is quicker than the reply is neither lost nor granted twice
//!
//! **Why.** The notice and the answer to the call race. Who grants at both grants twice; who writes the order down after the answer
//! does not know the notice's order.
//! **Provoked by** `alipay/notice/before_reply.feature`: the answer to `trade.pay` waits until the notice was delivered.
//! **Holds** when such a payment gives the buyer's card its points once, and the notice is taken, at the latest when it comes again.
//! **Source.** commerce/SEMANTICS 4; helei112g/payment#67.

use super::{gained_again, methods};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "NTF-013",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/before_reply.feature"),
    bites_on: "merchant.grants_at_notice_and_reply",
    judge,
    source: include_str!("ntf_013_before_the_reply.rs"),
    chinese: include_str!("ntf_013_before_the_reply.zh.md"),
};

/// What the platform calls an answer that waits for the notices.
const AFTER_NOTICE: &str = "after_notice";

fn judge(run: &Run) -> Verdict {
    let mut quicker = 0;
    for pay in run.calls_of(methods::PAY).filter(|pay| pay.struck.as_ref().is_some_and(|struck| struck.action == AFTER_NOTICE)) {
        let Some(number) = pay.told("/trade_no") else { continue };
        let is_told = |notice: &&Delivery| notice.is_about_a_payment() && !notice.is_forged() && notice.param("trade_no") == Some(number);
        let told: Vec<&Delivery> = run.deliveries_naming(number).filter(is_told).collect();
        let Some(first) = told.first().filter(|notice| notice.status.is_some()) else { continue };
        if let Some(twice) = run.raised_twice(number, first) {
            return gained_again(first, &twice, "one payment, granted once")
                .and(pay)
                .mend(
                    "Granted at the notice and again at the reply. Let both end in one change of state of the order, which happens only once: update … where status is not paid.",
                    "通知到时加了一次，应答到时又加了一次。请让两者都走订单的同一次状态变更，并且只生效一次（update … where 状态不是已付）。",
                )
                .into();
        }
        // it came again after the reply, when every order is in the books
        if told.len() > 1 && told.iter().all(|notice| !notice.was_believed()) {
            return lost(first, told[told.len() - 1], pay).into();
        }
        quicker += usize::from(told.iter().any(|notice| notice.was_believed()));
    }
    Verdict::after(quicker, "no notice came before the answer to the call that made it")
}

fn lost(first: &Delivery, last: &Delivery, pay: &Call) -> Breach {
    Breach::by(first, "the notice is taken, at the latest when it comes again", format!("it was refused, and {} as well", last.name()))
        .and(last)
        .and(pay)
        .fact("answer", last.text().unwrap_or_default())
        .mend(
            "Lost: the notice came before your own insert. Write the order down, with its number and amount, before you call trade.pay.",
            "通知比入库还早，于是丢了。请在调用 trade.pay 之前，先把订单连同单号和金额写进账里。",
        )
}
