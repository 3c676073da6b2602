//! # TRD-008: one scan is one order
//!
//! **Why.** A scanner's gun fires twice, a cashier presses twice. Two orders for one payment code are two charges, or one charge and a
//! sale that waits for nothing.
//! **Provoked by** `alipay/pay/double_scan.feature`: the till gets the same sale twice at the same moment.
//! **Holds** when the till was asked for the same sale twice and no payment code was charged under two order numbers, unless the first
//! of them was refused for good or ended before.
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

/// What the platform says of a payment code that was paid with already.
const USED: &str = "ACQ.PAYMENT_AUTH_CODE_INVALID";

fn judge(run: &Run) -> Verdict {
    let mut first: HashMap<(Option<&str>, &str), &Call> = HashMap::new();
    for call in run.calls_of(methods::PAY) {
        let Some(code) = call.asked("/auth_code") else { continue };
        // what another merchant does with the same code is its own affair
        let scan = (call.app_id.as_deref(), code);
        let earlier = *first.entry(scan).or_insert(call);
        if number(earlier) == number(call) {
            continue;
        }
        if (!is_refused(earlier) || were_under_way_together(earlier, call)) && !is_over(run, earlier, call) {
            return breach(earlier, call).into();
        }
        first.insert(scan, call);
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

/// Whether the next payment was asked for before this one was answered. Which of two that come at once is served first is chance: the
/// first may be refused because of the second. A code that was no good once never becomes good again, so what was paid with it was before.
fn were_under_way_together(earlier: &Call, next: &Call) -> bool {
    let was_taken = earlier.sub_code == USED && earlier.struck.is_none() && !is_refused(next);
    next.real_ms < earlier.answered_ms || was_taken
}

/// Whether the order of a payment was ended, or was known to have no trade, before the next one.
fn is_over(run: &Run, earlier: &Call, next: &Call) -> bool {
    let between =
        run.calls_naming(number(earlier)).filter(|call| (earlier.id..next.id).contains(&call.id) && call.app_id == earlier.app_id);
    between.filter(|call| call.was_believable()).any(|call| match call.method.as_str() {
        methods::CANCEL | methods::CLOSE => call.succeeded() && call.told("/retry_flag") != Some("Y"),
        methods::QUERY => call.told("/trade_status") == Some("TRADE_CLOSED") || call.sub_code.ends_with("TRADE_NOT_EXIST"),
        _ => false,
    })
}

fn breach(one: &Call, other: &Call) -> Breach {
    let apart = (other.real_ms - one.real_ms).abs();
    Breach::by_then(one, "one out_trade_no for one payment code", format!("two orders in {apart} ms: {} and {}", number(one), number(other)))
        .and(other)
        .fact("first out_trade_no", number(one))
        .fact("second out_trade_no", number(other))
        .mend(
            format!("Two orders for one scan in {apart} ms. Make the order number before the call, from the till's own sale number, under a unique key; remember which code an open order has."),
            format!("一次扫码在 {apart} 毫秒内产生了两个订单。请在调用前按收银台单号生成订单号，用唯一键保证只建一次，并记住未完成的订单用的是哪个付款码。"),
        )
}
