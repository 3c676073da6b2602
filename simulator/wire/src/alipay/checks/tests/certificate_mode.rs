//! Certificate mode, replaced keys, and encrypted requests behind a right signature.

use std::sync::Arc;

use super::*;
use crate::alipay::certificates::{Authority, Certificate, Leaf};
use crate::alipay::object::ObjectText;
use crate::alipay::response::{Outcome, seal};
use crate::alipay::{AesKey, Answer, Charset, SignType};

const DAY: i64 = 24 * 3_600_000;

fn authority() -> Authority {
    Authority::found(&pool::signing_key(20), &pool::signing_key(21), 1, NOW - DAY)
}

fn issued(number: u64, key: usize, days: i64) -> Certificate {
    let key = pool::signing_key(key);
    authority().issue(&Leaf {
        common_name: "2021000000000001",
        key: key.verifying(),
        number,
        not_before_ms: NOW - DAY,
        not_after_ms: NOW + days * DAY,
    })
}

/// An application whose current certificate is for key 0, with an older one for key 5 and one that is over for key 0.
fn certified() -> Gateway {
    let mode = CertificateMode {
        app_certificates: vec![issued(1, 0, 1), issued(2, 5, 1), issued(3, 0, -1)],
        root_cert_sn: authority().roots().root_sn(),
        alipay_cert_sn: issued(9, 1, 1).sn().to_owned(),
    };
    Gateway(Some(Application { certificates: Some(Arc::new(mode)), merchant_key: None, ..gateway().0.unwrap() }))
}

