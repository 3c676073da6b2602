//! What each official SDK wants of a private key, the key converted to it, and the traps that bite before anything is sent.

use super::finding::{Finding, State};
use super::place;
use super::setup::Setup;
use crate::exit::Ended;
use clap::ValueEnum;
use wire::keys::SigningKey;

/// The SDKs there are.
#[derive(Clone, Copy, ValueEnum, PartialEq, Eq, Debug)]
pub(super) enum Sdk {
    Java,
    Easysdk,
    Net,
    Php,
    Python,
    PythonCommunity,
    Node,
    Go,
}

/// What a private key's text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Form {
    pub(super) pkcs8: bool,
    pub(super) armoured: bool,
    pub(super) mislabelled: bool,
}

impl Form {
    pub(super) fn of(text: &str, key: &SigningKey) -> Self {
        let armoured = text.contains("-----BEGIN");
        let dense: String = text.lines().filter(|line| !line.starts_with("-----")).flat_map(str::split_whitespace).collect();
        let says_pkcs1 = text.contains("BEGIN RSA PRIVATE KEY");
        let pkcs8 = if dense == key.pkcs1_base64() { false } else { dense == key.pkcs8_base64() || !says_pkcs1 };
        Self { pkcs8, armoured, mislabelled: armoured && pkcs8 == says_pkcs1 }
    }

    pub(super) fn words(self) -> &'static str {
        match (self.pkcs8, self.armoured) {
            (true, true) => "PKCS#8 with BEGIN and END lines",
            (true, false) => "PKCS#8 without BEGIN and END lines",
            (false, true) => "PKCS#1 with BEGIN and END lines",
            (false, false) => "PKCS#1 without BEGIN and END lines",
        }
    }

    pub(super) fn words_zh(self) -> &'static str {
        match (self.pkcs8, self.armoured) {
            (true, true) => "PKCS#8，带BEGIN与END行",
            (true, false) => "PKCS#8，不带BEGIN与END行",
            (false, true) => "PKCS#1，带BEGIN与END行",
            (false, false) => "PKCS#1，不带BEGIN与END行",
        }
    }
}

impl Sdk {
    /// What it is called where it is published.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Java => "alipay-sdk-java",
            Self::Easysdk => "alipay-easysdk",
            Self::Net => "alipay-sdk-net",
            Self::Php => "alipay-sdk-php",
            Self::Python => "alipay-sdk-python",
            Self::PythonCommunity => "python-alipay-sdk",
            Self::Node => "alipay-sdk (Node)",
            Self::Go => "gopay",
        }
    }

    /// What it is called on the command line.
    pub(super) fn flag(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// What it wants, in words.
    pub(super) fn wants(self) -> &'static str {
        match self {
            Self::Java | Self::Easysdk => "PKCS#8 without BEGIN and END lines",
            Self::Net | Self::Php | Self::Python => "PKCS#1 without BEGIN and END lines",
            Self::PythonCommunity => "PKCS#1 with BEGIN and END lines",
            Self::Node => "PKCS#1, or PKCS#8 with keyType: 'PKCS8'",
            Self::Go => "either, without BEGIN and END lines",
        }
    }

    pub(super) fn takes(self, form: Form) -> bool {
        match self {
            Self::Java | Self::Easysdk => form.pkcs8 && !form.armoured,
            Self::Net | Self::Php | Self::Python => !form.pkcs8 && !form.armoured,
            Self::PythonCommunity => form.armoured,
            Self::Node => true,
            Self::Go => !form.armoured,
        }
    }

    /// **Secret.** The key in the form it wants.
    fn convert(self, key: &SigningKey) -> String {
        match self {
            Self::Java | Self::Easysdk => key.pkcs8_base64(),
            Self::Net | Self::Php | Self::Python | Self::Node | Self::Go => key.pkcs1_base64(),
            Self::PythonCommunity => key.pkcs1_pem(),
        }
    }
}

/// **Secret.** The private key as the SDK wants it.
pub(super) fn converted(setup: &Setup, sdk: Option<Sdk>) -> Result<String, Ended> {
    let text = setup.key.as_deref().ok_or_else(|| Ended::usage("name the private key with --key"))?;
    let key = SigningKey::from_text(text).map_err(Ended::usage)?;
    let sdk = sdk.ok_or_else(|| Ended::usage("name the SDK with --sdk"))?;
    Ok(sdk.convert(&key).trim_end().to_owned())
}

/// The traps of one SDK with this set-up.
pub(super) fn traps(setup: &Setup, sdk: Option<Sdk>, validate_sign: bool) -> Vec<Finding> {
    const CHECK: &str = "SDK";
    let Some(sdk) = sdk else { return vec![Finding::not_given(CHECK, "--sdk")] };
    let port = setup.gateway.as_deref().and_then(place::port_of);
    let mut found = Vec::new();
    if sdk == Sdk::Python {
        if setup.aes_key.is_some() {
            found.push(Finding::wrong(
                CHECK,
                Some("Q26"),
                "alipay-sdk-python raises a TypeError on AES under Python 3: leave AES out, or take another SDK",
                "官方Python SDK在Python 3下使用AES会抛出TypeError：请不使用AES，或改用其他SDK",
            ));
        }
        if port.is_some_and(|port| port != 80 && port != 443) {
            found.push(Finding::wrong(
                CHECK,
                Some("Q27"),
                "alipay-sdk-python ignores the port of the gateway and fails on it: reach kabao on port 80 (--listen 127.0.0.2:80)",
                "官方Python SDK忽略网关端口并报错：请让kabao监听80端口（--listen 127.0.0.2:80）",
            ));
        }
        if setup.app_cert.is_some() {
            found.push(Finding::wrong(CHECK, Some("Q24"), "alipay-sdk-python has no certificate mode", "官方Python SDK不支持证书模式"));
        }
    }
    if sdk == Sdk::Node {
        if !validate_sign {
            found.push(Finding::doubtful(
                CHECK,
                "Q35",
                "the Node SDK accepts forged answers unless validateSign: true is set (say --validate-sign when it is)",
                "未设置 validateSign: true 时Node SDK会接受伪造的应答（已设置请加 --validate-sign）",
            ));
        } else if setup.aes_key.is_some() {
            found.push(Finding::doubtful(
                CHECK,
                "Q36",
                "with validateSign the Node SDK refuses every encrypted answer of the classic gateway: use v3 for those calls",
                "开启validateSign后Node SDK会拒绝经典网关的所有密文应答：请改用V3",
            ));
        }
    }
    if found.is_empty() {
        found.push(Finding::new(
            CHECK,
            State::Right,
            format!("{}: no known trap in this set-up", sdk.name()),
            format!("{}：未发现已知问题", sdk.name()),
        ));
    }
    found
}
