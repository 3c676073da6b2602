//! A request whose signature verified: the words of the protocol, the texts of the API, the files.

use std::borrow::Cow;

use super::Asked;
use crate::alipay::charset::Charset;
use crate::alipay::codes::GatewayRefusal;
use crate::alipay::encryption::{self, AesKey};
use crate::alipay::multipart::FilePart;
use crate::alipay::request::Opened;
use crate::alipay::response::Answering;

/// A verified request. Every value of it is text in the request's charset.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// `method`.
    pub method: String,
    /// `app_id`.
    pub app_id: String,
    /// `timestamp` as milliseconds since 1970.
    pub timestamp_ms: i64,
    /// How to answer: node, charset, algorithm, key.
    pub answering: Answering,
    /// The request as it came.
    pub opened: Opened,
    content_key: Option<AesKey>,
    decrypted: Option<String>,
}

impl Envelope {
    pub(super) fn new(opened: Opened, answering: Answering, asked: Asked) -> Self {
        let Asked { method, app_id, timestamp_ms, content_key } = asked;
        Self { method, app_id, timestamp_ms, answering, opened, content_key, decrypted: None }
    }

    /// The text of the parameter `name`: `None` when absent or empty.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        // The checks refuse a value that does not decode, so nothing is lost here.
        self.opened.parameters.value(name).map(|value| self.charset().decode_lossy(value))
    }

    /// Opens an encrypted `biz_content`, and has the answer encrypted from now on; a request without `encrypt_type` is left
    /// as it is. Asked after `app_auth_token` (PROTOCOL D), so by the gateway and not by [`super::check`].
    ///
    /// # Errors
    /// One of the decryption codes; the answer to it is plain.
    pub fn decrypt(&mut self) -> Result<(), GatewayRefusal> {
        let content = self.opened.parameters.value("biz_content");
        self.decrypted =
            encryption::open(self.encrypt_type().as_deref(), content.map(|text| &text[..]), self.charset(), self.content_key.as_ref())?;
        if self.encrypt_type().is_some() {
            self.answering.content_key.clone_from(&self.content_key);
        }
        Ok(())
    }

    /// `biz_content`: JSON text; cipher text when [`Self::encrypt_type`] is set and [`Self::decrypt`] was not called.
    pub fn biz_content(&self) -> Option<Cow<'_, str>> {
        self.decrypted.as_deref().map(Cow::Borrowed).or_else(|| self.text("biz_content"))
    }

    /// `app_auth_token`.
    pub fn app_auth_token(&self) -> Option<Cow<'_, str>> {
        self.text("app_auth_token")
    }

    /// `auth_token`, the user's access token.
    pub fn auth_token(&self) -> Option<Cow<'_, str>> {
        self.text("auth_token")
    }

    /// `notify_url`.
    pub fn notify_url(&self) -> Option<Cow<'_, str>> {
        self.text("notify_url")
    }

    /// `return_url`.
    pub fn return_url(&self) -> Option<Cow<'_, str>> {
        self.text("return_url")
    }

    /// `encrypt_type`.
    pub fn encrypt_type(&self) -> Option<Cow<'_, str>> {
        self.text("encrypt_type")
    }

    /// `target_app_id`.
    pub fn target_app_id(&self) -> Option<Cow<'_, str>> {
        self.text("target_app_id")
    }

    /// The charset of the request.
    pub fn charset(&self) -> Charset {
        self.answering.charset.charset
    }

    /// Uploaded files.
    pub fn files(&self) -> &[FilePart] {
        &self.opened.files
    }

    /// The API's own parameters that stand beside `biz_content` (`grant_type`, `code`, `image_type` …): every name that
    /// is not one of the protocol's.
    pub fn api_parameters(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.opened
            .parameters
            .iter()
            .filter(|one| !is_protocol_word(&one.name))
            .map(|one| (self.charset().decode_lossy(&one.name), self.charset().decode_lossy(&one.value)))
    }
}

/// Whether `name` is one of the public parameters of A1, `biz_content` among them.
pub(in crate::alipay) fn is_protocol_word(name: &[u8]) -> bool {
    PROTOCOL.iter().any(|known| known.as_bytes() == name)
}

/// The public parameters of A1.
const PROTOCOL: [&str; 22] = [
    "app_id",
    "method",
    "format",
    "charset",
    "sign_type",
    "sign",
    "timestamp",
    "version",
    "biz_content",
    "notify_url",
    "return_url",
    "app_auth_token",
    "auth_token",
    "encrypt_type",
    "app_cert_sn",
    "alipay_root_cert_sn",
    "alipay_sdk",
    "target_app_id",
    "ws_service_url",
    "terminal_type",
    "terminal_info",
    "prod_code",
];
