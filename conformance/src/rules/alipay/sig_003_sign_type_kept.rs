//! # SIG-003: `sign_type` is part of the string that a request signs
//!
//! **Why.** Requests keep `sign_type` in the signed string and notices drop it. Whoever writes one function for both gets one of
//! them wrong.
//! **Provoked by** any call.
//! **Holds** when no signature fits the string without `sign_type`, and at least one fits the right one.
//! **Source.** gateway/PROTOCOL A3, QUIRKS Q05; alipay/alipay-sdk-nodejs-all#27, yansongda/pay#389.

use super::Strings;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Run, Signature};

pub(super) const RULE: Rule = Rule {
    id: "SIG-003",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "client.drops_sign_type",
    judge,
    source: include_str!("sig_003_sign_type_kept.rs"),
    chinese: include_str!("sig_003_sign_type_kept.zh.md"),
};

/// The trap of a string without `sign_type`.
const WITHOUT: &str = "Q05";

fn judge(run: &Run) -> Verdict {
    if let Some(call) = run.calls.iter().find(|call| call.trap() == Some(WITHOUT)) {
        let at = Strings::of(call).map_or(0, |found| found.at);
        let expected = format!("the string that {} signs holds sign_type={}", call.name(), call.param("sign_type").unwrap_or("RSA2"));
        return Breach::by_itself(call, expected, "the signature fits only without sign_type")
            .fact("first different byte", at.to_string())
            .mend(
                "Verifies only without sign_type: requests keep it, notices drop it. Leave out nothing but sign and empty values when signing a request.",
                "去掉 sign_type 才能验过：请求签名要保留 sign_type，异步通知验签才去掉。签请求时只去掉 sign 和空值。",
            )
            .into();
    }
    let valid = run.calls.iter().filter(|call| call.signature == Signature::Valid && call.param("sign_type").is_some()).count();
    Verdict::after(valid, "no call with sign_type carried a signature that fits")
}
