//! The gateway's own questions in their order, up to the signature (PROTOCOL D; `order` in errors.toml).
//!
//! What follows the signature (app authorisation, decryption, user token, permission, rate, JSON, the API) needs the world
//! and is asked by the engine, with codes from [`super::codes`]. Known differences: `format=xml` is refused because we
//! only write JSON; a missing `charset` is refused as invalid, for which no code is published.

mod application;
mod envelope;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::charset::DeclaredCharset;
use super::codes::{GatewayRefusal, SubCode, sub_code};
use super::encryption::AesKey;
use super::request::Opened;
use super::response::Answering;
use super::sign_type::SignType;
use super::timestamp;
use crate::keys::VerifyingKey;

pub use application::{Application, ApplicationStanding, CertificateMode};
pub use envelope::Envelope;
pub(super) use envelope::is_protocol_word;

/// What the gateway knows of a method name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodStanding {
    /// It can be called.
    Known,
    /// There is no such method.
    Unknown,
    /// It exists and is switched off.
    Forbidden,
}

/// What the gateway brings to the checks.
pub trait Registry {
    /// Whether `method` can be called.
    fn method(&self, method: &str) -> MethodStanding;
    /// The application called `app_id`.
    fn application(&self, app_id: &str) -> Option<Application>;
    /// The platform's time, in milliseconds since 1970: certificates end by it, and V3 refuses what is too far from it.
    fn now_ms(&self) -> i64;
}

/// Checks that are off unless asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Refuse a POST with non-ASCII values that names its charset in the body only (QUIRKS Q12), as production does.
    pub charset_must_be_in_url: bool,
    /// Refuse values that hold a reserved name, `out_trade_no=` or `total_fee=` (QUIRKS Q21).
    pub suspect_reserved_names: bool,
    /// Refuse a V3 call in certificate mode without `alipay-root-cert-sn` (QUIRKS Q49); some official SDKs do not send it.
    pub v3_root_serial_required: bool,
}

/// A request that was refused, with all that is needed to answer and to explain it.
#[derive(Debug)]
pub struct Refused {
    /// The code and text.
    pub refusal: GatewayRefusal,
    /// How to answer: see [`super::response::seal_refusal`].
    pub answering: Answering,
    /// The request.
    pub opened: Opened,
    /// Set when the signature did not verify; what [`super::diagnosis`] works on.
    pub failed_signature: Option<FailedSignature>,
}

/// A signature that did not verify.
#[derive(Clone, Debug)]
pub struct FailedSignature {
    /// The string the gateway built.
    pub string_to_sign: Vec<u8>,
    /// The key registered for the application.
    pub registered_key: VerifyingKey,
    /// The algorithm the request named.
    pub sign_type: SignType,
}

/// Asks everything up to and including the signature.
///
/// # Errors
/// The first question that was answered wrongly, boxed with the request.
pub fn check(opened: Opened, registry: &impl Registry, options: Options) -> Result<Envelope, Box<Refused>> {
    let mut answering = Answering::to_method(opened.method().as_deref());
    match ask(&opened, &mut answering, registry, options) {
        Ok(asked) => Ok(Envelope::new(opened, answering, asked)),
        Err((refusal, failed_signature)) => Err(Box::new(Refused { refusal, answering, opened, failed_signature })),
    }
}

/// What the questions bring to light.
struct Asked {
    method: String,
    app_id: String,
    timestamp_ms: i64,
    content_key: Option<AesKey>,
}

type Refusal = (GatewayRefusal, Option<FailedSignature>);

fn no<T>(code: SubCode) -> Result<T, Refusal> {
    Err((GatewayRefusal::of(code), None))
}

fn ask(opened: &Opened, answering: &mut Answering, registry: &impl Registry, options: Options) -> Result<Asked, Refusal> {
    // The answer is written in the request's charset and algorithm even when an earlier question fails.
    let charset = opened.parameters.value("charset").and_then(|label| DeclaredCharset::of(label));
    if let Some(charset) = &charset {
        answering.charset = charset.clone();
    }

    let Some(method) = opened.method() else { return no(sub_code::MISSING_METHOD) };
    match registry.method(&method) {
        MethodStanding::Known => {}
        MethodStanding::Unknown => return no(sub_code::INVALID_METHOD),
        MethodStanding::Forbidden => return no(sub_code::FORBIDDEN_API),
    }

    let timestamp_ms = ask_protocol_words(opened)?;
    if charset.is_none() {
        return no(sub_code::INVALID_CHARSET);
    }
    ask_format(opened)?;
    let Some(sign_type) = opened.parameters.value("sign_type") else { return no(sub_code::MISSING_SIGNATURE_TYPE) };
    let Some(sign_type) = SignType::of(sign_type) else { return no(sub_code::INVALID_SIGNATURE_TYPE) };
    answering.sign_type = sign_type;

    let Some(app_id) = opened.app_id() else { return no(sub_code::MISSING_APP_ID) };
    let Some(application) = registry.application(&app_id) else { return no(sub_code::INVALID_APP_ID) };
    answering.key.clone_from(&application.platform_key);
    ask_standing(&application).or_else(no)?;
    let Some(sign) = opened.parameters.value("sign") else { return no(sub_code::MISSING_SIGNATURE) };
    let serials = Serials { app: opened.word("app_cert_sn"), root: opened.word("alipay_root_cert_sn"), root_may_be_missing: false };
    let key = ask_key(&application, &serials, registry.now_ms()).or_else(no)?;
    answering.alipay_cert_sn = application.certificates.as_ref().map(|mode| mode.alipay_cert_sn.clone());
    ask_signature(opened, answering, sign, &application, key, options)?;
    if options.suspect_reserved_names && has_reserved_names(opened) {
        return no(sub_code::SUSPECTED_ATTACK);
    }
    let content_key = application.content_key;
    Ok(Asked { method: method.into_owned(), app_id: app_id.into_owned(), timestamp_ms, content_key })
}

