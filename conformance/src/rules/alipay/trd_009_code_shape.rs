//! # TRD-009: what is sent as a payment code looks like one
//!
//! **Why.** A scanner reads whatever lies under it. A member code or a barcode of the goods sent to pay is refused by the
//! platform, a second later and with a riddle for a text.
//! **Provoked by** a member code read at the pay prompt, or a damaged payment code.
//! **Holds** when every `auth_code` of `trade.pay` is text: 16 to 24 digits that begin with 25 to 30, or a face token of 35
//! characters that begins with fp.
//! **Source.** commerce/SEMANTICS 3; lokielse/omnipay-alipay#104.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{PayCode, Run};

pub(super) const RULE: Rule = Rule {
    id: "TRD-009",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/pay/counter.feature"),
    bites_on: "merchant.pays_with_any_code",
    judge,
    source: include_str!("trd_009_code_shape.rs"),
    chinese: include_str!("trd_009_code_shape.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut looked_at = 0;
    for call in run.calls_of(methods::PAY) {
        let Some(code) = &call.pay_code else { continue };
        looked_at += 1;
        if let Some(why) = wrong(code) {
            return Breach::by_itself(call, "16 to 24 digits that begin with 25 to 30, as text", format!("{} sent a code that {why}", call.name()))
                .fact("length", code.length.to_string())
                .fact("begins", code.begins.as_str())
                .mend(
                    format!("The code {why}: it is no payment code. Look at it before you call (25 to 30 first, 16 to 24 digits, kept as text) and ask for another scan."),
                    "这不是付款码。请在调用前先检查（25–30 开头、16–24 位数字、按文本保存），不是就提示重新扫码；会员码不要送去付款。",
                )
                .into();
        }
    }
    Verdict::after(looked_at, "no payment code was sent, or the journal does not tell its shape")
}

fn wrong(code: &PayCode) -> Option<&'static str> {
    if code.begins == "fp" && code.length == 35 {
        return None;
    }
    if !code.text {
        return Some("was sent as a number");
    }
    if !code.digits {
        return Some("has other letters than digits");
    }
    if !(16..=24).contains(&code.length) {
        return Some("has not 16 to 24 digits");
    }
    let begins = code.begins.parse::<u8>().ok();
    (!begins.is_some_and(|begins| (25..=30).contains(&begins))).then_some("does not begin with 25 to 30")
}
