//! # CRT-004: when the platform replaces its certificate, the merchant goes on
//!
//! **Why.** Certificates run out and are replaced while the shop is open. Every answer names the one that signed it; whoever does not
//! fetch it believes nothing any more: payments stay open, notices are refused until they stop coming.
//! **Provoked by** `alipay/answer/certificate_replaced.feature`: between two payments the platform's key and certificate are replaced.
//! **Holds** when a merchant in certificate mode that took notices before takes rightly signed ones after the change as well, at the
//! latest when they come again after an answer named the new certificate. Refusing all of them is the breach.
//! **Source.** gateway/PROTOCOL B (alipay.open.app.alipaycert.download) and F; smartwalle/alipay#123, wechatpay-apiv3/wechatpay-go#11.

use super::SERIALS;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Delivery, Event, Run};

pub(super) const RULE: Rule = Rule {
    id: "CRT-004",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/answer/certificate_replaced.feature"),
    bites_on: "merchant.keeps_old_certificate",
    judge,
    source: include_str!("crt_004_rotation.rs"),
    chinese: include_str!("crt_004_rotation.zh.md"),
};

/// How the platform's log calls a change of keys.
const REPLACED: &str = "app_keys_set";
/// How an SDK gets a certificate that it does not know.
const DOWNLOAD: &str = "alipay.open.app.alipaycert.download";

fn judge(run: &Run) -> Verdict {
    let mut survived = 0;
    for change in run.events.iter().filter(|event| event.kind == REPLACED) {
        let Some(app) = change.body["app"].as_str() else { continue };
        let own = |notice: &&Delivery| notice.is_notice() && notice.app_id.as_deref() == Some(app) && !notice.is_forged();
        let (before, after): (Vec<_>, Vec<_>) =
            run.deliveries.iter().filter(own).filter(|notice| notice.status.is_some()).partition(|notice| notice.at_ms <= change.at_ms);
        let Some(told) = told_of(run, app, change).filter(|_| before.iter().any(|notice| notice.was_believed())) else { continue };
        if after.iter().any(|notice| notice.was_believed()) {
            survived += 1;
            continue;
        }
        let refused: Vec<&Delivery> = after.into_iter().filter(|notice| notice.id > told.id).collect();
        if let [first, .., last] = &refused[..] {
            return breach(run, told, first, last, refused.len()).into();
        }
    }
    Verdict::after(survived, "no platform certificate was replaced while an application in certificate mode was in use")
}

/// The first whole answer after the change to a call of that application in certificate mode: it names the new certificate. What
/// bears the moment of the change itself may be from before it.
fn told_of<'r>(run: &'r Run, app: &str, change: &Event) -> Option<&'r Call> {
    let certified = |call: &Call| SERIALS.iter().all(|name| call.param(name).is_some()) && call.remark("Q24").is_none();
    let of_app = run.calls.iter().filter(|call| call.app_id.as_deref() == Some(app) && certified(call));
    of_app.filter(|call| call.method != DOWNLOAD && call.succeeded() && call.was_believable()).find(|call| call.at_ms > change.at_ms)
}

fn breach(run: &Run, told: &Call, first: &Delivery, last: &Delivery, refused: usize) -> Breach {
    let fetched = run.calls_of(DOWNLOAD).any(|call| call.id > told.id);
    let fetching = if fetched { "although a certificate was fetched" } else { "and no certificate was fetched" };
    let observed = format!("{} named the new certificate; all {refused} notices after it were refused, {fetching}", told.name());
    Breach::by_then(first, "rightly signed notices are taken after the change, as before", observed)
        .and(last)
        .and(told)
        .fact("answer", first.text().unwrap_or_default())
        .mend(
            format!("{refused} valid messages refused after rotation. When alipay_cert_sn of an answer is new, fetch it (alipaycert.download), check it by the roots, and keep the old one beside it."),
            format!("平台换证书后拒绝了 {refused} 条有效消息。应答里的 alipay_cert_sn 变了，就用 alipaycert.download 下载新证书，经根证书校验后启用，旧证书同时保留。"),
        )
}
