//! # RFD-001: each refund has a number of its own, and keeps it when it is asked again
//!
//! **Why.** Two partial refunds under one number are one refund: the second does nothing. A retry under a new number gives the
//! money twice.
//! **Provoked by** two partial refunds, and a refund whose answer is lost.
//! **Holds** when every partial refund carries `out_request_no`, no number stands for two amounts, and no refund of an unknown
//! outcome is asked again under another number.
//! **Source.** commerce/SEMANTICS 3; alipay.trade.refund.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "RFD-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/refund/in_parts.feature"),
    bites_on: "merchant.refunds_without_number",
    judge,
    source: include_str!("rfd_001_request_no.rs"),
    chinese: include_str!("rfd_001_request_no.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let totals = totals(run);
    let mut under: HashMap<(Trade<'_>, &str), &Call> = HashMap::new();
    let mut open: HashMap<(Trade<'_>, &str), &Call> = HashMap::new();
    let mut refunds = 0;
    for call in run.calls_of_any(&[methods::REFUND, methods::REFUND_QUERY]) {
        if call.method == methods::REFUND_QUERY {
            // a clear answer to the question settles it
            if let Some(asked) = call.asked("/out_request_no").filter(|_| !call.unknown()) {
                open.retain(|_, unknown| unknown.asked("/out_request_no") != Some(asked) || unknown.app_id != call.app_id);
            }
            continue;
        }
        let (Some(trade), Some(amount)) = (trade(call), call.asked("/refund_amount")) else { continue };
        refunds += 1;
        let number = call.asked("/out_request_no").unwrap_or_default();
        let is_partial = totals.get(&trade).is_some_and(|total| *total != amount);
        if number.is_empty() && is_partial {
            return breach(call, call, "a partial refund has no out_request_no").into();
        }
        let first = *under.entry((trade, number)).or_insert(call);
        if first.asked("/refund_amount") != Some(amount) {
            return breach(first, call, "two refunds share a number: the second did nothing").into();
        }
        if let Some(unknown) = open.get(&(trade, amount)).filter(|unknown| unknown.asked("/out_request_no").unwrap_or_default() != number) {
            return breach(unknown, call, "a refund of unknown outcome was asked again under another number").into();
        }
        if call.unknown() {
            open.insert((trade, amount), call);
        } else {
            open.remove(&(trade, amount));
        }
    }
    Verdict::after(refunds, "nothing was refunded in this run")
}

/// What each order was about, by either of its numbers.
fn totals(run: &Run) -> HashMap<Trade<'_>, &str> {
    let asked = run.calls_of_any(&[methods::PAY, methods::PRECREATE, methods::CREATE]);
    let mut totals = HashMap::new();
    for call in asked {
        if let Some(total) = call.asked("/total_amount") {
            totals.extend(
                [call.asked("/out_trade_no"), call.told("/trade_no")]
                    .into_iter()
                    .flatten()
                    .map(|number| ((call.app_id.as_deref(), number), total)),
            );
        }
    }
    totals
}

/// A trade by one of its numbers, and the application: two merchants may give the same.
type Trade<'r> = (Option<&'r str>, &'r str);

fn trade(call: &Call) -> Option<Trade<'_>> {
    let number = call.asked("/trade_no").or_else(|| call.asked("/out_trade_no")).filter(|number| !number.is_empty())?;
    Some((call.app_id.as_deref(), number))
}

fn breach(first: &Call, call: &Call, observed: &str) -> Breach {
    let breach = Breach::by_then(first, "an out_request_no for each refund, the same for each retry of it", observed);
    let breach = if first.id == call.id { breach } else { breach.and(call) };
    breach
        .fact("out_request_no", call.asked("/out_request_no").unwrap_or("none"))
        .fact("refund_amount", call.asked("/refund_amount").unwrap_or_default())
        .mend(
            "Make an out_request_no for each refund before the first call, store it with the refund, and repeat it on every retry of that refund only.",
            "请在第一次调用前为每笔退款生成 out_request_no 并随退款保存；只有重试这同一笔退款时才沿用它。",
        )
}