fn serials(number: u64, key: usize, days: i64) -> [(&'static str, String); 2] {
    [("app_cert_sn", issued(number, key, days).sn().to_owned()), ("alipay_root_cert_sn", authority().roots().root_sn())]
}

fn asked(changes: &[(&'static str, String)], gateway: &Gateway) -> Result<Envelope, Box<Refused>> {
    let changes: Vec<_> = changes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    check(request(&changes), gateway, Options::default())
}

#[test]
fn the_certificate_that_is_named_decides_about_the_key() {
    let envelope = asked(&serials(1, 0, 1), &certified()).unwrap();
    let sealed = seal(&envelope.answering, Outcome::Success, &ObjectText::verbatim("{}"), &Signer::new(0));
    let sn = issued(9, 1, 1).sn().to_owned();
    assert!(
        String::from_utf8_lossy(&sealed.body)
            .starts_with(&format!(r#"{{"alipay_trade_query_response":{{}},"alipay_cert_sn":"{sn}","sign":""#))
    );
    // the request is signed with key 0, the older certificate is for key 5
    let refused = asked(&serials(2, 5, 1), &certified()).unwrap_err();
    assert_eq!(refused.refusal.code.sub_code, "isv.invalid-signature");
    let sealed = seal_refusal(&refused.answering, &refused.refusal, &Signer::new(0));
    assert!(String::from_utf8_lossy(&sealed.body).contains(&format!(r#"}},"alipay_cert_sn":"{sn}","sign":""#)));
}

#[test]
fn each_fault_of_a_serial_number_has_its_own_code_in_the_platforms_order() {
    let [app, root] = serials(1, 0, 1);
    let over = serials(3, 0, -1)[0].clone();
    let unknown = ("app_cert_sn", "422b4bf1565dd096cb876295d29b6f1e".to_owned());
    let with_ec = ("alipay_root_cert_sn", format!("{}_{}", root.1, root.1));
    for (changes, code) in [
        (vec![], sub_code::MISSING_APP_CERT_SN),
        (vec![root.clone()], sub_code::MISSING_APP_CERT_SN),
        (vec![unknown], sub_code::APP_CERT_NOT_EXIST),
        (vec![over], sub_code::APP_CERT_EXPIRED),
        (vec![app.clone()], sub_code::MISSING_ALIPAY_ROOT_CERT_SN),
        (vec![app, with_ec], sub_code::INVALID_ALIPAY_ROOT_CERT_SN),
    ] {
        let refused = asked(&changes, &certified()).unwrap_err();
        assert_eq!(refused.refusal.code.sub_code, code.as_str());
        assert!(!seal_refusal(&refused.answering, &refused.refusal, &Signer::new(0)).signed);
    }
    let mut none = certified();
    if let Some(application) = &mut none.0 {
        let mode = CertificateMode { app_certificates: Vec::new(), root_cert_sn: String::new(), alipay_cert_sn: String::new() };
        application.certificates = Some(Arc::new(mode));
    }
    assert_eq!(asked(&[], &none).unwrap_err().refusal.code.sub_code, "isv.missing-signature-config");
}

#[test]
fn in_key_mode_serial_numbers_are_parameters_like_any_other() {
    assert!(asked(&serials(1, 0, 1), &gateway()).is_ok());
}

#[test]
fn a_key_that_was_replaced_is_called_expired_and_another_one_wrong() {
    let replaced = |old: usize| {
        let merchant_key = Some(pool::signing_key(6).verifying().clone());
        Gateway(Some(Application { merchant_key, retired_keys: vec![pool::signing_key(old).verifying().clone()], ..gateway().0.unwrap() }))
    };
    let refused = asked(&[], &replaced(0)).unwrap_err();
    assert_eq!(refused.refusal.code.sub_code, "isv.unsupported-expired-app-key-sign");
    assert!(refused.failed_signature.is_none(), "there is nothing to look for");
    assert!(seal_refusal(&refused.answering, &refused.refusal, &Signer::new(0)).signed);
    assert_eq!(asked(&[], &replaced(7)).unwrap_err().refusal.code.sub_code, "isv.invalid-signature");
}

#[test]
fn an_encrypted_request_is_read_and_answered_in_cipher_text() {
    let key = AesKey::from_bytes([7; 16]);
    let encrypting = Gateway(Some(Application { content_key: Some(key.clone()), ..gateway().0.unwrap() }));
    let cipher_text = key.encrypt(r#"{"a":"会员"}"#.as_bytes());
    let mut envelope = asked(&[("encrypt_type", "AES".to_owned()), ("biz_content", cipher_text.clone())], &encrypting).unwrap();
    assert_eq!(envelope.biz_content().unwrap(), cipher_text, "not before it was asked to");
    envelope.decrypt().unwrap();
    assert_eq!(envelope.biz_content().unwrap(), r#"{"a":"会员"}"#);
    for outcome in [Outcome::Success, Outcome::Failure] {
        let sealed = seal(&envelope.answering, outcome, &ObjectText::verbatim(r#"{"code":"10000"}"#), &Signer::new(0));
        let mut answer = Answer::read(&sealed.body, Charset::Utf8, &envelope.answering.node).unwrap();
        answer.verify(pool::signing_key(1).verifying(), SignType::Rsa2).unwrap();
        assert_eq!(answer.signed_text(), format!("\"{}\"", key.encrypt(br#"{"code":"10000"}"#)).as_bytes());
        assert_eq!(answer.code(), None);
        answer.decrypt(&key).unwrap();
        assert_eq!(answer.code(), Some("10000"));
    }
}

#[test]
fn an_error_of_decryption_is_answered_plain_and_signed() {
    let key = AesKey::from_bytes([7; 16]);
    let encrypting = Gateway(Some(Application { content_key: Some(key), ..gateway().0.unwrap() }));
    let mut envelope = asked(&[("encrypt_type", "AES".to_owned())], &encrypting).unwrap();
    let refusal = envelope.decrypt().unwrap_err();
    assert_eq!(refusal.code.sub_code, "isv.decryption-error-unknown");
    assert!(refusal.sub_msg.contains("plain JSON although"), "{}", refusal.sub_msg);
    let sealed = seal_refusal(&envelope.answering, &refusal, &Signer::new(0));
    assert!(sealed.signed && String::from_utf8_lossy(&sealed.body).contains(r#"response":{"code":"40003""#));
}
