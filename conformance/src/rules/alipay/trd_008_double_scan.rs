//! # TRD-008: one scan is one order
//!
//! **Why.** A scanner's gun fires twice, a cashier presses twice. Two orders for one payment code are two charges, or one charge and a
//! sale that waits for nothing.
//! **Provoked by** `alipay/pay/double_scan.feature`: the till gets the same sale twice at the same moment.
//! **Holds** when the till was asked for the same sale twice and no payment code was charged under two order numbers, unless the first
//! of them was refused for good.
//! **Source.** gateway/PROTOCOL A1 (business numbers); commerce/SEMANTICS 3 (Idempotency of `out_trade_no`).

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "TRD-008",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/pay/double_scan.feature"),
    bites_on: "merchant.two_orders_for_one_scan",
    judge,
    source: include_str!("trd_008_double_scan.rs"),
    chinese: include_str!("trd_008_double_scan.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut first: HashMap<&str, &Call> = HashMap::new();
    for call in run.calls_of(methods::PAY) {
        let Some(code) = call.asked("/auth_code") else { continue };
        let earlier = *first.entry(code).or_insert(call);
        if number(earlier) != number(call) && !is_refused(earlier) {
            return breach(earlier, call).into();
        }
    }
    let mut asked: HashMap<&str, usize> = HashMap::new();
    for sale in run.till("sale") {
        *asked.entry(&sale.mark).or_default() += 1;
    }
    let twice = asked.values().filter(|times| **times > 1).count();
    Verdict::after(if first.is_empty() { 0 } else { twice }, "the till was not asked for the same sale twice")
}

fn number(call: &Call) -> &str {
    call.asked("/out_trade_no").unwrap_or_default()
}

/// Whether nothing can come of it any more.
fn is_refused(call: &Call) -> bool {
    !call.unknown() && call.code != "10003" && !call.succeeded()
}

fn breach(one: &Call, other: &Call) -> Breach {
    let apart = (other.real_ms - one.real_ms).abs();
    Breach::by(one, "one out_trade_no for one payment code", format!("two orders in {apart} ms: {} and {}", number(one), number(other)))
        .and(other)
        .fact("first out_trade_no", number(one))
        .fact("second out_trade_no", number(other))
        .mend(
            format!("Two orders for one scan in {apart} ms. Make the order number before the call, from the till's own sale number or the code itself, under a unique key."),
            format!("一次扫码在 {apart} 毫秒内产生了两个订单。请在调用前按收银台单号或付款码本身生成订单号，并用唯一键保证只建一次。"),
        )
}
