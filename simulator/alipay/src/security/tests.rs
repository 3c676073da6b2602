//! Certificate mode, content keys and rotation, through the gateway.

use super::*;
use crate::check::Shop;
use engine::provider::{AppSheet, Provider};
use serde_json::Value;
use wire::alipay::{Answer, Charset, ClientRequest, SignType, Untrusted};
use wire::keys::VerifyingKey;
use world::merchant::Era;

const QUERY: &str = "alipay.marketing.card.template.query";

fn shop() -> Shop {
    Shop::new(7, Era::UserId)
}

fn secured(shop: &Shop, ask: &Securing) -> AppSheet {
    let keys = shop.platform.engine.keys();
    let fresh_keys = (10..14).map(|index| keys.published(index).verifying().spki_base64()).collect();
    let ask = Securing { fresh_keys, ..ask.clone() };
    shop.sandbox.run(|call| shop.platform.secure(call, keys, &shop.app, &ask)).unwrap().settled_blocking().unwrap().unwrap();
    shop.platform.apps(&shop.sandbox, keys).remove(0)
}

fn certified(shop: &Shop) -> (AppSheet, CertificateSheet) {
    let sheet = secured(shop, &Securing { certificates: Some(true), ..Securing::default() });
    let certificates = sheet.certificates.clone().unwrap();
    (sheet, certificates)
}

fn naming(request: ClientRequest, sheet: &CertificateSheet) -> ClientRequest {
    let app = Certificate::from_pem(&sheet.app_cert).unwrap();
    request.certificates(&app, &CertificateFile::from_pem(&sheet.alipay_root_cert).unwrap())
}

