//! Reading an answer on the client's side: headers and body verified as they came, decrypted, taken apart (PROTOCOL C).

use bytes::Bytes;
use serde_json::{Map, Value};

use super::answer_to_sign;
use crate::alipay::answer::{AnswerError, Untrusted};
use crate::alipay::encryption::AesKey;
use crate::alipay::{Charset, answer};
use crate::keys::{Digest, VerifyingKey};

/// An answer taken apart.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `alipay-sn`: the serial of the certificate whose key signed.
    pub alipay_sn: Option<String>,
    /// `alipay-trace-id`.
    pub trace: Option<String>,
    timestamp: String,
    nonce: String,
    signature: Option<String>,
    content: Bytes,
}

impl Answer {
    /// Takes headers apart; names may be in any letter case. Nothing is read of the body yet.
    pub fn read<'h>(status: u16, headers: impl IntoIterator<Item = (&'h str, &'h str)>, body: &Bytes) -> Self {
        let mut answer = Self {
            status,
            alipay_sn: None,
            trace: None,
            timestamp: String::new(),
            nonce: String::new(),
            signature: None,
            content: body.clone(),
        };
        for (name, value) in headers {
            let value = || value.to_owned();
            match name.to_ascii_lowercase().as_str() {
                "alipay-timestamp" => answer.timestamp = value(),
                "alipay-nonce" => answer.nonce = value(),
                "alipay-signature" => answer.signature = Some(value()),
                "alipay-sn" => answer.alipay_sn = Some(value()),
                "alipay-trace-id" => answer.trace = Some(value()),
                _ => {}
            }
        }
        answer
    }

    /// The bytes that were signed.
    pub fn signed_text(&self) -> Vec<u8> {
        answer_to_sign(&self.timestamp, &self.nonce, &self.content)
    }

    /// Checks the signature. The platform does not sign refusals.
    ///
    /// # Errors
    /// There is none, or it does not fit.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), Untrusted> {
        let signature = self.signature.as_deref().filter(|signature| !signature.is_empty()).ok_or(Untrusted::Unsigned)?;
        let fits = key.verifies_text(Digest::Sha256, &self.signed_text(), signature.as_bytes());
        if fits { Ok(()) } else { Err(Untrusted::WrongSignature) }
    }

    /// Whether the status says that the call was done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The object of the body. With a key the body of a success is decrypted first; refusals are always plain.
    ///
    /// # Errors
    /// It cannot be decrypted, or is not a JSON object.
    pub fn object(&self, key: Option<&AesKey>) -> Result<Map<String, Value>, AnswerError> {
        let plain = match key.filter(|_| self.is_success()) {
            Some(key) => Bytes::from(key.decrypt(&self.content).map_err(AnswerError::NotDecrypted)?),
            None => self.content.clone(),
        };
        let text = Charset::Utf8.decode(&plain).map_err(|wrong| answer::not_text(Charset::Utf8, wrong))?;
        serde_json::from_str(&text).map_err(|error| AnswerError::NotJson(error.to_string()))
    }
}
