//! Making a signed request on the client's side, as the official SDKs make theirs (PROTOCOL C).

use bytes::Bytes;

use super::{Authorization, Body, Route, SCHEME, string_to_sign};
use crate::alipay::certificates::{Certificate, CertificateFile};
use crate::alipay::encryption::AesKey;
use crate::alipay::form;
use crate::alipay::multipart::{self, FilePart, TextPart};
use crate::keys::{Digest, SigningKey};

/// A request that can be signed and sent.
#[derive(Clone, Debug)]
pub struct ClientRequest {
    http_method: String,
    path: String,
    query: Vec<(String, String)>,
    app_id: String,
    app_cert_sn: Option<String>,
    root_cert_sn: Option<String>,
    nonce: String,
    epoch_ms: i64,
    additional: Option<String>,
    app_auth_token: Option<String>,
    json: Option<String>,
    files: Vec<FilePart>,
    multipart: bool,
    content_key: Option<AesKey>,
}

/// What to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// `GET`, `POST`, `DELETE` …
    pub http_method: String,
    /// Path and query string.
    pub target: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// What was signed.
    pub string_to_sign: Vec<u8>,
}

/// Constant, so that the same request has the same bytes; long enough not to occur in a picture.
const BOUNDARY: &str = "kabao-c1b7f6d04e5a4c1f9b0e8d37a2c6f915";

impl ClientRequest {
    /// A request of an application; `nonce` must be new, `epoch_ms` now.
    pub fn new(app_id: &str, http_method: &str, path: &str, nonce: &str, epoch_ms: i64) -> Self {
        Self {
            http_method: http_method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            app_id: app_id.to_owned(),
            app_cert_sn: None,
            root_cert_sn: None,
            nonce: nonce.to_owned(),
            epoch_ms,
            additional: None,
            app_auth_token: None,
            json: None,
            files: Vec::new(),
            multipart: false,
            content_key: None,
        }
    }

    /// A request to a route of the table.
    pub fn to(route: &Route, app_id: &str, nonce: &str, epoch_ms: i64) -> Self {
        let request = Self::new(app_id, &route.http, &route.path, nonce, epoch_ms);
        Self { multipart: route.body == Body::Multipart, ..request }
    }

    /// Adds a parameter to the query string.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body: JSON text.
    #[must_use]
    pub fn json(mut self, json: &str) -> Self {
        self.json = Some(json.to_owned());
        self
    }

    /// Adds a file; the JSON text then travels in the part `data`.
    #[must_use]
    pub fn file(mut self, file: FilePart) -> Self {
        self.files.push(file);
        self.multipart = true;
        self
    }

    /// Names the certificates of certificate mode: the application's, and the bundle of roots.
    #[must_use]
    pub fn certificates(mut self, app: &Certificate, roots: &CertificateFile) -> Self {
        self.app_cert_sn = Some(app.sn().to_owned());
        self.root_cert_sn = Some(roots.root_sn());
        self
    }

    /// Sets `alipay-app-auth-token`.
    #[must_use]
    pub fn app_auth_token(mut self, token: &str) -> Self {
        self.app_auth_token = Some(token.to_owned());
        self
    }

    /// Appends pairs to the auth string, such as `expired_seconds=120`.
    #[must_use]
    pub fn additional_auth_info(mut self, pairs: &str) -> Self {
        self.additional = Some(pairs.to_owned());
        self
    }

    /// Encrypts the body, and asks for an encrypted answer.
    #[must_use]
    pub fn encrypted(mut self, key: &AesKey) -> Self {
        self.content_key = Some(key.clone());
        self
    }

    /// The auth string.
    pub fn auth_string(&self) -> String {
        let mut text = format!("app_id={}", self.app_id);
        let mut more = |name: &str, value: &str| {
            text.push(',');
            text.push_str(name);
            text.push_str(value);
        };
        if let Some(sn) = &self.app_cert_sn {
            more("app_cert_sn=", sn);
        }
        more("nonce=", &self.nonce);
        more("timestamp=", &self.epoch_ms.to_string());
        if let Some(pairs) = &self.additional {
            more("", pairs);
        }
        text
    }

    /// Signs the request.
    pub fn sign(&self, key: &SigningKey) -> Outgoing {
        let auth_string = self.auth_string();
        let (target, content) = (self.target(), self.content());
        let string = string_to_sign(&auth_string, &self.http_method, &target, content.as_bytes(), self.app_auth_token.as_deref());
        self.send(&auth_string, target, &content, key, string)
    }

    /// Sends the request as it should be, but signs `content` instead of what should be signed.
    pub fn sign_over(&self, key: &SigningKey, string: Vec<u8>) -> Outgoing {
        self.send(&self.auth_string(), self.target(), &self.content(), key, string)
    }

    fn target(&self) -> String {
        let query = form::encode_pairs(self.query.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())));
        let query = String::from_utf8(query).expect("percent-encoding leaves ASCII only");
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    /// The JSON text, or its cipher text.
    fn content(&self) -> String {
        match (&self.json, &self.content_key) {
            (Some(json), Some(key)) => key.encrypt(json.as_bytes()),
            (json, _) => json.clone().unwrap_or_default(),
        }
    }

    fn send(&self, auth_string: &str, target: String, content: &str, key: &SigningKey, string_to_sign: Vec<u8>) -> Outgoing {
        let sign = Some(key.sign_text(Digest::Sha256, &string_to_sign));
        let authorization = Authorization { scheme: SCHEME.to_owned(), auth_string: auth_string.to_owned(), sign };
        let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
        let mut header = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
        let data_type = if self.content_key.is_some() { "text/plain" } else { "application/json" };
        let body = if self.multipart {
            header("content-type", &format!("multipart/form-data; boundary={BOUNDARY}"));
            let data = TextPart { name: b"data", value: content.as_bytes(), content_type: Some(data_type) };
            multipart::write(BOUNDARY, [data], &self.files)
        } else {
            if self.http_method != "GET" {
                header("content-type", data_type);
            }
            content.as_bytes().to_vec()
        };
        if self.content_key.is_some() {
            header("alipay-encrypt-type", "AES");
        }
        if let Some(sn) = &self.root_cert_sn {
            header("alipay-root-cert-sn", sn);
        }
        if let Some(token) = &self.app_auth_token {
            header("alipay-app-auth-token", token);
        }
        header("authorization", &authorization.to_string());
        Outgoing { http_method: self.http_method.clone(), target, headers, body: body.into(), string_to_sign }
    }
}
