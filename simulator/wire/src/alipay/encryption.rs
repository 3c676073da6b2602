//! AES content encryption: the key, and cipher text as it stands in requests and answers (PROTOCOL A8, C).
//!
//! AES/CBC/PKCS#7 with an IV of sixteen zero bytes and Base64 around it, as every SDK does. So the same text always gives the
//! same cipher text: it hides, but it does not prove anything; the signature over the cipher text does.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::cipher::{
    AES_128, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::digest;
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::charset::Charset;
use super::codes::{GatewayRefusal, sub_code};
use crate::keys::{Digest, SigningKey};

/// Bytes of a key and of a block.
const BLOCK: usize = 16;

/// The content key of one application: 16 bytes, shown as Base64. Cloning is cheap; `Debug` shows nothing of it.
#[derive(Clone)]
pub struct AesKey(Arc<Inner>);

struct Inner {
    encrypting: PaddedBlockEncryptingKey,
    decrypting: PaddedBlockDecryptingKey,
    bytes: [u8; BLOCK],
}

/// Why a text is no content key.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AesKeyError {
    /// Not Base64.
    #[error("the AES key is not Base64: give it as the console shows it, 24 characters that end in ==")]
    NotBase64,
    /// Another length.
    #[error("the AES key has {0} bytes behind its Base64, 16 are expected")]
    Length(usize),
}

/// Why a cipher text cannot be opened.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DecryptError {
    /// Not Base64, or not a whole number of blocks.
    #[error("it is not Base64 of whole AES blocks")]
    NotCipherText,
    /// The padding is wrong: another key, another IV, another mode, or damage.
    #[error("its padding is wrong: another key, an IV other than zeros, or a mode other than CBC")]
    WrongKey,
}

impl AesKey {
    /// Reads the Base64 text of a key.
    ///
    /// # Errors
    /// Not Base64, or not 16 bytes.
    pub fn from_base64(text: &str) -> Result<Self, AesKeyError> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| AesKeyError::NotBase64)?;
        let length = bytes.len();
        Ok(Self::from_bytes(bytes.try_into().map_err(|_| AesKeyError::Length(length))?))
    }

    /// The key of these bytes.
    pub fn from_bytes(bytes: [u8; BLOCK]) -> Self {
        let unbound = || UnboundCipherKey::new(&AES_128, &bytes).expect("16 bytes are a key of AES-128");
        let encrypting = PaddedBlockEncryptingKey::cbc_pkcs7(unbound()).expect("AES-128 has CBC");
        let decrypting = PaddedBlockDecryptingKey::cbc_pkcs7(unbound()).expect("AES-128 has CBC");
        Self(Arc::new(Inner { encrypting, decrypting, bytes }))
    }

    /// The key that follows from a private key and a label: whoever keeps the private key need not keep this one.
    pub fn derived(from: &SigningKey, label: &str) -> Self {
        // PKCS#1 v1.5 is deterministic, and nothing else that is signed begins with this word
        let secret = from.sign(Digest::Sha256, format!("kabao content key: {label}").as_bytes());
        let digest = digest::digest(&digest::SHA256, &secret);
        Self::from_bytes(digest.as_ref()[..BLOCK].try_into().expect("half of 32 bytes"))
    }

    /// **Secret.** The key as Base64.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0.bytes)
    }

    /// The cipher text of `content`, as Base64 on one line.
    pub fn encrypt(&self, content: &[u8]) -> String {
        let mut bytes = Vec::with_capacity(content.len() + BLOCK);
        bytes.extend_from_slice(content);
        let zeros = EncryptionContext::Iv128(FixedLength::from([0; BLOCK]));
        self.0.encrypting.less_safe_encrypt(&mut bytes, zeros).expect("a buffer that can grow takes its padding");
        STANDARD.encode(bytes)
    }

    /// The content of a Base64 cipher text.
    ///
    /// # Errors
    /// It is no cipher text, or not one of this key.
    pub fn decrypt(&self, cipher_text: &[u8]) -> Result<Vec<u8>, DecryptError> {
        let mut bytes = STANDARD.decode(cipher_text.trim_ascii()).map_err(|_| DecryptError::NotCipherText)?;
        if bytes.is_empty() || bytes.len() % BLOCK != 0 {
            return Err(DecryptError::NotCipherText);
        }
        let zeros = DecryptionContext::Iv128(FixedLength::from([0; BLOCK]));
        let content = self.0.decrypting.decrypt(&mut bytes, zeros).map_err(|_| DecryptError::WrongKey)?.len();
        bytes.truncate(content);
        Ok(bytes)
    }
}

