//! # NTF-002: a notice that the platform did not sign is not believed
//!
//! **Why.** The address of notices is known to whoever reads one page source. A merchant that takes a notice without its signature gives
//! goods to everybody who can write a form.
//! **Provoked by** `alipay/notice/forged.feature`: a payment that nobody made is announced, and a real notice comes with a broken
//! signature.
//! **Holds** when no forged notice is answered `success`, and a forged payment gives no points.
//! **Source.** gateway/PROTOCOL F; commerce/SEMANTICS 4; lokielse/omnipay-alipay#110.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::points::card_of;
use crate::run::{Call, Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "NTF-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/forged.feature"),
    bites_on: "merchant.skips_signature",
    judge,
    source: include_str!("ntf_002_reject_bad_signature.rs"),
    chinese: include_str!("ntf_002_reject_bad_signature.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let forged: Vec<&Delivery> = run.deliveries.iter().filter(|notice| is_forged_notice(notice) && notice.status.is_some()).collect();
    for notice in &forged {
        if notice.was_believed() {
            let reported = notice.param("out_trade_no").and_then(|order| reported(run, order));
            let breach = breach(notice, "it was answered success");
            return reported.map_or_else(|| breach.clone(), |call| breach.clone().and(call)).into();
        }
        // nobody paid this order, and the purchase is reported all the same
        let Some(order) = notice.param("out_trade_no").filter(|order| !run.is_paid(order)) else { continue };
        if let Some(call) = reported(run, order) {
            return breach(
                notice,
                &format!("nobody paid {order}, and {} reported it for card {}", call.name(), card_of(call).unwrap_or_default()),
            )
            .and(call)
            .into();
        }
    }
    Verdict::after(forged.len(), "no forged notice reached the merchant")
}

fn is_forged_notice(notice: &Delivery) -> bool {
    notice.is_notice() && notice.is_forged()
}

/// The report of the purchase of that order.
fn reported<'r>(run: &'r Run, order: &'r str) -> Option<&'r Call> {
    let numbers = std::iter::once(order).chain(run.trades_of_order(order).map(|(number, _)| number));
    let mut reports = numbers.flat_map(|number| run.calls_naming(number).filter(move |call| call.asked("/trade_no") == Some(number)));
    reports.find(|call| call.method == methods::CONSUME_SYNC && call.succeeded())
}

fn breach(notice: &Delivery, observed: &str) -> Breach {
    Breach::by_then(notice, "failure, and nothing changes", observed)
        .fact("how it was forged", notice.struck.as_ref().map_or("written by somebody, without the platform's key", |struck| struck.action.as_str()))
        .fact("answer", notice.text().unwrap_or_default())
        .mend(
            "Paid by a forgery. Verify the signature with the platform's public key before you look at anything else, and answer failure when it does not fit.",
            "伪造的通知就能“付款”。请先用支付宝公钥验签，再看其他内容；验签不过就应答 failure，什么都不要改。",
        )
}
