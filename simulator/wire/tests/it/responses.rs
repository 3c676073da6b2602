//! The 49 recorded answer layouts: which object is cut out, and which of them verify.

use wire::alipay::{Answer, AnswerError, Answering, Charset, ObjectText, SignType, response, seal};
use wire::signer::Signer;

use crate::vectors::{self, text};

const NODE: &str = "alipay_trade_query_response";

/// The layouts that a reader of the raw bytes must not trust, and why.
const UNTRUSTED: [&str; 10] = [
    "escaped_slash_signed_unescaped", // the signature covers other bytes than those sent
    "plain_slash_signed_escaped",
    "unicode_signed_reserialised",
    "unsigned_success",
    "empty_sign_success",
    "unsigned_error_in_method_node",
    "unsigned_error_response",
    "bad_signed_error_in_method_node", // another key
    "wrong_key_signature",
    "sha1_signature", // the request said RSA2
];

fn charset_of(vector: &serde_json::Value) -> Charset {
    let gbk = vector["headers"]["Content-Type"].as_str().is_some_and(|value| value.ends_with("GBK"));
    if gbk { Charset::Gbk } else { Charset::Utf8 }
}

#[test]
fn every_layout_is_read_and_trusted_as_it_deserves() {
    let file = vectors::file("responses_classic.json");
    let all = file["vectors"].as_array().unwrap();
    assert_eq!(all.len(), 49);
    let mut untrusted = 0;
    for vector in all {
        let id = text(vector, "id");
        let read = Answer::read(&vectors::base64(text(vector, "body_b64")), charset_of(vector), NODE);
        match id {
            "http_500_html" => assert!(matches!(read, Err(AnswerError::NotJson(_)))),
            "other_method_node" => assert!(matches!(read, Err(AnswerError::NodeMissing { .. }))),
            _ => {
                let answer = read.unwrap_or_else(|error| panic!("{id}: {error}"));
                let trusted = answer.verify(&vectors::verifying("alipay"), SignType::Rsa2).is_ok();
                assert_eq!(trusted, !UNTRUSTED.contains(&id), "{id}");
                untrusted += usize::from(!trusted);
                if let (true, Some(signed)) = (trusted, vector["signed_substring"].as_str()) {
                    assert_eq!(answer.signed_text(), signed.as_bytes(), "{id}");
                }
            }
        }
    }
    assert_eq!(untrusted, UNTRUSTED.len());
}

#[test]
fn what_every_sdk_accepts_we_accept() {
    for vector in vectors::file("responses_classic.json")["vectors"].as_array().unwrap() {
        let by_all = vector["sdk"].as_object().unwrap().values().all(|verdict| verdict["accepted"].as_bool().unwrap());
        if by_all {
            let answer = Answer::read(&vectors::base64(text(vector, "body_b64")), charset_of(vector), NODE).unwrap();
            assert_eq!(answer.verify(&vectors::verifying("alipay"), SignType::Rsa2), Ok(()), "{}", text(vector, "id"));
        }
    }
}

#[test]
fn an_answer_signed_with_sha1_verifies_when_rsa_was_asked_for() {
    let file = vectors::file("responses_classic.json");
    let vector = file["vectors"].as_array().unwrap().iter().find(|one| one["id"] == "sha1_signature").unwrap();
    let answer = Answer::read(&vectors::base64(text(vector, "body_b64")), Charset::Utf8, NODE).unwrap();
    assert_eq!(answer.verify(&vectors::verifying("alipay"), SignType::Rsa), Ok(()));
}

/// The compact layouts, written by our platform side from their object: the very bytes of the vector come out.
#[test]
fn our_platform_writes_the_recorded_bytes() {
    let file = vectors::file("responses_classic.json");
    let rebuilt = [
        ("canonical", SignType::Rsa2),
        ("escaped_slash_signed_as_is", SignType::Rsa2),
        ("signed_error_in_method_node", SignType::Rsa2),
        ("unicode_escapes", SignType::Rsa2),
        ("raw_utf8_emoji", SignType::Rsa2),
        ("sha1_signature", SignType::Rsa),
        ("cert_sn_before_sign", SignType::Rsa2),
    ];
    for (id, sign_type) in rebuilt {
        let vector = file["vectors"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap();
        let cert_sn = (id == "cert_sn_before_sign").then(|| "2da57e1023af8efe5d864d3a91be3b9f".to_owned());
        let answering = Answering {
            key: Some(vectors::signing("alipay")),
            sign_type,
            alipay_cert_sn: cert_sn,
            ..Answering::to_method(Some("alipay.trade.query"))
        };
        let object = ObjectText::verbatim(text(vector, "signed_substring"));
        let sealed = seal(&answering, response::Outcome::Success, &object, &Signer::new(10));
        assert_eq!(sealed.body, text(vector, "body_text"), "{id}");
        assert_eq!(sealed.content_type, text(&vector["headers"], "Content-Type"), "{id}");
    }
}

#[test]
fn a_gbk_answer_comes_out_as_recorded() {
    let file = vectors::file("responses_classic.json");
    let vector = file["vectors"].as_array().unwrap().iter().find(|one| one["id"] == "gbk_body_gbk_header").unwrap();
    let answering = Answering {
        key: Some(vectors::signing("alipay")),
        charset: wire::alipay::DeclaredCharset::of(b"GBK").unwrap(),
        ..Answering::to_method(Some("alipay.trade.query"))
    };
    let object = ObjectText::verbatim(r#"{"code":"10000","msg":"Success","subject":"会员卡"}"#);
    let sealed = seal(&answering, response::Outcome::Success, &object, &Signer::new(10));
    assert_eq!(sealed.body, vectors::base64(text(vector, "body_b64")));
    assert_eq!(sealed.content_type, text(&vector["headers"], "Content-Type"));
}