impl PartialEq for AesKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.bytes == other.0.bytes
    }
}

impl Eq for AesKey {}

impl fmt::Debug for AesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AesKey(…)")
    }
}

/// The text of an encrypted request, or the platform's refusal. `encrypt_type` is what the request named.
///
/// Which condition gets which of the documented codes is shown by no source but for the last-but-one: inferred.
pub(super) fn open(
    encrypt_type: Option<&str>,
    content: Option<&[u8]>,
    charset: Charset,
    key: Option<&AesKey>,
) -> Result<Option<String>, GatewayRefusal> {
    let Some(encrypt_type) = encrypt_type else {
        // never wrong: only this application's key opens it
        let unnamed = content.zip(key).is_some_and(|(content, key)| key.decrypt(content).is_ok());
        return if unnamed { Err(GatewayRefusal::of(sub_code::DECRYPTION_ERROR_MISSING_ENCRYPT_TYPE)) } else { Ok(None) };
    };
    match encrypt_type {
        "AES" => {}
        "SM4" | "AES/GCM" | "AES256" | "3DES" | "DES" => {
            return Err(GatewayRefusal::of(sub_code::DECRYPTION_ERROR_NOT_VALID_ENCRYPT_TYPE).with_hint("only AES is spoken here"));
        }
        _ => return Err(GatewayRefusal::of(sub_code::INVALID_ENCRYPT_TYPE)),
    }
    let Some(key) = key else { return Err(GatewayRefusal::of(sub_code::DECRYPTION_ERROR_NOT_VALID_ENCRYPT_KEY)) };
    let Some(content) = content else { return Ok(None) };
    let text = key.decrypt(content).map_err(|error| {
        let plain = content.trim_ascii_start().starts_with(b"{");
        let hint = if plain { "the content is plain JSON although encrypt_type says AES".to_owned() } else { error.to_string() };
        GatewayRefusal::of(sub_code::DECRYPTION_ERROR_UNKNOWN).with_hint(&hint)
    })?;
    let text = charset.decode(&text).map_err(|wrong| {
        let hint = format!("the decrypted content is not {} at byte {}", charset.name(), wrong.offset);
        GatewayRefusal::of(sub_code::INVALID_ENCRYPT).with_hint(&hint)
    })?;
    Ok(Some(text.into_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "UnryCy5aX6cSkHOntqlDLQ==";

    fn key() -> AesKey {
        AesKey::from_base64(KEY).unwrap()
    }

    #[test]
    fn a_key_is_sixteen_bytes_of_base64() {
        assert_eq!(key().base64(), KEY);
        assert_eq!(AesKey::from_base64("UnryCy5aX6cSkHOntqlDLQ"), Err(AesKeyError::NotBase64));
        assert_eq!(AesKey::from_base64("aGVsbG8="), Err(AesKeyError::Length(5)));
        assert_eq!(format!("{:?}", key()), "AesKey(…)");
    }

    #[test]
    fn a_derived_key_follows_from_key_and_label() {
        let derived = |index: usize, label: &str| AesKey::derived(&crate::pool::signing_key(index), label);
        assert_eq!(derived(0, "1"), derived(0, "1"));
        assert_ne!(derived(0, "1"), derived(0, "2"));
        assert_ne!(derived(0, "1"), derived(1, "1"));
    }

    #[test]
    fn a_text_has_one_cipher_text() {
        // as `openssl enc -aes-128-cbc` with key and IV of zeros writes it
        assert_eq!(AesKey::from_bytes([0; 16]).encrypt(b""), "AUPbY+5msM3/n2mRdoAVHg==");
        assert_eq!(key().decrypt(key().encrypt(b"{}").as_bytes()).unwrap(), b"{}");
        assert_eq!(key().decrypt(b"e30="), Err(DecryptError::NotCipherText));
        assert_eq!(key().decrypt(b""), Err(DecryptError::NotCipherText));
        assert_eq!(key().decrypt(b"{\"a\":1}"), Err(DecryptError::NotCipherText));
    }

    fn refused(encrypt_type: Option<&str>, content: Option<&[u8]>, key: Option<&AesKey>) -> String {
        open(encrypt_type, content, Charset::Utf8, key).unwrap_err().code.sub_code.clone()
    }

    #[test]
    fn every_decryption_code_has_its_condition() {
        let cipher_text = key().encrypt(br#"{"a":"1"}"#);
        let content = Some(cipher_text.as_bytes());
        assert_eq!(open(Some("AES"), content, Charset::Utf8, Some(&key())).unwrap().unwrap(), r#"{"a":"1"}"#);
        assert_eq!(open(Some("AES"), None, Charset::Utf8, Some(&key())).unwrap(), None);
        assert_eq!(open(None, Some(b"{}"), Charset::Utf8, Some(&key())).unwrap(), None);
        assert_eq!(open(None, content, Charset::Utf8, None).unwrap(), None);
        assert_eq!(refused(None, content, Some(&key())), "isv.decryption-error-missing-encrypt-type");
        assert_eq!(refused(Some("aes"), content, Some(&key())), "isv.invalid-encrypt-type");
        assert_eq!(refused(Some("SM4"), content, Some(&key())), "isv.decryption-error-not-valid-encrypt-type");
        assert_eq!(refused(Some("AES"), content, None), "isv.decryption-error-not-valid-encrypt-key");
        assert_eq!(refused(Some("AES"), Some(b"{}"), Some(&key())), "isv.decryption-error-unknown");
        let other = AesKey::from_bytes([1; 16]);
        assert_eq!(refused(Some("AES"), Some(other.encrypt(b"{}").as_bytes()), Some(&key())), "isv.decryption-error-unknown");
        let no_text = key().encrypt(b"{\"a\":\"\xbb\xe1\"}");
        assert_eq!(refused(Some("AES"), Some(no_text.as_bytes()), Some(&key())), "isv.invalid-encrypt");
        assert_eq!(open(Some("AES"), Some(no_text.as_bytes()), Charset::Gbk, Some(&key())).unwrap().unwrap(), r#"{"a":"会"}"#);
    }

    proptest! {
        #[test]
        fn what_was_encrypted_decrypts_and_damage_never_gives_the_same_text(
            content in proptest::collection::vec(any::<u8>(), 0..100), place in any::<prop::sample::Index>(), bit in 0..7_u8,
        ) {
            let cipher_text = key().encrypt(&content);
            prop_assert_eq!(key().decrypt(cipher_text.as_bytes()).unwrap(), content.clone());
            let mut damaged = cipher_text.clone().into_bytes();
            damaged[place.index(cipher_text.len())] ^= 1 << bit;
            // white space at the ends is no damage
            if damaged.trim_ascii() == damaged {
                prop_assert_ne!(key().decrypt(&damaged).ok(), Some(content));
            }
        }

        #[test]
        fn no_bytes_upset_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = key().decrypt(&bytes);
            let _ = AesKey::from_base64(&String::from_utf8_lossy(&bytes));
        }
    }
}
