//! AES on both sides against the recorded traffic: requests decrypted and made again, answers decrypted and written again.

use serde_json::Value;
use wire::alipay::{
    Answer, Answering, Application, Charset, Incoming, Limits, MethodStanding, ObjectText, Options, Registry, SignType, check, open,
    response, seal,
};
use wire::signer::Signer;

use crate::v3::aes;
use crate::vectors::{self, text};

const NODE: &str = "alipay_trade_query_response";

/// The gateway of the vectors, whose application has the vectors' content key.
pub(crate) struct Encrypting;

impl Registry for Encrypting {
    fn method(&self, _: &str) -> MethodStanding {
        MethodStanding::Known
    }

    fn application(&self, _: &str) -> Option<Application> {
        let known = Application::in_key_mode(Some(vectors::verifying("app")), Some(vectors::signing("alipay")));
        Some(Application { content_key: Some(aes()), ..known })
    }

    fn now_ms(&self) -> i64 {
        vectors::RECORDED_MS
    }
}

fn vector(id: &str) -> Value {
    let file = vectors::file("responses_encrypted.json");
    assert_eq!(text(&file, "aes_key"), aes().base64());
    file["vectors"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone()
}

fn answer(id: &str) -> Answer {
    Answer::read(&vectors::base64(text(&vector(id), "body_b64")), Charset::Utf8, NODE).unwrap()
}

#[test]
fn the_two_encrypted_requests_are_read_and_made_again() {
    let mut read = 0;
    for recorded in vectors::requests() {
        let mut envelope = match check(recorded.open(), &Encrypting, Options::default()) {
            Ok(envelope) if envelope.encrypt_type().is_some() => envelope,
            _ => continue,
        };
        let cipher_text = envelope.biz_content().unwrap().into_owned();
        envelope.decrypt().unwrap_or_else(|refusal| panic!("{}: {refusal:?}", recorded.id));
        let plain = envelope.biz_content().unwrap().into_owned();
        assert!(serde_json::from_str::<Value>(&plain).unwrap()["out_trade_no"].is_string(), "{plain}");
        assert_eq!(aes().encrypt(plain.as_bytes()), cipher_text, "{}", recorded.id);
        let mut again = wire::alipay::ClientRequest::bare();
        for (name, value) in envelope.opened.parameters.pairs() {
            let (name, value) = (std::str::from_utf8(name).unwrap(), std::str::from_utf8(value).unwrap());
            if !["sign", "encrypt_type"].contains(&name) {
                again = again.parameter(name, if name == "biz_content" { &plain } else { value });
            }
        }
        let sent = again.encrypted(&aes()).sign(&vectors::signing("app")).unwrap();
        assert_eq!(sent.string_to_sign, envelope.opened.string_to_sign(), "{}", recorded.id);
        let target = sent.target("/gateway.do");
        let incoming = Incoming { http_method: "POST", target: &target, content_type: sent.content_type.as_deref(), body: &sent.body };
        let reopened = open(incoming, &Limits::default()).unwrap();
        assert_eq!(reopened.parameters.value("sign"), envelope.opened.parameters.value("sign"), "{}", recorded.id);
        read += 1;
    }
    // the official Python SDK cannot send any (PROTOCOL A8)
    assert_eq!(read, 2);
}

#[test]
fn an_encrypted_answer_is_trusted_only_when_its_quotes_are_signed() {
    for (id, trusted) in [
        ("enc_signed_with_quotes", true),
        ("enc_signed_without_quotes", false),
        ("enc_signed_plaintext", false),
        ("enc_plain_error_signed", true),
        ("enc_plain_error_unsigned", false),
        ("enc_plain_success_signed", true),
    ] {
        assert_eq!(answer(id).verify(&vectors::verifying("alipay"), SignType::Rsa2).is_ok(), trusted, "{id}");
    }
}

#[test]
fn an_encrypted_answer_opens_and_a_plain_one_stays_as_it_is() {
    let mut encrypted = answer("enc_signed_with_quotes");
    encrypted.decrypt(&aes()).unwrap();
    assert_eq!((encrypted.code(), encrypted.field("total_amount")), (Some("10000"), Some("88.88")));
    let mut refused = answer("enc_plain_error_signed");
    refused.decrypt(&aes()).unwrap();
    assert_eq!(refused.sub_code(), Some("isv.invalid-app-id"));
}

#[test]
fn our_platform_writes_the_recorded_cipher_text_and_signature() {
    let answering =
        Answering { key: Some(vectors::signing("alipay")), content_key: Some(aes()), ..Answering::to_method(Some("alipay.trade.query")) };
    let plain = vector("enc_plain_success_signed");
    let object = ObjectText::verbatim(text(&plain, "signed_substring"));
    let sealed = seal(&answering, response::Outcome::Success, &object, &Signer::new(0));
    assert_eq!(sealed.body, text(&vector("enc_signed_with_quotes"), "body_text"));
}
