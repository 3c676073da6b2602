//! The keys: what each text is, whether the pair matches, which public key was pasted, the AES key's form.

use super::finding::Finding;
use super::sdk::{Form, Sdk};
use super::setup::Setup;
use wire::alipay::{AesKey, Certificate};
use wire::keys::{SigningKey, VerifyingKey};

pub(super) fn examine(setup: &Setup, sdk: Option<Sdk>) -> Vec<Finding> {
    let mut found = Vec::new();
    let private = match setup.key.as_deref() {
        None => {
            found.push(Finding::not_given("private key", "--key"));
            None
        }
        Some(text) => match SigningKey::from_text(text) {
            Ok(key) => {
                found.push(form(text, &key, sdk));
                Some(key)
            }
            Err(error) => {
                found.push(Finding::wrong(
                    "private key",
                    Some("Q03"),
                    format!("no usable private key: {error}"),
                    format!("不是可用的私钥：{error}"),
                ));
                None
            }
        },
    };
    found.push(pair(setup, private.as_ref()));
    found.push(pasted(setup, private.as_ref()));
    found.push(aes(setup.aes_key.as_deref()));
    found
}

/// What the private key's text is, and whether the SDK takes it.
fn form(text: &str, key: &SigningKey, sdk: Option<Sdk>) -> Finding {
    let form = Form::of(text, key);
    let fingerprint = key.fingerprint();
    let (is, is_zh) = (form.words(), form.words_zh());
    if let Form { mislabelled: true, .. } = form {
        return Finding::wrong(
            "private key",
            Some("Q03"),
            format!("{is}, but its BEGIN line says otherwise: many SDKs refuse it; --convert writes it right"),
            format!("{is_zh}，但BEGIN行与内容不符：许多SDK会拒绝；可用 --convert 转换"),
        );
    }
    match sdk.filter(|sdk| !sdk.takes(form)) {
        Some(sdk) => Finding::wrong(
            "private key",
            Some("Q03"),
            format!("{is}; {} wants {}: `kabao doctor --sdk {} --convert` prints it", sdk.name(), sdk.wants(), sdk.flag()),
            format!("{is_zh}；{} 需要 {}：kabao doctor --sdk {} --convert 可输出", sdk.name(), sdk.wants(), sdk.flag()),
        ),
        None => Finding::right("private key", format!("{is}, fingerprint {fingerprint}"), format!("{is_zh}，指纹 {fingerprint}")),
    }
}

/// Whether the private key belongs to the application's public key or certificate.
fn pair(setup: &Setup, private: Option<&SigningKey>) -> Finding {
    const CHECK: &str = "key pair";
    let Some(private) = private else { return Finding::not_given(CHECK, "--key") };
    let certificate = setup.app_cert.as_deref().and_then(|text| Certificate::from_pem(text).ok());
    let public = match (setup.app_public_key.as_deref().map(VerifyingKey::from_text), certificate) {
        (Some(Ok(key)), _) => key,
        (Some(Err(error)), _) => {
            return Finding::wrong(CHECK, None, format!("the application's public key: {error}"), format!("应用公钥无法读取：{error}"));
        }
        (None, Some(certificate)) => match certificate.key() {
            Some(key) => key.clone(),
            None => return Finding::wrong(CHECK, None, "the application's certificate has no RSA key", "应用证书中没有RSA公钥"),
        },
        (None, None) => return Finding::not_given(CHECK, "--app-public-key, --app-cert"),
    };
    let (one, two) = (private.fingerprint(), public.fingerprint());
    if *private.verifying() == public {
        Finding::right(CHECK, format!("private and public key are a pair ({one})"), format!("私钥与公钥配对（{one}）"))
    } else {
        Finding::wrong(
            CHECK,
            Some("Q01"),
            format!("not a pair: the private key's public half is {one}, given is {two}"),
            format!("不是一对：私钥对应的公钥指纹为 {one}，提供的是 {two}"),
        )
    }
}

/// Whether what is configured as the Alipay public key is not the application's own.
fn pasted(setup: &Setup, private: Option<&SigningKey>) -> Finding {
    const CHECK: &str = "alipay public key";
    let Some(text) = setup.alipay_public_key.as_deref() else {
        let flag = if setup.alipay_cert.is_some() { "certificate mode" } else { "--alipay-public-key" };
        return Finding::not_given(CHECK, flag);
    };
    let key = match VerifyingKey::from_text(text) {
        Ok(key) => key,
        Err(error) => return Finding::wrong(CHECK, None, format!("no usable public key: {error}"), format!("不是可用的公钥：{error}")),
    };
    let own = private.map(SigningKey::verifying).cloned();
    let own = own.or_else(|| VerifyingKey::from_text(setup.app_public_key.as_deref()?).ok());
    if own.is_some_and(|own| own == key) {
        return Finding::wrong(
            CHECK,
            Some("Q31"),
            "this is your own application public key: take the Alipay public key that the console shows beside it",
            "这是您自己的应用公钥：应填写控制台中显示的支付宝公钥",
        );
    }
    Finding::right(
        CHECK,
        format!("not the application's own ({})", key.fingerprint()),
        format!("不是应用自身的公钥（{}）", key.fingerprint()),
    )
}

fn aes(text: Option<&str>) -> Finding {
    const CHECK: &str = "AES key";
    let Some(text) = text.map(str::trim) else { return Finding::not_given(CHECK, "--aes-key") };
    let hexadecimal = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hexadecimal {
        return Finding::wrong(
            CHECK,
            Some("Q25"),
            "hexadecimal: the Base64 text of 16 bytes is expected, as the console shows it",
            "十六进制：应为16字节的Base64文本，与控制台显示一致",
        );
    }
    match AesKey::from_base64(text) {
        Ok(_) => Finding::right(CHECK, "Base64 of 16 bytes; decode it before use", "16字节的Base64；使用前须解码"),
        Err(error) => Finding::wrong(CHECK, Some("Q25"), error.to_string(), format!("AES密钥格式错误：{error}")),
    }
}
