//! Every answer code of the gateway itself, with its text, compiled in from `fixtures/alipay/errors.toml`.
//!
//! Business codes (`ACQ.…`) are not here: they belong to the API that answers them, under code 40004.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::WireError;
use super::object::{ObjectText, Slashes};

/// One gateway code.
#[derive(Debug, Deserialize)]
pub struct GatewayCode {
    /// `40002` and so on.
    pub code: String,
    /// The English text of the class.
    pub msg: String,
    /// `isv.invalid-app-id` and so on; unique.
    pub sub_code: String,
    /// The Chinese text; may hold `{string_to_sign}`.
    pub sub_msg: String,
    /// The code V3 answers with.
    pub v3_code: String,
    /// The HTTP status of V3.
    pub v3_http: u16,
    /// Whether the platform signs an answer with this code.
    #[serde(deserialize_with = "yes_or_no")]
    pub signed: bool,
    /// Position of the check in the gateway, lower first (PROTOCOL D).
    pub order: u16,
    /// `wire`, `doc` or `enum`: where the entry comes from.
    pub evidence: String,
    /// Whether the text is a suggestion of ours.
    #[serde(default)]
    pub msg_suggested: bool,
    /// Remarks of the specification.
    #[serde(default)]
    pub note: String,
}

/// One class of codes, e.g. 40004 `Business Failed`.
#[derive(Debug, Deserialize)]
pub struct GatewayClass {
    /// `10000` and so on.
    pub code: String,
    /// Its English text, as it stands on the wire.
    pub msg: String,
    /// One word for what it means.
    pub kind: String,
}

#[derive(Deserialize)]
struct Table {
    class: Vec<GatewayClass>,
    error: Vec<GatewayCode>,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("../../../../fixtures/alipay/errors.toml")).expect("the table is checked by a test"));

static BY_SUB_CODE: LazyLock<HashMap<&'static str, &'static GatewayCode>> =
    LazyLock::new(|| TABLE.error.iter().map(|entry| (entry.sub_code.as_str(), entry)).collect());

/// All gateway codes, in the order of the table.
pub fn all() -> &'static [GatewayCode] {
    &TABLE.error
}

/// The class `code`, e.g. `10000`.
pub fn class(code: &str) -> Option<&'static GatewayClass> {
    TABLE.class.iter().find(|class| class.code == code)
}

/// The code whose `sub_code` is given.
pub fn by_sub_code(sub_code: &str) -> Option<&'static GatewayCode> {
    BY_SUB_CODE.get(sub_code).copied()
}

/// A `sub_code` that is in the table: one of the constants in [`sub_code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SubCode(&'static str);

impl SubCode {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Its entry of the table.
    pub fn entry(self) -> &'static GatewayCode {
        by_sub_code(self.0).expect("a test compares the constants with the table")
    }
}

