//! Q23, Q24, Q49: serial numbers of certificates computed by another rule, of another file, or missing.
//!
//! The usual wrong rules are computed for the certificates that are known and compared. Source: PROTOCOL B.

use std::fmt::Write as _;

use md5::Md5;
use md5::digest::Digest as _;

use super::{Known, Remark};
use crate::alipay::certificates::Certificate;

/// `alipay_root_cert_sn` of the production platform's bundle.
pub const PRODUCTION_ROOT_SN: &str = "687b59193f3f462dd5336e5abf83c5d8_02941eef3187dddf3d3b83462e1dfcf6";

/// The serial numbers of a request, with what they are called there.
pub(in crate::alipay) struct Serials<'a> {
    pub(in crate::alipay) app: Option<&'a str>,
    pub(in crate::alipay) root: Option<&'a str>,
    pub(in crate::alipay) app_name: &'a str,
    pub(in crate::alipay) root_name: &'a str,
}

/// What is odd about the serial numbers of a request that was refused with `code`, or served.
pub(in crate::alipay) fn serials(named: &Serials<'_>, code: Option<&str>, known: &Known<'_>) -> Option<Remark> {
    let application = known.application?;
    let Some(mode) = &application.certificates else {
        let sent = named.app.map(|_| named.app_name).or(named.root.map(|_| named.root_name))?;
        return Some(Remark::new(
            "Q24",
            sent,
            format!("the application is in key mode: {sent} has no effect and the answer has no alipay_cert_sn; use the SDK's key mode"),
            format!("本应用为公钥模式：{sent} 不起作用，应答中也没有 alipay_cert_sn；请使用SDK的公钥模式"),
        ));
    };
    match code {
        Some("missing-app-cert-sn") => Some(Remark::new(
            "Q24",
            named.app_name,
            "the application is in certificate mode: use the SDK's certificate call (Java: certificateExecute); alipay-sdk-python has none",
            "本应用为公钥证书模式：请使用SDK的证书调用（Java为certificateExecute）；官方Python SDK不支持证书模式",
        )),
        Some("app-cert-not-exist") => {
            let sent = named.app?;
            let own = mode.app_certificates.iter();
            let (how, how_zh) = own
                .clone()
                .find_map(|one| wrong_rule(sent, one))
                .or_else(|| whose(sent, &mode.alipay_cert_sn, &mode.root_cert_sn, known))
                .unwrap_or(("of no certificate that is registered here", "不属于任何已登记的证书"));
            let right = own.map(Certificate::sn).collect::<Vec<_>>().join(" / ");
            Some(Remark::new(
                "Q23",
                named.app_name,
                format!("{} is {how}; {right} is expected, the MD5 of issuer and decimal serial number", named.app_name),
                format!("{} {how_zh}；应为 {right}（签发者与十进制序列号拼接后的MD5）", named.app_name),
            ))
        }
        Some("missing-alipay-root-cert-sn") => Some(Remark::new(
            "Q23",
            named.root_name,
            format!("{} is missing: it is computed from the root bundle, alipayRootCert.crt", named.root_name),
            format!("缺少 {}：应由根证书文件 alipayRootCert.crt 计算得出", named.root_name),
        )),
        Some("invalid-alipay-root-cert-sn") => {
            let sent = named.root?;
            let (how, how_zh) = wrong_bundle(sent, &mode.root_cert_sn, known).unwrap_or(("of another bundle", "来自其他根证书文件"));
            Some(Remark::new(
                "Q23",
                named.root_name,
                format!("{} is {how}; {} is expected", named.root_name, mode.root_cert_sn),
                format!("{} {how_zh}；应为 {}", named.root_name, mode.root_cert_sn),
            ))
        }
        None if named.app.is_some() && named.root.is_none() => Some(Remark::new(
            "Q49",
            named.root_name,
            format!("{} was not sent; PHP V3 and gopay leave it out, so it is served, but documents ask for it", named.root_name),
            format!("未发送 {}；PHP V3 与 gopay 不发送，因此仍予受理，但文档要求提供", named.root_name),
        )),
        _ => None,
    }
}

type Words = (&'static str, &'static str);

