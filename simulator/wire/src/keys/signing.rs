//! A private key that signs: parsed once, cloned by counting, never printed.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::der::{self, Shape};
use super::legacy_sha1::Sha1Signer;
use super::{Digest, Fingerprint, KeyError, VerifyingKey, armour};

/// An RSA private key of 2048 to 8192 bits. Cloning is cheap; `Debug` shows the fingerprint only.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

struct Inner {
    pair: RsaKeyPair,
    public: VerifyingKey,
    pkcs8: Box<[u8]>,
    sha1: OnceLock<Sha1Signer>,
}

impl SigningKey {
    /// Reads PEM (`PRIVATE KEY` or `RSA PRIVATE KEY`) or bare Base64 of PKCS#8 or PKCS#1.
    ///
    /// # Errors
    /// Says what the text is instead: a public key, a certificate, an encrypted key, no key at all.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        Self::from_der(&armour::strip(text)?)
    }

    /// Reads PKCS#8 or PKCS#1 DER.
    ///
    /// # Errors
    /// Says what the bytes are instead.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let not_rsa = |_| KeyError::NotRsa("private", 2048);
        match der::shape(der) {
            Shape::Pkcs8 => Self::around(RsaKeyPair::from_pkcs8(der).map_err(not_rsa)?),
            Shape::Pkcs1Private => Self::around(RsaKeyPair::from_der(der).map_err(not_rsa)?),
            Shape::EncryptedPkcs8 => Err(KeyError::Encrypted),
            Shape::Certificate => Err(KeyError::Certificate),
            Shape::Spki | Shape::Pkcs1Public => Err(KeyError::PublicForPrivate),
            Shape::Unknown => Err(KeyError::Unknown(der.len())),
        }
    }

    /// Makes a new 2048 bit key from the system's randomness. Takes some hundred milliseconds, now and then more than a
    /// second: a sandbox that must be ready at once takes one of [`crate::pool`].
    ///
    /// # Errors
    /// [`KeyError::Generation`] when the system has no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        Self::around(RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generation)?)
    }

    fn around(pair: RsaKeyPair) -> Result<Self, KeyError> {
        let not_rsa = |_| KeyError::NotRsa("private", 2048);
        let public = VerifyingKey::from_der(pair.public_key().as_ref())?;
        let pkcs8 = pair.as_der().map_err(not_rsa)?.as_ref().into();
        Ok(Self(Arc::new(Inner { pair, public, pkcs8, sha1: OnceLock::new() })))
    }

    /// The PKCS#1 v1.5 signature over `content`. About 0.3 ms for 2048 bits.
    pub fn sign(&self, digest: Digest, content: &[u8]) -> Vec<u8> {
        match digest {
            Digest::Sha256 => {
                let mut signature = vec![0; self.0.pair.public_modulus_len()];
                self.0
                    .pair
                    .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), content, &mut signature)
                    .expect("a validated key of at least 2048 bits signs a SHA-256 digest of any content");
                signature
            }
            Digest::Sha1 => self.0.sha1.get_or_init(|| Sha1Signer::new(self.pkcs1_der())).sign(content),
        }
    }

    /// [`Self::sign`] as Base64 without line breaks, as it stands in requests and answers.
    pub fn sign_text(&self, digest: Digest, content: &[u8]) -> String {
        STANDARD.encode(self.sign(digest, content))
    }

    /// The public half.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.0.public
    }

    /// The fingerprint of the public half.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.public.fingerprint()
    }

    /// **Secret.** `-----BEGIN PRIVATE KEY-----`, PKCS#8.
    pub fn pkcs8_pem(&self) -> String {
        armour::pem("PRIVATE KEY", &self.0.pkcs8)
    }

    /// **Secret.** PKCS#8 as Base64 on one line, what the Java SDK takes.
    pub fn pkcs8_base64(&self) -> String {
        armour::bare(&self.0.pkcs8)
    }

    /// **Secret.** `-----BEGIN RSA PRIVATE KEY-----`, PKCS#1.
    pub fn pkcs1_pem(&self) -> String {
        armour::pem("RSA PRIVATE KEY", self.pkcs1_der())
    }

    /// **Secret.** PKCS#1 as Base64 on one line, what the Python and PHP SDKs take.
    pub fn pkcs1_base64(&self) -> String {
        armour::bare(self.pkcs1_der())
    }

    fn pkcs1_der(&self) -> &[u8] {
        der::pkcs1_inside_pkcs8(&self.0.pkcs8).expect("aws-lc writes PKCS#8 with the key in an octet string")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.fingerprint())
    }
}
