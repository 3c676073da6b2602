//! # SIG-001: every request is signed with the key pair registered for its application
//!
//! **Why.** The most common first failure: the string is right and the key is not. It belongs to another application, or its
//! public half was never uploaded. The platform only says "check the string or the key", and people search the string for days.
//! **Provoked by** any call.
//! **Holds** when every signature that was looked at verifies with the registered public key. A wrong *string* signed with the
//! right key is not this rule's affair: the diagnosis names it, and SIG-002 to SIG-004 judge it.
//! **Source.** gateway/PROTOCOL A3, QUIRKS Q01; fzlee/alipay#21, alipay/alipay-sdk-nodejs-all#5.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, Signature};

pub(super) const RULE: Rule = Rule {
    id: "SIG-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "client.signs_with_another_key",
    judge,
    source: include_str!("sig_001_own_key_pair.rs"),
    chinese: include_str!("sig_001_own_key_pair.zh.md"),
};

/// The trap's number for a key that belongs to somebody else.
const ANOTHER_OWNER: &str = "Q01";

fn judge(run: &Run) -> Verdict {
    let mut looked_at = 0;
    for call in run.calls.iter().filter(|call| call.signature != Signature::NotChecked) {
        looked_at += 1;
        if call.signature == Signature::Invalid && !is_wrong_string(call) {
            return breach(call).into();
        }
    }
    if looked_at == 0 { Verdict::not_exercised("no call carried a signature that was looked at") } else { Verdict::Holds }
}

/// Whether the registered key signed, over another string.
fn is_wrong_string(call: &Call) -> bool {
    call.trap().map_or_else(|| super::right_key_signed(call), |trap| trap != ANOTHER_OWNER)
}

fn breach(call: &Call) -> Breach {
    let app = call.app_id.as_deref().unwrap_or("?");
    let expected = format!("the signature of {} verifies with the public key registered for application {app}", call.name());
    let word = |name: &str| call.diagnosis.as_ref().and_then(|found| found[name].as_str());
    let breach = match (word("hint"), word("hint_zh")) {
        (Some(hint), Some(hint_zh)) => Breach::by_itself(call, expected, "it verifies with somebody else's key").mend(hint, hint_zh),
        _ => Breach::by_itself(call, expected, "it verifies with no key that is known here, over no string that a known mistake would give").mend(
            "Signed with another key. Sign with the private key whose public half is registered for this application, or register the public half of yours.",
            "签名用的是另一把私钥。请用与该应用已登记公钥配对的私钥签名，或把现用私钥的公钥重新上传登记。",
        ),
    };
    // the platform adds what it knows of the registered key in brackets
    let said = call.told("/sub_msg").unwrap_or_default();
    let added = said.rsplit_once('[').map_or(said, |(_, added)| added.trim_end_matches(']'));
    breach.fact("answered", format!("{} {}; {added}", call.code, call.sub_code))
}
