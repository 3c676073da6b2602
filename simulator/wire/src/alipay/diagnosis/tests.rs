//! Each mistake in its variants, and what is said about it; the table of clients stands in `tests/clients.rs`.

mod clients;
mod page;
mod platform;
mod right_clients;
mod table;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::alipay::canonical::{Order, Rule, string_to_sign};
use crate::alipay::{
    Application, Carriage, Charset, ClientRequest, FilePart, Incoming, Limits, MethodStanding, Options, Outgoing, Registry, check, form,
    open,
};
use crate::pool;

struct Gateway;

impl Registry for Gateway {
    fn method(&self, _: &str) -> MethodStanding {
        MethodStanding::Known
    }

    fn application(&self, _: &str) -> Option<Application> {
        Some(Application::in_key_mode(Some(pool::signing_key(0).verifying().clone()), Some(pool::signing_key(1))))
    }

    fn now_ms(&self) -> i64 {
        0
    }
}

fn opened(sent: &Outgoing) -> Opened {
    let target = sent.target("/gateway.do");
    let content_type = sent.content_type.as_deref();
    open(Incoming { http_method: sent.http_method, target: &target, content_type, body: &sent.body }, &Limits::default()).unwrap()
}

fn request() -> ClientRequest {
    ClientRequest::new("2021000000000001", "alipay.trade.query", 1_795_264_303_000)
        .parameter("notify_url", "https://m.example.com/n?a=1")
        .biz_content(r#"{"z":"会员 50%","a":{"url":"https://x/<y>&"},"n":[1,{}]}"#)
}

/// What the gateway says to a request; panics when it is accepted.
fn diagnosed(sent: &Outgoing) -> Option<Diagnosis> {
    diagnosed_among(opened(sent), &[])
}

fn diagnosed_among(opened: Opened, others: &[KnownKey]) -> Option<Diagnosis> {
    let mut refused = check(opened, &Gateway, Options::default()).unwrap_err();
    let found = refused.explain(others);
    if let Some(found) = &found {
        assert_eq!(found.gateway_string, refused.failed_signature.unwrap().string_to_sign);
        assert!(refused.refusal.sub_msg.contains(&found.hint_zh));
        match found.first_difference {
            None => assert_eq!(found.gateway_string, found.client_string),
            Some(at) => {
                assert_eq!(found.gateway_string[..at], found.client_string[..at]);
                assert_ne!(found.gateway_string.get(at), found.client_string.get(at));
            }
        }
    }
    found
}

/// The request of [`request`] as sent by a client that signs `change` of what it should sign.
fn signed_over(request: &ClientRequest, change: impl Fn(&str) -> Vec<u8>) -> Option<Diagnosis> {
    let pairs = request.pairs().unwrap();
    let right = string_to_sign(pairs.iter().map(|(name, value)| (&name[..], &value[..])), Rule::REQUEST);
    let content = change(std::str::from_utf8(&right).unwrap());
    assert_ne!(content, right, "the mistake changes something");
    let found = diagnosed(&request.sign_over(&pool::signing_key(0), content.clone()).unwrap())?;
    assert_eq!(String::from_utf8_lossy(&found.client_string), String::from_utf8_lossy(&content));
    Some(found)
}

fn id(found: Option<Diagnosis>) -> &'static str {
    found.expect("a mistake is found").id
}

#[test]
fn q01_another_known_key_signed() {
    let sent = request().sign(&pool::signing_key(2)).unwrap();
    let others =
        [0, 1, 2].map(|index| KnownKey { owner: format!("application {index}"), key: pool::signing_key(index).verifying().clone() });
    let found = diagnosed_among(opened(&sent), &others).unwrap();
    assert_eq!((found.id, found.first_difference), ("Q01", None));
    assert!(found.hint.contains("application 2"), "{}", found.hint);
    assert!(found.hint.contains(&pool::signing_key(0).fingerprint().to_string()));
}

#[test]
fn a_key_that_nobody_knows_is_not_guessed_but_the_registered_one_is_shown() {
    let sent = request().sign(&pool::signing_key(2)).unwrap();
    let mut refused = check(opened(&sent), &Gateway, Options::default()).unwrap_err();
    assert_eq!(refused.explain(Known::default()), None);
    assert!(refused.refusal.sub_msg.contains(&pool::signing_key(0).fingerprint().to_string()));
}

