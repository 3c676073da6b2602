//! Making a signed request on the client's side: the practice merchant, the load generators and the stories call with it.
//!
//! Built as the official SDKs build theirs (PROTOCOL A1 to A4), by the same canonical rule the platform checks with, so
//! it is judged against the published vectors only. To make a mistake on purpose, give another [`Rule`] or sign other
//! bytes with [`ClientRequest::sign_over`].

use bytes::Bytes;
use thiserror::Error;

use super::canonical::{Rule, string_to_sign};
use super::certificates::{Certificate, CertificateFile};
use super::charset::DeclaredCharset;
use super::encryption::AesKey;
use super::multipart::{self, FilePart};
use super::sign_type::SignType;
use super::{checks, form, timestamp};
use crate::keys::SigningKey;

/// Where the parameters travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carriage {
    /// POST; the protocol's parameters in the query string, `biz_content` and the API's own in the body. Java, Python, Node, PHP.
    #[default]
    PostForm,
    /// POST; `?charset=` in the query string, everything in the body. .NET, gopay.
    PostBody,
    /// GET; everything in the query string. python-alipay-sdk, page links.
    Get,
    /// POST `multipart/form-data`; as [`Self::PostForm`] with the body in parts. Needed for files.
    Multipart,
}

/// Names and values as bytes, in the order they are sent.
pub type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// A request that can be signed and sent.
#[derive(Clone, Debug)]
pub struct ClientRequest {
    parameters: Vec<(String, String)>,
    files: Vec<FilePart>,
    charset: DeclaredCharset,
    sign_type: SignType,
    carriage: Carriage,
    rule: Rule,
}

/// What to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// `GET` or `POST`.
    pub http_method: &'static str,
    /// The query string, without `?`.
    pub query: String,
    /// The header `Content-Type` of a POST.
    pub content_type: Option<String>,
    /// The body.
    pub body: Bytes,
    /// What was signed.
    pub string_to_sign: Vec<u8>,
}

/// Why a request cannot be written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ClientError {
    /// The charset has no such character.
    #[error("parameter {name} holds a character that {charset} does not have")]
    NotInCharset {
        /// The parameter.
        name: String,
        /// The charset as declared.
        charset: String,
    },
}

impl ClientRequest {
    /// A request with the public parameters every call has. `epoch_ms` becomes `timestamp`.
    pub fn new(app_id: &str, method: &str, epoch_ms: i64) -> Self {
        let request = Self {
            parameters: Vec::with_capacity(10),
            files: Vec::new(),
            charset: DeclaredCharset::default(),
            sign_type: SignType::Rsa2,
            carriage: Carriage::default(),
            rule: Rule::REQUEST,
        };
        request
            .parameter("app_id", app_id)
            .parameter("method", method)
            .parameter("format", "json")
            .parameter("charset", "utf-8")
            .parameter("sign_type", "RSA2")
            .parameter("timestamp", &timestamp::format(epoch_ms))
            .parameter("version", "1.0")
    }

    /// A request with exactly these parameters and no others; for replaying vectors and for sending odd ones.
    pub fn bare() -> Self {
        Self { parameters: Vec::new(), ..Self::new("", "", 0) }
    }

