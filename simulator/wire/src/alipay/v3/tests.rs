//! The order of the questions of v3, one wrong answer at a time; statuses and bodies of refusals; the header.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::alipay::certificates::{Authority, Certificate, Leaf};
use crate::alipay::checks::{Application, ApplicationStanding, CertificateMode, MethodStanding, Options, Registry};
use crate::alipay::codes;
use crate::alipay::{AesKey, FilePart, Limits, ObjectText};
use crate::pool;
use crate::signer::Signer;

/// 2026-11-21 20:31:43 in Beijing.
const NOW: i64 = 1_795_264_303_000;
const APP: &str = "2021000000000001";
const OPEN: &str = "/v3/alipay/marketing/card/open";

struct Gateway(Application);

impl Registry for Gateway {
    fn method(&self, method: &str) -> MethodStanding {
        match method {
            "alipay.trade.cancel" => MethodStanding::Unknown,
            "alipay.trade.close" => MethodStanding::Forbidden,
            _ => MethodStanding::Known,
        }
    }

    fn application(&self, app_id: &str) -> Option<Application> {
        (app_id == APP).then(|| self.0.clone())
    }

    fn now_ms(&self) -> i64 {
        NOW
    }
}

fn gateway() -> Gateway {
    Gateway(Application::in_key_mode(Some(pool::signing_key(0).verifying().clone()), Some(pool::signing_key(1))))
}

