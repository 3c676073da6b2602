//! Certificates against the published vectors, and our own against OpenSSL as a third judge.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;
use crate::keys::SigningKey;
use crate::pool;

fn fixture(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/alipay/vectors/");
    std::fs::read_to_string(format!("{path}{name}")).unwrap()
}

fn vector() -> serde_json::Value {
    serde_json::from_str(&fixture("certs.json")).unwrap()
}

/// 2026-11-22 08:00:00 in Beijing.
const NOW: i64 = 1_795_305_600_000;
const YEAR: i64 = 365 * 24 * 3_600_000;

fn authority() -> Authority {
    Authority::found(&pool::signing_key(20), &pool::signing_key(21), 7, NOW)
}

fn leaf(number: u64) -> Certificate {
    let key = pool::signing_key(3);
    let leaf = Leaf { common_name: "2021000000000001", key: key.verifying(), number, not_before_ms: NOW, not_after_ms: NOW + YEAR };
    authority().issue(&leaf)
}

#[test]
fn every_certificate_of_the_vectors_has_the_serial_number_all_sdks_agree_on() {
    let vector = vector();
    let all = vector["certs"].as_array().unwrap();
    assert_eq!(all.len(), 7);
    for expected in all {
        let file = expected["file"].as_str().unwrap();
        let read = Certificate::from_pem(&fixture(&format!("keys/{file}"))).unwrap();
        assert_eq!(read.issuer(), expected["issuer_string"].as_str().unwrap(), "{file}");
        assert_eq!(read.serial_decimal(), expected["serial_decimal"].as_str().unwrap(), "{file}");
        assert_eq!(read.sn(), expected["md5"].as_str().unwrap(), "{file}");
    }
}

#[test]
fn the_root_serial_number_counts_rsa_roots_only_in_the_order_of_the_file() {
    let vector = vector();
    let roots = CertificateFile::from_pem(&fixture("keys/alipay_root_cert.crt")).unwrap();
    assert_eq!(roots.certificates().len(), 4);
    assert_eq!(roots.root_sn(), vector["alipay_root_cert_sn"].as_str().unwrap());
    let app = Certificate::from_pem(&fixture("keys/app_cert.crt")).unwrap();
    assert_eq!(app.sn(), vector["app_cert_sn"].as_str().unwrap());
    let alipay = CertificateFile::from_pem(&fixture("keys/alipay_cert_chain.crt")).unwrap();
    assert_eq!(alipay.leaf().sn(), vector["alipay_cert_sn"].as_str().unwrap());
    // a leading zero stays
    assert!(roots.root_sn().starts_with("003b"));
}

#[test]
fn the_vectors_chain_ends_at_their_root_and_at_no_other() {
    let roots = CertificateFile::from_pem(&fixture("keys/alipay_root_cert.crt")).unwrap();
    let chain = CertificateFile::from_pem(&fixture("keys/alipay_cert_chain.crt")).unwrap();
    assert_eq!(chain.verify(&roots, NOW), Ok(()));
    assert_eq!(roots.verify(&roots, NOW), Ok(()));
    let alone = CertificateFile::of(vec![chain.leaf().clone()]).unwrap();
    assert!(matches!(alone.verify(&roots, NOW), Err(ChainFault::IssuerMissing { .. })));
    assert!(matches!(chain.verify(authority().roots(), NOW), Err(ChainFault::IssuerMissing { .. })));
    assert!(matches!(chain.verify(&roots, NOW + 60 * YEAR), Err(ChainFault::OutsideValidity { .. })));
    assert_eq!(
        chain.leaf().key().unwrap().spki_pem(),
        SigningKey::from_text(&fixture("keys/alipay_private_pkcs1.pem")).unwrap().verifying().spki_pem()
    );
}

#[test]
fn the_same_keys_numbers_and_times_give_the_same_certificates_byte_for_byte() {
    let (one, two) = (authority(), authority());
    assert_eq!(one.roots().pem(), two.roots().pem());
    assert_eq!(one.intermediate().pem(), two.intermediate().pem());
    assert_eq!(leaf(1).pem(), leaf(1).pem());
    assert_ne!(leaf(1).sn(), leaf(2).sn());
    let other = Authority::found(&pool::signing_key(20), &pool::signing_key(21), 8, NOW);
    assert_ne!(other.root().sn(), one.root().sn());
    assert_ne!(other.intermediate().sn(), one.intermediate().sn());
}