/// Whether the application may call at all.
pub(super) fn ask_standing(application: &Application) -> Result<(), SubCode> {
    match application.standing {
        ApplicationStanding::Online => Ok(()),
        ApplicationStanding::Unusable => Err(sub_code::INVALID_APP_STATE),
        ApplicationStanding::NotOnline => Err(sub_code::NOT_ONLINE_APP),
    }
}

/// The certificate serial numbers a request names.
pub(super) struct Serials<'a> {
    pub(super) app: Option<Cow<'a, str>>,
    pub(super) root: Option<Cow<'a, str>>,
    /// Some official V3 SDKs send no root serial (QUIRKS Q49).
    pub(super) root_may_be_missing: bool,
}

/// The key to verify with. In key mode serial numbers are signed like any parameter and mean nothing.
pub(super) fn ask_key(application: &Application, serials: &Serials<'_>, now_ms: i64) -> Result<VerifyingKey, SubCode> {
    let Some(mode) = &application.certificates else {
        return application.merchant_key.clone().ok_or(sub_code::MISSING_SIGNATURE_CONFIG);
    };
    if mode.app_certificates.is_empty() {
        return Err(sub_code::MISSING_SIGNATURE_CONFIG);
    }
    let Some(app) = &serials.app else { return Err(sub_code::MISSING_APP_CERT_SN) };
    let Some(certificate) = mode.app_certificates.iter().find(|one| one.sn() == app) else { return Err(sub_code::APP_CERT_NOT_EXIST) };
    if !certificate.is_valid_at(now_ms) {
        return Err(sub_code::APP_CERT_EXPIRED);
    }
    match &serials.root {
        None if !serials.root_may_be_missing => return Err(sub_code::MISSING_ALIPAY_ROOT_CERT_SN),
        Some(root) if *root != mode.root_cert_sn => return Err(sub_code::INVALID_ALIPAY_ROOT_CERT_SN),
        _ => {}
    }
    certificate.key().cloned().ok_or(sub_code::MISSING_SIGNATURE_CONFIG)
}

fn ask_protocol_words(opened: &Opened) -> Result<i64, Refusal> {
    let Some(written) = opened.parameters.value("timestamp") else { return no(sub_code::MISSING_TIMESTAMP) };
    let Some(timestamp_ms) = timestamp::parse(written) else { return no(sub_code::INVALID_TIMESTAMP) };
    match opened.word("version").as_deref() {
        None => no(sub_code::MISSING_VERSION),
        Some("1.0") => Ok(timestamp_ms),
        // Which of the two codes a number gets is not shown by any source: inferred.
        Some(number) if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => no(sub_code::UNSUPPORTED_VERSION),
        Some(_) => no(sub_code::INVALID_VERSION),
    }
}

fn ask_format(opened: &Opened) -> Result<(), Refusal> {
    match opened.word("format").as_deref() {
        None => Ok(()),
        Some(format) if format.eq_ignore_ascii_case("json") => Ok(()),
        Some(format) if format.eq_ignore_ascii_case("xml") => {
            let hint = "the simulator answers in JSON only; set format=json";
            Err((GatewayRefusal::of(sub_code::INVALID_FORMAT).with_hint(hint), None))
        }
        Some(_) => no(sub_code::INVALID_FORMAT),
    }
}

fn ask_signature(
    opened: &Opened,
    answering: &Answering,
    sign: &[u8],
    application: &Application,
    key: VerifyingKey,
    options: Options,
) -> Result<(), Refusal> {
    let charset = answering.charset.charset;
    let sign_type = answering.sign_type;
    let string_to_sign = opened.string_to_sign();
    let verifies = |key: &VerifyingKey| key.verifies_text(sign_type.digest(), &string_to_sign, sign);
    if !verifies(&key) {
        if application.retired_keys.iter().any(verifies) {
            return no(sub_code::UNSUPPORTED_EXPIRED_APP_KEY_SIGN);
        }
        let refusal = GatewayRefusal::invalid_signature(&charset.decode_lossy(&string_to_sign));
        let failed = FailedSignature { string_to_sign, registered_key: key, sign_type };
        return Err((refusal, Some(failed)));
    }
    if options.charset_must_be_in_url && opened.charset_only_in_body() && opened.has_non_ascii() {
        return Err((GatewayRefusal::charset_not_in_url(), None));
    }
    // A right signature over bytes that are no text in the declared charset: the gateway decodes before it builds its
    // string, so to it the signature is wrong, and its second text says why.
    for parameter in &opened.parameters {
        if let Err(wrong) = charset.decode(&parameter.value) {
            let hint = format!("parameter {} is not {} at byte {}", String::from_utf8_lossy(&parameter.name), charset.name(), wrong.offset);
            return Err((GatewayRefusal::charset_not_in_url().with_hint(&hint), None));
        }
    }
    Ok(())
}

fn has_reserved_names(opened: &Opened) -> bool {
    static RESERVED: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["out_trade_no=", "total_fee="].map(Finder::new));
    let holds = |value: &[u8]| RESERVED.iter().any(|name| name.find(value).is_some());
    opened.parameters.iter().any(|parameter| holds(&parameter.value))
}
