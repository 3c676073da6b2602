//! What a developer reads: in the answer, in its header, in the journal; for both dialects, in both languages.

use crate::check::Shop;
use engine::journal::{AnswerBytes, Exchange, RequestBytes, SignatureVerdict};
use serde_json::Value;
use std::sync::Arc;
use wire::alipay::canonical::Rule;
use wire::alipay::v3;
use world::merchant::Era;

const UPDATE: &str = "alipay.marketing.card.update";

fn newest(shop: &Shop) -> Arc<Exchange> {
    shop.sandbox.journal().before(u64::MAX, 1, |_| true).exchanges[0].clone()
}

fn header<'a>(answer: &'a AnswerBytes, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn flagged(exchange: &Exchange) -> Vec<&str> {
    exchange
        .flags
        .iter()
        .filter_map(|flag| flag.text.split_once(": "))
        .map(|(id, _)| id)
        .filter(|id| id.len() == 3 && id.starts_with('Q'))
        .collect()
}

#[test]
fn a_wrong_signature_is_explained_in_both_languages_wherever_one_looks() {
    let shop = Shop::new(7, Era::UserId);
    let answer = shop.send(&shop.request(UPDATE).biz_content("{}").rule(Rule::NOTICE_V1));
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(text.contains("Q05") && text.contains("sign_type was left out") && text.contains("漏掉了 sign_type"), "{text}");
    let header = header(&answer, "kabao-signature").unwrap();
    assert!(header.starts_with("Q05; first difference at byte ") && header.contains("sign_type was left out"), "{header}");
    let exchange = newest(&shop);
    let SignatureVerdict::Invalid(Some(kept)) = &exchange.signature else { panic!("{:?}", exchange.signature) };
    assert_eq!(kept["id"], "Q05");
    assert_ne!(kept["gateway_string"], kept["client_string"]);
    assert!(kept["hint_zh"].as_str().unwrap().contains("漏掉"));
    // the twin that does it right
    let answer = shop.send(&shop.request(UPDATE).biz_content("{}"));
    assert!(answer.headers.iter().all(|(name, _)| name != "kabao-signature"));
    assert_eq!(newest(&shop).signature, SignatureVerdict::Valid);
}

#[test]
fn what_shows_without_the_signature_is_said_in_the_refusal_and_kept_in_the_journal() {
    let shop = Shop::new(7, Era::UserId);
    let answer = shop.send(&shop.request(UPDATE).biz_content("{}").parameter("timestamp", "1795264303"));
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(text.contains("isv.invalid-timestamp") && text.contains("Q18") && text.contains("Unix seconds"), "{text}");
    assert_eq!(flagged(&newest(&shop)), ["Q18"]);
    shop.send(&shop.request(UPDATE).biz_content("{}").parameter("app_id", "2021004100000001"));
    let stray = shop.platform.stray().before(u64::MAX, 1, |_| true).exchanges[0].clone();
    assert_eq!(flagged(&stray), ["Q02"]);
    shop.send(&shop.request(UPDATE).biz_content("{}"));
    assert_eq!(flagged(&newest(&shop)), Vec::<&str>::new());
}

#[test]
fn a_wrong_v3_signature_is_explained_and_a_right_one_left_alone() {
    let shop = Shop::new(7, Era::UserId);
    let sent = |wrong: bool, nonce: &str| {
        let route = v3::of_method(UPDATE).unwrap();
        let request = v3::ClientRequest::to(route, shop.app.as_str(), nonce, shop.now().0).json("{}");
        let mut out = request.sign(&shop.app_key);
        if wrong {
            out = request.sign_over(&shop.app_key, out.string_to_sign[..out.string_to_sign.len() - 1].to_vec());
        }
        let request = RequestBytes { method: out.http_method, target: out.target, headers: out.headers, body: out.body };
        shop.runtime.block_on(shop.platform.answer_v3(request)).answer.clone()
    };
    let answer = sent(true, "n1");
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["code"], "invalid-signature");
    assert!(body["message"].as_str().unwrap().contains("Q43 缺少最后的换行"), "{body}");
    assert!(header(&answer, "kabao-signature").unwrap().starts_with("Q43; "), "{:?}", answer.headers);
    assert!(matches!(&newest(&shop).signature, SignatureVerdict::Invalid(Some(kept)) if kept["id"] == "Q43"));
    assert!(header(&sent(false, "n2"), "kabao-signature").is_none());
    // Q48: the same nonce again
    let again = sent(false, "n2");
    let text = String::from_utf8_lossy(&again.body);
    assert_eq!((text.matches("Q48").count(), text.matches("[kabao:").count()), (1, 1), "{text}");
}

#[test]
fn a_clock_that_is_off_is_explained_once_also_to_an_application_nobody_knows() {
    let shop = Shop::new(7, Era::UserId);
    let route = wire::alipay::v3::of_method("alipay.marketing.card.update").unwrap();
    let now = shop.now().0;
    for (app, at) in [(shop.app.as_str(), now - 3_600_000), (shop.app.as_str(), now / 1_000), ("9021000000000000", now)] {
        let out = wire::alipay::v3::ClientRequest::to(route, app, "n", at).json("{}").sign(&shop.app_key);
        let request = RequestBytes { method: out.http_method, target: out.target, headers: out.headers, body: out.body };
        let answer = shop.runtime.block_on(shop.platform.answer_v3(request)).answer.clone();
        let text = String::from_utf8_lossy(&answer.body);
        assert!(text.contains(r#""code":"illegal-timestamp""#), "{text}");
        assert_eq!((text.matches("Q47").count(), text.matches("[kabao:").count()), (1, 1), "{text}");
    }
}
