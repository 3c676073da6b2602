//! SHA-1 signatures for `sign_type=RSA`, which aws-lc-rs has no safe call for although the C library under it does.
//!
//! Unsafe, as [`super::signed_digest`] is and nothing else of the crate: three calls of `aws-lc-sys` around one owned key. Measured and checked byte
//! for byte against OpenSSL in perf/PERFORMANCE; tested here against the `rsa` crate.

#![expect(unsafe_code, reason = "aws-lc-rs offers no SHA-1 signing; PERFORMANCE recommends exactly this small module")]

use std::ptr;

use aws_lc_sys::{
    EVP_DigestSign, EVP_DigestSignInit, EVP_MD_CTX_free, EVP_MD_CTX_new, EVP_PKEY, EVP_PKEY_RSA, EVP_PKEY_free, EVP_PKEY_size, EVP_sha1,
    d2i_PrivateKey,
};

/// A private key as the C library holds it.
pub(super) struct Sha1Signer(ptr::NonNull<EVP_PKEY>);

// SAFETY: an EVP_PKEY may be used from several threads at once by functions that do not change it (evp.h); after `new`
// this one is only read, by EVP_DigestSignInit, until `drop` has it alone.
unsafe impl Send for Sha1Signer {}
// SAFETY: as above.
unsafe impl Sync for Sha1Signer {}

impl Sha1Signer {
    /// `pkcs1` must be a key that aws-lc has already accepted.
    pub(super) fn new(pkcs1: &[u8]) -> Self {
        let length = pkcs1.len().try_into().expect("a key is a few kilobytes");
        let mut input = pkcs1.as_ptr();
        // SAFETY: `input` points at `length` readable bytes; a null first result pointer asks for a new object.
        let key = unsafe { d2i_PrivateKey(EVP_PKEY_RSA, ptr::null_mut(), &raw mut input, length) };
        Self(ptr::NonNull::new(key).expect("the same library has parsed this very key before"))
    }

    pub(super) fn sign(&self, content: &[u8]) -> Vec<u8> {
        // SAFETY: the key is alive as long as `self`; the context is made, used and freed here and nowhere else; the
        // library writes at most `length` bytes, which is the buffer's size, and puts the number written into `length`.
        unsafe {
            let mut signature = vec![0; usize::try_from(EVP_PKEY_size(self.0.as_ptr())).expect("a size")];
            let mut length = signature.len();
            let signing = EVP_MD_CTX_new();
            assert!(!signing.is_null(), "out of memory");
            let ready = EVP_DigestSignInit(signing, ptr::null_mut(), EVP_sha1(), ptr::null_mut(), self.0.as_ptr()) == 1;
            let done = ready && EVP_DigestSign(signing, signature.as_mut_ptr(), &raw mut length, content.as_ptr(), content.len()) == 1;
            EVP_MD_CTX_free(signing);
            assert!(done, "a validated RSA key signs a SHA-1 digest of any content");
            signature.truncate(length);
            signature
        }
    }
}

impl Drop for Sha1Signer {
    fn drop(&mut self) {
        // SAFETY: made by d2i_PrivateKey, freed once.
        unsafe { EVP_PKEY_free(self.0.as_ptr()) }
    }
}
