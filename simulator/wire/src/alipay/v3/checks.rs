//! The gateway's own questions in their order, up to signature and nonce (PROTOCOL C, D; `order` in errors.toml).
//!
//! What follows (app authorisation, decryption, user token, permission, rate, JSON, the API) needs the world. Inferred, as no
//! source shows them: that a repeated nonce is answered as suspected-attack, a missing one as invalid-parameter, a wrong
//! HTTP method and Content-Type with the documented codes of those names. `expired_seconds` is not judged: it stands in
//! examples of the documents only.

use std::borrow::Cow;

use super::paths::{Body, Found, Route};
use super::{Answering, Authorization, Nonces, Opened, Refusal, SCHEME};
use crate::alipay::checks::{FailedSignature, MethodStanding, Options, Registry, ask_key, ask_standing};
use crate::alipay::codes::{GatewayRefusal, SubCode, sub_code};
use crate::alipay::encryption::{self, AesKey};
use crate::alipay::{Charset, FilePart, SignType};
use crate::keys::Digest;

/// How far the timestamp may be off, either way.
pub const WINDOW_MS: i64 = 10 * 60 * 1000;

/// Characters a nonce may have.
const LONGEST_NONCE: usize = 128;

/// A verified request.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// What the path calls.
    pub route: &'static Route,
    /// `app_id`.
    pub app_id: String,
    /// `timestamp`, in milliseconds since 1970.
    pub timestamp_ms: i64,
    /// How to answer.
    pub answering: Answering,
    /// The request as it came.
    pub opened: Opened,
    content_key: Option<AesKey>,
    decrypted: Option<String>,
}

/// A request that was refused, with all that is needed to answer and to explain it.
#[derive(Debug)]
pub struct Refused {
    /// Code, status and text.
    pub refusal: Refusal,
    /// The request.
    pub opened: Opened,
    /// Set when the signature did not verify.
    pub failed_signature: Option<FailedSignature>,
}

type No = (Refusal, Option<FailedSignature>);

fn no<T>(code: SubCode) -> Result<T, No> {
    Err((Refusal::of(code), None))
}

fn no_because<T>(code: SubCode, hint: &str) -> Result<T, No> {
    Err((Refusal::of(code).with_hint(hint), None))
}

/// Asks everything up to and including the signature, then whether the nonce is new. What a wrong clock or nonce is told beyond
/// the code is said by [`super::remarks`].
///
/// # Errors
/// The first question that was answered wrongly, boxed with the request.
pub fn check(opened: Opened, registry: &impl Registry, nonces: &Nonces, options: Options) -> Result<Envelope, Box<Refused>> {
    match ask(&opened, registry, nonces, options) {
        Ok(asked) => {
            let Asked { route, app_id, timestamp_ms, answering, content_key } = asked;
            Ok(Envelope { route, app_id, timestamp_ms, answering, opened, content_key, decrypted: None })
        }
        Err((refusal, failed_signature)) => Err(Box::new(Refused { refusal, opened, failed_signature })),
    }
}

/// What the questions bring to light.
struct Asked {
    route: &'static Route,
    app_id: String,
    timestamp_ms: i64,
    answering: Answering,
    content_key: Option<AesKey>,
}

fn ask(opened: &Opened, registry: &impl Registry, nonces: &Nonces, options: Options) -> Result<Asked, No> {
    let route = ask_route(opened, registry)?;
    let Some(header) = &opened.authorization else { return no(sub_code::MISSING_TIMESTAMP) };
    let now_ms = registry.now_ms();
    let timestamp_ms = ask_timestamp(header, now_ms)?;
    ask_content_type(opened, route)?;
    ask_scheme(header)?;
    let nonce = ask_nonce(header)?;

    let Some(app_id) = header.app_id() else { return no(sub_code::MISSING_APP_ID) };
    let Some(application) = registry.application(app_id) else { return no(sub_code::INVALID_APP_ID) };
    ask_standing(&application).or_else(no)?;
    let Some(sign) = &header.sign else { return no(sub_code::MISSING_SIGNATURE) };
    let serials = opened.serials(!options.v3_root_serial_required);
    let key = ask_key(&application, &serials, now_ms).or_else(no)?;

    let string_to_sign = opened.string_to_sign();
    let verifies = |key: &crate::keys::VerifyingKey| key.verifies_text(Digest::Sha256, &string_to_sign, sign.as_bytes());
    if !verifies(&key) {
        if application.retired_keys.iter().any(verifies) {
            return no(sub_code::UNSUPPORTED_EXPIRED_APP_KEY_SIGN);
        }
        let refusal = GatewayRefusal::invalid_signature(&String::from_utf8_lossy(&string_to_sign));
        let failed = FailedSignature { string_to_sign, registered_key: key, sign_type: SignType::Rsa2 };
        return Err((Refusal::from(&refusal), Some(failed)));
    }
    if !nonces.first_use(app_id, nonce, now_ms) {
        return no(sub_code::SUSPECTED_ATTACK);
    }
    if std::str::from_utf8(&opened.content).is_err() {
        return Err((Refusal::only("invalid-encoding", "请求体不是UTF-8编码"), None));
    }
    let answering = Answering {
        key: application.platform_key,
        alipay_cert_sn: application.certificates.map(|mode| mode.alipay_cert_sn.clone()),
        content_key: None,
    };
    Ok(Asked { route, app_id: app_id.to_owned(), timestamp_ms, answering, content_key: application.content_key })
}

