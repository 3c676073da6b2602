//! # LED-004: what is left to pay is never negative
//!
//! **Why.** Points worth more than the bill turn the sale around: the shop owes the customer money for buying.
//! **Provoked by** `alipay/points/more_than_the_bill.feature`: five hundred points against a bill of one yuan, and against one of five.
//! **Holds** when no order and no reported purchase is about less than nothing. Only sales with something off count as looked at.
//! **Source.** macrozheng/mall#1002; card/SEMANTICS 11.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::{figure, hundredths};
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "LED-004",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/points/more_than_the_bill.feature"),
    bites_on: "merchant.takes_more_off_than_the_bill",
    judge,
    source: include_str!("led_004_payable.rs"),
    chinese: include_str!("led_004_payable.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut reduced = 0;
    for call in run.calls_of_any(&[methods::PAY, methods::PRECREATE, methods::CREATE, methods::CONSUME_SYNC]) {
        let amount = |place| figure(call, place).and_then(|text| hundredths(&text));
        let place = if call.method == methods::CONSUME_SYNC { "/act_pay_amount" } else { "/total_amount" };
        let Some(payable) = amount(place) else { continue };
        if payable < 0 {
            return breach(call, place).into();
        }
        reduced += usize::from(amount("/trade_amount").is_some_and(|cost| payable < cost));
    }
    Verdict::after(reduced, "no purchase with something off was reported")
}

fn breach(call: &Call, place: &str) -> Breach {
    let paid = figure(call, place).unwrap_or_default();
    Breach::by_itself(call, "zero or more is left to pay", format!("{} is about {paid}", call.name()))
        .fact(place.trim_start_matches('/'), paid.as_str())
        .fact("cost", figure(call, "/trade_amount").unwrap_or_default())
        .mend(
            format!("pay amount {paid}: more was taken off than the bill. Cap points and coupons at what is left to pay, in the order you apply them, on the server."),
            format!("应付 {paid}：抵扣超过了账单。请在服务端按抵扣顺序，把积分和优惠券封顶在剩余应付金额。"),
        )
}
