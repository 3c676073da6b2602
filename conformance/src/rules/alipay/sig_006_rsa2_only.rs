//! # SIG-006: requests are signed by RSA2 with a key of at least 2048 bits
//!
//! **Why.** RSA over SHA-1 with 1024 bits is what attackers can afford to break; the platform takes it from old applications
//! only.
//! **Provoked by** any call.
//! **Holds** when every call says `sign_type=RSA2`, its digest is the one it says, and its signature is at least 256 bytes long.
//! **Source.** gateway/PROTOCOL A1, A3, QUIRKS Q04.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "SIG-006",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "client.signs_with_rsa1",
    judge,
    source: include_str!("sig_006_rsa2_only.rs"),
    chinese: include_str!("sig_006_rsa2_only.zh.md"),
};

/// Bits of the shortest key that is taken.
const BITS: usize = 2_048;
/// The trap of a digest that is not the one of `sign_type`.
const OTHER_DIGEST: &str = "Q04";

fn judge(run: &Run) -> Verdict {
    let mut signed = 0;
    for call in &run.calls {
        let (Some(sign_type), Some(sign)) = (call.param("sign_type"), &call.sign) else { continue };
        signed += 1;
        // three bytes in four letters; padding says how many of the last are none
        let bits = (sign.len() / 4 * 3 - sign.bytes().rev().take_while(|byte| *byte == b'=').count().min(2)) * 8;
        if sign_type != "RSA2" {
            return breach(call, &format!("sign_type={sign_type}")).into();
        }
        if call.trap() == Some(OTHER_DIGEST) {
            return breach(call, "sign_type=RSA2 over another digest").into();
        }
        if (512..BITS).contains(&bits) {
            return breach(call, &format!("a key of {bits} bits")).into();
        }
    }
    Verdict::after(signed, "no call carried sign_type and a signature")
}

fn breach(call: &Call, seen: &str) -> Breach {
    Breach::by_itself(call, "sign_type=RSA2 and a key of 2048 bits or more", format!("{} came with {seen}", call.name()))
        .fact("seen", seen)
        .mend(
            format!("{seen} is not safe any more: make a new pair of 2048 bits, register its public half, and sign with RSA2 (SHA-256)."),
            format!("{seen} 已不安全：请生成 2048 位的新密钥对，登记其公钥，并用 RSA2（SHA-256）签名。"),
        )
}
