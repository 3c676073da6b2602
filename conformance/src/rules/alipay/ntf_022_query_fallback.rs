//! # NTF-022: a payment whose notice never comes is found out by asking
//!
//! **Why.** Notices get lost. A shop that only waits for them lets the customer pay and never hands the tea over.
//! **Provoked by** `alipay/notice/lost.feature`: every notice about the payment is lost, and a day goes by.
//! **Holds** when the merchant asks about a paid trade of whose payment neither a notice nor an answer told it. Not asking within a
//! day is the breach; asking for the day's bill counts as asking.
//! **Source.** commerce/SEMANTICS 3 and 4; smartwalle/alipay#123.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, Trade};

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

fn judge(run: &Run) -> Verdict {
    let end = run.end_ms();
    let mut asked = 0;
    for (number, trade) in &run.state.trades {
        let Some(paid) = trade.paid_ms.filter(|_| trade.closed_ms.is_none()) else { continue };
        let was_told = run
            .deliveries
            .iter()
            .any(|notice| notice.is_about_a_trade() && notice.param("trade_no") == Some(number) && notice.status.is_some());
        if was_told || run.calls.iter().any(|call| says_paid(call, trade)) {
            continue;
        }
        if run.calls.iter().any(|call| call.at_ms >= paid && asks_about(call, number, trade)) {
            asked += 1;
        } else if end - paid >= DAY_MS {
            let Some(order) = run
                .calls_of_any(&[methods::PAY, methods::PRECREATE, methods::CREATE])
                .into_iter()
                .find(|call| call.asked("/out_trade_no") == Some(&trade.order))
            else {
                continue;
            };
            return breach(order, number, trade, (end - paid) / 3_600_000).into();
        }
    }
    let healed = run.calls_of(methods::QUERY).filter(|call| found_out(run, call)).count();
    Verdict::after(asked + healed, "no payment was left without a notice")
}

/// Whether the answer to the very call that was to be paid told of it.
fn says_paid(call: &Call, trade: &Trade) -> bool {
    call.asked("/out_trade_no") == Some(&trade.order)
        && call.succeeded()
        && call.was_heard()
        && (call.method == methods::PAY
            || call.told("/trade_status").is_some_and(|status| status == "TRADE_SUCCESS" || status == "TRADE_FINISHED"))
}

fn asks_about(call: &Call, number: &str, trade: &Trade) -> bool {
    let named = [call.asked("/out_trade_no"), call.asked("/trade_no")];
    let about = named.contains(&Some(trade.order.as_str())) || named.contains(&Some(number));
    call.method == BILL || (about && [methods::QUERY, methods::CANCEL, methods::CLOSE, methods::REFUND].contains(&call.method.as_str()))
}

/// Whether an answer told of a payment whose notice had not come by then.
fn found_out(run: &Run, query: &Call) -> bool {
    let paid = query.succeeded() && query.told("/trade_status") == Some("TRADE_SUCCESS");
    let notice = run.deliveries.iter().find(|notice| {
        notice.is_about_a_payment() && notice.param("out_trade_no") == query.asked("/out_trade_no") && notice.status.is_some()
    });
    paid && query.asked("/out_trade_no").is_some() && notice.is_none_or(|notice| notice.id > query.id)
}

fn breach(order: &Call, number: &str, trade: &Trade, hours: i64) -> Breach {
    Breach::by(order, "trade.query until it is known, or the day's bill", format!("trade {number} was paid, no notice came, and nobody asked for {hours} h"))
        .fact("out_trade_no", trade.order.as_str())
        .fact("trade_no", number)
        .mend(
            "Order unpaid for ever: a notice is a help, not the proof. Ask trade.query while the order waits, and compare the day's bill with your book.",
            "订单永远显示未付：通知只是帮手。订单等待期间请用 trade.query 查询，并且每天用对账单核对自己的账。",
        )
}
