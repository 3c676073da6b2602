//! # CRT-001: certificate mode sends both serials, and both are signed
//!
//! **Why.** Without `app_cert_sn` and `alipay_root_cert_sn` the platform does not know which certificate to verify with; sent beside
//! the signed string they are worth nothing.
//! **Provoked by** `alipay/answer/certificate_replaced.feature`: the application is in certificate mode.
//! **Holds** when every call of an application that uses certificates carries both serials, and its signature is over them.
//! **Source.** gateway/PROTOCOL B, QUIRKS Q23, Q24; fzlee/alipay#128, TheNorthMemory/whats-alipay#5.

use super::SERIALS;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, Signature};

pub(super) const RULE: Rule = Rule {
    id: "CRT-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/answer/certificate_replaced.feature"),
    bites_on: "client.unsigned_cert_sn",
    judge,
    source: include_str!("crt_001_cert_sn_sent.rs"),
    chinese: include_str!("crt_001_cert_sn_sent.zh.md"),
};

/// Codes by which the platform refuses a call without its serials.
const MISSING: &[&str] = &["isv.missing-app-cert-sn", "isv.missing-alipay-root-cert-sn"];

fn judge(run: &Run) -> Verdict {
    let mut with_both = 0;
    for call in &run.calls {
        let sent: Vec<&str> = SERIALS.iter().copied().filter(|name| call.param(name).is_some()).collect();
        if MISSING.contains(&call.sub_code.as_str()) || sent.len() == 1 {
            let missing = SERIALS.iter().find(|name| !sent.contains(name)).copied().unwrap_or(SERIALS[0]);
            return breach(call, &format!("{} has no {missing}", call.name()), missing).into();
        }
        if sent.len() == 2 && call.remark("Q24").is_none() {
            let signed = call.diagnosis.as_ref().and_then(|found| found["client_string"].as_str());
            let beside = signed.and_then(|signed| SERIALS.iter().find(|name| !signed.contains(&format!("{name}="))));
            if let Some(beside) = beside {
                return breach(call, &format!("{} sent {beside} beside the string it signed", call.name()), beside).into();
            }
            with_both += usize::from(call.signature == Signature::Valid);
        }
    }
    Verdict::after(with_both, "no application in certificate mode called")
}

fn breach(call: &Call, observed: &str, name: &str) -> Breach {
    Breach::by_itself(call, "app_cert_sn and alipay_root_cert_sn, both in the signed string", observed).fact("serial", name).mend(
        format!("Set {name} before signing, not after: in certificate mode both serials are parameters like any other, sorted and signed with the rest."),
        format!("请在签名之前就放入 {name}：证书模式下两个序列号都是普通参数，要一起排序、一起签名。"),
    )
}
