//! # NTF-023: what a browser comes back with pays for nothing
//!
//! **Why.** The way back from a payment is an address, and whoever can type can write one. Goods that leave for it were given away.
//! **Provoked by** `alipay/notice/hand_made_return.feature`: the customer opens a hand-made return address of an order.
//! **Holds** when an order, somebody came back from whose payment was never made, is neither shown as paid at the till nor reported
//! as a purchase. Whether such a page is there at all does not matter.
//! **Source.** commerce/SEMANTICS 3 and 4; alipay/alipay-sdk-nodejs-all#32.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Order, Run, Shown, Sight, shown_ms};

pub(super) const RULE: Rule = Rule {
    id: "NTF-023",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/hand_made_return.feature"),
    bites_on: "merchant.believes_the_return",
    judge,
    source: include_str!("ntf_023_return_is_no_proof.rs"),
    chinese: include_str!("ntf_023_return_is_no_proof.zh.md"),
};

/// How the player calls such a visit.
const BACK: &str = "return";

fn judge(run: &Run) -> Verdict {
    let answered = |visit: &&Sight| visit.astray == BACK && visit.answered != Shown::Nothing;
    let visits: Vec<&Sight> = run.visits().filter(answered).collect();
    let orders = if visits.is_empty() { Vec::new() } else { run.orders() };
    let mut unmoved = 0;
    for visit in visits {
        let said = |name: &str| visit.shown.get(name).and_then(|number| number.as_str());
        let number = said("out_trade_no");
        let of_number = |order: &&Order<'_>| Some(order.number) == number;
        let Some(order) = orders.iter().find(of_number).filter(|order| order.trade.is_none_or(|trade| trade.paid_ms.is_none())) else {
            continue;
        };
        let Some(made) = order.calls.first() else { continue };
        let shown = order.sights.iter().find(|sight| sight.standing == "paid" && shown_ms(sight) >= visit.real_ms);
        if let Some(shown) = shown {
            return breach(made, order, visit, &format!("the till showed it as paid: {}", shown.told())).into();
        }
        let numbers = [Some(order.number), order.trade_no, said("trade_no")].map(|number| number.filter(|number| !number.is_empty()));
        let reports =
            |call: &&Call| call.real_ms >= visit.real_ms && call.asked("/trade_no").is_some() && numbers.contains(&call.asked("/trade_no"));
        if let Some(purchase) = run.calls_of(methods::CONSUME_SYNC).find(reports) {
            return breach(made, order, visit, &format!("{} reported it as a purchase", purchase.name())).and(purchase).into();
        }
        unmoved += 1;
    }
    Verdict::after(unmoved, "nobody came back from a payment that was never made")
}

fn breach(made: &Call, order: &Order<'_>, visit: &Sight, what: &str) -> Breach {
    let observed = format!("order {} was not paid at the platform; a browser came with a return address, and {what}", order.number);
    Breach::by_then(made, "an order that nobody paid stays unpaid, whatever a browser says", observed)
        .fact("out_trade_no", order.number)
        .fact("page", visit.asked.as_str())
        .mend(
            "Credited from a URL: anybody can write one. The return page shows what your book says; the book learns of a payment by notice or trade.query only.",
            "凭一个网址就入账了，而网址谁都能写。返回页只展示账上的状态；付款只能由异步通知或 trade.query 得知。",
        )
}