fn ask_route(opened: &Opened, registry: &impl Registry) -> Result<&'static Route, No> {
    let route = match opened.found {
        Found::Route(route) => route,
        Found::OtherHttpMethod(route) => {
            let refusal = Refusal::only("invalid-http-method", "HTTP请求方法不正确");
            return Err((refusal.with_hint(&format!("{} is called by {}", route.path, route.http)), None));
        }
        Found::Nothing => return no(sub_code::INVALID_METHOD),
    };
    match registry.method(&route.method) {
        MethodStanding::Known => Ok(route),
        MethodStanding::Unknown => no(sub_code::INVALID_METHOD),
        MethodStanding::Forbidden => no(sub_code::FORBIDDEN_API),
    }
}

fn ask_timestamp(header: &Authorization, now_ms: i64) -> Result<i64, No> {
    let Some(written) = header.timestamp() else { return no(sub_code::MISSING_TIMESTAMP) };
    let digits = written.bytes().all(|byte| byte.is_ascii_digit());
    let Some(timestamp_ms) = written.parse::<i64>().ok().filter(|_| digits) else {
        return no(sub_code::INVALID_TIMESTAMP);
    };
    let off = timestamp_ms.saturating_sub(now_ms);
    if (-WINDOW_MS..=WINDOW_MS).contains(&off) {
        return Ok(timestamp_ms);
    }
    no(sub_code::ILLEGAL_TIMESTAMP)
}

fn ask_content_type(opened: &Opened, route: &Route) -> Result<(), No> {
    let essence = opened.content_type.as_deref().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let encrypted = opened.encrypt_type.is_some();
    let expected: &[&str] = match (route.body, encrypted) {
        (Body::Multipart, _) => &["multipart/form-data"],
        (_, true) => &["text/plain", "application/json"],
        (_, false) => &["application/json"],
    };
    let empty = opened.content.is_empty() && opened.files.is_empty();
    // a missing type is taken for the right one, as servers do for clients that forget it
    if empty || essence.is_empty() || expected.contains(&essence.as_str()) {
        return Ok(());
    }
    let refusal = Refusal::only("invalid-content-type", "Content-Type不正确");
    Err((refusal.with_hint(&format!("{essence} came, {} is expected", expected[0])), None))
}

fn ask_scheme(header: &Authorization) -> Result<(), No> {
    match header.scheme.as_str() {
        SCHEME => Ok(()),
        "" => no(sub_code::MISSING_SIGNATURE_TYPE),
        _ => no_because(sub_code::INVALID_SIGNATURE_TYPE, "only ALIPAY-SHA256withRSA is spoken here"),
    }
}

fn ask_nonce(header: &Authorization) -> Result<&str, No> {
    match header.nonce() {
        Some(nonce) if nonce.len() <= LONGEST_NONCE => Ok(nonce),
        Some(_) => no_because(sub_code::INVALID_PARAMETER, "the nonce in Authorization is longer than 128 characters"),
        None => no_because(sub_code::INVALID_PARAMETER, "Authorization has no nonce"),
    }
}

impl Envelope {
    /// Opens an encrypted body, and has the answer encrypted from now on; a request without the header
    /// `alipay-encrypt-type` is left as it is. Asked after the app authorisation, so by the gateway and not by [`check`].
    ///
    /// # Errors
    /// One of the decryption codes.
    pub fn decrypt(&mut self) -> Result<(), Refusal> {
        let content = Some(&self.opened.content[..]).filter(|content| !content.is_empty());
        let encrypt_type = self.opened.encrypt_type.as_deref();
        self.decrypted =
            encryption::open(encrypt_type, content, Charset::Utf8, self.content_key.as_ref()).map_err(|refusal| Refusal::from(&refusal))?;
        if encrypt_type.is_some() {
            self.answering.content_key.clone_from(&self.content_key);
        }
        Ok(())
    }

    /// The JSON text of the parameters: body, or part `data`; `None` when there is none. Cipher text before [`Self::decrypt`].
    pub fn json(&self) -> Option<Cow<'_, str>> {
        let text = self.decrypted.as_deref().map(Cow::Borrowed);
        text.or_else(|| Some(String::from_utf8_lossy(&self.opened.content))).filter(|text| !text.is_empty())
    }

    /// The parameters of the query string. `auth_token` is not among them.
    pub fn query(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let own = self.opened.query.pairs().filter(|(name, _)| *name != b"auth_token");
        own.map(|(name, value)| (String::from_utf8_lossy(name), String::from_utf8_lossy(value)))
    }

    /// `auth_token`, the user's access token, which travels in the query string.
    pub fn auth_token(&self) -> Option<Cow<'_, str>> {
        self.opened.query.value("auth_token").map(|value| String::from_utf8_lossy(value))
    }

    /// `alipay-app-auth-token`.
    pub fn app_auth_token(&self) -> Option<&str> {
        self.opened.app_auth_token.as_deref()
    }

    /// Uploaded files.
    pub fn files(&self) -> &[FilePart] {
        &self.opened.files
    }
}
