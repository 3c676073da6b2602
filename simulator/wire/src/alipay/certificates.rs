//! Public-certificate mode: reading, naming, checking and issuing certificates (PROTOCOL B).
//!
//! A [`Certificate`] is one parsed certificate with the platform's serial number for it; a [`CertificateFile`] is what a
//! developer has on disk, one or several of them; an [`Authority`] is the platform's own root and intermediate, which issue
//! leaves. Not here: which certificate belongs to whom, and when it is replaced.

mod authority;
mod certificate;
mod error;
mod file;
#[cfg(test)]
mod tests;

pub use authority::{Authority, Leaf};
pub use certificate::Certificate;
pub use error::{CertificateError, ChainFault};
pub use file::CertificateFile;
