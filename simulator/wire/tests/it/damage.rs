//! Damaged vectors: one changed byte anywhere under a signature, or in it, and nobody may trust it any more.

use std::sync::LazyLock;

use bytes::Bytes;
use proptest::prelude::*;
use wire::alipay::{
    Answer, Carriage, Charset, ClientRequest, Incoming, Limits, Notice, NoticeRule, Options, SignType, check, form, open, v3,
};
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

static V3: LazyLock<Vec<crate::v3::Recorded>> = LazyLock::new(crate::v3::requests);

/// The form bodies of the notifications that verify.
static NOTICES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let file = vectors::file("notify.json");
    let bodies = file["vectors"].as_array().unwrap().iter().filter_map(|one| one["form_body"].as_str());
    let valid = |body: &Vec<u8>| {
        let notice = Notice::read(&Bytes::copy_from_slice(body), &Limits::default()).unwrap();
        [NoticeRule::V1, NoticeRule::V2].into_iter().any(|rule| notice.verifies(&ALIPAY, rule))
    };
    bodies.map(|body| body.as_bytes().to_vec()).filter(valid).collect()
});

/// The signature in a query string.
struct ClientSign(Vec<u8>);

impl ClientSign {
    fn of(query: &str) -> Self {
        let value = query.split('&').find_map(|pair| pair.strip_prefix("sign=")).unwrap();
        Self(form::decode_slice(value.as_bytes()))
    }
}

