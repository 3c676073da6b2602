//! # NTF-015: every call that leads to notices names a `notify_url`
//!
//! **Why.** Without the address nothing will ever arrive: an order that is paid after the till gave up stays unpaid in the book.
//! **Provoked by** any payment.
//! **Holds** when every `trade.pay`, `trade.precreate` and `trade.create` carries `notify_url`.
//! **Source.** commerce/SEMANTICS 4; fzlee/alipay#123, yansongda/pay#241.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;

pub(super) const RULE: Rule = Rule {
    id: "NTF-015",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/pay/counter.feature"),
    bites_on: "merchant.pays_without_notify_url",
    judge,
    source: include_str!("ntf_015_url_sent.rs"),
    chinese: include_str!("ntf_015_url_sent.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let calls = run.calls_of_any(&[methods::PAY, methods::PRECREATE, methods::CREATE]);
    if let Some(call) = calls.iter().find(|call| call.param("notify_url").is_none_or(|url| url.trim().is_empty())) {
        let inside = call.business.get("notify_url").is_some();
        let observed = if inside { "notify_url stands inside biz_content" } else { "no notify_url" };
        return Breach::by_itself(*call, format!("{} with notify_url", call.name()), observed)
            .fact("out_trade_no", call.asked("/out_trade_no").unwrap_or_default())
            .mend(
                "No notify_url: nothing will ever arrive. Send it as a public parameter beside biz_content with every payment.",
                "没有 notify_url，就永远收不到通知。请在每次付款时把它作为公共参数（与 biz_content 并列）传入。",
            )
            .into();
    }
    Verdict::after(calls.len(), "nothing was to be paid in this run")
}
