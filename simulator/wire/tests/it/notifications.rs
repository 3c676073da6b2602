//! The 16 recorded notifications: read and verified, and written again by our platform.

use bytes::Bytes;
use serde_json::Value;
use wire::alipay::{Charset, DeclaredCharset, Limits, Notice, NoticeRule, SignType, form, seal_notice};
use wire::signer::Signer;

use crate::vectors::{self, text};

fn all() -> Vec<Value> {
    let file = vectors::file("notify.json");
    assert_eq!(text(&file, "content_type"), "application/x-www-form-urlencoded; text/html; charset=utf-8");
    file["vectors"].as_array().unwrap().clone()
}

fn notice(vector: &Value) -> Notice {
    // The negative vectors show what a receiver made of the body, in decoded_params.
    let decoded = vector["decoded_params"].as_object().unwrap();
    let charset = Charset::of_label(text(vector, "charset").as_bytes()).unwrap();
    let pairs: Vec<_> = decoded
        .iter()
        .map(|(name, value)| (name.as_bytes().to_vec(), charset.encode(value.as_str().unwrap()).unwrap().into_owned()))
        .collect();
    let body = form::encode_pairs(pairs.iter().map(|(name, value)| (&name[..], &value[..])));
    Notice::read(&body.into(), &Limits::default()).unwrap()
}

/// Which of the two rules verify, by the name of the vector.
fn expected(id: &str) -> (bool, bool) {
    match id {
        _ if id.starts_with("neg_") => (false, false),
        _ if id.starts_with("v2_") => (false, true),
        // Signed as name=, which our rule does not build.
        "edge_empty_kept" => (false, false),
        _ => (true, false),
    }
}

#[test]
fn every_notification_verifies_as_it_should() {
    let all = all();
    assert_eq!(all.len(), 16);
    let key = vectors::verifying("alipay");
    for vector in &all {
        let id = text(vector, "id");
        let notice = notice(vector);
        assert_eq!((notice.verifies(&key, NoticeRule::V1), notice.verifies(&key, NoticeRule::V2)), expected(id), "{id}");
    }
}

/// A form body with nothing done to it by a receiver verifies too, byte for byte as it came in.
#[test]
fn the_recorded_bodies_are_read_as_they_came() {
    let key = vectors::verifying("alipay");
    let mut read = 0;
    for vector in all() {
        let Some(body) = vector["form_body"].as_str() else { continue };
        let id = text(&vector, "id");
        let notice = Notice::read(&Bytes::copy_from_slice(body.as_bytes()), &Limits::default()).unwrap();
        if !id.starts_with("neg_") {
            assert_eq!((notice.verifies(&key, NoticeRule::V1), notice.verifies(&key, NoticeRule::V2)), expected(id), "{id}");
            for (name, value) in vector["decoded_params"].as_object().unwrap() {
                assert_eq!(notice.text(name).unwrap_or_default(), value.as_str().unwrap(), "{id} {name}");
            }
            read += 1;
        }
    }
    assert_eq!(read, 11);
}

/// Our platform seals the same parameters: the same string and the same signature come out.
#[test]
fn our_platform_signs_the_recorded_notifications_alike() {
    let mut written = 0;
    for vector in all() {
        let id = text(&vector, "id");
        let rule = match expected(id) {
            (true, false) => NoticeRule::V1,
            (false, true) => NoticeRule::V2,
            _ => continue,
        };
        let decoded = vector["decoded_params"].as_object().unwrap();
        let sign_type = SignType::of(text(&vector["decoded_params"], "sign_type").as_bytes()).unwrap();
        let charset = DeclaredCharset::of(text(&vector, "charset").as_bytes()).unwrap();
        let pairs = decoded.iter().map(|(name, value)| (&name[..], value.as_str().unwrap()));
        let sealed = seal_notice(pairs, &charset, sign_type, rule, &vectors::signing("alipay"), &Signer::new(0)).unwrap();
        let string = charset.charset.decode(&sealed.string_to_sign).unwrap();
        assert_eq!(string, text(&vector, "signed_content"), "{id}");
        let again = Notice::read(&sealed.body, &Limits::default()).unwrap();
        assert_eq!(again.text("sign").as_deref(), decoded["sign"].as_str(), "{id}");
        written += 1;
    }
    assert_eq!(written, 10);
}
