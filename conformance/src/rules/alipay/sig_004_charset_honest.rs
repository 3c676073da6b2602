//! # SIG-004: bytes come in the charset that the request declares
//!
//! **Why.** A Chinese card name in GBK under charset=utf-8 is another text to the platform: the signature fails, or the customer
//! reads letters that nobody wrote.
//! **Provoked by** a Chinese card name, or any text beyond ASCII.
//! **Holds** when every call with text beyond ASCII was read in the declared charset and its signature fits.
//! **Source.** gateway/PROTOCOL A2, QUIRKS Q11, Q13, Q15; yansongda/pay#147.

use super::has_letters_beyond_ascii;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, Signature};
use serde_json::Value;

pub(super) const RULE: Rule = Rule {
    id: "SIG-004",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "client.declares_another_charset",
    judge,
    source: include_str!("sig_004_charset_honest.rs"),
    chinese: include_str!("sig_004_charset_honest.zh.md"),
};

/// Traps of another charset, of two spellings of it, and of letters that were lost on the way.
const TRAPS: &[&str] = &["Q11", "Q13", "Q15"];

fn judge(run: &Run) -> Verdict {
    let mut foreign = 0;
    for call in &run.calls {
        let trap = call.trap().filter(|trap| TRAPS.contains(trap)).or_else(|| call.remark("Q13").map(|_| "Q13"));
        if let Some(trap) = trap {
            return breach(call, &format!("the signature fits other bytes than those declared ({trap})")).into();
        }
        if holds_lost_letters(&call.business) || call.params.values().any(holds_lost_letters) {
            return breach(call, "bytes that are no text of the declared charset").into();
        }
        foreign += usize::from(call.signature == Signature::Valid && has_letters_beyond_ascii(call));
    }
    Verdict::after(foreign, "no call carried text beyond ASCII")
}

fn holds_lost_letters(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(char::REPLACEMENT_CHARACTER),
        Value::Array(items) => items.iter().any(holds_lost_letters),
        Value::Object(members) => members.values().any(holds_lost_letters),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn breach(call: &Call, observed: &str) -> Breach {
    let declared = call.param("charset").unwrap_or("none");
    Breach::by_itself(call, format!("{} is written in its charset, {declared}", call.name()), observed).fact("charset", declared).mend(
        format!("Declared {declared}, but the bytes are in another charset. Encode the body once, in the charset that the request names, and sign those bytes."),
        format!("声明的是 {declared}，实际字节却是另一种编码。请只按请求声明的字符集编码一次，并对同样的字节签名。"),
    )
}