#[test]
fn an_issued_certificate_says_what_it_was_asked_to() {
    let leaf = leaf(0xfeed);
    assert_eq!(leaf.subject(), "CN=2021000000000001,OU=kabao,O=kabao Sandbox,C=CN");
    assert_eq!(leaf.issuer(), "CN=kabao Sandbox Certification Authority Class 2 R1,OU=Certification Authority,O=kabao Sandbox,C=CN");
    assert_eq!(leaf.serial_decimal().parse::<u128>().unwrap(), 0x2026_1122_0000_0000_0000_0000_0000_feed);
    assert_eq!((leaf.not_before_ms(), leaf.not_after_ms()), (NOW, NOW + YEAR));
    assert!(leaf.is_valid_at(NOW) && leaf.is_valid_at(NOW + YEAR + 999));
    assert!(!leaf.is_valid_at(NOW - 1) && !leaf.is_valid_at(NOW + YEAR + 1000));
    assert_eq!(leaf.key(), Some(pool::signing_key(3).verifying()));
    assert!(!leaf.is_authority() && leaf.is_rsa_signed());
    assert_eq!(CertificateFile::from_pem(&leaf.pem()).unwrap().leaf(), &leaf);
}

#[test]
fn the_bundle_of_roots_is_mixed_as_the_production_one_is() {
    let authority = authority();
    let kinds: Vec<bool> = authority.roots().certificates().iter().map(Certificate::is_rsa_signed).collect();
    assert_eq!(kinds, [false, true, false, true]);
    assert_eq!(authority.roots().root_sn(), format!("{}_61cd27ed1a6682342e6aafafa093115b", authority.root().sn()));
    assert_eq!(authority.roots().pem().matches("-----END CERTIFICATE-----\n\n-----BEGIN").count(), 3);
}

#[test]
fn a_chain_is_trusted_link_by_link() {
    let authority = authority();
    let good = authority.chain(leaf(1));
    assert_eq!(good.verify(authority.roots(), NOW), Ok(()));
    assert!(matches!(good.verify(authority.roots(), NOW + YEAR + 1000), Err(ChainFault::OutsideValidity { .. })));
    // same names, other keys
    let forged = Authority::found(&pool::signing_key(22), &pool::signing_key(23), 7, NOW);
    let forged_chain = CertificateFile::of(vec![leaf(1), forged.intermediate().clone()]).unwrap();
    assert!(matches!(forged_chain.verify(authority.roots(), NOW), Err(ChainFault::WrongSignature { .. })));
    let forged_root = CertificateFile::of(vec![leaf(1), authority.intermediate().clone()]).unwrap();
    assert!(matches!(forged_root.verify(forged.roots(), NOW), Err(ChainFault::WrongSignature { .. })));
}

#[test]
fn an_authority_resumes_from_what_is_kept_and_issues_the_same() {
    let authority = authority();
    let kept =
        |key: usize, roots: &CertificateFile| Authority::resume(authority.intermediate().clone(), &pool::signing_key(key), roots.clone());
    let resumed = kept(21, authority.roots()).unwrap();
    let key = pool::signing_key(4);
    let leaf = Leaf { common_name: "x", key: key.verifying(), number: 1, not_before_ms: NOW, not_after_ms: NOW + YEAR };
    assert_eq!(resumed.issue(&leaf), authority.issue(&leaf));
    assert!(kept(22, authority.roots()).is_none(), "another key");
    let others = Authority::found(&pool::signing_key(22), &pool::signing_key(23), 7, NOW);
    assert!(kept(21, others.roots()).is_none(), "other roots");
}

#[test]
fn a_leaf_cannot_issue() {
    let authority = authority();
    let posing = authority.posing(leaf(1), &pool::signing_key(3));
    let key = pool::signing_key(4);
    let below = posing.issue(&Leaf { common_name: "x", key: key.verifying(), number: 1, not_before_ms: NOW, not_after_ms: NOW + YEAR });
    let chain = CertificateFile::of(vec![below, leaf(1), authority.intermediate().clone()]).unwrap();
    let expected = ChainFault::NotAnAuthority(leaf(1).subject().to_owned());
    assert_eq!(chain.verify(authority.roots(), NOW), Err(expected));
}

