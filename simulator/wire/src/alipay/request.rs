//! Opening a request on the platform's side: bytes to parameters and files, nothing judged yet (PROTOCOL A1, A2, A4).
//!
//! It does not care which side of the request a parameter is on, takes GET and POST, and takes the absolute-form request
//! targets of the official Python SDK.

use std::borrow::Cow;

use bytes::Bytes;

use super::charset::Charset;
use super::multipart::{self, FilePart};
use super::parameters::{Limits, Parameters, Side};
use super::{WireError, canonical, form};

/// A request as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// `GET` or `POST`.
    pub http_method: &'a str,
    /// The request target: `/gateway.do?…` or `http://host/gateway.do?…`.
    pub target: &'a str,
    /// The header `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The whole body.
    pub body: &'a Bytes,
}

/// A request taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Whether it was a POST.
    pub is_post: bool,
    /// The path of the target, e.g. `/gateway.do`.
    pub path: String,
    /// Query string and body, merged.
    pub parameters: Parameters,
    /// Uploaded files.
    pub files: Vec<FilePart>,
    /// The charset named in `Content-Type`, as written.
    pub content_type_charset: Option<String>,
    /// The Content-Type of a body that was not read because it is neither a form nor multipart (QUIRKS Q50).
    pub unread_body: Option<String>,
    /// Query string and form body as they were sent, still encoded; for the diagnosis.
    written: [Bytes; 2],
}

/// Takes a request apart.
///
/// # Errors
/// Another HTTP method, a limit passed, or a multipart body that cannot be read.
pub fn open(incoming: Incoming<'_>, limits: &Limits) -> Result<Opened, WireError> {
    let is_post = match incoming.http_method {
        "POST" => true,
        "GET" => false,
        other => return Err(WireError::HttpMethod(other.chars().take(20).collect())),
    };
    let (path, query) = split_target(incoming.target);
    let mut parameters = Parameters::default();
    let query = Bytes::copy_from_slice(query.as_bytes());
    parameters.read(&query, Side::Query, limits)?;
    let content_type = incoming.content_type.unwrap_or_default();
    let mut opened = Opened {
        is_post,
        path: path.to_owned(),
        parameters,
        files: Vec::new(),
        content_type_charset: charset_of(content_type),
        unread_body: None,
        written: [query, Bytes::new()],
    };
    if !is_post || incoming.body.is_empty() {
        return Ok(opened);
    }
    if let Some(boundary) = multipart::boundary(content_type) {
        opened.files = multipart::read(incoming.body, boundary?, &mut opened.parameters, limits)?;
    } else if is_form(content_type) {
        opened.parameters.read(incoming.body, Side::Body, limits)?;
        opened.written[1] = incoming.body.clone();
    } else {
        opened.unread_body = Some(content_type.to_owned());
    }
    Ok(opened)
}

/// Path and query of a target in origin form or absolute form; a fragment is no part of either.
pub(super) fn split_target(target: &str) -> (&str, &str) {
    let absolute = (!target.starts_with('/')).then(|| target.split_once("://")).flatten();
    let origin = match absolute {
        Some((scheme, rest)) if !scheme.contains(['/', '?']) => rest.find(['/', '?']).map_or("", |start| &rest[start..]),
        _ => target,
    };
    let origin = origin.split_once('#').map_or(origin, |(before, _)| before);
    let (path, query) = origin.split_once('?').unwrap_or((origin, ""));
    (if path.is_empty() { "/" } else { path }, query)
}

fn charset_of(content_type: &str) -> Option<String> {
    content_type
        .split(';')
        .skip(1)
        .filter_map(|piece| piece.split_once('='))
        .find_map(|(name, value)| name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_owned()))
}

