//! What can be wrong with a certificate file or a chain, in words that say what to give instead.

use thiserror::Error;

/// Why a text or file is not the certificates that were asked for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CertificateError {
    /// Nothing but white space.
    #[error("the certificate is empty")]
    Empty,
    /// No `-----BEGIN CERTIFICATE-----` anywhere.
    #[error("there is no -----BEGIN CERTIFICATE----- block in this text")]
    NotPem,
    /// A `-----BEGIN CERTIFICATE-----` line without its end.
    #[error("certificate {0} has no -----END CERTIFICATE----- line: it was cut short")]
    CutShort(usize),
    /// A block between the armour lines that is no Base64.
    #[error("certificate {0} is not Base64 between its armour lines")]
    NotBase64(usize),
    /// A key where a certificate belongs.
    #[error("this is a {0}, not a certificate: in certificate mode the file ends in .crt and begins with -----BEGIN CERTIFICATE-----")]
    Key(String),
    /// More than the bound allows.
    #[error("a certificate file of {length} {what}, at most {limit} are taken")]
    TooLarge {
        /// `bytes` or `certificates`.
        what: &'static str,
        /// How many there are.
        length: usize,
        /// How many are taken.
        limit: usize,
    },
    /// DER that is no X.509 certificate.
    #[error("certificate {number} is not X.509: {problem}")]
    NotX509 {
        /// Its place in the file, from 1.
        number: usize,
        /// What the parser says.
        problem: String,
    },
}

/// Why a chain cannot be trusted.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ChainFault {
    /// A certificate is not yet, or no longer, valid.
    #[error("{subject} is valid from {from} to {until} (Beijing time) and not now")]
    OutsideValidity {
        /// Whose.
        subject: String,
        /// When it begins.
        from: String,
        /// When it ends.
        until: String,
    },
    /// An issuer that may not issue.
    #[error("{0} issued a certificate although it is no certification authority")]
    NotAnAuthority(String),
    /// The next certificate of the file, or no root, has the issuer's name.
    #[error("the issuer of {subject}, {issuer}, is neither the next certificate of the file nor a root")]
    IssuerMissing {
        /// Whose certificate it is.
        subject: String,
        /// Who should have issued it.
        issuer: String,
    },
    /// An RSA signature that does not fit, or an algorithm other than RSA.
    #[error("the signature of {issuer} on the certificate of {subject} does not verify")]
    WrongSignature {
        /// Whose certificate it is.
        subject: String,
        /// Who should have signed it.
        issuer: String,
    },
}
