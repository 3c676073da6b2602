//! Keys against an independent implementation: the `rsa` crate signs and we verify, we sign and it verifies.

use proptest::prelude::*;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePublicKey as _, LineEnding};
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::{RsaPrivateKey, RsaPublicKey, pkcs1v15};

use super::*;
use crate::pool;

fn fixture(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/alipay/vectors/keys/");
    std::fs::read_to_string(format!("{path}{name}")).unwrap()
}

fn bare(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

#[test]
fn an_independent_implementation_accepts_our_signatures() {
    for index in 0..3 {
        let key = pool::signing_key(index);
        let public = RsaPublicKey::from_public_key_pem(&key.verifying().spki_pem()).unwrap();
        let content = format!("content {index}");
        let signature = key.sign(Digest::Sha256, content.as_bytes());
        pkcs1v15::VerifyingKey::<sha2::Sha256>::new(public.clone())
            .verify(content.as_bytes(), &signature.as_slice().try_into().unwrap())
            .unwrap();
        let signature = key.sign(Digest::Sha1, content.as_bytes());
        pkcs1v15::VerifyingKey::<sha1::Sha1>::new(public).verify(content.as_bytes(), &signature.as_slice().try_into().unwrap()).unwrap();
    }
}

#[test]
fn we_accept_signatures_of_an_independent_implementation() {
    let theirs = RsaPrivateKey::from_pkcs8_pem(pool::private_pem(5)).unwrap();
    let ours = VerifyingKey::from_text(&theirs.to_public_key().to_public_key_pem(LineEnding::LF).unwrap()).unwrap();
    let sha256 = pkcs1v15::SigningKey::<sha2::Sha256>::new(theirs.clone()).sign(b"content").to_vec();
    let sha1 = pkcs1v15::SigningKey::<sha1::Sha1>::new(theirs).sign(b"content").to_vec();
    assert!(ours.verifies(Digest::Sha256, b"content", &sha256));
    assert!(ours.verifies(Digest::Sha1, b"content", &sha1));
    assert!(!ours.verifies(Digest::Sha1, b"content", &sha256), "the other digest");
    assert!(!ours.verifies(Digest::Sha256, b"content", &sha1), "the other digest");
    assert!(!ours.verifies(Digest::Sha256, b"Content", &sha256), "other content");
    assert!(!pool::signing_key(6).verifying().verifies(Digest::Sha256, b"content", &sha256), "another key");
}

#[test]
fn every_form_of_one_private_key_is_the_same_key() {
    let pkcs1 = fixture("app_private_pkcs1.pem");
    let pkcs8 = fixture("app_private_pkcs8.pem");
    let key = SigningKey::from_text(&pkcs1).unwrap();
    for text in [pkcs8.clone(), bare(&pkcs1), bare(&pkcs8), key.pkcs1_base64(), key.pkcs8_base64()] {
        assert_eq!(SigningKey::from_text(&text).unwrap().fingerprint(), key.fingerprint());
    }
    assert_eq!(key.pkcs1_pem(), pkcs1);
    assert_eq!(key.pkcs8_pem(), pkcs8);
    assert_eq!(key.verifying().spki_pem(), fixture("app_public.pem"));
    assert_eq!(RsaPrivateKey::from_pkcs1_pem(&key.pkcs1_pem()).unwrap(), RsaPrivateKey::from_pkcs8_pem(&pkcs8).unwrap());
}

#[test]
fn every_form_of_one_public_key_is_the_same_key() {
    let spki = fixture("app_public.pem");
    let theirs = RsaPublicKey::from_public_key_pem(&spki).unwrap();
    let pkcs1 = theirs.to_pkcs1_pem(LineEnding::CRLF).unwrap();
    let key = VerifyingKey::from_text(&spki).unwrap();
    for text in [bare(&spki), pkcs1.clone(), bare(&pkcs1), key.spki_base64()] {
        assert_eq!(VerifyingKey::from_text(&text).unwrap(), key);
    }
}

#[test]
fn what_is_no_key_is_called_by_its_name() {
    let certificate = fixture("app_cert.crt");
    let private = fixture("app_private_pkcs1.pem");
    let public = fixture("app_public.pem");
    for text in [certificate.clone(), bare(&certificate)] {
        assert_eq!(VerifyingKey::from_text(&text), Err(KeyError::Certificate));
        assert_eq!(SigningKey::from_text(&text).unwrap_err(), KeyError::Certificate);
    }
    assert_eq!(VerifyingKey::from_text(&private), Err(KeyError::PrivateForPublic));
    assert_eq!(VerifyingKey::from_text(&fixture("app_private_pkcs8.pem")), Err(KeyError::PrivateForPublic));
    assert_eq!(SigningKey::from_text(&public).unwrap_err(), KeyError::PublicForPrivate);
    assert_eq!(VerifyingKey::from_text(" \n"), Err(KeyError::Empty));
    assert_eq!(VerifyingKey::from_text("aGVsbG8="), Err(KeyError::Unknown(5)));
    assert!(matches!(VerifyingKey::from_text("no key!"), Err(KeyError::NotBase64(_))));
    let cut = private.split_once("-----END").unwrap().0;
    assert_eq!(SigningKey::from_text(cut).unwrap_err(), KeyError::CutShort("RSA PRIVATE KEY".into()));
}

#[test]
fn a_generated_key_signs_and_its_exports_read_back() {
    let key = SigningKey::generate().unwrap();
    let signature = key.sign_text(Digest::Sha256, b"content");
    let again = SigningKey::from_text(&key.pkcs1_base64()).unwrap();
    assert_eq!(again.fingerprint(), key.fingerprint());
    assert!(again.verifying().verifies_text(Digest::Sha256, b"content", signature.as_bytes()));
}

#[test]
fn a_printed_key_shows_its_fingerprint_and_nothing_else() {
    let key = pool::signing_key(0);
    let printed = format!("{key:?}");
    assert_eq!(printed, format!("SigningKey({})", key.fingerprint()));
    assert_eq!(key.fingerprint().to_string().len(), 8 * 3 - 1);
}

#[test]
fn a_signature_with_line_breaks_or_stray_bits_is_not_taken() {
    let key = pool::signing_key(0);
    let good = key.sign_text(Digest::Sha256, b"content");
    assert!(key.verifying().verifies_text(Digest::Sha256, b"content", good.as_bytes()));
    let broken = format!("{}\n{}", &good[..64], &good[64..]);
    assert!(!key.verifying().verifies_text(Digest::Sha256, b"content", broken.as_bytes()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_flipped_bit_in_signature_or_content_is_refused(
        content in proptest::collection::vec(any::<u8>(), 1..300), place in any::<proptest::sample::Index>(), bit in 0..8_u8,
    ) {
        let key = pool::signing_key(7);
        let signature = key.sign(Digest::Sha256, &content);
        prop_assert!(key.verifying().verifies(Digest::Sha256, &content, &signature));
        let mut damaged = signature.clone();
        damaged[place.index(signature.len())] ^= 1 << bit;
        prop_assert!(!key.verifying().verifies(Digest::Sha256, &content, &damaged));
        let mut damaged = content.clone();
        damaged[place.index(content.len())] ^= 1 << bit;
        prop_assert!(!key.verifying().verifies(Digest::Sha256, &damaged, &signature));
    }

    #[test]
    fn no_text_upsets_the_key_readers(text in "(-----BEGIN [A-Z ]{0,20}-----)?[A-Za-z0-9+/=\\s-]{0,200}") {
        let _ = SigningKey::from_text(&text);
        let _ = VerifyingKey::from_text(&text);
    }
}
