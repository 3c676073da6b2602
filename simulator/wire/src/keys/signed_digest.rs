//! What a signature says about the text it was made over: which digest, and its value.
//!
//! RSA gives the padded digest back to whoever has the public key. So one operation tells whether this key's other half signed at
//! all, and then any number of texts can be compared by hashing alone. For the diagnosis only; [`super::VerifyingKey::verifies`]
//! is what decides. Source: RFC 8017, 8.2.2 and 9.2.

#![expect(unsafe_code, reason = "aws-lc-rs gives no digest back; three calls of the C library around one owned key")]

use std::ptr;

use aws_lc_rs::digest;
use aws_lc_sys::{RSA_PKCS1_PADDING, RSA_free, RSA_public_key_from_bytes, RSA_verify_raw};

use super::Digest;

/// The digest that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedDigest {
    /// Its algorithm.
    pub algorithm: Digest,
    value: Vec<u8>,
}

/// What stands before the value: `DigestInfo` of RFC 8017, 9.2, note 1.
const SHA1_INFO: &[u8] = &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
const SHA256_INFO: &[u8] =
    &[0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

impl SignedDigest {
    /// The digest inside `signature`, if the other half of this key made it.
    pub(super) fn of(pkcs1: &[u8], signature: &[u8]) -> Option<Self> {
        let padded = unpad(pkcs1, signature)?;
        let infos = [(Digest::Sha256, SHA256_INFO, 32), (Digest::Sha1, SHA1_INFO, 20)];
        infos.into_iter().find_map(|(algorithm, info, length)| {
            let value = padded.strip_prefix(info).filter(|value| value.len() == length)?;
            Some(Self { algorithm, value: value.to_vec() })
        })
    }

    /// Whether the signature was made over `content`.
    pub fn is_of(&self, content: &[u8]) -> bool {
        let algorithm = match self.algorithm {
            Digest::Sha256 => &digest::SHA256,
            Digest::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        };
        digest::digest(algorithm, content).as_ref() == self.value
    }
}

fn unpad(pkcs1: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    let mut content = vec![0; signature.len()];
    let mut length = 0;
    // SAFETY: the key is made, used and freed here and nowhere else; the library reads `signature` and writes at most
    // `content.len()` bytes, and puts the number written into `length`.
    let done = unsafe {
        let key = RSA_public_key_from_bytes(pkcs1.as_ptr(), pkcs1.len());
        let key = ptr::NonNull::new(key)?;
        let done = RSA_verify_raw(
            key.as_ptr(),
            &raw mut length,
            content.as_mut_ptr(),
            content.len(),
            signature.as_ptr(),
            signature.len(),
            RSA_PKCS1_PADDING,
        );
        RSA_free(key.as_ptr());
        done
    };
    (done == 1).then(|| {
        content.truncate(length);
        content
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool;

    #[test]
    fn a_signature_tells_its_digest_to_its_own_key_only() {
        let (key, other) = (pool::signing_key(0), pool::signing_key(1));
        for algorithm in [Digest::Sha256, Digest::Sha1] {
            let mut signature = key.sign(algorithm, b"text");
            let signed = key.verifying().signed_digest(&signature).unwrap();
            assert_eq!(signed.algorithm, algorithm);
            assert!(signed.is_of(b"text") && !signed.is_of(b"test"));
            assert_eq!(other.verifying().signed_digest(&signature), None);
            signature[100] ^= 1;
            assert_eq!(key.verifying().signed_digest(&signature), None);
            assert_eq!(key.verifying().signed_digest(&signature[1..]), None);
        }
        assert_eq!(key.verifying().signed_digest(b""), None);
        assert_eq!(key.verifying().signed_digest(&[0xff; 256]), None);
    }
}