fn query(shop: &Shop) -> ClientRequest {
    shop.request(QUERY).biz_content(r#"{"template_id":"20170308000000000099000000000001"}"#)
}

fn read(shop: &Shop, request: &ClientRequest, method: &str) -> Answer {
    let node = wire::alipay::response::node_of(method).unwrap();
    Answer::read(&shop.send(request).body, Charset::Utf8, &node).unwrap()
}

fn download(shop: &Shop, sheet: &CertificateSheet, sn: &str) -> Answer {
    let method = "alipay.open.app.alipaycert.download";
    let asked = serde_json::json!({"alipay_cert_sn": sn}).to_string();
    read(shop, &naming(shop.request(method).biz_content(&asked), sheet), method)
}

#[test]
fn in_certificate_mode_calls_name_certificates_and_answers_do() {
    let shop = shop();
    let (_, sheet) = certified(&shop);
    let chain = CertificateFile::from_pem(&sheet.alipay_cert).unwrap();
    let roots = CertificateFile::from_pem(&sheet.alipay_root_cert).unwrap();
    chain.verify(&roots, shop.now().0).unwrap();
    assert_eq!((chain.leaf().sn(), roots.root_sn()), (sheet.alipay_cert_sn.as_str(), sheet.alipay_root_cert_sn.clone()));
    let answer = read(&shop, &naming(query(&shop), &sheet), QUERY);
    assert_eq!(answer.alipay_cert_sn.as_deref(), Some(sheet.alipay_cert_sn.as_str()));
    answer.verify(chain.leaf().key().unwrap(), SignType::Rsa2).unwrap();
    let without = read(&shop, &query(&shop), QUERY);
    assert_eq!(without.sub_code(), Some("isv.missing-app-cert-sn"));
    assert_eq!(without.verify(chain.leaf().key().unwrap(), SignType::Rsa2), Err(Untrusted::Unsigned));
    let key_mode = secured(&shop, &Securing { certificates: Some(false), ..Securing::default() });
    assert!(key_mode.certificates.is_none());
    assert_eq!(read(&shop, &query(&shop), QUERY).alipay_cert_sn, None);
}

#[test]
fn a_certificate_can_be_fetched_by_its_serial_number_also_after_it_was_replaced() {
    let shop = shop();
    let (_, first) = certified(&shop);
    let renewed = secured(&shop, &Securing { renew: vec![Renew::AlipayKey], ..Securing::default() });
    let second = renewed.certificates.unwrap();
    assert_ne!(first.alipay_cert_sn, second.alipay_cert_sn);
    let roots = CertificateFile::from_pem(&second.alipay_root_cert).unwrap();
    assert_eq!(first.alipay_root_cert, second.alipay_root_cert);
    for sheet in [&first, &second] {
        let answer = download(&shop, &first, &sheet.alipay_cert_sn);
        assert_eq!(answer.alipay_cert_sn.as_deref(), Some(second.alipay_cert_sn.as_str()), "signed with the newest");
        let pem = String::from_utf8(STANDARD.decode(answer.field("alipay_cert_content").unwrap()).unwrap()).unwrap();
        assert_eq!(pem, sheet.alipay_cert);
        let chain = CertificateFile::from_pem(&pem).unwrap();
        assert_eq!(chain.certificates().len(), 2, "PHP needs two");
        chain.verify(&roots, shop.now().0).unwrap();
    }
    let key = VerifyingKey::from_text(&renewed.alipay_public_key).unwrap();
    let unknown = download(&shop, &first, "0123456789abcdef0123456789abcdef");
    assert_eq!(unknown.sub_code(), Some("isv.alipay-cert-not-exist"));
    unknown.verify(&key, SignType::Rsa2).unwrap();
}

#[test]
fn certificates_run_out_with_the_sandboxs_clock() {
    let shop = shop();
    let (_, sheet) = certified(&shop);
    shop.pass((LEAF_DAYS + 1) * 86_400);
    assert_eq!(read(&shop, &naming(query(&shop), &sheet), QUERY).sub_code(), Some("isv.app-cert-expired"));
    let again = secured(&shop, &Securing { renew: vec![Renew::AppCert], ..Securing::default() }).certificates.unwrap();
    assert_ne!(again.app_cert_sn, sheet.app_cert_sn);
    assert_ne!(read(&shop, &naming(query(&shop), &again), QUERY).sub_code(), Some("isv.app-cert-expired"));
}

#[test]
fn a_replaced_key_is_refused_by_name() {
    let shop = shop();
    let old = shop.platform.apps(&shop.sandbox, shop.platform.engine.keys()).remove(0);
    let new = secured(&shop, &Securing { renew: vec![Renew::AppKey], ..Securing::default() });
    assert_ne!(old.app_public_key, new.app_public_key);
    assert_eq!(old.alipay_public_key, new.alipay_public_key);
    let answer = read(&shop, &query(&shop), QUERY);
    assert_eq!(answer.sub_code(), Some("isv.unsupported-expired-app-key-sign"));
}

#[test]
fn an_encrypted_call_is_answered_in_cipher_text_and_a_wrong_one_in_the_clear() {
    let shop = shop();
    let sheet = secured(&shop, &Securing { encryption: Some(true), ..Securing::default() });
    let key = AesKey::from_base64(&sheet.aes_key.unwrap()).unwrap();
    let mut answer = read(&shop, &query(&shop).encrypted(&key), QUERY);
    assert!(matches!(answer.value, Value::String(_)), "a refusal of the method is cipher text as well");
    answer.verify(shop.platform_key().verifying(), SignType::Rsa2).unwrap();
    answer.decrypt(&key).unwrap();
    assert_eq!(answer.code(), Some("40004"));
    let wrong = read(&shop, &query(&shop).encrypted(&AesKey::from_bytes([1; 16])), QUERY);
    assert_eq!(wrong.sub_code(), Some("isv.decryption-error-unknown"));
    wrong.verify(shop.platform_key().verifying(), SignType::Rsa2).unwrap();
    let other = secured(&shop, &Securing { renew: vec![Renew::AesKey], ..Securing::default() }).aes_key.unwrap();
    assert_ne!(other, key.base64());
    assert_eq!(read(&shop, &query(&shop).encrypted(&key), QUERY).sub_code(), Some("isv.decryption-error-unknown"));
    let off = secured(&shop, &Securing { encryption: Some(false), ..Securing::default() });
    assert_eq!(off.aes_key, None);
    assert_eq!(read(&shop, &query(&shop).encrypted(&key), QUERY).sub_code(), Some("isv.decryption-error-not-valid-encrypt-key"));
}

#[test]
fn the_same_seed_has_the_same_certificates_and_content_key() {
    let play = || {
        let shop = shop();
        let sheet = secured(&shop, &Securing { certificates: Some(true), encryption: Some(true), ..Securing::default() });
        serde_json::to_string(&sheet).unwrap()
    };
    assert_eq!(play(), play());
}

#[test]
fn no_secret_stands_in_the_log() {
    let shop = shop();
    let sheet = secured(&shop, &Securing { certificates: Some(true), encryption: Some(true), ..Securing::default() });
    let log = shop.platform.engine.export(&shop.sandbox).unwrap();
    assert!(!log.contains(&sheet.aes_key.unwrap()));
    assert!(!log.contains("PRIVATE KEY"));
    assert!(log.contains("app_secured"));
}

#[test]
fn too_few_keys_change_nothing() {
    let shop = shop();
    let keys = shop.platform.engine.keys();
    let ask = Securing { certificates: Some(true), ..Securing::default() };
    let stopped = shop.sandbox.run(|call| shop.platform.secure(call, keys, &shop.app, &ask)).unwrap().settled_blocking().unwrap();
    assert_eq!(stopped.unwrap_err().code, "no_key");
    assert!(shop.platform.apps(&shop.sandbox, keys)[0].certificates.is_none());
}