/// A body without a type is taken for a form, as servers do for the SDKs that forget it.
fn is_form(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.is_empty() || essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

impl Opened {
    /// The value of `name` for a protocol word: `None` when absent or empty. Bytes that are not UTF-8 show as U+FFFD, so
    /// that a damaged word is wrong and not missing.
    pub fn word(&self, name: &str) -> Option<Cow<'_, str>> {
        self.parameters.value(name).map(|value| String::from_utf8_lossy(value))
    }

    /// `method`.
    pub fn method(&self) -> Option<Cow<'_, str>> {
        self.word("method")
    }

    /// `app_id`.
    pub fn app_id(&self) -> Option<Cow<'_, str>> {
        self.word("app_id")
    }

    /// The string to sign under the rule of requests (A3).
    pub fn string_to_sign(&self) -> Vec<u8> {
        canonical::string_to_sign(self.parameters.pairs(), canonical::Rule::REQUEST)
    }

    /// The value of `name` decoded with `+` left as it is: what a client meant that does not encode it.
    pub(super) fn value_with_plus(&self, name: &[u8]) -> Option<Vec<u8>> {
        let sent = self.written.iter().flat_map(form::split).find(|(known, _)| form::decode(known) == name);
        sent.map(|(_, value)| {
            let kept: Vec<u8> = value.iter().flat_map(|&byte| if byte == b'+' { b"%2B".to_vec() } else { vec![byte] }).collect();
            form::decode_slice(&kept)
        })
    }

    /// Whether a value other than the signature has a byte beyond ASCII.
    pub fn has_non_ascii(&self) -> bool {
        self.parameters.iter().any(|one| !one.value.is_ascii())
    }

    /// Whether this POST names its charset neither in the query string nor in Content-Type (QUIRKS Q12).
    pub fn charset_only_in_body(&self) -> bool {
        self.is_post
            && self.content_type_charset.as_deref().and_then(|label| Charset::of_label(label.as_bytes())).is_none()
            && self.parameters.get("charset").is_none_or(|charset| !charset.in_query)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn opened(http_method: &str, target: &str, content_type: Option<&str>, body: &[u8]) -> Result<Opened, WireError> {
        let body = Bytes::copy_from_slice(body);
        open(Incoming { http_method, target, content_type, body: &body }, &Limits::default())
    }

    #[test]
    fn an_absolute_target_is_read_like_a_plain_one() {
        for (target, path) in [
            ("/gateway.do?a=1", "/gateway.do"),
            ("http://127.0.0.1/gateway.do?a=1", "/gateway.do"),
            ("https://openapi.alipay.com:443/gateway.do?a=1#x", "/gateway.do"),
            ("http://host?a=1", "/"),
            ("/gateway.do?a=1&", "/gateway.do"),
        ] {
            let opened = opened("GET", target, None, b"").unwrap();
            assert_eq!(opened.path, path, "{target}");
            assert_eq!(opened.word("a").as_deref(), Some("1"), "{target}");
        }
        let inside = opened("GET", "/gateway.do?a=http://x/y?b=2", None, b"").unwrap();
        assert_eq!(inside.word("a").as_deref(), Some("http://x/y?b=2"));
    }

    #[test]
    fn other_http_methods_are_refused() {
        assert_eq!(opened("PUT", "/", None, b"").unwrap_err(), WireError::HttpMethod("PUT".into()));
    }

    #[test]
    fn a_body_that_is_no_form_is_left_unread_and_named() {
        let json = opened("POST", "/gateway.do", Some("application/json"), b"{\"a\":1}").unwrap();
        assert!(json.parameters.is_empty());
        assert_eq!(json.unread_body.as_deref(), Some("application/json"));
        assert_eq!(opened("POST", "/", None, b"a=1").unwrap().word("a").as_deref(), Some("1"));
    }

    #[test]
    fn it_is_known_where_the_charset_was_named() {
        let form = "application/x-www-form-urlencoded";
        assert!(opened("POST", "/", Some(form), b"charset=utf-8").unwrap().charset_only_in_body());
        assert!(!opened("POST", "/?charset=utf-8", Some(form), b"").unwrap().charset_only_in_body());
        let typed = "application/x-www-form-urlencoded; charset=\"UTF-8\"";
        assert!(!opened("POST", "/", Some(typed), b"charset=utf-8").unwrap().charset_only_in_body());
    }

    proptest! {
        #[test]
        fn no_bytes_upset_opening(
            target in "\\PC{0,80}", content_type in "(multipart/form-data; ?boundary=)?[\\x20-\\x7e]{0,20}",
            body in proptest::collection::vec(any::<u8>(), 0..300), post in any::<bool>(),
        ) {
            if let Ok(opened) = opened(if post { "POST" } else { "GET" }, &target, Some(&content_type), &body) {
                let _ = opened.string_to_sign();
                let _ = opened.charset_only_in_body();
            }
        }
    }
}
