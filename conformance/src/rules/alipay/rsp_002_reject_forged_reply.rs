//! # RSP-002: an answer without the platform's signature changes nothing
//!
//! **Why.** Whoever sits between shop and platform can write any answer: a card opened, a payment made. Without the check a stranger's
//! word gives away goods.
//! **Provoked by** `alipay/answer/not_the_platforms.feature`: successes with a wrong signature, with none, and with another key's.
//! **Holds** when after each such success the merchant makes the call again, asks, or hears of it by a notice, before the till shows the
//! sale as paid or the customer as joined, and within 60 seconds.
//! **Source.** gateway/PROTOCOL A7; go-pay/gopay#265.

use super::{attempts, methods, under_a_number};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Order, Run, Sight, shown_ms};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "RSP-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/answer/not_the_platforms.feature"),
    bites_on: "client.skips_verification",
    judge,
    source: include_str!("rsp_002_reject_forged_reply.rs"),
    chinese: include_str!("rsp_002_reject_forged_reply.zh.md"),
};

/// Ways in which an answer is not the platform's.
const FORGED: &[&str] = &["wrong_signature", "no_signature", "other_key"];
/// How long the merchant may take to ask.
const PATIENCE_MS: i64 = 60_000;

fn judge(run: &Run) -> Verdict {
    let orders = run.orders();
    let orders: HashMap<(&str, &str), &Order<'_>> = orders.iter().map(|order| ((order.app, order.number), order)).collect();
    let mut asked_again = 0;
    for call in run.calls.iter().filter(|call| [methods::OPEN, methods::PAY].contains(&call.method.as_str()) && call.succeeded()) {
        let Some(how) = call.struck.as_ref().map(|struck| struck.action.as_str()).filter(|how| FORGED.contains(how)) else { continue };
        let known_ms = known_ms(run, &orders, call);
        let shown = run.sights.iter().find(|sight| shows_success(run, sight, call) && known_ms.is_none_or(|known| known > shown_ms(sight)));
        if let Some(sight) = shown {
            return breach(call, how, format!("{} was shown before anybody had asked again", sight.standing)).into();
        }
        if known_ms.is_none() && run.left_after(call) >= PATIENCE_MS {
            return breach(call, how, format!("nobody asked again for {} s", run.left_after(call) / 1_000)).into();
        }
        asked_again += usize::from(known_ms.is_some());
    }
    Verdict::after(asked_again, "no success came without the platform's signature")
}

/// When the merchant asked again, or was told, real time.
fn known_ms(run: &Run, orders: &HashMap<(&str, &str), &Order<'_>>, call: &Call) -> Option<i64> {
    let number = under_a_number(call);
    if call.method == methods::PAY {
        let order = orders.get(&(call.app_id.as_deref().unwrap_or_default(), number?))?;
        let asked = order.asked_after(call).map(|asked| asked.real_ms);
        return asked.into_iter().chain(order.told_after(call).map(|notice| notice.real_ms)).min();
    }
    let again = number.and_then(|number| run.calls_naming(number).find(|later| later.id > call.id && later.method == call.method));
    run.calls_of_after(methods::CARD_QUERY, call.id).next().into_iter().chain(again).map(|later| later.real_ms).min()
}

/// Whether something is shown, after the call, that the forged answer alone said.
fn shows_success(run: &Run, sight: &Sight, call: &Call) -> bool {
    if shown_ms(sight) < call.real_ms {
        return false;
    }
    let of_order = sight.shown.get("out_trade_no").and_then(|number| number.as_str()) == call.asked("/out_trade_no");
    match call.method.as_str() {
        methods::PAY => sight.standing == "paid" && of_order,
        // of several customers who join nobody knows whose attempt it is
        _ => sight.asked == "attempt" && sight.standing == "joined" && attempts(run) == 1,
    }
}

fn breach(call: &Call, how: &str, observed: String) -> Breach {
    Breach::by(call, format!("the answer to {} is not believed, and the call is made again or asked about", call.name()), observed)
        .fact("answer", how)
        .fact("number", under_a_number(call).unwrap_or_default())
        .mend(
            "A forged answer was believed. Verify sign over the raw object with the platform's public key before reading it; what does not verify is an unknown outcome.",
            "伪造的应答被当真了。请先用平台公钥对原始对象验签再读取；验不过的应答按“结果未知”处理。",
        )
}