#[test]
fn q04_the_other_digest_was_used() {
    let pairs = request().pairs().unwrap();
    let content = string_to_sign(pairs.iter().map(|(name, value)| (&name[..], &value[..])), Rule::REQUEST);
    let sign = pool::signing_key(0).sign_text(crate::keys::Digest::Sha1, &content);
    let mut sent = request().carriage(Carriage::Get).sign(&pool::signing_key(0)).unwrap();
    let encoded = String::from_utf8(form::encode_pairs([(&b"sign"[..], sign.as_bytes())])).unwrap();
    sent.query = format!("{}&{encoded}", sent.query.split("&sign=").next().unwrap());
    let found = diagnosed(&sent).unwrap();
    assert_eq!((found.id, found.first_difference), ("Q04", None));
    assert_eq!(found.hint, "the signature is valid as RSA, but sign_type says RSA2");
}

#[test]
fn q05_sign_type_was_left_out() {
    let sent = request().rule(Rule::NOTICE_V1).sign(&pool::signing_key(0)).unwrap();
    let found = diagnosed(&sent).unwrap();
    assert_eq!(found.id, "Q05");
    assert!(found.gateway_string[found.first_difference.unwrap()..].starts_with(b"sign_type=RSA2&"));
}

#[test]
fn q06_empty_values_were_signed() {
    let request = request().parameter("return_url", "").parameter("prod_code", "");
    let sent = request.clone().rule(Rule { with_empty: true, ..Rule::REQUEST }).sign(&pool::signing_key(0)).unwrap();
    let found = diagnosed(&sent).unwrap();
    assert_eq!(found.id, "Q06");
    assert!(found.hint.contains("(return_url, prod_code)"), "{}", found.hint);
    assert!(check(opened(&request.sign(&pool::signing_key(0)).unwrap()), &Gateway, Options::default()).is_ok());
}

#[test]
fn q07_the_plus_signs_of_sign_became_spaces() {
    let mut sent = request().carriage(Carriage::Get).sign(&pool::signing_key(0)).unwrap();
    assert!(sent.query.contains("%2B"), "the signature of this test has a +");
    let (rest, sign) = sent.query.split_once("&sign=").unwrap();
    sent.query = format!("{rest}&sign={}", sign.replace("%2B", "+"));
    let found = diagnosed(&sent).unwrap();
    assert_eq!((found.id, found.first_difference), ("Q07", None));
}