fn md5_hex(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().fold(String::with_capacity(32), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The serial numbers that usual wrong rules give.
fn variants(one: &Certificate) -> Vec<(String, Words)> {
    let (issuer, serial) = (one.issuer(), one.serial_decimal());
    let hex = serial.parse::<u128>().map(|number| format!("{number:x}")).unwrap_or_default();
    let backwards = issuer.split(',').rev().collect::<Vec<_>>().join(",");
    let spaced = issuer.replace(',', ", ");
    let slashed = format!("/{}", backwards.replace(',', "/"));
    let mut found = Vec::new();
    let hexadecimal = ("computed with the hexadecimal serial number", "使用了十六进制序列号");
    let in_order = ("computed with the issuer's parts in the certificate's order, not reversed", "签发者各段未倒序");
    for (name, words) in [
        (issuer, None),
        (backwards.as_str(), Some(in_order)),
        (spaced.as_str(), Some(("computed with spaces after the commas of the issuer", "签发者逗号后带空格"))),
        (slashed.as_str(), Some(("computed with the issuer written with slashes", "签发者以斜线书写"))),
        (one.subject(), Some(("computed with the subject instead of the issuer", "使用了使用者而非签发者"))),
    ] {
        found.extend(words.map(|words| (md5_hex(&format!("{name}{serial}")), words)));
        found.push((md5_hex(&format!("{name}{hex}")), hexadecimal));
        found.push((md5_hex(&format!("{name}{}", hex.to_uppercase())), hexadecimal));
    }
    found.push((one.sn().trim_start_matches('0').to_owned(), ("without its leading zeros", "丢失了前导零")));
    found.push((one.sn().to_uppercase(), ("in upper case", "使用了大写字母")));
    found.push((serial.to_owned(), ("the certificate's own serial number, not the MD5", "是证书自身的序列号，而不是MD5")));
    found.push((hex.clone(), ("the certificate's own serial number, not the MD5", "是证书自身的序列号，而不是MD5")));
    found.push((hex.to_uppercase(), ("the certificate's own serial number, not the MD5", "是证书自身的序列号，而不是MD5")));
    found.retain(|(text, _)| text != one.sn() && !text.is_empty());
    found
}

fn wrong_rule(sent: &str, one: &Certificate) -> Option<Words> {
    variants(one).into_iter().find(|(text, _)| text == sent).map(|(_, words)| words)
}

fn whose(sent: &str, platform: &str, root: &str, known: &Known<'_>) -> Option<Words> {
    if sent == platform {
        return Some(("of the Alipay certificate, not of the application's", "属于支付宝公钥证书，而不是应用公钥证书"));
    }
    let of_a_root = sent == root || known.roots.is_some_and(|roots| roots.certificates().iter().any(|one| one.sn() == sent));
    of_a_root.then_some(("of a root certificate, not of the application's", "属于根证书，而不是应用公钥证书"))
}

fn wrong_bundle(sent: &str, right: &str, known: &Known<'_>) -> Option<Words> {
    let bundle = known.roots?.certificates();
    let counted: Vec<&Certificate> = bundle.iter().filter(|one| one.is_rsa_signed()).collect();
    let joined = |parts: &[&str]| parts.join("_");
    let sns = |of: &[&Certificate]| of.iter().map(|one| one.sn().to_owned()).collect::<Vec<_>>();
    let all: Vec<&Certificate> = bundle.iter().collect();
    let reversed: Vec<&Certificate> = counted.iter().rev().copied().collect();
    let mut candidates: Vec<(String, Words)> = vec![
        (PRODUCTION_ROOT_SN.to_owned(), ("of the production platform's bundle", "来自生产环境的根证书")),
        (
            sns(&all).join("_"),
            (
                "computed with the ECDSA or SM2 roots counted; only roots signed with RSA count",
                "把ECDSA或国密根证书也计算在内；只计RSA签名的根证书",
            ),
        ),
        (sns(&reversed).join("_"), ("in another order than the file's", "顺序与文件不一致")),
        (sns(&counted).join(","), ("joined by another character than _", "未使用 _ 连接")),
        (sns(&counted).concat(), ("joined by nothing instead of _", "未使用 _ 连接")),
        (right.to_uppercase(), ("in upper case", "使用了大写字母")),
    ];
    for one in &counted {
        candidates.push((
            one.sn().to_owned(),
            ("of one root only; those of all RSA roots are joined by _", "只含一个根证书；应以 _ 连接全部RSA根证书的SN"),
        ));
    }
    let count = counted.first().map_or(0, |one| variants(one).len());
    for place in 0..count {
        let parts: Vec<(String, Words)> = counted.iter().filter_map(|one| variants(one).into_iter().nth(place)).collect();
        let texts: Vec<&str> = parts.iter().map(|(text, _)| text.as_str()).collect();
        if let Some((_, words)) = parts.first() {
            candidates.push((joined(&texts), *words));
        }
    }
    let stripped: Vec<&str> = right.split('_').map(|sn| sn.trim_start_matches('0')).collect();
    candidates.push((joined(&stripped), ("without its leading zeros", "丢失了前导零")));
    candidates.into_iter().find(|(text, _)| text == sent && text != right).map(|(_, words)| words)
}
