//! # NTF-004: the amount in a notice is compared with the order
//!
//! **Why.** A rightly signed notice about another amount is how goods worth 88.00 leave for 0.01.
//! **Provoked by** `alipay/notice/wrong_content.feature`: the signature holds, `total_amount` is another.
//! **Holds** when a payment notice whose amount is not the order's is not answered `success`.
//! The answer is what is judged: `success` tells the platform that the notice was right, and nobody looks at it again.
//! **Source.** commerce/SEMANTICS 4; jeequan/jeepay#81, charleyw/cordova-plugin-alipay#60.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;
use crate::run::points::{decimal, hundredths};

pub(super) const RULE: Rule = Rule {
    id: "NTF-004",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/wrong_content.feature"),
    bites_on: "merchant.ignores_amount",
    judge,
    source: include_str!("ntf_004_check_amount.rs"),
    chinese: include_str!("ntf_004_check_amount.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut refused = 0;
    for notice in run.deliveries.iter().filter(|notice| notice.is_about_a_payment() && !notice.is_forged() && notice.status.is_some()) {
        let trade = notice.param("trade_no").and_then(|number| run.state.trades.get(number));
        let (Some(trade), Some(told)) = (trade, notice.param("total_amount")) else { continue };
        if hundredths(told) == Some(trade.total) {
            continue;
        }
        if notice.was_believed() {
            let ordered = decimal(trade.total);
            return Breach::by_itself(notice, format!("failure: order {} is about {ordered}", trade.order), format!("{} said {told} and was answered success", notice.name()))
                .fact("ordered", ordered.as_str())
                .fact("told", told)
                .mend(
                    format!("Accepted ¥{told} for ¥{ordered}. Compare total_amount with your own order, as decimals, before anything is granted; answer failure when it differs."),
                    format!("把 ¥{told} 当成 ¥{ordered} 收下了。请先把 total_amount 与自己的订单金额比对，不一致就应答 failure，不发货不加积分。"),
                )
                .into();
        }
        refused += 1;
    }
    Verdict::after(refused, "no payment's notice named another amount than was ordered")
}
