//! The oracle: `rsa` looks at signatures that the product made with another library.
//!
//! Never in the request path (DESIGN "Wire and signatures").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::RsaPublicKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::DecodePublicKey;
use rsa::signature::Verifier;
use sha2::Sha256;

/// Whether a public key (SPKI, Base64) verifies this signature (Base64, SHA-256) of these bytes.
pub fn verifies(key: &str, content: &[u8], sign: &str) -> bool {
    let key = STANDARD.decode(key).ok().and_then(|der| RsaPublicKey::from_public_key_der(&der).ok());
    let sign = STANDARD.decode(sign).ok().and_then(|bytes| Signature::try_from(&bytes[..]).ok());
    key.zip(sign).is_some_and(|(key, sign)| VerifyingKey::<Sha256>::new(key).verify(content, &sign).is_ok())
}
