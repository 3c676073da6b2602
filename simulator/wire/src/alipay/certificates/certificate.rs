//! One X.509 certificate, parsed once and cloned by counting, with the platform's serial number for it.
//!
//! The serial number is MD5 over the issuer's name, most specific part first, and the serial in decimal (PROTOCOL B). MD5
//! here is a name, not a protection.

use std::fmt;
use std::sync::Arc;

use md5::Md5;
use md5::digest::Digest as _;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::CertificateError;
use crate::keys::{Digest, VerifyingKey, pem};

/// Bytes of one certificate beyond which it is not read.
const LARGEST: usize = 16 << 10;
/// Bytes of a serial number beyond which it is not one: RFC 5280 allows 20.
const LONGEST_SERIAL: usize = 64;

/// An X.509 certificate.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Box<[u8]>,
    signed_part: Box<[u8]>,
    signature: Box<[u8]>,
    algorithm: Algorithm,
    sn: String,
    issuer: String,
    subject: String,
    serial_decimal: String,
    not_before_ms: i64,
    not_after_ms: i64,
    is_authority: bool,
    key: Option<VerifyingKey>,
}

/// How the issuer signed, as far as the platform's rules tell algorithms apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Rsa(Digest),
    /// RSA with a digest that is not checked here.
    OtherRsa,
    Other,
}

impl Certificate {
    /// Reads the first certificate of a PEM text.
    ///
    /// # Errors
    /// Says what the text is instead.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        Ok(super::CertificateFile::from_pem(text)?.leaf().clone())
    }

    /// Reads one DER certificate with nothing after it.
    ///
    /// # Errors
    /// Says what is wrong with the bytes.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        Self::parse(der, 1)
    }

    pub(super) fn parse(der: &[u8], number: usize) -> Result<Self, CertificateError> {
        let bad = |problem: String| CertificateError::NotX509 { number, problem };
        if der.len() > LARGEST {
            return Err(CertificateError::TooLarge { what: "bytes", length: der.len(), limit: LARGEST });
        }
        let (rest, read) = x509_parser::certificate::X509Certificate::from_der(der).map_err(|error| bad(error.to_string()))?;
        if !rest.is_empty() {
            return Err(bad(format!("{} bytes follow it", rest.len())));
        }
        if read.raw_serial().len() > LONGEST_SERIAL {
            return Err(bad(format!("its serial number has {} bytes", read.raw_serial().len())));
        }
        // RFC 5280 4.1.1.2: else the outer one, which nobody signs, could say something else
        if read.signature_algorithm != read.tbs_certificate.signature {
            return Err(bad("it names two different signature algorithms".to_owned()));
        }
        let issuer = name_of(read.issuer());
        let serial_decimal = read.serial.to_string();
        Ok(Self(Arc::new(Inner {
            sn: sn_of(&issuer, &serial_decimal),
            issuer,
            serial_decimal,
            subject: name_of(read.subject()),
            signed_part: read.tbs_certificate.as_ref().into(),
            signature: read.signature_value.as_ref().into(),
            algorithm: algorithm_of(&read.signature_algorithm.algorithm.to_id_string()),
            not_before_ms: read.validity().not_before.timestamp().saturating_mul(1000),
            not_after_ms: read.validity().not_after.timestamp().saturating_mul(1000),
            is_authority: read.is_ca(),
            key: VerifyingKey::from_der(read.public_key().raw).ok(),
            der: der.into(),
        })))
    }

    /// The platform's serial number of the certificate: 32 hex digits.
    pub fn sn(&self) -> &str {
        &self.0.sn
    }

    /// The issuer's name, most specific part first: `CN=…,OU=…,O=…,C=CN`.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The name of whom it is about, written as [`Self::issuer`].
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The issuer's own number for it, in decimal.
    pub fn serial_decimal(&self) -> &str {
        &self.0.serial_decimal
    }

    /// First moment of validity, in milliseconds since 1970.
    pub fn not_before_ms(&self) -> i64 {
        self.0.not_before_ms
    }

    /// Last moment of validity, in milliseconds since 1970.
    pub fn not_after_ms(&self) -> i64 {
        self.0.not_after_ms
    }

    /// Whether it is valid at this time.
    pub fn is_valid_at(&self, epoch_ms: i64) -> bool {
        // the last second counts whole
        (self.0.not_before_ms..self.0.not_after_ms.saturating_add(1000)).contains(&epoch_ms)
    }

    /// Whether it may issue others.
    pub fn is_authority(&self) -> bool {
        self.0.is_authority
    }

    /// The RSA key it vouches for; `None` for ECDSA and SM2.
    pub fn key(&self) -> Option<&VerifyingKey> {
        self.0.key.as_ref()
    }

    /// Whether its issuer signed with RSA: only such roots count in the root serial number.
    pub fn is_rsa_signed(&self) -> bool {
        self.0.algorithm != Algorithm::Other
    }

    /// Whether `issuer` has the name of this one's issuer and its key signed this one. RSA with SHA-1 or SHA-256 only.
    pub fn is_signed_by(&self, issuer: &Self) -> bool {
        let (Algorithm::Rsa(digest), Some(key)) = (self.0.algorithm, issuer.key()) else { return false };
        self.issuer() == issuer.subject() && key.verifies(digest, &self.0.signed_part, &self.0.signature)
    }

    /// The bytes that the issuer signed.
    #[cfg(test)]
    pub(super) fn signed_part(&self) -> &[u8] {
        &self.0.signed_part
    }

    /// DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// `-----BEGIN CERTIFICATE-----`.
    pub fn pem(&self) -> String {
        pem("CERTIFICATE", &self.0.der)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} of {})", self.sn(), self.subject())
    }
}

/// The rule itself: lower-case hex MD5 of issuer and decimal serial, nothing between.
fn sn_of(issuer: &str, serial_decimal: &str) -> String {
    let digest = Md5::new().chain_update(issuer).chain_update(serial_decimal).finalize();
    digest.iter().fold(String::with_capacity(32), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).expect("four bits"));
        text.push(char::from_digit(u32::from(byte & 15), 16).expect("four bits"));
        text
    })
}

fn algorithm_of(oid: &str) -> Algorithm {
    match oid {
        "1.2.840.113549.1.1.11" => Algorithm::Rsa(Digest::Sha256),
        "1.2.840.113549.1.1.5" => Algorithm::Rsa(Digest::Sha1),
        _ if oid.starts_with("1.2.840.113549.1.1.") => Algorithm::OtherRsa,
        _ => Algorithm::Other,
    }
}

/// A name as RFC 2253 writes it, most specific part first, values as they stand: what the SDKs hash. Values with commas or
/// quotes differ from SDK to SDK (Java escapes them, Node and PHP do not); the platform's own names have none.
fn name_of(name: &X509Name<'_>) -> String {
    let parts: Vec<String> = name.iter_rdn().map(|part| part.iter().map(attribute).collect::<Vec<_>>().join("+")).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join(",")
}

fn attribute(one: &AttributeTypeAndValue<'_>) -> String {
    let oid = one.attr_type().to_id_string();
    let name = match oid.as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        other => other,
    };
    format!("{name}={}", one.as_str().map_or_else(|_| String::from_utf8_lossy(one.as_slice()).into_owned(), str::to_owned))
}
