//! The order of the questions, one wrong answer at a time.

mod certificate_mode;

use bytes::Bytes;

use super::*;
use crate::alipay::canonical::{Rule, string_to_sign};
use crate::alipay::form;
use crate::alipay::parameters::Limits;
use crate::alipay::request::{Incoming, open};
use crate::alipay::response::seal_refusal;
use crate::pool;
use crate::signer::Signer;

struct Gateway(Option<Application>);

impl Registry for Gateway {
    fn method(&self, method: &str) -> MethodStanding {
        match method {
            "alipay.trade.query" | "alipay.system.oauth.token" => MethodStanding::Known,
            "alipay.forbidden" => MethodStanding::Forbidden,
            _ => MethodStanding::Unknown,
        }
    }

    fn application(&self, app_id: &str) -> Option<Application> {
        (app_id == "2021000000000001").then(|| self.0.clone()).flatten()
    }

    fn now_ms(&self) -> i64 {
        NOW
    }
}

fn gateway() -> Gateway {
    Gateway(Some(Application::in_key_mode(Some(pool::signing_key(0).verifying().clone()), Some(pool::signing_key(1)))))
}

/// 2026-11-21 20:31:43 in Beijing.
const NOW: i64 = 1_795_264_303_000;

const GOOD: [(&str, &str); 8] = [
    ("app_id", "2021000000000001"),
    ("method", "alipay.trade.query"),
    ("charset", "utf-8"),
    ("sign_type", "RSA2"),
    ("timestamp", "2026-11-21 20:31:43"),
    ("version", "1.0"),
    ("format", "json"),
    ("biz_content", "{\"a\":\"会员 1\"}"),
];

/// The good request with `changes` made to it (an empty value takes the parameter away), rightly signed.
fn request(changes: &[(&str, &str)]) -> Opened {
    let mut pairs: Vec<(&str, &str)> = GOOD.to_vec();
    pairs.extend(changes.iter().filter(|(name, _)| GOOD.iter().all(|(known, _)| known != name)));
    for (name, value) in &mut pairs {
        if let Some((_, changed)) = changes.iter().find(|(changed, _)| changed == name) {
            *value = changed;
        }
    }
    let mut pairs: Vec<(&[u8], &[u8])> =
        pairs.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let sign = pool::signing_key(0).sign_text(crate::keys::Digest::Sha256, &string_to_sign(pairs.iter().copied(), Rule::REQUEST));
    if !changes.contains(&("sign", "")) {
        pairs.push((b"sign", sign.as_bytes()));
    }
    let body = Bytes::from(form::encode_pairs(pairs));
    let incoming = Incoming { http_method: "POST", target: "/gateway.do", content_type: None, body: &body };
    open(incoming, &Limits::default()).unwrap()
}

fn refused(changes: &[(&str, &str)], gateway: &Gateway) -> Refused {
    *check(request(changes), gateway, Options::default()).unwrap_err()
}

#[test]
fn a_right_request_becomes_an_envelope() {
    let envelope = check(request(&[("code", "会")]), &gateway(), Options::default()).unwrap();
    assert_eq!(envelope.method, "alipay.trade.query");
    assert_eq!(envelope.app_id, "2021000000000001");
    assert_eq!(envelope.timestamp_ms, 1_795_264_303_000);
    assert_eq!(envelope.biz_content().as_deref(), Some("{\"a\":\"会员 1\"}"));
    assert_eq!(envelope.answering.node, "alipay_trade_query_response");
    assert_eq!(envelope.api_parameters().collect::<Vec<_>>(), [("code".into(), "会".into())]);
    assert!(envelope.answering.key.is_some());
}

#[test]
fn each_wrong_word_has_its_own_code() {
    for (name, value, code) in [
        ("method", "", sub_code::MISSING_METHOD),
        ("method", "alipay.unknown", sub_code::INVALID_METHOD),
        ("method", "alipay.forbidden", sub_code::FORBIDDEN_API),
        ("timestamp", "", sub_code::MISSING_TIMESTAMP),
        ("timestamp", "2026-11-21T20:31:43", sub_code::INVALID_TIMESTAMP),
        ("version", "", sub_code::MISSING_VERSION),
        ("version", "2.0", sub_code::UNSUPPORTED_VERSION),
        ("version", "one", sub_code::INVALID_VERSION),
        ("charset", "", sub_code::INVALID_CHARSET),
        ("charset", "latin1", sub_code::INVALID_CHARSET),
        ("format", "yaml", sub_code::INVALID_FORMAT),
        ("sign_type", "", sub_code::MISSING_SIGNATURE_TYPE),
        ("sign_type", "SM2", sub_code::INVALID_SIGNATURE_TYPE),
        ("app_id", "", sub_code::MISSING_APP_ID),
        ("app_id", "2021000000000002", sub_code::INVALID_APP_ID),
        ("sign", "", sub_code::MISSING_SIGNATURE),
    ] {
        let refused = refused(&[(name, value)], &gateway());
        assert_eq!(refused.refusal.code.sub_code, code.as_str(), "{name}={value}");
        let sealed = seal_refusal(&refused.answering, &refused.refusal, &Signer::new(0));
        assert!(!sealed.signed, "{name}={value}: A9, nothing before the signature is signed");
    }
}