macro_rules! sub_codes {
    ($($name:ident = $text:literal,)*) => {
        /// The `sub_code`s of the table as constants.
        pub mod sub_code {
            use super::SubCode;
            $(#[doc = concat!("`", $text, "`")] pub const $name: SubCode = SubCode($text);)*
            #[cfg(test)]
            pub(super) const ALL: &[SubCode] = &[$($name),*];
        }
    };
}

sub_codes! {
    MISSING_METHOD = "isv.missing-method",
    INVALID_METHOD = "isv.invalid-method",
    FORBIDDEN_API = "isv.forbidden-api",
    MISSING_TIMESTAMP = "isv.missing-timestamp",
    INVALID_TIMESTAMP = "isv.invalid-timestamp",
    ILLEGAL_TIMESTAMP = "isv.illegal-timestamp",
    MISSING_VERSION = "isv.missing-version",
    INVALID_VERSION = "isv.invalid-version",
    UNSUPPORTED_VERSION = "isv.unsupported-version",
    INVALID_CHARSET = "isv.invalid-charset",
    INVALID_FORMAT = "isv.invalid-format",
    MISSING_SIGNATURE_TYPE = "isv.missing-signature-type",
    INVALID_SIGNATURE_TYPE = "isv.invalid-signature-type",
    MISSING_APP_ID = "isv.missing-app-id",
    INVALID_APP_ID = "isv.invalid-app-id",
    INVALID_APP_STATE = "isv.invalid-app-state",
    NOT_ONLINE_APP = "not-online-app",
    MISSING_SIGNATURE = "isv.missing-signature",
    MISSING_SIGNATURE_KEY = "isv.missing-signature-key",
    MISSING_SIGNATURE_CONFIG = "isv.missing-signature-config",
    MISSING_APP_CERT_SN = "isv.missing-app-cert-sn",
    APP_CERT_NOT_EXIST = "isv.app-cert-not-exist",
    APP_CERT_EXPIRED = "isv.app-cert-expired",
    MISSING_ALIPAY_ROOT_CERT_SN = "isv.missing-alipay-root-cert-sn",
    INVALID_ALIPAY_ROOT_CERT_SN = "isv.invalid-alipay-root-cert-sn",
    ALIPAY_CERT_NOT_EXIST = "isv.alipay-cert-not-exist",
    INVALID_SIGNATURE = "isv.invalid-signature",
    UNSUPPORTED_EXPIRED_APP_KEY_SIGN = "isv.unsupported-expired-app-key-sign",
    SUSPECTED_ATTACK = "isv.suspected-attack",
    INVALID_APP_AUTH_TOKEN = "aop.invalid-app-auth-token",
    APP_AUTH_TOKEN_TIME_OUT = "aop.app-auth-token-time-out",
    INVALID_APP_AUTH_TOKEN_NO_API = "aop.invalid-app-auth-token-no-api",
    NO_PRODUCT_REG_BY_PARTNER = "aop.no-product-reg-by-partner",
    NOT_SUPPORT_APP_AUTH = "isv.not-support-app-auth",
    DECRYPTION_ERROR_MISSING_ENCRYPT_TYPE = "isv.decryption-error-missing-encrypt-type",
    INVALID_ENCRYPT_TYPE = "isv.invalid-encrypt-type",
    DECRYPTION_ERROR_NOT_VALID_ENCRYPT_TYPE = "isv.decryption-error-not-valid-encrypt-type",
    DECRYPTION_ERROR_NOT_VALID_ENCRYPT_KEY = "isv.decryption-error-not-valid-encrypt-key",
    DECRYPTION_ERROR_UNKNOWN = "isv.decryption-error-unknown",
    INVALID_ENCRYPT = "isv.invalid-encrypt",
    INVALID_AUTH_TOKEN = "aop.invalid-auth-token",
    AUTH_TOKEN_TIME_OUT = "aop.auth-token-time-out",
    INSUFFICIENT_ISV_PERMISSIONS = "isv.insufficient-isv-permissions",
    INSUFFICIENT_USER_PERMISSIONS = "isv.insufficient-user-permissions",
    SELF_INVOKE_FORBIDDEN = "isv.self-invoke-forbidden",
    ILLEGAL_CLIENT_IP = "isv.illegal-client-ip",
    INVALID_AUTH_RELATIONS = "isv.invalid-auth-relations",
    APP_CALL_LIMITED = "isv.app-call-limited",
    METHOD_CALL_LIMITED = "isv.method-call-limited",
    ILLEGAL_JSON = "isv.illegal-json",
    INVALID_PARAMETER = "isv.invalid-parameter",
    UPLOAD_FAIL = "isv.upload-fail",
    INVALID_FILE_EXTENSION = "isv.invalid-file-extension",
    INVALID_FILE_SIZE = "isv.invalid-file-size",
    INVALID_DIGEST = "isv.invalid-digest",
    APP_OPENID_NOT_MATCH = "isv.app-openid-not-match",
    INVALID_OPENID = "isv.invalid-openid",
    ISP_UNKNOW_ERROR = "isp.unknow-error",
    AOP_UNKNOW_ERROR = "aop.unknow-error",
    ACQ_SYSTEM_ERROR = "aop.ACQ.SYSTEM_ERROR",
    GRANT_TYPE_INVALID = "isv.grant-type-invalid",
    CODE_INVALID = "isv.code-invalid",
    REFRESH_TOKEN_INVALID = "isv.refresh-token-invalid",
    REFRESH_TOKEN_TIME_OUT = "isv.refresh-token-time-out",
    REFRESHED_TOKEN_INVALID = "isv.refreshed-token-invalid",
}

/// The gateway says no: a code and the text to show.
#[derive(Clone, Debug)]
pub struct GatewayRefusal {
    /// The entry of the table.
    pub code: &'static GatewayCode,
    /// The text, with everything filled in.
    pub sub_msg: String,
}

impl GatewayRefusal {
    /// The refusal with the table's own text.
    pub fn of(sub_code: SubCode) -> Self {
        let code = sub_code.entry();
        Self { code, sub_msg: code.sub_msg.clone() }
    }

    /// isv.invalid-signature with the string the gateway built, `&` written `&amp;` as in JSON answers (PROTOCOL D).
    pub fn invalid_signature(string_to_sign: &str) -> Self {
        let mut refusal = Self::of(sub_code::INVALID_SIGNATURE);
        let shown = string_to_sign.replace('&', "&amp;");
        refusal.sub_msg = refusal.sub_msg.replace("{string_to_sign}", &shown);
        refusal
    }

    /// isv.invalid-signature with its second recorded text, which asks for `charset` in the URL.
    pub fn charset_not_in_url() -> Self {
        let mut refusal = Self::of(sub_code::INVALID_SIGNATURE);
        "验签出错，请确认charset参数放在了URL查询字符串中且各参数值使用charset参数指示的字符集编码".clone_into(&mut refusal.sub_msg);
        refusal
    }

    /// Adds a remark of the simulator to the text, marked as such.
    #[must_use]
    pub fn with_hint(mut self, hint: &str) -> Self {
        self.sub_msg = format!("{} [kabao: {hint}]", self.sub_msg);
        self
    }

    /// Adds what production texts end with: the address that explains this very answer (A9).
    #[must_use]
    pub fn with_solution(mut self, trace: &str) -> Self {
        self.sub_msg = with_solution(&self.sub_msg, trace);
        self
    }

    /// The object of the answer: `code`, `msg`, `sub_code`, `sub_msg`.
    pub fn object(&self) -> ObjectText {
        let members = [("code", &self.code.code), ("msg", &self.code.msg), ("sub_code", &self.code.sub_code), ("sub_msg", &self.sub_msg)];
        let object: Map<_, _> = members.into_iter().map(|(key, text)| (key.to_owned(), Value::String(text.clone()))).collect();
        ObjectText::of(&object, Slashes::Plain)
    }
}

/// The address under which the platform explains the answer with this trace.
pub fn solution_link(trace: &str) -> String {
    format!("https://open.alipay.com/api/errCheck?traceId={trace}&source=openapi")
}

/// A `sub_msg` as production ends it (A9); also for the refusals of APIs.
pub fn with_solution(sub_msg: &str, trace: &str) -> String {
    format!("{sub_msg}，解决方案：{}", solution_link(trace))
}

impl From<&WireError> for GatewayRefusal {
    /// A request that cannot be taken apart. No source shows what the real gateway answers; isv.invalid-parameter is
    /// inferred.
    fn from(error: &WireError) -> Self {
        Self::of(sub_code::INVALID_PARAMETER).with_hint(&error.to_string())
    }
}

fn yes_or_no<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match <&str>::deserialize(deserializer)? {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(serde::de::Error::custom(format!("signed is yes or no, not {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_constants_and_the_table_are_the_same_set() {
        let constants: BTreeSet<_> = sub_code::ALL.iter().map(|code| code.as_str()).collect();
        let table: BTreeSet<_> = all().iter().map(|entry| entry.sub_code.as_str()).collect();
        assert_eq!(constants, table);
        assert_eq!(all().len(), table.len(), "a sub_code stands in the table once");
    }

    #[test]
    fn every_code_belongs_to_a_class_and_has_its_text() {
        for entry in all() {
            assert_eq!(class(&entry.code).map(|class| &class.msg), Some(&entry.msg), "{}", entry.sub_code);
            assert!(!entry.sub_msg.is_empty());
        }
        assert_eq!(class("10000").unwrap().msg, "Success");
    }

    #[test]
    fn a_refusal_prints_its_four_members_in_order() {
        let refusal = GatewayRefusal::of(sub_code::UNSUPPORTED_VERSION).with_hint("a/b");
        assert_eq!(
            refusal.object().as_str(),
            r#"{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.unsupported-version","sub_msg":"不支持的版本 [kabao: a/b]"}"#
        );
    }

    #[test]
    fn a_production_text_ends_with_where_it_is_explained() {
        let refusal = GatewayRefusal::of(sub_code::INVALID_APP_ID).with_solution("0b43c935179");
        assert_eq!(refusal.sub_msg, "无效的AppID参数，解决方案：https://open.alipay.com/api/errCheck?traceId=0b43c935179&source=openapi");
    }

    #[test]
    fn the_string_to_sign_is_shown_with_its_ampersands_escaped() {
        let refusal = GatewayRefusal::invalid_signature("a={string_to_sign}&b=\"2\"");
        assert!(refusal.sub_msg.ends_with("验签字符串为：a={string_to_sign}&amp;b=\"2\""), "{}", refusal.sub_msg);
    }
}
