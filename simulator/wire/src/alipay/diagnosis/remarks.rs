//! What shows in a request without its signature: mistakes behind other refusals, and oddities of calls that are served.
//!
//! Facts only: a remark names what stands in the request, and a right client gets none. What a refused call is asked depends on
//! the code it was refused with. Source: QUIRKS Q02, Q08, Q12, Q13, Q16 to Q21, Q23 to Q25, Q29, Q50.

mod certificate;
mod cipher;
mod clock;
mod place;
mod text;

use super::KnownKey;
use crate::alipay::certificates::CertificateFile;
use crate::alipay::checks::Application;
use crate::alipay::request::Opened;
pub use certificate::PRODUCTION_ROOT_SN;
pub(in crate::alipay) use certificate::{Serials, serials};
pub(in crate::alipay) use cipher::undecrypted;
pub(in crate::alipay) use clock::skew;

/// What the platform brings to a diagnosis; all of it may be missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Keys that might have signed by mistake.
    pub keys: &'a [KnownKey],
    /// Keys of other environments that might have.
    pub elsewhere: &'a [KnownKey],
    /// The application that called.
    pub application: Option<&'a Application>,
    /// The bundle of roots that applications in certificate mode were given.
    pub roots: Option<&'a CertificateFile>,
    /// Times a right client's clock may show, in milliseconds since 1970: the sandbox's and the real one.
    pub clocks_ms: &'a [i64],
    /// What the method takes.
    pub fields: Option<Fields<'a>>,
}

impl<'a> From<&'a [KnownKey]> for Known<'a> {
    fn from(keys: &'a [KnownKey]) -> Self {
        Self { keys, ..Self::default() }
    }
}

impl<'a> From<&'a Vec<KnownKey>> for Known<'a> {
    fn from(keys: &'a Vec<KnownKey>) -> Self {
        Self::from(&keys[..])
    }
}

/// The fields of a method and where they stand.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    /// Beside `biz_content`, as parameters of their own.
    pub beside: bool,
    /// Their names, outermost ones.
    pub names: &'a [&'a str],
}

/// Something odd about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The trap's number in the catalogue.
    pub id: &'static str,
    /// The parameter or header, or empty.
    pub path: String,
    /// What is odd and what to change, in English.
    pub hint: String,
    /// The same in Chinese.
    pub hint_zh: String,
}

impl Remark {
    pub(in crate::alipay) fn new(id: &'static str, path: &str, hint: impl Into<String>, hint_zh: impl Into<String>) -> Self {
        Self { id, path: path.to_owned(), hint: hint.into(), hint_zh: hint_zh.into() }
    }

    /// Number and what to change, in both languages.
    pub fn in_words(&self) -> String {
        format!("{} {} / {}", self.id, self.hint_zh, self.hint)
    }
}

/// `isv.invalid-app-id` as `invalid-app-id`.
pub(in crate::alipay) fn bare(code: &str) -> &str {
    ["isv.", "aop.", "isp."].iter().find_map(|prefix| code.strip_prefix(prefix)).unwrap_or(code)
}

/// What is odd about a classic request that was refused with `code`, or served when there is none.
pub fn of(opened: &Opened, code: Option<&str>, known: &Known<'_>) -> Vec<Remark> {
    let code = code.map(bare);
    let mut found = text::always(opened);
    found.extend(place::always(opened, known));
    if let Some(timestamp) = opened.word("timestamp") {
        match crate::alipay::timestamp::parse(timestamp.as_bytes()) {
            Some(epoch_ms) => found.extend(clock::skew("timestamp", epoch_ms, known.clocks_ms)),
            None => found.push(clock::form(&timestamp)),
        }
    }
    let (app, root) = (opened.word("app_cert_sn"), opened.word("alipay_root_cert_sn"));
    let named = Serials { app: app.as_deref(), root: root.as_deref(), app_name: "app_cert_sn", root_name: "alipay_root_cert_sn" };
    found.extend(serials(&named, code, known));
    match code {
        Some("invalid-app-id") => found.extend(opened.app_id().and_then(|app_id| place::environment(&app_id))),
        Some("invalid-json" | "illegal-json" | "invalid-signature") => found.extend(text::of_biz_content(opened, code)),
        Some("suspected-attack") => found.extend(text::reserved(opened)),
        Some(code) if code.contains("decryption-error") || code.contains("encrypt") => {
            let content = opened.parameters.value("biz_content").map(|content| &content[..]);
            found.extend(undecrypted("biz_content", content, opened.word("encrypt_type").is_some(), known));
        }
        // a business code too may come of a parameter that was not found where it belongs; whose names are not known is not blamed
        Some(code) if code.starts_with("missing-") || code.starts_with("invalid-") || known.fields.is_some() => {
            found.extend(place::inside(opened, known));
        }
        _ => {}
    }
    found
}
