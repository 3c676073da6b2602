//! # TRD-004: a payment that nobody makes is cancelled at the platform
//!
//! **Why.** Given up at the till only, the trade stays payable: the customer confirms ten minutes later for tea that was never
//! handed over.
//! **Provoked by** `alipay/pay/unfinished.feature`: the customer walks away.
//! **Holds** when every payment that still waits 100 seconds after it was asked for has been cancelled or closed by then.
//! **Source.** commerce/SEMANTICS 3 (Poll, then cancel); support/01rfnt, casdoor/casdoor#4111.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Order, Run, Trade, TradeState};

pub(super) const RULE: Rule = Rule {
    id: "TRD-004",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/pay/unfinished.feature"),
    bites_on: "merchant.never_cancels",
    judge,
    source: include_str!("trd_004_cancel_closes.rs"),
    chinese: include_str!("trd_004_cancel_closes.zh.md"),
};

/// By then it is asked about for the last time, and cancelled.
const WHOLE_MS: i64 = 100_000;

fn judge(run: &Run) -> Verdict {
    let mut cancelled = 0;
    for order in run.orders() {
        let Some(pay) = order.calls_of(methods::PAY).find(|call| call.code == "10003" || call.unknown()) else { continue };
        // an ending that was refused is none; of one in doubt another rule speaks
        let ended = order.endings_after(pay).find(|end| end.succeeded() || end.unknown());
        if let Some(end) = ended {
            let late_ms = run.between(pay, end);
            if late_ms > WHOLE_MS && order.trade.is_some_and(|trade| was_open(trade, pay)) {
                return late(pay, end, &order, late_ms).into();
            }
            cancelled += 1;
        } else if run.left_after(pay) >= WHOLE_MS && order.trade.is_some_and(|trade| could_be_paid(run, trade, pay)) {
            return breach(pay, &order, run.left_after(pay)).into();
        }
    }
    Verdict::after(cancelled, "no payment waited so long that it had to be cancelled")
}

/// Whether a trade was still to be paid when the time was over.
fn was_open(trade: &Trade, pay: &Call) -> bool {
    let settled = trade.paid_ms.into_iter().chain(trade.closed_ms).min();
    settled.is_none_or(|settled| settled - pay.at_ms > WHOLE_MS)
}

fn late(pay: &Call, end: &Call, order: &Order<'_>, late_ms: i64) -> Breach {
    let observed = format!("{} could be paid until {} ended it, {} s after it was asked for", order.number, end.name(), late_ms / 1_000);
    Breach::by_then(pay, "trade.cancel right after the last query, when about 60 s are over", observed)
        .and(end)
        .fact("out_trade_no", order.number)
        .fact("seconds", (late_ms / 1_000).to_string())
        .mend(
            "Cancelled too late: the customer could pay for what was long put back. Call trade.cancel right after the last query, when about 60 s are over.",
            "撤销太晚：商品早已收回，顾客却还能付款。大约 60 秒后、最后一次查询完成时请立即 trade.cancel。",
        )
}

/// Whether nobody has paid, or somebody did when the time was over by a clock that the merchant was told.
fn could_be_paid(run: &Run, trade: &Trade, pay: &Call) -> bool {
    let late = trade.paid_ms.is_some_and(|paid| paid - pay.at_ms > WHOLE_MS);
    trade.state == TradeState::Waiting || (late && run.scenes.iter().any(|scene| (scene.began_ms..=scene.ended_ms).contains(&pay.at_ms)))
}

fn breach(pay: &Call, order: &Order<'_>, left_ms: i64) -> Breach {
    let observed = format!("{} could be paid {} s after it was asked for, and nobody cancelled it", order.number, left_ms / 1_000);
    let last = order.calls_of(methods::QUERY).last();
    let breach = Breach::by(pay, "trade.cancel right after the last query, when about 60 s are over", observed);
    let breach = if let Some(query) = last { breach.and(query) } else { breach };
    breach.fact("out_trade_no", order.number).fact("trade_no", order.trade_no.unwrap_or_default()).mend(
        "Left payable: the customer can pay it later. Call trade.cancel when the time for polling is over, and repeat it until its outcome is known.",
        "交易仍可支付，顾客过后还会付款。轮询时间用完后请立即 trade.cancel，并重试到结果明确为止。",
    )
}