static ALIPAY: LazyLock<VerifyingKey> = LazyLock::new(|| vectors::verifying("alipay"));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

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

    /// The same for v3: every byte of line, signed header and content is under the signature.
    #[test]
    fn a_v3_request_with_a_changed_byte_is_refused(
        which in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), bit in 0..7_u8, part in 0..3_u8,
    ) {
        let mut recorded = which.get(&V3).clone();
        let before = recorded.open();
        let flip = |text: &mut Vec<u8>| if !text.is_empty() { let at = place.index(text.len()); text[at] ^= 1 << bit };
        let mut bytes = match part {
            0 => recorded.target.clone().into_bytes(),
            1 => recorded.header_mut("authorization").clone().into_bytes(),
            _ => recorded.body.to_vec(),
        };
        flip(&mut bytes);
        match (part, String::from_utf8(bytes)) {
            (0, Ok(target)) => recorded.target = target,
            (1, Ok(value)) => *recorded.header_mut("authorization") = value,
            (2, Ok(text)) => recorded.body = text.into(),
            (_, Ok(_)) => unreachable!("three parts"),
            (_, Err(bytes)) => if part == 2 { recorded.body = bytes.into_bytes().into() } else { return Ok(()) },
        }
        let incoming = v3::Incoming {
            http_method: &recorded.http_method, target: &recorded.target, headers: &recorded.headers, body: &recorded.body,
        };
        let Ok(opened) = v3::open(incoming, &Limits::default()) else { return Ok(()) };
        let sign = |opened: &v3::Opened| opened.authorization.as_ref().and_then(|header| header.sign.clone());
        let scheme = |opened: &v3::Opened| opened.authorization.as_ref().map(|header| header.scheme.clone());
        let same = opened.string_to_sign() == before.string_to_sign() && sign(&opened) == sign(&before) && scheme(&opened) == scheme(&before);
        let accepted = v3::check(opened, &Gateway, &v3::Nonces::new(9), Options::default()).is_ok();
        prop_assert_eq!(accepted, same, "{} part {}", recorded.id, part);
    }

    #[test]
    fn a_v3_answer_with_a_changed_byte_is_not_trusted(place in any::<prop::sample::Index>(), bit in 0..7_u8, part in 0..4_u8) {
        let file = vectors::file("responses_v3_node.json");
        let mut response = file["vectors"][0]["response"].clone();
        prop_assert!(crate::v3::answer(&response).verify(&ALIPAY).is_ok());
        let name = ["alipay-timestamp", "alipay-nonce", "alipay-signature"];
        if let Some(name) = name.get(usize::from(part)) {
            let mut bytes = text(&response["headers"], name).as_bytes().to_vec();
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            response["headers"][name] = String::from_utf8(bytes).unwrap().into();
        } else {
            let mut body = vectors::base64(text(&response, "body_b64")).to_vec();
            let at = place.index(body.len());
            body[at] ^= 1 << bit;
            response["body_b64"] = vectors::to_base64(&body).into();
        }
        prop_assert!(crate::v3::answer(&response).verify(&ALIPAY).is_err());
    }

    /// AES proves nothing by itself, the signature over the cipher text does: a changed byte of it is refused before it is
    /// decrypted, in a request and in an answer.
    #[test]
    fn a_changed_byte_of_cipher_text_is_refused(place in any::<prop::sample::Index>(), bit in 0..7_u8) {
        let key = crate::v3::aes();
        let request = ClientRequest::new("2021000000000001", "alipay.trade.query", vectors::RECORDED_MS)
            .biz_content(r#"{"out_trade_no":"T1"}"#).encrypted(&key).carriage(Carriage::Get);
        let sent = request.sign(&vectors::signing("app")).unwrap();
        let cipher_text = key.encrypt(br#"{"out_trade_no":"T1"}"#);
        let at = place.index(cipher_text.len());
        let mut damaged = cipher_text.clone().into_bytes();
        damaged[at] ^= 1 << bit;
        let mut pairs: Vec<_> = request.pairs().unwrap();
        let sign = ClientSign::of(&sent.query);
        pairs.push((b"sign".to_vec(), sign.0));
        for (name, value) in &mut pairs {
            if name == b"biz_content" { value.clone_from(&damaged) }
        }
        let body = Bytes::from(form::encode_pairs(pairs.iter().map(|(name, value)| (&name[..], &value[..]))));
        let incoming = Incoming { http_method: "POST", target: "/gateway.do", content_type: None, body: &body };
        let refused = check(open(incoming, &Limits::default()).unwrap(), &crate::encrypted::Encrypting, Options::default());
        prop_assert_eq!(&refused.unwrap_err().refusal.code.sub_code, "isv.invalid-signature");
        let file = vectors::file("responses_encrypted.json");
        let whole = vectors::base64(text(&file["vectors"][0], "body_b64"));
        let start = r#"{"alipay_trade_query_response":""#.len();
        let mut body = whole.to_vec();
        body[start + place.index(100)] ^= 1 << bit;
        let trusted = Answer::read(&body.into(), Charset::Utf8, "alipay_trade_query_response")
            .is_ok_and(|answer| answer.verify(&ALIPAY, SignType::Rsa2).is_ok());
        prop_assert!(!trusted);
    }

    /// A notification: its form body, with one byte changed.
    #[test]
    fn a_notification_with_a_changed_byte_is_not_trusted(which in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), bit in 0..7_u8) {
        let whole = which.get(&NOTICES);
        let read = |body: &[u8]| Notice::read(&Bytes::copy_from_slice(body), &Limits::default());
        let before = read(whole).unwrap();
        let trusted = |notice: &Notice| [NoticeRule::V1, NoticeRule::V2].into_iter().any(|rule| notice.verifies(&ALIPAY, rule));
        prop_assert!(trusted(&before));
        let mut body = whole.clone();
        let at = place.index(body.len());
        body[at] ^= 1 << bit;
        let Ok(after) = read(&body) else { return Ok(()) };
        // neither sign_type (by the first rule) nor an empty value is signed; another spelling of the same byte is no change
        let says = |notice: &Notice| notice.parameters.pairs().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_vec(), value.to_vec())).collect::<std::collections::BTreeMap<_, _>>();
        let (mut one, mut two) = (says(&before), says(&after));
        one.remove(&b"sign_type"[..]);
        two.remove(&b"sign_type"[..]);
        prop_assert!(!trusted(&after) || one == two, "byte {}", at);
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