#[test]
fn of_two_faults_the_earlier_question_is_answered() {
    let faults = [
        ("method", "", sub_code::MISSING_METHOD),
        ("timestamp", "x", sub_code::INVALID_TIMESTAMP),
        ("version", "", sub_code::MISSING_VERSION),
        ("charset", "x", sub_code::INVALID_CHARSET),
        ("format", "x", sub_code::INVALID_FORMAT),
        ("sign_type", "", sub_code::MISSING_SIGNATURE_TYPE),
        ("app_id", "1", sub_code::INVALID_APP_ID),
        ("sign", "", sub_code::MISSING_SIGNATURE),
    ];
    for first in 0..faults.len() {
        let rest: Vec<_> = faults[first..].iter().map(|&(name, value, _)| (name, value)).collect();
        assert_eq!(refused(&rest, &gateway()).refusal.code.sub_code, faults[first].2.as_str());
    }
    let orders: Vec<_> = faults.iter().map(|(_, _, code)| code.entry().order).collect();
    assert!(orders.is_sorted(), "the table agrees: {orders:?}");
}

#[test]
fn an_application_must_be_online_and_have_a_key() {
    let with = |standing, merchant_key| Gateway(Some(Application { standing, merchant_key, ..gateway().0.unwrap() }));
    let key = gateway().0.unwrap().merchant_key;
    for (gateway, code) in [
        (with(ApplicationStanding::Unusable, key.clone()), sub_code::INVALID_APP_STATE),
        (with(ApplicationStanding::NotOnline, key), sub_code::NOT_ONLINE_APP),
        (with(ApplicationStanding::Online, None), sub_code::MISSING_SIGNATURE_CONFIG),
    ] {
        assert_eq!(refused(&[], &gateway).refusal.code.sub_code, code.as_str());
    }
}

#[test]
fn a_wrong_signature_is_answered_signed_with_the_gateways_string() {
    let refused = refused(&[("sign", "AAAA")], &gateway());
    assert_eq!(refused.refusal.code.sub_code, "isv.invalid-signature");
    assert!(refused.refusal.sub_msg.contains("app_id=2021000000000001&amp;biz_content={\"a\":\"会员 1\"}&amp;charset"));
    assert!(seal_refusal(&refused.answering, &refused.refusal, &Signer::new(0)).signed);
    assert!(refused.failed_signature.is_some());
}

#[test]
fn format_may_be_left_out() {
    assert!(check(request(&[("format", "")]), &gateway(), Options::default()).is_ok());
}

#[test]
fn a_post_that_names_its_charset_in_the_body_only_fails_where_production_is_imitated() {
    let strict = Options { charset_must_be_in_url: true, ..Options::default() };
    let refused = check(request(&[]), &gateway(), strict).unwrap_err();
    assert!(refused.refusal.sub_msg.contains("请确认charset参数放在了URL查询字符串中"));
    assert!(check(request(&[("biz_content", "{}")]), &gateway(), strict).is_ok(), "plain ASCII passes there too");
}

#[test]
fn utf8_bytes_under_charset_gbk_are_refused_although_the_signature_is_right() {
    let refused = refused(&[("charset", "gbk"), ("biz_content", "{\"a\":\"\u{fffd}x员\"}")], &gateway());
    assert_eq!(refused.refusal.code.sub_code, "isv.invalid-signature");
    assert!(refused.refusal.sub_msg.contains("parameter biz_content is not gbk at byte"), "{}", refused.refusal.sub_msg);
    assert_eq!(refused.answering.charset.label, "gbk");
}

#[test]
fn reserved_names_in_values_are_an_attack_only_when_asked_for() {
    let suspicious = || request(&[("biz_content", "{\"a\":\"x&out_trade_no=1\"}")]);
    assert!(check(suspicious(), &gateway(), Options::default()).is_ok());
    let strict = Options { suspect_reserved_names: true, ..Options::default() };
    let refused = check(suspicious(), &gateway(), strict).unwrap_err();
    assert_eq!(refused.refusal.code.sub_code, "isv.suspected-attack");
}
