//! # CRT-005: key mode and certificate mode are not mixed
//!
//! **Why.** An application in key mode that sends serials believes in a safety it does not have; one in certificate mode called
//! by plain keys is refused.
//! **Provoked by** any call.
//! **Holds** when no call sends serials for an application in key mode, and none calls an application in certificate mode
//! without.
//! **Source.** QUIRKS Q24; yansongda/pay#1024.

use super::SERIALS;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Run, Signature};

pub(super) const RULE: Rule = Rule {
    id: "CRT-005",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "client.serials_in_key_mode",
    judge,
    source: include_str!("crt_005_mode_mix.rs"),
    chinese: include_str!("crt_005_mode_mix.zh.md"),
};

/// The trap of mixed modes.
const MIXED: &str = "Q24";

fn judge(run: &Run) -> Verdict {
    if let Some(call) = run.calls.iter().find(|call| call.remark(MIXED).is_some()) {
        let serials = SERIALS.iter().any(|name| call.param(name).is_some());
        let breach =
            Breach::by_itself(call, "application and client in one mode", format!("{} mixes key mode and certificate mode", call.name()))
                .fact("remark", call.remark(MIXED).map_or("", |remark| remark.text.as_str()));
        return if serials {
            breach.mend(
                "The application is in key mode: remove app_cert_sn and alipay_root_cert_sn and use the SDK's key mode, or move the application to certificates.",
                "应用是公钥模式：请去掉 app_cert_sn 和 alipay_root_cert_sn 并使用 SDK 的公钥模式，或者把应用改为证书模式。",
            )
        } else {
            breach.mend(
                "The application is in certificate mode: use the SDK's certificate call (Java: certificateExecute), which sends both serials.",
                "应用是证书模式：请使用 SDK 的证书调用（Java 为 certificateExecute），它会带上两个序列号。",
            )
        }
        .into();
    }
    let signed = run.calls.iter().filter(|call| call.signature == Signature::Valid).count();
    Verdict::after(signed, "no call carried a signature that fits")
}
