//! The platform's own certification authority: a root and an intermediate, which issue the leaves of platform and applications.
//!
//! Everything in a certificate comes from the caller (keys, numbers, times), and PKCS#1 v1.5 is deterministic, so the same
//! sandbox has the same certificates byte for byte. `rcgen` writes the DER; signing is our own keys'. Names are printable
//! ASCII in C, O, OU, CN, and serials are 16 bytes that begin with the date, because SDKs differ on anything else
//! (PROTOCOL B).

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, IsCa, Issuer, KeyIdMethod, KeyUsagePurpose, PublicKeyData,
    SerialNumber, SignatureAlgorithm, SigningKey as SigningKeyData,
};
use time::OffsetDateTime;

use super::{Certificate, CertificateFile};
use crate::alipay::timestamp;
use crate::keys::{Digest, SigningKey, VerifyingKey};

const ORGANISATION: &str = "kabao Sandbox";
const UNIT: &str = "Certification Authority";

const YEAR_MS: i64 = 365 * 24 * 3_600_000;
/// How long the authority's own certificates are valid.
const AUTHORITY_YEARS: i64 = 30;

/// Roots that stand beside ours in the bundle, as in production: an SM2, an ECDSA and another RSA one. Clients must leave out
/// the first two and count the third; nobody has their keys.
const COMPANIONS: &str = include_str!("../../../../../fixtures/alipay/vectors/keys/alipay_root_cert.crt");

/// A root, and an intermediate that issues.
#[derive(Clone, Debug)]
pub struct Authority {
    intermediate_key: SigningKey,
    intermediate: Certificate,
    root: Certificate,
    roots: CertificateFile,
}

/// What a leaf shall say.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a> {
    /// Whom it is about: the application's number, or the platform's name. Characters beyond printable ASCII become `?`.
    pub common_name: &'a str,
    /// The key it vouches for.
    pub key: &'a VerifyingKey,
    /// A number that no other certificate of this authority has.
    pub number: u64,
    /// First moment of validity, in milliseconds since 1970.
    pub not_before_ms: i64,
    /// Last moment of validity, in milliseconds since 1970.
    pub not_after_ms: i64,
}

impl Authority {
    /// Founds an authority on two keys. `number` keeps several authorities apart; the certificates begin at `not_before_ms`
    /// and are valid for 30 years.
    pub fn found(root_key: &SigningKey, intermediate_key: &SigningKey, number: u64, not_before_ms: i64) -> Self {
        let end = not_before_ms.saturating_add(AUTHORITY_YEARS * YEAR_MS);
        let ca = |common_name: &str, key: &SigningKey, below: u8, number: u64| {
            let mut parameters = parameters(common_name, UNIT, key.verifying(), number, (not_before_ms, end));
            parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
            parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            parameters
        };
        let root = ca("kabao Sandbox Certification Authority R1", root_key, 1, number.wrapping_mul(2));
        let root_certificate = written(root.self_signed(&Signing::of(root_key)));
        let issuer = Issuer::new(root, Signing::of(root_key));
        let intermediate = ca("kabao Sandbox Certification Authority Class 2 R1", intermediate_key, 0, number.wrapping_mul(2) + 1);
        let intermediate = written(intermediate.signed_by(&Public::of(intermediate_key.verifying()), &issuer));
        let companions = CertificateFile::from_pem(COMPANIONS).expect("the vectors' bundle is read by a test");
        let beside = |rsa: bool| companions.certificates().iter().filter(move |one| one.is_rsa_signed() == rsa).cloned();
        // SM2, ours, ECDSA, another RSA: the order of kinds in the production bundle
        let mut others = beside(false);
        let first = others.next().into_iter();
        let in_order = first.chain([root_certificate.clone()]).chain(others).chain(beside(true).skip(1));
        let roots = CertificateFile::of(in_order.collect()).expect("at least our own root");
        Self { intermediate_key: intermediate_key.clone(), intermediate, root: root_certificate, roots }
    }

    /// The authority again from what is kept of it: its certificate, that certificate's key and the bundle of roots. The
    /// root's private key is needed to found it only. `None` when they do not belong together.
    pub fn resume(intermediate: Certificate, intermediate_key: &SigningKey, roots: CertificateFile) -> Option<Self> {
        let root = roots.certificates().iter().find(|root| intermediate.is_signed_by(root))?.clone();
        let belongs = intermediate.key() == Some(intermediate_key.verifying());
        belongs.then(|| Self { intermediate_key: intermediate_key.clone(), intermediate, root, roots })
    }

