//! `sign_type`: which digest a signature uses (PROTOCOL A1). SM2 is not offered.

use crate::keys::Digest;

/// The signature algorithms of the classic gateway that this dialect speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignType {
    /// `RSA2`: PKCS#1 v1.5 with SHA-256.
    Rsa2,
    /// `RSA`: PKCS#1 v1.5 with SHA-1.
    Rsa,
}

impl SignType {
    /// Reads the parameter's value, which is case sensitive.
    pub fn of(text: &[u8]) -> Option<Self> {
        match text {
            b"RSA2" => Some(Self::Rsa2),
            b"RSA" => Some(Self::Rsa),
            _ => None,
        }
    }

    /// The parameter's value.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa2 => "RSA2",
            Self::Rsa => "RSA",
        }
    }

    /// The digest it stands for.
    pub fn digest(self) -> Digest {
        match self {
            Self::Rsa2 => Digest::Sha256,
            Self::Rsa => Digest::Sha1,
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Rsa2 => Self::Rsa,
            Self::Rsa => Self::Rsa2,
        }
    }
}
