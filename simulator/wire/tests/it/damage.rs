//! Damaged vectors: one changed byte anywhere under a signature, or in it, and nobody may trust it any more.

use std::sync::LazyLock;

use bytes::Bytes;
use proptest::prelude::*;
use wire::alipay::{Answer, Charset, Incoming, Limits, Options, SignType, check, open};
use wire::keys::VerifyingKey;

use crate::requests::Gateway;
use crate::vectors::{self, Recorded, text};

static VALID: LazyLock<Vec<Recorded>> = LazyLock::new(|| {
    let valid = |one: &Recorded| one.analysis["signature_valid_dropping_empty"].as_bool().unwrap();
    vectors::requests().into_iter().filter(valid).collect()
});

static CANONICAL: LazyLock<Bytes> = LazyLock::new(|| {
    let file = vectors::file("responses_classic.json");
    vectors::base64(text(&file["vectors"][0], "body_b64"))
});

static ALIPAY: LazyLock<VerifyingKey> = LazyLock::new(|| vectors::verifying("alipay"));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A changed byte of a request either changes nothing that is signed (a file, a part header, another spelling of
    /// the same bytes) or is refused.
    #[test]
    fn a_request_with_a_changed_byte_is_refused(
        which in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), bit in 0..7_u8, in_body in any::<bool>(),
    ) {
        let recorded = which.get(&VALID);
        let before = recorded.open();
        let mut target = recorded.target.clone().into_bytes();
        let mut body = recorded.body.to_vec();
        if in_body && !body.is_empty() {
            body[place.index(recorded.body.len())] ^= 1 << bit;
        } else {
            target[place.index(recorded.target.len())] ^= 1 << bit;
        }
        let (Ok(target), body) = (String::from_utf8(target), Bytes::from(body)) else { return Ok(()) };
        let incoming = Incoming {
            http_method: &recorded.http_method, target: &target, content_type: recorded.content_type.as_deref(), body: &body,
        };
        let Ok(opened) = open(incoming, &Limits::default()) else { return Ok(()) };
        let same = opened.string_to_sign() == before.string_to_sign()
            && opened.parameters.value("sign") == before.parameters.value("sign");
        let accepted = check(opened, &Gateway, Options::default()).is_ok();
        prop_assert_eq!(accepted, same, "{} {}", recorded.id, target);
    }

    #[test]
    fn an_answer_with_a_changed_byte_in_its_object_or_sign_is_not_trusted(
        place in any::<prop::sample::Index>(), bit in 0..8_u8,
    ) {
        let mut body = CANONICAL.to_vec();
        // From the object's first byte to the end of the signature's text.
        let from = r#"{"alipay_trade_query_response":"#.len();
        let to = body.len() - r#""}"#.len();
        let at = from + place.index(to - from);
        body[at] ^= 1 << bit;
        let trusted = Answer::read(&body.into(), Charset::Utf8, "alipay_trade_query_response")
            .is_ok_and(|answer| answer.verify(&ALIPAY, SignType::Rsa2).is_ok());
        prop_assert!(!trusted, "byte {at} bit {bit}");
    }
}
