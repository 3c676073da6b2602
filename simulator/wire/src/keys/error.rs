//! What can be wrong with a key that somebody pasted, in words that say what to paste instead.

use thiserror::Error;

/// Why a text or file is not the key that was asked for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// Nothing but white space.
    #[error("the key is empty")]
    Empty,
    /// Neither PEM nor Base64.
    #[error("the key is neither PEM nor Base64: {0}")]
    NotBase64(String),
    /// A `-----BEGIN …-----` line without its `-----END …-----`.
    #[error("the PEM text has no matching -----END {0}----- line: it was cut short")]
    CutShort(String),
    /// A certificate where a bare key belongs.
    #[error("this is a certificate, not a key: take the public key out of it (openssl x509 -pubkey -noout) or use certificate mode")]
    Certificate,
    /// A private key where a public key belongs.
    #[error("this is a private key where a public key is expected: keep it secret and give its public half (openssl pkey -pubout)")]
    PrivateForPublic,
    /// A public key where a private key belongs.
    #[error("this is a public key where a private key is expected: it cannot sign")]
    PublicForPrivate,
    /// A private key under a pass phrase.
    #[error("the private key is encrypted with a pass phrase: decrypt it first (openssl pkey -in key.pem -out plain.pem)")]
    Encrypted,
    /// DER of a shape we know, but not a usable RSA key.
    #[error("this is not a usable RSA {0} key: RSA with a modulus of {1} to 8192 bits is expected")]
    NotRsa(&'static str, u32),
    /// Base64 that holds no DER structure of a key.
    #[error("the {0} bytes do not hold a key: neither PKCS#1, PKCS#8 nor SubjectPublicKeyInfo")]
    Unknown(usize),
    /// The library refused to make a key.
    #[error("the system could not generate a key")]
    Generation,
}
