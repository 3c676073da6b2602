//! The set-up beside a running sandbox: does the platform know this application, this key, and is the platform's key the one pasted?

use super::finding::Finding;
use super::setup::Setup;
use serde_json::Value;
use std::time::Duration;
use wire::alipay::{CertificateFile, diagnosis::remarks::PRODUCTION_ROOT_SN};
use wire::keys::{SigningKey, VerifyingKey};

const CHECK: &str = "platform";

pub(super) async fn compare(from: &str, sandbox: &str, setup: &Setup) -> Vec<Finding> {
    match sheet(from, sandbox).await {
        Ok(sheet) => beside(&sheet, sandbox, setup),
        Err(Missing::Address(error)) => vec![Finding::wrong(
            super::place::REACHABLE,
            None,
            format!("{from} does not answer ({error}); start it with `kabao serve`"),
            format!("{from} 无法连接（{error}）；请用 kabao serve 启动"),
        )],
        Err(Missing::Sandbox(error)) => vec![Finding::wrong(CHECK, None, error.clone(), error)],
    }
}

enum Missing {
    Address(String),
    Sandbox(String),
}

async fn sheet(from: &str, sandbox: &str) -> Result<Value, Missing> {
    let away = |error: reqwest::Error| Missing::Address(error.to_string());
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).no_proxy().build().map_err(away)?;
    let answer = client.get(format!("{from}/_kabao/v1/sandboxes/{sandbox}")).send().await.map_err(away)?;
    let found = answer.status().is_success();
    let sheet: Value = answer.json().await.map_err(away)?;
    if found { Ok(sheet) } else { Err(Missing::Sandbox(sheet["error"]["message"].as_str().unwrap_or("the platform refused").to_owned())) }
}

/// What the sandbox's sheet says against what is configured.
pub(super) fn beside(sheet: &Value, sandbox: &str, setup: &Setup) -> Vec<Finding> {
    let apps = sheet["apps"].as_array().map_or(&[][..], Vec::as_slice);
    let app = match setup.app_id.as_deref() {
        None => apps.first(),
        Some(app_id) => apps.iter().find(|app| app["app_id"] == app_id),
    };
    let Some(app) = app else {
        let known: Vec<&str> = apps.iter().filter_map(|app| app["app_id"].as_str()).collect();
        let given = setup.app_id.as_deref().unwrap_or("-");
        return vec![Finding::wrong(
            CHECK,
            Some("Q02"),
            format!("sandbox `{sandbox}` has no application {given}; it has {}", known.join(", ")),
            format!("沙箱 `{sandbox}` 没有应用 {given}；现有 {}", known.join("、")),
        )];
    };
    let key = |name: &str| app[name].as_str().and_then(|text| VerifyingKey::from_text(text).ok());
    let mut found = Vec::new();
    found.extend(signing(setup, key("app_public_key")));
    found.extend(pasted(setup, key("alipay_public_key").as_ref(), key("app_public_key").as_ref()));
    found.extend(content_key(setup, app["aes_key"].as_str()));
    found.extend(roots(setup, app["certificates"]["alipay_root_cert_sn"].as_str()));
    found
}

fn signing(setup: &Setup, registered: Option<VerifyingKey>) -> Option<Finding> {
    let own = SigningKey::from_text(setup.key.as_deref()?).ok()?;
    let registered = registered?;
    let (one, two) = (own.fingerprint(), registered.fingerprint());
    Some(if *own.verifying() == registered {
        Finding::right(CHECK, "the platform has the pair of the private key", "平台登记的应用公钥与私钥配对")
    } else {
        Finding::wrong(
            CHECK,
            Some("Q01"),
            format!("the platform has another key for this application: {two}, yours is {one}"),
            format!("平台为本应用登记的公钥不同：{two}，您的为 {one}"),
        )
    })
}

fn pasted(setup: &Setup, platform: Option<&VerifyingKey>, application: Option<&VerifyingKey>) -> Option<Finding> {
    let pasted = VerifyingKey::from_text(setup.alipay_public_key.as_deref()?).ok()?;
    if platform == Some(&pasted) {
        return Some(Finding::right(
            CHECK,
            "the Alipay public key is the one answers are signed with",
            "支付宝公钥与平台签名应答的密钥一致",
        ));
    }
    if application == Some(&pasted) {
        return Some(Finding::wrong(
            CHECK,
            Some("Q31"),
            "the key pasted as Alipay public key is the application's: take alipay_public_key of the sandbox's sheet",
            "填写的支付宝公钥其实是应用公钥：应使用沙箱信息中的 alipay_public_key",
        ));
    }
    Some(Finding::wrong(CHECK, Some("Q31"), "the Alipay public key is of another platform or application", "支付宝公钥属于其他平台或应用"))
}

fn content_key(setup: &Setup, platform: Option<&str>) -> Option<Finding> {
    let own = setup.aes_key.as_deref()?.trim();
    Some(match platform {
        Some(known) if known == own => Finding::right(CHECK, "the AES key is the application's", "AES密钥与平台一致"),
        Some(_) => Finding::wrong(CHECK, Some("Q25"), "the AES key is another than the application's", "AES密钥与平台不一致"),
        None => Finding::wrong(CHECK, Some("Q25"), "AES is not switched on for this application", "本应用未开启AES"),
    })
}

fn roots(setup: &Setup, platform: Option<&str>) -> Option<Finding> {
    let own = CertificateFile::from_pem(setup.root_cert.as_deref()?).ok()?.root_sn();
    let production = own == PRODUCTION_ROOT_SN;
    Some(match platform {
        Some(known) if known == own => Finding::right(CHECK, "the bundle of roots is the platform's", "根证书与平台一致"),
        Some(_) if production => Finding::wrong(
            CHECK,
            Some("Q23"),
            "the bundle of roots is production's: take the sandbox's",
            "根证书来自生产环境：应使用沙箱的根证书",
        ),
        Some(_) => Finding::wrong(CHECK, Some("Q23"), "the bundle of roots is of another platform", "根证书属于其他平台"),
        None => Finding::wrong(
            CHECK,
            Some("Q24"),
            "the application is in key mode: certificates have no use here",
            "本应用为公钥模式，不使用证书",
        ),
    })
}