    /// Sets a parameter, in the order of first setting.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        match name {
            "sign_type" => self.sign_type = SignType::of(value.as_bytes()).unwrap_or(self.sign_type),
            "charset" => self.charset = DeclaredCharset::of(value.as_bytes()).unwrap_or(self.charset),
            _ => {}
        }
        match self.parameters.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => value.clone_into(known),
            None => self.parameters.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Takes a parameter away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(known, _)| known != name);
        self
    }

    /// Sets `biz_content`.
    #[must_use]
    pub fn biz_content(self, json: &str) -> Self {
        self.parameter("biz_content", json)
    }

    /// Names the certificates of certificate mode: the application's, and the bundle of roots.
    #[must_use]
    pub fn certificates(self, app: &Certificate, roots: &CertificateFile) -> Self {
        self.parameter("app_cert_sn", app.sn()).parameter("alipay_root_cert_sn", &roots.root_sn())
    }

    /// Encrypts `biz_content`, which must be set already (A8). A character the charset lacks is written as a JSON escape.
    #[must_use]
    pub fn encrypted(self, key: &AesKey) -> Self {
        let plain = self.parameters.iter().find(|(name, _)| name == "biz_content").map(|(_, json)| self.charset.charset.encode_json(json));
        let cipher_text = plain.map(|plain| key.encrypt(&plain));
        let named = self.parameter("encrypt_type", "AES");
        match cipher_text {
            Some(cipher_text) => named.biz_content(&cipher_text),
            None => named,
        }
    }

    /// Adds a file and switches to [`Carriage::Multipart`].
    #[must_use]
    pub fn file(mut self, file: FilePart) -> Self {
        self.files.push(file);
        self.carriage(Carriage::Multipart)
    }

    /// Sets where the parameters travel.
    #[must_use]
    pub fn carriage(mut self, carriage: Carriage) -> Self {
        self.carriage = carriage;
        self
    }

    /// Signs by another rule than the right one.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rule = rule;
        self
    }

    /// The parameters as they will be sent, in the declared charset, `sign` not among them.
    ///
    /// # Errors
    /// A character the charset lacks.
    pub fn pairs(&self) -> Result<Pairs, ClientError> {
        let encode = |name: &str, text: &str| {
            self.charset
                .charset
                .encode(text)
                .map(std::borrow::Cow::into_owned)
                .ok_or_else(|| ClientError::NotInCharset { name: name.to_owned(), charset: self.charset.label.clone() })
        };
        self.parameters.iter().map(|(name, value)| Ok((encode(name, name)?, encode(name, value)?))).collect()
    }

    /// Signs the request.
    ///
    /// # Errors
    /// A character the charset lacks.
    pub fn sign(&self, key: &SigningKey) -> Result<Outgoing, ClientError> {
        let pairs = self.pairs()?;
        let content = string_to_sign(pairs.iter().map(|(name, value)| (&name[..], &value[..])), self.rule);
        Ok(self.send(pairs, key, content))
    }

    /// Sends the request as it should be, but signs `content` instead of what should be signed.
    ///
    /// # Errors
    /// A character the charset lacks.
    pub fn sign_over(&self, key: &SigningKey, content: Vec<u8>) -> Result<Outgoing, ClientError> {
        Ok(self.send(self.pairs()?, key, content))
    }

    fn send(&self, mut pairs: Pairs, key: &SigningKey, content: Vec<u8>) -> Outgoing {
        let sign = key.sign_text(self.sign_type.digest(), &content);
        pairs.push((b"sign".to_vec(), sign.into_bytes()));
        let in_query = |name: &[u8]| match self.carriage {
            Carriage::Get => true,
            Carriage::PostBody => false,
            Carriage::PostForm | Carriage::Multipart => name != b"biz_content" && checks::is_protocol_word(name),
        };
        let (query, body): (Vec<_>, Vec<_>) =
            pairs.iter().map(|(name, value)| (&name[..], &value[..])).partition(|(name, _)| in_query(name));
        let query = match self.carriage {
            Carriage::PostBody => form::encode_pairs([(&b"charset"[..], self.charset.label.as_bytes())]),
            _ => form::encode_pairs(query),
        };
        let (http_method, content_type, body) = match self.carriage {
            Carriage::Get => ("GET", None, Vec::new()),
            Carriage::PostForm | Carriage::PostBody => {
                let content_type = format!("application/x-www-form-urlencoded;charset={}", self.charset.label);
                ("POST", Some(content_type), form::encode_pairs(body))
            }
            Carriage::Multipart => {
                let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
                let texts = body.into_iter().map(|(name, value)| multipart::TextPart { name, value, content_type: None });
                ("POST", Some(content_type), multipart::write(BOUNDARY, texts, &self.files))
            }
        };
        let query = String::from_utf8(query).expect("percent-encoding leaves ASCII only");
        Outgoing { http_method, query, content_type, body: body.into(), string_to_sign: content }
    }
}

/// Constant, so that the same request has the same bytes; long enough not to occur in a picture.
const BOUNDARY: &str = "kabao-c1b7f6d04e5a4c1f9b0e8d37a2c6f915";

impl Outgoing {
    /// `path?query`.
    pub fn target(&self, path: &str) -> String {
        if self.query.is_empty() { path.to_owned() } else { format!("{path}?{}", self.query) }
    }
}
