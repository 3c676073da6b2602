//! Writing an answer on the platform's side: bare JSON, signed in headers whose names are lower case (PROTOCOL C).

use bytes::Bytes;
use serde_json::json;

use super::{Refusal, answer_to_sign};
use crate::alipay::codes::solution_link;
use crate::alipay::encryption::AesKey;
use crate::alipay::object::ObjectText;
use crate::keys::{Digest, SigningKey};
use crate::signer::Signer;

const JSON: &str = "application/json;charset=UTF-8";

/// How one request is to be answered.
#[derive(Clone, Debug)]
pub struct Answering {
    /// The platform's key for this application.
    pub key: Option<SigningKey>,
    /// In certificate mode the serial of the certificate whose key signs.
    pub alipay_cert_sn: Option<String>,
    /// Set for an encrypted request once it was decrypted: then a success is cipher text.
    pub content_key: Option<AesKey>,
}

/// What is new in every answer.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// `alipay-timestamp`, in milliseconds since 1970.
    pub epoch_ms: i64,
    /// `alipay-nonce`.
    pub nonce: &'a str,
    /// `alipay-trace-id`.
    pub trace: &'a str,
}

/// A finished answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
}

/// Writes a success: 200 around `object`, which is `{}` when there is nothing to say.
pub fn seal(answering: &Answering, object: &ObjectText, stamp: Stamp<'_>, signer: &Signer) -> Sealed {
    seal_content(answering, object.as_str().as_bytes(), stamp, signer)
}

/// Writes a success around bytes that need not be UTF-8: a fault.
pub fn seal_content(answering: &Answering, object: &[u8], stamp: Stamp<'_>, signer: &Signer) -> Sealed {
    let (body, content_type) = match &answering.content_key {
        Some(key) => (Bytes::from(key.encrypt(object)), "text/plain"),
        None => (Bytes::copy_from_slice(object), JSON),
    };
    let timestamp = stamp.epoch_ms.to_string();
    let mut headers = vec![("content-type", content_type.to_owned()), ("alipay-trace-id", stamp.trace.to_owned())];
    if let Some(key) = &answering.key {
        let signature = signer.sign(key, Digest::Sha256, &answer_to_sign(&timestamp, stamp.nonce, &body));
        headers.push(("alipay-timestamp", timestamp));
        headers.push(("alipay-nonce", stamp.nonce.to_owned()));
        headers.push(("alipay-signature", signature.to_string()));
        headers.extend(answering.alipay_cert_sn.clone().map(|sn| ("alipay-sn", sn)));
    }
    Sealed { status: 200, headers, body }
}

/// Writes a refusal: plain and unsigned, also to an encrypted request.
pub fn seal_refusal(refusal: &Refusal, trace: &str) -> Sealed {
    let links = json!([{"link": solution_link(trace), "desc": "解决方案"}]);
    let body = json!({"code": refusal.code, "links": links, "message": refusal.message}).to_string();
    let headers = vec![("content-type", JSON.to_owned()), ("alipay-trace-id", trace.to_owned())];
    Sealed { status: refusal.status, headers, body: body.into() }
}
