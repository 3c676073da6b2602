//! # TRD-007: the next attempt after a cancelled one has a new `out_trade_no`
//!
//! **Why.** A closed number is never paid again: the customer stands at the till and every new scan is refused with
//! `TRADE_HAS_CLOSE`.
//! **Provoked by** a customer who tries again after the till cancelled.
//! **Holds** when no `trade.pay`, `trade.precreate` or `trade.create` comes with the number of an order that was closed before.
//! **Source.** commerce/SEMANTICS 3; support/01rfnt.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "TRD-007",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/cancel/given_up.feature"),
    bites_on: "merchant.reuses_order_no",
    judge,
    source: include_str!("trd_007_new_order_no.rs"),
    chinese: include_str!("trd_007_new_order_no.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut closed: HashMap<(Option<&str>, &str), &Call> = HashMap::new();
    let mut attempts = 0;
    for call in &run.calls {
        let Some(order) = call.asked("/out_trade_no") else { continue };
        let number = (call.app_id.as_deref(), order);
        match call.method.as_str() {
            // there was no trade to cancel when nothing was done
            methods::CANCEL if call.succeeded() && call.told("/action").is_some() => {
                closed.entry(number).or_insert(call);
            }
            methods::CLOSE if call.succeeded() => {
                closed.entry(number).or_insert(call);
            }
            methods::PAY | methods::PRECREATE | methods::CREATE => {
                if let Some(end) = closed.get(&number) {
                    return breach(end, call, order).into();
                }
                attempts += usize::from(!closed.is_empty());
            }
            _ => {}
        }
    }
    Verdict::after(attempts, "nobody tried again after an order was closed")
}

fn breach(end: &Call, call: &Call, order: &str) -> Breach {
    Breach::by_itself(end, "a new out_trade_no for the next attempt", format!("{} came with {order}, which was closed", call.name()))
        .and(call)
        .fact("out_trade_no", order)
        .fact("answered", format!("{} {}", call.code, call.sub_code))
        .mend(
            format!("{order} was closed and can never be paid. Make an out_trade_no for each attempt to pay, and keep the sale's own number beside it."),
            format!("{order} 已关闭，再也无法支付。请为每次付款尝试生成新的 out_trade_no，销售单号另外保存。"),
        )
}
