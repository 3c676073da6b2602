//! # SIG-002: the string to sign is built as the platform builds it
//!
//! **Why.** Sorted after URL-encoding, empty values kept, JSON printed again after signing: each gives another string, and the
//! platform only says that the signature is wrong.
//! **Provoked by** any call.
//! **Holds** when no signature by the right key was made over another string. The mistakes of `sign_type` (SIG-003) and charset
//! (SIG-004) have rules of their own.
//! **Source.** gateway/PROTOCOL A3, QUIRKS Q06 to Q10, Q14, Q16, Q17, Q21, Q22, Q28, Q29, Q41 to Q46; fzlee/alipay#128,
//! yansongda/pay#749.

use super::{Strings, right_key_signed};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, Signature};

pub(super) const RULE: Rule = Rule {
    id: "SIG-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "client.sorts_after_encoding",
    judge,
    source: include_str!("sig_002_canon_order.rs"),
    chinese: include_str!("sig_002_canon_order.zh.md"),
};

/// Traps that are another rule's affair: keys, `sign_type`, digest, charset, serials.
const OF_OTHERS: &[&str] = &["Q01", "Q02", "Q04", "Q05", "Q11", "Q13", "Q15", "Q23"];

fn judge(run: &Run) -> Verdict {
    let mut looked_at = 0;
    for call in run.calls.iter().filter(|call| call.signature != Signature::NotChecked) {
        let is_own = call.trap().map_or_else(|| right_key_signed(call), |trap| !OF_OTHERS.contains(&trap));
        if call.signature == Signature::Invalid && is_own {
            return breach(call).into();
        }
        looked_at += usize::from(call.signature == Signature::Valid);
    }
    Verdict::after(looked_at, "no call carried a signature that was looked at and fits")
}

fn breach(call: &Call) -> Breach {
    let observed = format!("the right key signed another string ({})", call.trap().unwrap_or("by no mistake that is known"));
    let breach = Breach::by_itself(call, format!("the signature of {} is over the string that the platform builds", call.name()), observed);
    let breach = breach.fact("mistake", call.trap().unwrap_or("not in the catalogue"));
    let found = Strings::of(call);
    let mended = match &found {
        Some(found) if !found.hint.is_empty() => breach.mend(found.hint, found.hint_zh),
        _ => breach.mend(
            "Sort raw parameters by name, leave out empty values and sign, join with &, sign, and encode last; send the very bytes that were signed.",
            "参数按名称排序，去掉空值和 sign，用 & 连接原始值后签名，最后才做 URL 编码；发送的必须就是签名时的那份内容。",
        ),
    };
    match found {
        Some(found) => mended.fact("first different byte", found.at.to_string()),
        None => mended,
    }
}
