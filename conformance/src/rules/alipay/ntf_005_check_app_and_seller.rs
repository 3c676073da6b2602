//! # NTF-005: a notice for another application or seller is not believed
//!
//! **Why.** Everybody who sells at the platform can have a rightly signed notice about a sale of their own sent to this address.
//! **Provoked by** `alipay/notice/wrong_content.feature`: the signature holds, `app_id` or `seller_id` is another's.
//! **Holds** when no payment notice that names another application or another seller is answered `success`.
//! The answer is what is judged: `success` tells the platform that the notice was right, and nobody looks at it again.
//! **Source.** commerce/SEMANTICS 4; jeequan/jeepay#81.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "NTF-005",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/wrong_content.feature"),
    bites_on: "merchant.ignores_seller",
    judge,
    source: include_str!("ntf_005_check_app_and_seller.rs"),
    chinese: include_str!("ntf_005_check_app_and_seller.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut refused = 0;
    for notice in run.deliveries.iter().filter(|notice| notice.is_about_a_payment() && !notice.is_forged() && notice.status.is_some()) {
        let Some((field, own, told)) = anothers(run, notice) else { continue };
        if notice.was_believed() {
            return Breach::by_itself(notice, format!("failure: {field} is not {own}"), format!("{} named {field} {told} and was answered success", notice.name()))
                .fact("own", own)
                .fact("told", told)
                .mend(
                    format!("Accepted a notice for {field} {told}. Compare app_id and seller_id with your own before you believe a notice; a signature is no reason to."),
                    format!("收下了 {field} 为 {told} 的通知。相信通知之前请核对 app_id 和 seller_id 都是自己的，签名正确并不够。"),
                )
                .into();
        }
        refused += 1;
    }
    Verdict::after(refused, "no payment's notice named another application or seller")
}

/// The field that names somebody else, who it should be, and who it is.
fn anothers<'r>(run: &'r Run, notice: &'r Delivery) -> Option<(&'static str, &'r str, &'r str)> {
    let trade = run.state.trades.get(notice.param("trade_no")?)?;
    let differs = |field: &'static str, own: &'r str| {
        notice.param(field).filter(|told| *told != own && !own.is_empty()).map(|told| (field, own, told))
    };
    differs("app_id", notice.app_id.as_deref()?).or_else(|| differs("seller_id", &trade.seller))
}
