//! Cookies: read one, set one. Values are percent-encoded, so any text may be one.

use axum::http::{HeaderMap, HeaderValue, header};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))?;
    Some(percent_decode_str(value).decode_utf8().ok()?.into_owned())
}

/// From where a browser sends a cookie along.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SameSite {
    /// From our own pages only.
    Strict,
    /// Also when a link on another site leads here.
    Lax,
}

/// A cookie for all of this site, kept from scripts.
pub(crate) fn set_cookie(name: &str, value: &str, same_site: SameSite) -> HeaderValue {
    let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
    HeaderValue::try_from(format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site:?}")).expect("percent-encoded text fits a header")
}