#[test]
fn q07_a_plus_in_a_value_became_a_space() {
    let request = request().biz_content(r#"{"mobile":"+86 138","x":"a+b"}"#).carriage(Carriage::Get);
    let mut sent = request.sign(&pool::signing_key(0)).unwrap();
    let (rest, sign) = sent.query.split_once("&sign=").unwrap();
    sent.query = format!("{}&sign={sign}", rest.replace("%2B", "+"));
    let found = diagnosed(&sent).unwrap();
    assert_eq!(found.id, "Q07");
    assert!(found.hint.contains("biz_content"));
    assert_eq!(found.client_string[found.first_difference.unwrap()], b'+');
}

#[test]
fn q08_sign_was_encoded_twice() {
    let mut sent = request().carriage(Carriage::Get).sign(&pool::signing_key(0)).unwrap();
    let (rest, sign) = sent.query.split_once("&sign=").unwrap();
    sent.query = format!("{rest}&sign={}", sign.replace('%', "%25"));
    assert_eq!(id(diagnosed(&sent)), "Q08");
}

#[test]
fn q08_a_value_was_encoded_twice() {
    let mut sent = request().carriage(Carriage::Get).sign(&pool::signing_key(0)).unwrap();
    let (before, rest) = sent.query.split_once("biz_content=").unwrap();
    let (value, rest) = rest.split_once('&').unwrap();
    sent.query = format!("{before}biz_content={}&{rest}", value.replace('%', "%25").replace('+', "%2B"));
    let found = diagnosed(&sent).unwrap();
    assert_eq!(found.id, "Q08");
    assert!(found.hint.starts_with("biz_content "), "{}", found.hint);
}

#[test]
fn q09_encoded_values_were_signed() {
    let encode = |string: &str, only: Option<&str>, space, hex| -> Vec<u8> {
        let mut pieces = Vec::new();
        // No & stands inside a value of this request.
        for pair in string.split('&') {
            let (name, value) = pair.split_once('=').unwrap();
            let mut piece = format!("{name}=").into_bytes();
            if only.is_none_or(|only| only == name) {
                form::encode_into(&mut piece, value.as_bytes(), space, hex);
            } else {
                piece.extend(value.as_bytes());
            }
            pieces.push(piece);
        }
        pieces.join(&b'&')
    };
    let request = request().biz_content(r#"{"a":"会员 1+1 ~*!"}"#);
    for hex in [form::Hex::Upper, form::Hex::Lower] {
        let found = signed_over(&request, |string| encode(string, None, form::Space::Plus, hex)).unwrap();
        assert_eq!(found.id, "Q09");
        assert!(found.hint.starts_with("every value"), "{}", found.hint);
        let found = signed_over(&request, |string| encode(string, Some("notify_url"), form::Space::Plus, hex)).unwrap();
        assert_eq!(found.id, "Q09");
        assert!(found.hint.starts_with("notify_url"), "{}", found.hint);
    }
    let script = signed_over(&request, |string| {
        let encoded = String::from_utf8(encode(string, None, form::Space::Percent20, form::Hex::Upper)).unwrap();
        encoded.replace("%7E", "~").replace("%21", "!").into_bytes()
    });
    assert!(script.unwrap().hint.contains("encodeURIComponent"));
}

#[test]
fn q10_the_order_was_another() {
    for order in [Order::Arrival, Order::IgnoringCase] {
        let sent = request().parameter("Zebra", "1").rule(Rule { order, ..Rule::REQUEST }).sign(&pool::signing_key(0)).unwrap();
        assert_eq!(id(diagnosed(&sent)), "Q10");
    }
    let body_first = signed_over(&request(), |string| {
        let mut pairs: Vec<_> = string.split('&').collect();
        // biz_content alone travels in the body; the query keeps the order of the builder.
        let place = |pair: &str| {
            ["biz_content", "app_id", "method", "format", "charset", "sign_type", "timestamp", "version", "notify_url"]
                .iter()
                .position(|name| pair.starts_with(&format!("{name}=")))
        };
        // The & inside biz_content must not tear it apart.
        pairs.retain(|pair| place(pair).is_some());
        pairs.sort_by_key(|pair| place(pair));
        pairs.join("&").replace("<y>", "<y>&\"},\"n\":[1,{}]}").into_bytes()
    });
    assert!(body_first.unwrap().hint.contains("body first"));
}

#[test]
fn q11_the_bytes_signed_were_of_another_charset() {
    let gbk = signed_over(&request(), |string| Charset::Gbk.encode(string).unwrap().into_owned());
    assert_eq!(id(gbk), "Q11");
    let ascii =
        signed_over(&request(), |string| string.chars().map(|one| if one.is_ascii() { one } else { '?' }).collect::<String>().into_bytes());
    assert_eq!(id(ascii), "Q11");
    let request = request().parameter("charset", "gbk");
    let pairs = request.clone().pairs().unwrap();
    let right = string_to_sign(pairs.iter().map(|(name, value)| (&name[..], &value[..])), Rule::REQUEST);
    let utf8 = Charset::Gbk.decode(&right).unwrap().into_owned().into_bytes();
    assert_eq!(id(diagnosed(&request.sign_over(&pool::signing_key(0), utf8).unwrap())), "Q11");
}

#[test]
fn q13_and_q29_the_second_of_two_different_values_was_signed() {
    for (name, second, expected) in [("charset", "UTF-8", "Q13"), ("notify_url", "https://other/", "Q29")] {
        let mut sent = request().parameter(name, second).carriage(Carriage::PostBody).sign(&pool::signing_key(0)).unwrap();
        let first = if name == "charset" { "utf-8" } else { "https://first/" };
        sent.query = String::from_utf8(form::encode_pairs([(name.as_bytes(), first.as_bytes())])).unwrap();
        let found = diagnosed(&sent).unwrap();
        assert_eq!(found.id, expected);
        assert!(found.hint.contains(first) && found.hint.contains(second), "{}", found.hint);
    }
}

#[test]
fn q14_biz_content_was_printed_again() {
    let value = r#"{"z":"会员 50%","a":{"url":"https://x/<y>&"},"n":[1,{}]}"#;
    for printed in [
        r#"{"a":{"url":"https://x/<y>&"},"n":[1,{}],"z":"会员 50%"}"#,
        r#"{"z": "会员 50%", "a": {"url": "https://x/<y>&"}, "n": [1, {}]}"#,
        r#"{"z":"\u4f1a\u5458 50%","a":{"url":"https://x/<y>&"},"n":[1,{}]}"#,
        r#"{"z":"\u4F1A\u5458 50%","a":{"url":"https://x/<y>&"},"n":[1,{}]}"#,
        r#"{"z":"\u4f1a\u5458 50%","a":{"url":"https:\/\/x\/<y>&"},"n":[1,{}]}"#,
        r#"{"z":"会员 50%","a":{"url":"https:\/\/x\/<y>&"},"n":[1,{}]}"#,
        r#"{"a":{"url":"https://x/\u003cy\u003e\u0026"},"n":[1,{}],"z":"会员 50%"}"#,
        "{\n  \"z\": \"会员 50%\",\n  \"a\": {\n    \"url\": \"https://x/<y>&\"\n  },\n  \"n\": [\n    1,\n    {}\n  ]\n}",
    ] {
        let found = signed_over(&request(), |string| string.replace(value, printed).into_bytes());
        assert_eq!(id(found), "Q14", "{printed}");
    }
}

#[test]
fn q15_emoji_were_lost_before_signing() {
    let request = request().biz_content(r#"{"a":"会😀"}"#);
    for wrong in [&b""[..], b"?", b"??", b"\xed\xa0\xbd\xed\xb8\x80"] {
        let found = signed_over(&request, |string| {
            let (before, after) = string.split_once('😀').unwrap();
            [before.as_bytes(), wrong, after.as_bytes()].concat()
        });
        assert_eq!(id(found), "Q15");
    }
}

#[test]
fn q16_white_space_was_added_after_signing() {
    let request = request().biz_content("\u{feff}{\"a\":1}\n");
    assert_eq!(id(signed_over(&request, |string| string.replace(['\u{feff}', '\n'], "").into_bytes())), "Q16");
    let request = request.biz_content("{\"a\":1,\r\n\t\"b\":2}");
    assert_eq!(id(signed_over(&request, |string| string.replace('\r', "").into_bytes())), "Q16");
    assert_eq!(id(signed_over(&request, |string| string.replace(['\r', '\n', '\t'], "").into_bytes())), "Q16");
}

#[test]
fn q22_zeros_and_at_signs_were_left_out() {
    let request = request().parameter("count", "0").parameter("image", "@/tmp/a.png");
    let found = signed_over(&request, |string| string.replace("&count=0", "").replace("&image=@/tmp/a.png", "").into_bytes()).unwrap();
    assert_eq!(found.id, "Q22");
    assert!(found.hint.contains("(count, image)"), "{}", found.hint);
}

#[test]
fn q28_the_file_was_signed() {
    let file = FilePart {
        name: "image_content".into(),
        filename: "card.png".into(),
        content_type: None,
        bytes: Bytes::from_static(b"\x89PNG&=\r\n"),
    };
    let request = request().file(file);
    for signed in [&b"card.png"[..], b"@card.png", b"\x89PNG&=\r\n", b"iVBORyY9DQo="] {
        let found = signed_over(&request, |string| {
            let (before, after) = string.split_once("&method=").unwrap();
            [before.as_bytes(), b"&image_content=", signed, b"&method=", after.as_bytes()].concat()
        });
        assert_eq!(id(found), "Q28");
    }
}

fn any_request() -> impl Strategy<Value = ClientRequest> {
    let value = prop_oneof!["\\PC{0,20}", "[ +%&=?/a-z0-9@]{0,12}", Just("0".to_owned()), Just(String::new())];
    let carriage = prop_oneof![Just(Carriage::PostForm), Just(Carriage::PostBody), Just(Carriage::Get), Just(Carriage::Multipart)];
    (proptest::collection::vec(("[a-zA-Z_]{1,8}", value.clone()), 0..5), value, carriage, any::<bool>()).prop_map(
        |(parameters, biz_content, carriage, rsa)| {
            let mut request = ClientRequest::new("2021000000000001", "alipay.trade.query", 1_795_264_303_000).biz_content(&biz_content);
            for (name, value) in &parameters {
                if !["sign", "charset", "sign_type", "method", "app_id", "version", "format", "timestamp"].contains(&&name[..]) {
                    request = request.parameter(name, value);
                }
            }
            if rsa { request.parameter("sign_type", "RSA") } else { request }.carriage(carriage)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_right_client_is_accepted_and_never_blamed(request in any_request()) {
        let opened = opened(&request.sign(&pool::signing_key(0)).unwrap());
        let failed = FailedSignature {
            string_to_sign: opened.string_to_sign(),
            registered_key: pool::signing_key(0).verifying().clone(),
            sign_type: crate::alipay::SignType::of(opened.parameters.value("sign_type").unwrap()).unwrap(),
        };
        let others = [KnownKey { owner: "another".into(), key: pool::signing_key(2).verifying().clone() }];
        prop_assert_eq!(diagnose(&opened, &failed, &Known { keys: &others, ..Known::default() }), None);
        prop_assert!(check(opened, &Gateway, Options::default()).is_ok());
    }

    /// A signature that fits nothing is not explained by anything, whatever the request.
    #[test]
    fn a_forged_signature_is_never_explained(request in any_request(), forged in proptest::collection::vec(any::<u8>(), 256)) {
        let pairs = request.pairs().unwrap();
        let mut sent = request.carriage(Carriage::Get).sign_over(&pool::signing_key(3), forged).unwrap();
        sent.query.push_str("&x=1");
        prop_assert!(!pairs.is_empty());
        prop_assert_eq!(diagnosed(&sent), None);
    }
}
