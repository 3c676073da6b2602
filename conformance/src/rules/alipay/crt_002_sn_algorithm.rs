//! # CRT-002: serials of certificates are computed as the platform computes them
//!
//! **Why.** The serial is the MD5 of the issuer in reversed order and the decimal serial number; of the root bundle only RSA
//! certificates count. Every library got one of these wrong once.
//! **Provoked by** `alipay/answer/certificate_replaced.feature`: the bundle of roots mixes algorithms.
//! **Holds** when every call with serials names those that the platform computes for the application's certificates.
//! **Source.** gateway/PROTOCOL B, QUIRKS Q23; alipay/alipay-sdk-nodejs-all#56, #62, yansongda/pay#491.

use super::SERIALS;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;

pub(super) const RULE: Rule = Rule {
    id: "CRT-002",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/answer/certificate_replaced.feature"),
    bites_on: "client.hex_cert_sn",
    judge,
    source: include_str!("crt_002_sn_algorithm.rs"),
    chinese: include_str!("crt_002_sn_algorithm.zh.md"),
};

/// The trap of serials computed by another rule.
const OTHER_RULE: &str = "Q23";

fn judge(run: &Run) -> Verdict {
    let mut compared = 0;
    for call in run.calls.iter().filter(|call| SERIALS.iter().all(|name| call.param(name).is_some())) {
        let refused = call.sub_code == "isv.invalid-alipay-root-cert-sn" || call.sub_code == "isv.app-cert-not-exist";
        if let Some(remark) = call.remark(OTHER_RULE) {
            return Breach::by_itself(call, "the serials that the platform computes", format!("{} sent another {}", call.name(), remark.path))
                .fact(&remark.path, call.param(&remark.path).unwrap_or_default())
                .fact("remark", remark.text.as_str())
                .mend(
                    "Take the MD5 of issuer (reversed, CN first) and decimal serial number, 32 letters with zeros kept; of the root bundle only RSA-signed roots, joined by _.",
                    "用“倒序签发者（CN 在前）+ 十进制序列号”取 MD5，保留前导零共 32 位；根证书只计 RSA 签名的，用 _ 连接。",
                )
                .into();
        }
        compared += usize::from(!refused && call.remark("Q24").is_none());
    }
    Verdict::after(compared, "no call of an application in certificate mode carried serials")
}
