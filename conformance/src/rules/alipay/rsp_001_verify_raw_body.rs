//! # RSP-001: a rightly signed answer is believed, however its text is set
//!
//! **Why.** The signature is over the bytes of the object as they came. Who parses first and prints again before verifying refuses good
//! answers on the day the platform sets a space or a slash another way, and asks for everything twice.
//! **Provoked by** `alipay/answer/odd_but_right.feature`: answers with odd white space and with slashes written the other way.
//! **Holds** when no call that was answered so, and done, is made again under the same number within a minute.
//! **Source.** gateway/PROTOCOL A6, A7; fzlee/alipay#10, smartwalle/alipay#21, alipay/alipay-easysdk#298.

use super::{repeated, under_a_number};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "RSP-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/answer/odd_but_right.feature"),
    bites_on: "client.prints_answers_again",
    judge,
    source: include_str!("rsp_001_verify_raw_body.rs"),
    chinese: include_str!("rsp_001_verify_raw_body.zh.md"),
};

/// Ways in which an answer looks odd and is right.
const ODD: &[&str] = &["spaced", "slashes"];

fn judge(run: &Run) -> Verdict {
    let mut believed = 0;
    for call in run.calls.iter().filter(|call| call.succeeded() && under_a_number(call).is_some()) {
        let Some(how) = call.struck.as_ref().map(|struck| struck.action.as_str()).filter(|how| ODD.contains(how)) else { continue };
        if let Some(again) = repeated(run, call) {
            return breach(call, again, how).into();
        }
        believed += 1;
    }
    Verdict::after(believed, "no answer came set in an odd way")
}

fn breach(call: &Call, again: &Call, how: &str) -> Breach {
    Breach::by(call, "the answer is verified over its bytes as they came, and believed", format!("{} asked for the same again", again.name()))
        .and(again)
        .fact("answer", format!("{how}, rightly signed"))
        .fact("number", under_a_number(call).unwrap_or_default())
        .mend(
            "A correctly signed reply was refused: you printed it again before verifying. Verify the substring of the raw body, and parse afterwards.",
            "正确签名的应答被拒绝了：你在验签前重新序列化了它。请对原始报文中的那一段直接验签，之后再解析。",
        )
}