#[test]
fn what_is_no_certificate_is_called_by_its_name() {
    let certificate = fixture("keys/app_cert.crt");
    let cut = certificate.split_once("-----END").unwrap().0;
    assert_eq!(CertificateFile::from_pem(" \n").unwrap_err(), CertificateError::Empty);
    assert_eq!(CertificateFile::from_pem("hello").unwrap_err(), CertificateError::NotPem);
    assert_eq!(CertificateFile::from_pem(cut).unwrap_err(), CertificateError::CutShort(1));
    assert_eq!(
        CertificateFile::from_pem(&fixture("keys/app_private_pkcs1.pem")).unwrap_err(),
        CertificateError::Key("rsa private key".into())
    );
    let damaged = format!("{certificate}\n{}", certificate.replace("MII", "!!!"));
    assert_eq!(CertificateFile::from_pem(&damaged).unwrap_err(), CertificateError::NotBase64(2));
    let no_der = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----";
    assert!(matches!(CertificateFile::from_pem(no_der), Err(CertificateError::NotX509 { number: 1, .. })));
    let many = certificate.repeat(21);
    assert!(matches!(CertificateFile::from_pem(&many), Err(CertificateError::TooLarge { what: "certificates", limit: 20, .. })));
    let large = " ".repeat((256 << 10) + 1);
    assert!(matches!(CertificateFile::from_pem(&large), Err(CertificateError::TooLarge { what: "bytes", .. })));
}

#[test]
fn what_stands_around_the_blocks_does_not_matter() {
    let certificate = fixture("keys/app_cert.crt");
    let expected = Certificate::from_pem(&certificate).unwrap();
    let dressed = format!("\u{feff}Bag Attributes\r\n  friendlyName: x\r\n{}\r\n", certificate.replace('\n', "\r\n"));
    assert_eq!(Certificate::from_pem(&dressed).unwrap(), expected);
}

/// OpenSSL reads our certificates, checks the chain and agrees on names, serials and dates.
#[test]
fn openssl_trusts_our_chain_and_refuses_a_forged_one() {
    let version = Command::new("openssl").arg("version").stdout(Stdio::null()).status();
    assert!(version.is_ok(), "openssl is missing: sudo apt-get install openssl");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        path
    };
    let authority = authority();
    let root = file("root.crt", &authority.root().pem());
    let intermediate = file("intermediate.crt", &authority.intermediate().pem());
    let leaf = file("leaf.crt", &leaf(9).pem());
    let forged = Authority::found(&pool::signing_key(22), &pool::signing_key(23), 7, NOW);
    let forged = file("forged.crt", &forged.intermediate().pem());
    let attime = (NOW / 1000 + 3600).to_string();
    let verify = |untrusted: &std::path::Path| {
        let mut command = Command::new("openssl");
        command.args(["verify", "-x509_strict", "-attime", &attime, "-CAfile"]).arg(&root).arg("-untrusted").arg(untrusted).arg(&leaf);
        command.output().unwrap()
    };
    let good = verify(&intermediate);
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    assert!(!verify(&forged).status.success(), "openssl trusted a forged intermediate");
    let told =
        Command::new("openssl").args(["x509", "-noout", "-issuer", "-serial", "-nameopt", "RFC2253", "-in"]).arg(&leaf).output().unwrap();
    let expected = "issuer=CN=kabao Sandbox Certification Authority Class 2 R1,OU=Certification Authority,O=kabao Sandbox,C=CN\nserial=20261122000000000000000000000009\n";
    assert_eq!(String::from_utf8(told.stdout).unwrap(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// One changed bit anywhere in a certificate: it is no longer read, or no longer trusted, or it was in the wrapping that
    /// nobody signs and what the certificate says is the same.
    #[test]
    fn a_flipped_bit_is_not_trusted(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let authority = authority();
        let whole = leaf(1);
        let mut der = whole.der().to_vec();
        let at = place.index(der.len());
        der[at] ^= 1 << bit;
        if let Ok(damaged) = Certificate::from_der(&der) {
            let says = |one: &Certificate| (one.sn().to_owned(), one.subject().to_owned(), one.key().cloned(), one.not_after_ms());
            let trusted = authority.chain(damaged.clone()).verify(authority.roots(), NOW).is_ok();
            prop_assert!(!trusted || (says(&damaged) == says(&whole) && damaged.signed_part() == whole.signed_part()), "byte {at} bit {bit}");
        }
    }

    #[test]
    fn no_text_upsets_the_reader(text in "(-----BEGIN [A-Z ]{0,20}-----)?[A-Za-z0-9+/=\\s-]{0,200}", der in proptest::collection::vec(any::<u8>(), 0..100)) {
        let _ = CertificateFile::from_pem(&text);
        let _ = Certificate::from_der(&der);
    }
}
