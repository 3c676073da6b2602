//! A PEM file with one or several certificates: an application's, the platform's with its issuer, a bundle of roots.
//!
//! Reading is bounded and forgiving about what stands between the blocks; writing separates them by one blank line, which
//! python-alipay-sdk splits on. Order is the file's. Source: PROTOCOL B.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Certificate, CertificateError, ChainFault};
use crate::alipay::timestamp;

/// Certificates one file may hold.
const MOST: usize = 20;
/// Bytes one file may have.
const LARGEST: usize = 256 << 10;

const BEGIN: &str = "-----BEGIN ";
const CERTIFICATE: &str = "CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// One or several certificates in the order of their file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFile(Vec<Certificate>);

impl CertificateFile {
    /// A file of these, which must not be none.
    ///
    /// # Errors
    /// [`CertificateError::Empty`].
    pub fn of(certificates: Vec<Certificate>) -> Result<Self, CertificateError> {
        if certificates.is_empty() { Err(CertificateError::Empty) } else { Ok(Self(certificates)) }
    }

    /// Reads all certificates of a PEM text; text between the blocks is passed over.
    ///
    /// # Errors
    /// Says what the text is instead, or which certificate is damaged.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        if text.len() > LARGEST {
            return Err(CertificateError::TooLarge { what: "bytes", length: text.len(), limit: LARGEST });
        }
        let mut found = Vec::new();
        let mut rest = text;
        while let Some((_, block)) = rest.split_once(BEGIN) {
            let number = found.len() + 1;
            let Some(body) = block.strip_prefix(CERTIFICATE).or_else(|| block.strip_prefix("TRUSTED CERTIFICATE-----")) else {
                let label = block.split_once("-----").map_or(block, |(label, _)| label);
                return Err(CertificateError::Key(label.chars().take(40).collect::<String>().to_lowercase()));
            };
            if number > MOST {
                return Err(CertificateError::TooLarge { what: "certificates", length: number, limit: MOST });
            }
            let (body, after) = body.split_once(END).ok_or(CertificateError::CutShort(number))?;
            let dense: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            let der = STANDARD.decode(dense).map_err(|_| CertificateError::NotBase64(number))?;
            found.push(Certificate::parse(&der, number)?);
            rest = after;
        }
        if found.is_empty() {
            return Err(if text.trim().is_empty() { CertificateError::Empty } else { CertificateError::NotPem });
        }
        Ok(Self(found))
    }

    /// The certificates in the order of the file; never none.
    pub fn certificates(&self) -> &[Certificate] {
        &self.0
    }

    /// The first one.
    pub fn leaf(&self) -> &Certificate {
        &self.0[0]
    }

    /// `alipay_root_cert_sn` of a file of roots: the serial numbers of those that are signed with RSA, joined by `_`.
    pub fn root_sn(&self) -> String {
        let counted: Vec<&str> = self.0.iter().filter(|one| one.is_rsa_signed()).map(Certificate::sn).collect();
        counted.join("_")
    }

    /// The file as text, its certificates separated by one blank line.
    pub fn pem(&self) -> String {
        self.0.iter().map(Certificate::pem).collect::<Vec<_>>().join("\n")
    }

    /// Checks that the file is a chain, leaf first, that a root of `roots` ends: every one valid at `epoch_ms`, signed by
    /// the next, the last by a root.
    ///
    /// # Errors
    /// The first fault on the way from the leaf to the root.
    pub fn verify(&self, roots: &Self, epoch_ms: i64) -> Result<(), ChainFault> {
        for (place, one) in self.0.iter().enumerate() {
            within_validity(one, epoch_ms)?;
            // a root at the end of the file is trusted for being in the bundle, not for having signed itself
            if roots.0.contains(one) {
                return Ok(());
            }
            let named = |issuer: &&Certificate| issuer.subject() == one.issuer();
            let next = self.0.get(place + 1).filter(named);
            let mut issuers = next.into_iter().chain(roots.0.iter().filter(named)).peekable();
            if issuers.peek().is_none() {
                return Err(ChainFault::IssuerMissing { subject: one.subject().to_owned(), issuer: one.issuer().to_owned() });
            }
            let Some(issuer) = issuers.find(|issuer| one.is_signed_by(issuer)) else {
                return Err(ChainFault::WrongSignature { subject: one.subject().to_owned(), issuer: one.issuer().to_owned() });
            };
            if !issuer.is_authority() {
                return Err(ChainFault::NotAnAuthority(issuer.subject().to_owned()));
            }
            if roots.0.contains(issuer) {
                return within_validity(issuer, epoch_ms);
            }
        }
        unreachable!("the last certificate of the file has no next one, so a root issued it or the loop returned a fault")
    }
}

fn within_validity(one: &Certificate, epoch_ms: i64) -> Result<(), ChainFault> {
    if one.is_valid_at(epoch_ms) {
        return Ok(());
    }
    let (from, until) = (timestamp::format(one.not_before_ms()), timestamp::format(one.not_after_ms()));
    Err(ChainFault::OutsideValidity { subject: one.subject().to_owned(), from, until })
}