    /// Issues a leaf.
    pub fn issue(&self, leaf: &Leaf<'_>) -> Certificate {
        let dates = (leaf.not_before_ms, leaf.not_after_ms);
        let mut parameters = parameters(leaf.common_name, "kabao", leaf.key, leaf.number, dates);
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
        let key = &self.intermediate_key;
        let issuing = parameters_of_issuer(&self.intermediate, key);
        written(parameters.signed_by(&Public::of(leaf.key), &Issuer::new(issuing, Signing::of(key))))
    }

    /// Our root.
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// The intermediate, which is the issuer of every leaf.
    pub fn intermediate(&self) -> &Certificate {
        &self.intermediate
    }

    /// The bundle of roots that developers are given, `alipayRootCert.crt`: ours among others that do not all count.
    pub fn roots(&self) -> &CertificateFile {
        &self.roots
    }

    /// A leaf with its issuer, as the platform hands its certificate out.
    pub fn chain(&self, leaf: Certificate) -> CertificateFile {
        CertificateFile::of(vec![leaf, self.intermediate.clone()]).expect("two are not none")
    }
}

#[cfg(test)]
impl Authority {
    /// The same authority with a leaf of its own in place of the intermediate: what a merchant could do with its own key.
    pub(super) fn posing(&self, leaf: Certificate, key: &SigningKey) -> Self {
        Self { intermediate_key: key.clone(), intermediate: leaf, ..self.clone() }
    }
}

fn written(certificate: Result<rcgen::Certificate, rcgen::Error>) -> Certificate {
    let certificate = certificate.expect("serial, names and dates are given, and our keys sign");
    Certificate::from_der(certificate.der()).expect("what was written is a certificate")
}

fn parameters(common_name: &str, unit: &str, key: &VerifyingKey, number: u64, (from_ms, until_ms): (i64, i64)) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = name(common_name, unit);
    parameters.serial_number = Some(SerialNumber::from_slice(&serial(from_ms, number)));
    (parameters.not_before, parameters.not_after) = (moment(from_ms), moment(until_ms));
    parameters.key_identifier_method = key_identifier(key);
    parameters.use_authority_key_identifier_extension = true;
    parameters
}

/// The intermediate as rcgen wants it to issue: its name and how its key is called.
fn parameters_of_issuer(intermediate: &Certificate, key: &SigningKey) -> CertificateParams {
    // our names hold no commas, see `name`
    let part = |kind: &str| intermediate.subject().split(',').find_map(|part| part.strip_prefix(kind)).unwrap_or_default();
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = name(part("CN="), part("OU="));
    parameters.key_identifier_method = key_identifier(key.verifying());
    parameters
}

fn name(common_name: &str, unit: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (kind, text) in [
        (DnType::CountryName, "CN"),
        (DnType::OrganizationName, ORGANISATION),
        (DnType::OrganizationalUnitName, unit),
        (DnType::CommonName, common_name),
    ] {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() || " -.()".contains(letter) { letter } else { '?' };
        let text: String = text.chars().map(plain).take(64).collect();
        name.push(kind, DnValue::PrintableString(text.try_into().expect("only characters of a PrintableString are left")));
    }
    name
}

fn key_identifier(key: &VerifyingKey) -> KeyIdMethod {
    KeyIdMethod::PreSpecified(key.fingerprint().as_bytes()[..20].to_vec())
}

/// Sixteen bytes: the date in hex digits, as real serials begin, then the number.
fn serial(from_ms: i64, number: u64) -> [u8; 16] {
    let mut serial = [0; 16];
    let date = timestamp::format(from_ms);
    let digits: Vec<u8> = date.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    for (place, pair) in digits.chunks(2).take(4).enumerate() {
        serial[place] = pair[0] << 4 | pair[1];
    }
    // a serial is a positive number
    serial[0] &= 0x7f;
    serial[8..].copy_from_slice(&number.to_be_bytes());
    serial
}

fn moment(epoch_ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(epoch_ms.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// A public key as rcgen takes it.
struct Public(Box<[u8]>);

impl Public {
    fn of(key: &VerifyingKey) -> Self {
        Self(key.pkcs1_der().into())
    }
}

impl PublicKeyData for Public {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

/// A private key as rcgen takes it.
struct Signing {
    key: SigningKey,
    public: Public,
}

impl Signing {
    fn of(key: &SigningKey) -> Self {
        Self { key: key.clone(), public: Public::of(key.verifying()) }
    }
}

impl PublicKeyData for Signing {
    fn der_bytes(&self) -> &[u8] {
        self.public.der_bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.public.algorithm()
    }
}

impl SigningKeyData for Signing {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.key.sign(Digest::Sha256, message))
    }
}
