//! A public key that verifies: parsed once, cloned by counting.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::der::{self, Shape};
use super::{Digest, Fingerprint, KeyError, SignedDigest, armour};

/// An RSA public key of 1024 to 8192 bits. Cloning is cheap.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Inner>);

struct Inner {
    sha256: ParsedPublicKey,
    sha1: ParsedPublicKey,
    spki: Box<[u8]>,
    fingerprint: Fingerprint,
}

impl VerifyingKey {
    /// Reads PEM (`PUBLIC KEY` or `RSA PUBLIC KEY`) or bare Base64 of either structure.
    ///
    /// # Errors
    /// Says what the text is instead: a certificate, a private key, no key at all.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        Self::from_der(&armour::strip(text)?)
    }

    /// Reads `SubjectPublicKeyInfo` or PKCS#1 `RSAPublicKey` DER.
    ///
    /// # Errors
    /// Says what the bytes are instead.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        match der::shape(der) {
            Shape::Spki | Shape::Pkcs1Public => Self::parse(der),
            Shape::Certificate => Err(KeyError::Certificate),
            Shape::Pkcs8 | Shape::Pkcs1Private | Shape::EncryptedPkcs8 => Err(KeyError::PrivateForPublic),
            Shape::Unknown => Err(KeyError::Unknown(der.len())),
        }
    }

    fn parse(der: &[u8]) -> Result<Self, KeyError> {
        let not_rsa = || KeyError::NotRsa("public", 1024);
        let sha256 = ParsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, der).map_err(|_| not_rsa())?;
        let sha1 = ParsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, der).map_err(|_| not_rsa())?;
        let spki: Box<[u8]> = sha256.as_der().map_err(|_| not_rsa())?.as_ref().into();
        let fingerprint = Fingerprint::of_spki(&spki);
        Ok(Self(Arc::new(Inner { sha256, sha1, spki, fingerprint })))
    }

    /// Whether `signature` (raw bytes) is this key's PKCS#1 v1.5 signature over `content`.
    pub fn verifies(&self, digest: Digest, content: &[u8], signature: &[u8]) -> bool {
        let parsed = match digest {
            Digest::Sha256 => &self.0.sha256,
            Digest::Sha1 => &self.0.sha1,
        };
        parsed.verify_sig(content, signature).is_ok()
    }

    /// As [`Self::verifies`] for the Base64 text of a signature. Text that is not strict Base64 (line breaks, spaces,
    /// stray low bits) does not verify.
    pub fn verifies_text(&self, digest: Digest, content: &[u8], signature: &[u8]) -> bool {
        STANDARD.decode(signature).is_ok_and(|raw| self.verifies(digest, content, &raw))
    }

    /// The digest inside `signature` (raw bytes), if the other half of this key made it, over whatever text.
    pub fn signed_digest(&self, signature: &[u8]) -> Option<SignedDigest> {
        SignedDigest::of(self.pkcs1_der(), signature)
    }

    /// SHA-256 over the `SubjectPublicKeyInfo`.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }

    /// `SubjectPublicKeyInfo` DER.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }

    /// PKCS#1 `RSAPublicKey` DER, the part of [`Self::spki_der`] that certificates name the key by.
    pub fn pkcs1_der(&self) -> &[u8] {
        der::pkcs1_inside_spki(&self.0.spki).expect("aws-lc writes the key into a bit string of whole bytes")
    }

    /// `-----BEGIN PUBLIC KEY-----`.
    pub fn spki_pem(&self) -> String {
        armour::pem("PUBLIC KEY", &self.0.spki)
    }

    /// `SubjectPublicKeyInfo` as Base64 on one line, as the platform's console shows a public key.
    pub fn spki_base64(&self) -> String {
        armour::bare(&self.0.spki)
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.spki == other.0.spki
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.0.fingerprint)
    }
}
