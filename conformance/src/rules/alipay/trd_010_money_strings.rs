//! # TRD-010: amounts are decimal texts with two places
//!
//! **Why.** A JSON number goes through a float on its way: 0.1+0.2 arrives as 0.30000000000000004, and 19 sent where 19.00 comes
//! back is another text to whoever compares.
//! **Provoked by** any payment or refund.
//! **Holds** when every amount in calls of `alipay.trade.*` is a text of digits with exactly two decimal places.
//! **Source.** commerce/SEMANTICS 1; yansongda/pay#125.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use serde_json::Value;

pub(super) const RULE: Rule = Rule {
    id: "TRD-010",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/pay/counter.feature"),
    bites_on: "merchant.money_as_float",
    judge,
    source: include_str!("trd_010_money_strings.rs"),
    chinese: include_str!("trd_010_money_strings.zh.md"),
};

/// Amounts in calls about trades.
const AMOUNTS: &[&str] = &["total_amount", "discountable_amount", "undiscountable_amount", "refund_amount"];

fn judge(run: &Run) -> Verdict {
    let mut read = 0;
    for call in run.calls.iter().filter(|call| call.method.starts_with("alipay.trade.")) {
        for (name, value) in AMOUNTS.iter().filter_map(|name| Some((*name, call.business.get(*name)?))) {
            read += 1;
            if !value.as_str().is_some_and(is_money) {
                return breach(call, name, value).into();
            }
        }
    }
    Verdict::after(read, "no amount was sent in this run")
}

fn is_money(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(yuan, fen)| digits(yuan) && digits(fen) && fen.len() == 2)
}

fn breach(call: &Call, name: &str, value: &Value) -> Breach {
    let shown: String = value.to_string().chars().take(40).collect();
    Breach::by_itself(call, format!("{name} as text with two places, such as \"19.00\""), format!("{} sent {name}={shown}", call.name()))
        .fact(name, shown.as_str())
        .mend(
            format!(
                "{name}={shown}: keep money as whole fen and print yuan and fen as text with two places. Never let it pass through a float."
            ),
            format!("{name}={shown}：金额请用整数分存储，按“元.分”两位小数输出为文本，绝不要经过浮点数。"),
        )
}