fn request(path: &str) -> ClientRequest {
    ClientRequest::new(APP, "POST", path, "n-1", NOW).json(r#"{"a":"会员 50%+1"}"#)
}

fn sent(request: &ClientRequest) -> Outgoing {
    request.sign(&pool::signing_key(0))
}

fn opened(sent: &Outgoing) -> Opened {
    let incoming = Incoming { http_method: &sent.http_method, target: &sent.target, headers: &sent.headers, body: &sent.body };
    open(incoming, &Limits::default()).unwrap()
}

fn asked(sent: &Outgoing, gateway: &Gateway) -> Result<Envelope, Box<Refused>> {
    check(opened(sent), gateway, &Nonces::new(10), Options::default())
}

fn code(sent: &Outgoing, gateway: &Gateway) -> String {
    asked(sent, gateway).unwrap_err().refusal.code
}

/// The request with its header `Authorization` rewritten after signing.
fn with_authorization(rewrite: impl Fn(&str) -> Option<String>) -> Outgoing {
    let mut sent = sent(&request(OPEN));
    let place = sent.headers.iter().position(|(name, _)| name == "authorization").unwrap();
    match rewrite(&sent.headers[place].1) {
        Some(value) => sent.headers[place].1 = value,
        None => drop(sent.headers.remove(place)),
    }
    sent
}

#[test]
fn a_right_request_becomes_an_envelope() {
    let envelope = asked(&sent(&request(OPEN).query("auth_token", "t 1").query("x", "y")), &gateway()).unwrap();
    assert_eq!((envelope.route.method.as_str(), envelope.app_id.as_str()), ("alipay.marketing.card.open", APP));
    assert_eq!(envelope.timestamp_ms, NOW);
    assert_eq!(envelope.json().unwrap(), r#"{"a":"会员 50%+1"}"#);
    assert_eq!(envelope.auth_token().unwrap(), "t 1");
    assert_eq!(envelope.query().collect::<Vec<_>>(), [("x".into(), "y".into())]);
}

#[test]
fn each_fault_has_its_own_code() {
    let header = |rewrite: &dyn Fn(&str) -> String| with_authorization(|value| Some(rewrite(value)));
    let replaced = |from: &str, to: &str| header(&|value| value.replace(from, to));
    let now = NOW.to_string();
    let far = |off: i64| (NOW + off).to_string();
    for (sent, expected) in [
        (sent(&request("/v3/alipay/none")), "invalid-method"),
        (sent(&request("/v3/alipay/trade/cancel")), "invalid-method"),
        (sent(&request("/v3/alipay/trade/close")), "forbidden-api"),
        (sent(&ClientRequest::new(APP, "PATCH", OPEN, "n", NOW)), "invalid-http-method"),
        (with_authorization(|_| None), "missing-timestamp"),
        (replaced(&format!(",timestamp={now}"), ""), "missing-timestamp"),
        (replaced(&now, "yesterday"), "invalid-timestamp"),
        (replaced(&now, "+1"), "invalid-timestamp"),
        (replaced(&now, &far(WINDOW_MS + 1)), "illegal-timestamp"),
        (replaced(&now, &far(-WINDOW_MS - 1)), "illegal-timestamp"),
        (replaced(&now, "1795264303"), "illegal-timestamp"),
        (replaced("ALIPAY-SHA256withRSA ", ""), "missing-signature-type"),
        (replaced("SHA256withRSA", "SM2withSM3"), "invalid-signature-type"),
        (replaced(",nonce=n-1", ""), "invalid-parameter"),
        (replaced("n-1", &"n".repeat(129)), "invalid-parameter"),
        (replaced(&format!("app_id={APP},"), ""), "missing-app-id"),
        (replaced(APP, "2021000000000002"), "invalid-app-id"),
        (header(&|value| value.split_once(",sign=").unwrap().0.to_owned()), "missing-signature"),
        (replaced("n-1", "n-2"), "invalid-signature"),
    ] {
        assert_eq!(code(&sent, &gateway()), expected, "{:?}", sent.headers);
    }
    assert!(asked(&replaced(&now, &now), &gateway()).is_ok());
}

#[test]
fn a_body_must_be_of_the_type_the_path_takes() {
    let typed = |from: &str, to: &str| {
        let mut sent = sent(&request(OPEN));
        sent.headers.iter_mut().filter(|(name, _)| name == "content-type").for_each(|(_, value)| *value = value.replace(from, to));
        sent
    };
    assert_eq!(code(&typed("application/json", "application/x-www-form-urlencoded"), &gateway()), "invalid-content-type");
    assert_eq!(code(&typed("application/json", "text/plain"), &gateway()), "invalid-content-type");
    assert!(asked(&typed("application/json", "Application/JSON; charset=utf-8"), &gateway()).is_ok());
}

#[test]
fn an_application_must_be_online_and_have_a_key() {
    let with = |standing, merchant_key| Gateway(Application { standing, merchant_key, ..gateway().0 });
    let key = gateway().0.merchant_key;
    for (gateway, expected) in [
        (with(ApplicationStanding::Unusable, key.clone()), "invalid-app-state"),
        (with(ApplicationStanding::NotOnline, key), "not-online-app"),
        (with(ApplicationStanding::Online, None), "missing-signature-config"),
    ] {
        assert_eq!(code(&sent(&request(OPEN)), &gateway), expected);
    }
    let retired = Application {
        merchant_key: Some(pool::signing_key(5).verifying().clone()),
        retired_keys: vec![pool::signing_key(0).verifying().clone()],
        ..gateway().0
    };
    assert_eq!(code(&sent(&request(OPEN)), &Gateway(retired)), "unsupported-expired-app-key-sign");
}

fn certificate(days: i64) -> (Authority, Certificate) {
    let authority = Authority::found(&pool::signing_key(20), &pool::signing_key(21), 1, NOW - 86_400_000);
    let key = pool::signing_key(0);
    let (not_before_ms, not_after_ms) = (NOW - 86_400_000, NOW + days * 86_400_000);
    let leaf = authority.issue(&Leaf { common_name: APP, key: key.verifying(), number: 1, not_before_ms, not_after_ms });
    (authority, leaf)
}

#[test]
fn in_certificate_mode_serials_are_asked_for_and_the_root_may_be_missing() {
    let certified = |days: i64| {
        let (authority, leaf) = certificate(days);
        let mode = CertificateMode {
            app_certificates: vec![leaf],
            root_cert_sn: authority.roots().root_sn(),
            alipay_cert_sn: "the platform's".to_owned(),
        };
        Gateway(Application { certificates: Some(Arc::new(mode)), merchant_key: None, ..gateway().0 })
    };
    let (authority, leaf) = certificate(1);
    let right = sent(&request(OPEN).certificates(&leaf, authority.roots()));
    let envelope = asked(&right, &certified(1)).unwrap();
    assert_eq!(envelope.answering.alipay_cert_sn.as_deref(), Some("the platform's"));
    assert_eq!(code(&sent(&request(OPEN)), &certified(1)), "missing-app-cert-sn");
    let (_, older) = certificate(-1);
    assert_eq!(code(&sent(&request(OPEN).certificates(&older, authority.roots())), &certified(-1)), "app-cert-expired");
    let (mut without_root, mut wrong_root) = (right.clone(), right);
    without_root.headers.retain(|(name, _)| name != "alipay-root-cert-sn");
    assert!(asked(&without_root, &certified(1)).is_ok());
    let strict = Options { v3_root_serial_required: true, ..Options::default() };
    let refused = check(opened(&without_root), &certified(1), &Nonces::new(9), strict).unwrap_err();
    assert_eq!(refused.refusal.code, "missing-alipay-root-cert-sn");
    wrong_root.headers.iter_mut().filter(|(name, _)| name == "alipay-root-cert-sn").for_each(|(_, value)| value.push('0'));
    assert_eq!(code(&wrong_root, &certified(1)), "invalid-alipay-root-cert-sn");
    let unknown = request(OPEN).certificates(authority.root(), authority.roots());
    assert_eq!(code(&sent(&unknown), &certified(1)), "app-cert-not-exist");
}

#[test]
fn a_nonce_counts_once_and_only_behind_a_right_signature() {
    let nonces = Nonces::new(10);
    let first = sent(&request(OPEN));
    let mut damaged = first.clone();
    damaged.body = Bytes::from_static(b"{}");
    let ask = |sent: &Outgoing| check(opened(sent), &gateway(), &nonces, Options::default()).map_err(|refused| refused.refusal.code);
    assert_eq!(ask(&damaged).unwrap_err(), "invalid-signature");
    assert!(ask(&first).is_ok());
    assert_eq!(ask(&first).unwrap_err(), "suspected-attack");
}

#[test]
fn a_body_that_is_no_utf8_is_refused_behind_its_signature() {
    let mut odd = sent(&request(OPEN));
    let body = b"{\"a\":\"\xbb\xe1\"}";
    let auth_string = request(OPEN).auth_string();
    let string = string_to_sign(&auth_string, "POST", OPEN, body, None);
    odd.headers = request(OPEN).sign_over(&pool::signing_key(0), string).headers;
    odd.body = Bytes::from_static(body);
    assert_eq!(code(&odd, &gateway()), "invalid-encoding");
}

#[test]
fn an_encrypted_request_is_answered_in_cipher_text_and_a_refusal_in_plain_text() {
    let key = AesKey::from_bytes([7; 16]);
    let encrypting = Gateway(Application { content_key: Some(key.clone()), ..gateway().0 });
    let mut envelope = asked(&sent(&request(OPEN).encrypted(&key)), &encrypting).unwrap();
    envelope.decrypt().unwrap();
    assert_eq!(envelope.json().unwrap(), r#"{"a":"会员 50%+1"}"#);
    let stamp = Stamp { epoch_ms: NOW, nonce: "a", trace: "t" };
    let sealed = seal(&envelope.answering, &ObjectText::verbatim(r#"{"b":"1"}"#), stamp, &Signer::new(0));
    assert_eq!(sealed.headers[0], ("content-type", "text/plain".to_owned()));
    let answer = Answer::read(sealed.status, sealed.headers.iter().map(|(name, value)| (*name, value.as_str())), &sealed.body);
    answer.verify(pool::signing_key(1).verifying()).unwrap();
    assert_eq!(answer.object(Some(&key)).unwrap()["b"], "1");
    let mut unset = asked(&sent(&request(OPEN).encrypted(&key)), &gateway()).unwrap();
    let refusal = unset.decrypt().unwrap_err();
    assert_eq!((refusal.code.as_str(), refusal.status), ("decryption-error-not-valid-encrypt-key", 400));
}

#[test]
fn a_file_travels_beside_its_data_part_which_alone_is_signed() {
    let file = |bytes: &'static [u8]| FilePart {
        name: "image_content".into(),
        filename: "a.png".into(),
        content_type: Some("image/png".into()),
        bytes: Bytes::from_static(bytes),
    };
    let path = "/v3/alipay/offline/material/image/upload";
    let (one, two) = (request(path).file(file(b"1")), request(path).file(file(b"2")));
    assert_eq!(sent(&one).string_to_sign, sent(&two).string_to_sign);
    let envelope = asked(&sent(&one), &gateway()).unwrap();
    assert_eq!(envelope.json().unwrap(), r#"{"a":"会员 50%+1"}"#);
    assert_eq!(envelope.files()[0].bytes, "1");
    // gopay's way, QUIRKS Q46
    let wrapped = string_to_sign(&one.auth_string(), "POST", path, r#"{"data":{"a":"会员 50%+1"}}"#.as_bytes(), None);
    assert_eq!(code(&one.sign_over(&pool::signing_key(0), wrapped), &gateway()), "invalid-signature");
}

#[test]
fn a_method_may_be_overridden_by_a_post() {
    let path = "/v3/alipay/marketing/card/benefit/delete";
    let mut sent = sent(&ClientRequest::new(APP, "POST", path, "n", NOW));
    sent.headers.push(("X-HTTP-Method-Override".into(), "DELETE".into()));
    assert_eq!(asked(&sent, &gateway()).unwrap().route.method, "alipay.marketing.card.benefit.delete");
}

#[test]
fn every_gateway_code_has_its_v3_form() {
    for entry in codes::all() {
        let refusal = Refusal::of_api(&entry.sub_code, "x");
        assert_eq!((&refusal.code, refusal.status), (&entry.v3_code, entry.v3_http));
        let sealed = seal_refusal(&refusal, "0b43");
        assert_eq!(sealed.status, entry.v3_http);
        let expected = format!(
            r#"{{"code":"{}","links":[{{"link":"https://open.alipay.com/api/errCheck?traceId=0b43&source=openapi","desc":"解决方案"}}],"message":"x"}}"#,
            entry.v3_code
        );
        assert_eq!(sealed.body, expected);
        assert!(sealed.headers.iter().all(|(name, _)| *name != "alipay-signature"));
    }
    assert_eq!(
        Refusal::of_api("ACQ.TRADE_NOT_EXIST", "x"),
        Refusal { code: "ACQ.TRADE_NOT_EXIST".into(), status: 400, message: "x".into() }
    );
    assert_eq!(Refusal::of_api("SYSTEM_ERROR", "x").status, 500);
}

#[test]
fn the_codes_that_only_v3_has_are_all_known_and_ours_are_among_them() {
    let all: BTreeSet<&str> = v3_only().iter().chain(also_documented()).map(String::as_str).collect();
    assert_eq!((v3_only().len(), also_documented().len()), (39, 5));
    for ours in ["invalid-encoding", "invalid-content-type", "invalid-http-method"] {
        assert!(all.contains(ours), "{ours}");
    }
}

#[test]
fn a_header_is_read_in_whatever_order_and_kept_verbatim() {
    let read = Authorization::read("ALIPAY-SHA256withRSA timestamp=1, app_id = 2,nonce=a,nonce=b,x,sign=AA==");
    assert_eq!(read.scheme, SCHEME);
    assert_eq!(read.auth_string, "timestamp=1, app_id = 2,nonce=a,nonce=b,x");
    assert_eq!((read.timestamp(), read.app_id(), read.nonce(), read.sign.as_deref()), (Some("1"), Some("2"), Some("a"), Some("AA==")));
    assert_eq!(Authorization::read(&read.to_string()), read);
    // a second signature is no Base64 of the first, and no part of what is signed
    assert_eq!(Authorization::read("X a=1,sign=AA==,sign=").auth_string, "a=1");
    let bare = Authorization::read("app_id=1");
    assert_eq!((bare.scheme.as_str(), bare.app_id(), bare.sign.as_deref()), ("", Some("1"), None));
    assert_eq!(Authorization::read("sign=AA==").sign.as_deref(), Some("AA=="));
    assert_eq!(Authorization::read("Bearer").scheme, "Bearer");
    assert_eq!(Authorization::read(&"会".repeat(10_000)).auth_string, "");
}

proptest! {
    #[test]
    fn no_bytes_upset_opening(
        target in "\\PC{0,60}", authorization in "(ALIPAY-SHA256withRSA )?\\PC{0,60}",
        content_type in "(multipart/form-data; ?boundary=)?[\\x20-\\x7e]{0,20}", body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let headers = [("Authorization".to_owned(), authorization), ("content-type".to_owned(), content_type)];
        let body = Bytes::from(body);
        if let Ok(opened) = open(Incoming { http_method: "POST", target: &target, headers: &headers, body: &body }, &Limits::default()) {
            prop_assert!(check(opened, &gateway(), &Nonces::new(2), Options::default()).is_err());
        }
    }
}
