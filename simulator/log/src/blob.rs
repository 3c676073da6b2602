//! Bytes too large or too binary for an event's body, kept once under their own digest.
//!
//! An event that needs one carries the hash in its body; the batch that first mentions it carries the bytes.
//! Not here: what the bytes are (images, files); the log does not look.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

/// SHA-256 of a blob's bytes: its name. Shown as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobHash(pub [u8; 32]);

impl BlobHash {
    /// The name these bytes have.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The name written as 64 hexadecimal digits, or nothing for another text.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits: Option<Vec<u8>> =
            text.bytes().map(|digit| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
        let bytes: Vec<u8> = digits?.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
        (text.len() == 64).then_some(())?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(crate) fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for byte in bytes {
        f.write_char(char::from_digit(u32::from(byte >> 4), 16).expect("a nibble is below 16"))?;
        f.write_char(char::from_digit(u32::from(byte & 15), 16).expect("a nibble is below 16"))?;
    }
    Ok(())
}

/// A blob with its name. The two cannot disagree: only [`Blob::new`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    hash: BlobHash,
    bytes: Arc<[u8]>,
}

impl Blob {
    /// Names these bytes (one SHA-256 over all of them).
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        Self { hash: BlobHash::of(&bytes), bytes }
    }

    /// The name.
    pub fn hash(&self) -> BlobHash {
        self.hash
    }

    /// The bytes.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }
}
