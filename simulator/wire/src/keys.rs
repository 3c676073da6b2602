//! RSA keys of both sides: parsed once, shared cheaply, printed only as fingerprints.
//!
//! Not here: which key belongs to whom, certificates ([`crate::alipay::certificates`]; one given as a key is refused by name),
//! and the cache of signatures ([`crate::signer`]). The arithmetic is aws-lc's; the reasons are in perf/PERFORMANCE, "hot path".

mod armour;
mod der;
mod error;
mod fingerprint;
mod legacy_sha1;
mod signed_digest;
mod signing;
#[cfg(test)]
mod tests;
mod verifying;

pub(crate) use armour::pem;
pub use error::KeyError;
pub use fingerprint::Fingerprint;
pub use signed_digest::SignedDigest;
pub use signing::SigningKey;
pub use verifying::VerifyingKey;

/// The digest under a PKCS#1 v1.5 signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Digest {
    /// SHA-256, what Alipay calls `RSA2`.
    Sha256,
    /// SHA-1, what Alipay calls `RSA`; only for old clients.
    Sha1,
}
