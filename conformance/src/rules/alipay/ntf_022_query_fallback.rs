//! # NTF-022: a payment whose notice never comes is found out by asking
//!
//! **Why.** Notices get lost. A shop that only waits for them lets the customer pay and never hands the tea over.
//! **Provoked by** `alipay/notice/lost.feature`: every notice about the payment is lost, and a day goes by.
//! **Holds** when the merchant asks about a paid trade of whose payment neither a notice nor an answer told it. Not asking within a
//! day is the breach; asking for the day's bill counts as asking.
//! **Source.** commerce/SEMANTICS 3 and 4; smartwalle/alipay#123.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Moment, Order, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "NTF-022",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/lost.feature"),
    bites_on: "merchant.only_waits_for_notices",
    judge,
    source: include_str!("ntf_022_query_fallback.rs"),
    chinese: include_str!("ntf_022_query_fallback.zh.md"),
};

/// A day: whoever reconciles does so at least that often.
const DAY_MS: i64 = 86_400_000;
/// How a day's payments are asked for in one.
const BILL: &str = "alipay.data.dataservice.bill.downloadurl.query";
/// Calls whose answer says how a trade stands, or that end it.
const ASKING: &[&str] = &[methods::PAY, methods::QUERY, methods::CANCEL, methods::CLOSE, methods::REFUND, methods::REFUND_QUERY];

fn judge(run: &Run) -> Verdict {
    let reached = run.deliveries.iter().filter(|notice| notice.is_about_a_trade() && notice.status.is_some());
    let mut told: HashMap<&str, u64> = HashMap::new();
    for notice in reached {
        for number in [notice.param("trade_no"), notice.param("out_trade_no")].into_iter().flatten() {
            told.entry(number).or_insert(notice.id);
        }
    }
    let mut found_out = 0;
    for order in run.orders() {
        let (Some(number), Some(paid)) = (order.trade_no, order.trade.and_then(|trade| trade.paid_ms)) else { continue };
        let Some((first, later)) = order.calls.split_first() else { continue };
        let told = told.get(number).or(told.get(order.number)).copied();
        let before = |call: &Call| told.is_none_or(|told| call.id < told);
        if later.iter().any(|call| before(call) && says_paid(call) && call.at_ms >= paid) {
            found_out += 1;
            continue;
        }
        let asked = later.iter().any(|call| call.at_ms >= paid && ASKING.contains(&call.method.as_str()))
            || run.calls_of(BILL).any(|call| call.at_ms >= paid);
        if told.is_some() || asked || says_paid(first) {
            continue;
        }
        let left = left_since(run, first, paid);
        if left >= DAY_MS {
            return breach(first, &order, number, left / 3_600_000).into();
        }
    }
    Verdict::after(found_out, "no payment was left without a notice")
}

/// Whether an answer told that the order is paid.
fn says_paid(call: &Call) -> bool {
    let status = call.told("/trade_status");
    let paid = call.succeeded() && call.was_believable();
    paid && (call.method == methods::PAY || status.is_some_and(|status| status == "TRADE_SUCCESS" || status == "TRADE_FINISHED"))
}

/// How long the merchant certainly had since the payment.
fn left_since(run: &Run, order: &Call, paid_ms: i64) -> i64 {
    // when that was in real time nobody wrote down: after the order and before whatever was called next
    let later = &run.calls[run.calls.partition_point(|call| call.id <= order.id)..];
    let next = later.iter().find(|call| call.at_ms >= paid_ms).map_or(run.ended_ms, |call| call.real_ms);
    let left = |real_ms| run.left_since(Moment { at_ms: paid_ms, real_ms });
    left(order.real_ms).min(left(next))
}

fn breach(first: &Call, order: &Order<'_>, number: &str, hours: i64) -> Breach {
    let observed = format!("trade {number} was paid, no notice came, and nobody asked for {hours} h");
    Breach::by(first, "trade.query until it is known, or the day's bill", observed)
        .fact("out_trade_no", order.number)
        .fact("trade_no", number)
        .mend(
            "Order unpaid for ever: a notice is a help, not the proof. Ask trade.query while the order waits, and compare the day's bill with your book.",
            "订单永远显示未付：通知只是帮手。订单等待期间请用 trade.query 查询，并且每天用对账单核对自己的账。",
        )
}
