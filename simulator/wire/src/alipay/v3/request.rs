//! Opening a request on the platform's side: line, headers and body to their parts, nothing judged yet (PROTOCOL C).

use std::borrow::Cow;

use bytes::Bytes;

use super::paths::{self, Found};
use super::{Authorization, canonical};
use crate::alipay::multipart::{self, FilePart};
use crate::alipay::parameters::{Limits, Parameters, Side};
use crate::alipay::request::split_target;
use crate::alipay::{WireError, checks};

/// A request as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// `GET`, `POST`, `DELETE` …
    pub http_method: &'a str,
    /// The request target as it stands on the request line.
    pub target: &'a str,
    /// Names, in any letter case, and values.
    pub headers: &'a [(String, String)],
    /// The whole body.
    pub body: &'a Bytes,
}

/// A request taken apart.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The HTTP method of the request line, which is the one that is signed.
    pub http_method: String,
    /// Path and query string exactly as on the request line; the host of an absolute-form target is left out.
    pub target: String,
    /// What the path calls.
    pub found: Found,
    /// The header `Authorization`.
    pub authorization: Option<Authorization>,
    /// The query string, decoded.
    pub query: Parameters,
    /// What is signed of the body: all of it, or the text of the part `data`.
    pub content: Bytes,
    /// Text parts of a multipart body other than `data`; they are not signed and mean nothing.
    pub stray_parts: Parameters,
    /// Uploaded files.
    pub files: Vec<FilePart>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `alipay-app-auth-token`.
    pub app_auth_token: Option<String>,
    /// `alipay-root-cert-sn`.
    pub root_cert_sn: Option<String>,
    /// `alipay-encrypt-type`.
    pub encrypt_type: Option<String>,
    /// `Host`.
    pub(super) host: Option<String>,
    /// The whole body, for the diagnosis.
    pub(super) body: Bytes,
}

/// Takes a request apart.
///
/// # Errors
/// A limit passed, or a multipart body that cannot be read.
pub fn open(incoming: Incoming<'_>, limits: &Limits) -> Result<Opened, WireError> {
    let header = |name: &str| {
        let found = incoming.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let origin = origin_form(incoming.target);
    let (path, query_text) = split_target(origin);
    let mut query = Parameters::default();
    query.read(&Bytes::copy_from_slice(query_text.as_bytes()), Side::Query, limits)?;
    let content_type = header("content-type");
    let (mut content, mut stray_parts, mut files) = (incoming.body.clone(), Parameters::default(), Vec::new());
    match content_type.as_deref().and_then(multipart::boundary) {
        Some(boundary) if !incoming.body.is_empty() => {
            files = multipart::read(incoming.body, boundary?, &mut stray_parts, limits)?;
            content = stray_parts.take("data").unwrap_or_default();
        }
        _ if content.len() > limits.value_bytes => {
            return Err(WireError::ValueTooLong { name: "body".to_owned(), length: content.len(), limit: limits.value_bytes });
        }
        _ => {}
    }
    let overridden = header("x-http-method-override").filter(|_| incoming.http_method == "POST");
    let http_method = overridden.as_deref().unwrap_or(incoming.http_method);
    Ok(Opened {
        found: paths::find(http_method, path),
        http_method: incoming.http_method.to_owned(),
        target: origin.to_owned(),
        authorization: header("authorization").map(|value| Authorization::read(&value)),
        query,
        content,
        stray_parts,
        files,
        content_type,
        app_auth_token: header("alipay-app-auth-token"),
        root_cert_sn: header("alipay-root-cert-sn"),
        encrypt_type: header("alipay-encrypt-type"),
        host: header("host"),
        body: incoming.body.clone(),
    })
}

/// A target without scheme and host; a fragment never reaches a server.
fn origin_form(target: &str) -> &str {
    match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?']) => rest.find(['/', '?']).map_or("/", |start| &rest[start..]),
        _ => target,
    }
}

impl Opened {
    /// The string to sign.
    pub fn string_to_sign(&self) -> Vec<u8> {
        let auth_string = self.authorization.as_ref().map_or("", |header| &header.auth_string);
        canonical::string_to_sign(auth_string, &self.http_method, &self.target, &self.content, self.app_auth_token.as_deref())
    }

    /// The application that `Authorization` names.
    pub fn app_id(&self) -> Option<&str> {
        self.authorization.as_ref()?.app_id()
    }

    /// The method that the path calls, also when it was called by another HTTP method.
    pub fn method(&self) -> Option<&'static str> {
        match self.found {
            Found::Route(route) | Found::OtherHttpMethod(route) => Some(&route.method),
            Found::Nothing => None,
        }
    }

    /// The serial numbers of certificate mode.
    pub(super) fn serials(&self, root_may_be_missing: bool) -> checks::Serials<'_> {
        let app = self.authorization.as_ref().and_then(Authorization::app_cert_sn).map(Cow::Borrowed);
        checks::Serials { app, root: self.root_cert_sn.as_deref().map(Cow::Borrowed), root_may_be_missing }
    }
}
