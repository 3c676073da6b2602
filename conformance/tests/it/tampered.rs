//! The sound recording with one fact changed: the rule about that fact must notice, and a journal with holes proves nothing.

use crate::recorded::{judged, recording};
use conformance::judge::Standing;
use conformance::{Verdict, rules};
use scenarios::Run as Bundle;
use serde_json::{Value, json};

/// The sound run with every exchange of a method passed through `change`, which drops those it returns `None` for.
fn changed(method: &str, change: impl Fn(usize, Value) -> Option<Value>) -> Bundle {
    let mut bundle = recording(None);
    let mut number = 0;
    bundle.exchanges = bundle
        .exchanges
        .into_iter()
        .filter_map(|exchange| {
            if exchange["method"] != method {
                return Some(exchange);
            }
            number += 1;
            change(number, exchange)
        })
        .collect();
    assert!(number > 0, "no {method} in the recording");
    bundle
}

/// The value at a place of the exchange replaced.
fn put(place: &'static str, value: impl Fn() -> Value) -> impl Fn(usize, Value) -> Option<Value> {
    move |_, mut exchange| {
        *exchange.pointer_mut(place).unwrap_or_else(|| panic!("no {place} in the recording")) = value();
        Some(exchange)
    }
}

/// Only this rule is breached, and what breaks with it: a form that nobody read was asked for in vain.
fn only(id: &str, bundle: &Bundle) {
    let judged = judged(bundle);
    let with_it = |other: &&str| !(id == "OPN-003" && *other == "OPS-003");
    let breached: Vec<&str> = judged.breached().map(|judgement| judgement.id.as_str()).filter(with_it).collect();
    assert_eq!(breached, [id], "{judged:?}");
    for hint in judged.breached().filter_map(|judgement| judgement.breach()).flat_map(|breach| [&breach.hint.en, &breach.hint.zh]) {
        assert!((10..=200).contains(&hint.chars().count()), "{} characters: {hint}", hint.chars().count());
    }
}

const UPDATE: &str = "alipay.marketing.card.update";
const OPEN: &str = "alipay.marketing.card.open";
const CREATE: &str = "alipay.marketing.card.template.create";

#[test]
fn a_signature_that_nothing_explains_is_another_key() {
    only("SIG-001", &changed(UPDATE, put("/signature", || json!("invalid"))));
}

#[test]
fn a_key_that_belongs_to_somebody_else_is_named() {
    let diagnosis = json!({"id": "Q01", "hint": "Signed with the key of application 9021000000000001.", "hint_zh": "签名用的是应用 9021000000000001 的私钥。"});
    let bundle = changed(UPDATE, |_, mut exchange| {
        exchange["signature"] = json!("invalid");
        exchange["diagnosis"] = diagnosis.clone();
        Some(exchange)
    });
    only("SIG-001", &bundle);
    let judged = judged(&bundle);
    assert!(judged.verdict("SIG-001").unwrap().breach().unwrap().hint.en.contains("9021000000000001"));
}

#[test]
fn a_wrong_string_under_the_right_key_is_not_this_rules_affair() {
    let bundle = changed(UPDATE, |_, mut exchange| {
        exchange["signature"] = json!("invalid");
        exchange["diagnosis"] = json!({"id": "Q05", "hint": "sign_type is missing from the string", "hint_zh": "待签名串缺少 sign_type"});
        Some(exchange)
    });
    assert_eq!(judged(&bundle).verdict("SIG-001"), Some(&Verdict::Holds));
}

#[test]
fn a_timestamp_of_another_zone_or_form_is_noticed() {
    only("SIG-007", &changed(UPDATE, put("/view/params/timestamp", || json!("2026-11-21T20:31:43Z"))));
    only("SIG-007", &changed(UPDATE, put("/view/params/timestamp", || json!("2019-01-01 00:00:00"))));
    let bundle = changed(UPDATE, |_, mut exchange| {
        let ahead = exchange["at_ms"].as_i64().unwrap() - 9 * 3_600_000;
        exchange["at_ms"] = json!(ahead);
        exchange["real_ms"] = json!(ahead);
        Some(exchange)
    });
    only("SIG-007", &bundle);
    assert!(judged(&bundle).verdict("SIG-007").unwrap().breach().unwrap().hint.en.contains("exactly 9 h ahead"));
}

#[test]
fn a_merchant_whose_clock_follows_virtual_time_is_right_too() {
    let bundle = changed(UPDATE, |_, mut exchange| {
        exchange["real_ms"] = json!(0);
        Some(exchange)
    });
    assert_eq!(judged(&bundle).verdict("SIG-007"), Some(&Verdict::Holds));
}

#[test]
fn a_key_that_stands_twice_is_noticed_at_any_depth() {
    let bundle = changed(UPDATE, |_, mut exchange| {
        let text = exchange["view"]["string_to_sign"].as_str().unwrap().replace(r#""card_info":{"#, r#""card_info":{"point":"1","#);
        exchange["view"]["string_to_sign"] = json!(text);
        Some(exchange)
    });
    only("SIG-008", &bundle);
    assert!(judged(&bundle).verdict("SIG-008").unwrap().breach().unwrap().observed.contains("card_info.point"));
}

#[test]
fn business_content_that_is_no_json_is_noticed() {
    only("SIG-008", &changed("alipay.marketing.card.query", put("/view/biz_content", || json!("{'target_card_no':1}"))));
}

#[test]
fn a_second_serial_number_after_a_success_is_noticed_and_after_a_refusal_it_is_right() {
    let renumbered = |number: usize, mut exchange: Value| {
        if number == 3 {
            exchange["view"]["biz_content"]["out_serial_no"] = json!("another");
        }
        Some(exchange)
    };
    only("OPN-001", &changed(OPEN, renumbered));
    let refused_first = changed(OPEN, |number, exchange| {
        let mut exchange = renumbered(number, exchange)?;
        if number == 2 {
            exchange["code"] = json!("40004");
            exchange["sub_code"] = json!("INVALID_PARAMETER");
        }
        Some(exchange)
    });
    assert!(matches!(judged(&refused_first).verdict("OPN-001"), Some(Verdict::NotExercised(_))));
    let unknown_first = changed(OPEN, |number, exchange| {
        let mut exchange = renumbered(number, exchange)?;
        if number == 2 {
            exchange["code"] = json!("20000");
            exchange["sub_code"] = json!("isp.unknow-error");
        }
        Some(exchange)
    });
    only("OPN-001", &unknown_first);
}

#[test]
fn one_serial_number_for_two_cards_is_noticed() {
    let bundle = changed(OPEN, |number, mut exchange| {
        if number == 3 {
            exchange["view"]["response"]["card_info"]["biz_card_no"] = json!("kabao000000009999");
        }
        Some(exchange)
    });
    only("OPN-001", &bundle);
}

#[test]
fn a_form_read_too_late_with_another_token_or_in_vain_was_not_read() {
    const QUERY: &str = "alipay.marketing.card.activateform.query";
    only("OPN-003", &changed(QUERY, |_, _| None));
    only("OPN-003", &changed(QUERY, put("/view/params/auth_token", || json!("‹redacted 00000000›"))));
    only("OPN-003", &changed(QUERY, put("/id", || json!(9_999))));
    let refused = changed(QUERY, |_, mut exchange| {
        exchange["code"] = json!("40004");
        exchange["sub_code"] = json!("REQUEST_ID_INVALID");
        Some(exchange)
    });
    only("OPN-003", &refused);
}

#[test]
fn a_template_without_the_column_is_noticed_whatever_the_letter_case() {
    only("TPL-001", &changed(CREATE, put("/view/biz_content/column_info_list", || json!([{"code": "LEVEL"}]))));
    only("TPL-001", &changed(CREATE, put("/view/biz_content/column_info_list", || json!([{"code": "POINT"}]))));
    let spelt = changed(CREATE, put("/view/biz_content/column_info_list", || json!([{"code": "Point"}, {"code": "level"}])));
    assert_eq!(judged(&spelt).verdict("TPL-001"), Some(&Verdict::Holds));
}

#[test]
fn cards_of_a_template_from_before_the_run_are_not_judged() {
    let bundle = changed(CREATE, |_, _| None);
    assert!(matches!(judged(&bundle).verdict("TPL-001"), Some(Verdict::NotExercised(_))));
}

#[test]
fn what_a_float_leaves_behind_is_noticed_in_texts_and_numbers() {
    for point in [json!("0.30000000000000004"), json!(0.300_000_000_000_000_04), json!("1e3"), json!("")] {
        only("UPD-004", &changed(UPDATE, put("/view/biz_content/card_info/point", || point.clone())));
    }
    only("UPD-004", &changed("alipay.marketing.card.consume.sync", put("/view/biz_content/trade_amount", || json!("-35.00"))));
    let whole = changed(UPDATE, put("/view/biz_content/card_info/point", || json!(35)));
    assert_eq!(judged(&whole).verdict("UPD-004"), Some(&Verdict::Holds));
}

#[test]
fn an_application_of_the_other_environment_is_noticed_and_a_strangers_call_is_not() {
    only("OPS-001", &changed(UPDATE, put("/app_id", || json!("2021004100000042"))));
    let mut bundle = recording(None);
    let update = bundle.exchanges.iter().find(|exchange| exchange["method"] == UPDATE).unwrap().clone();
    let mut stray = update.clone();
    stray["app_id"] = json!("2021004100000042");
    stray["view"]["biz_content"]["target_card_no"] = json!("somebody000000001");
    bundle.strays = vec![stray.clone()];
    assert_eq!(judged(&bundle).verdict("OPS-001"), Some(&Verdict::Holds), "another merchant's call is none of ours");
    stray["view"]["biz_content"]["target_card_no"] = update["view"]["biz_content"]["target_card_no"].clone();
    bundle.strays = vec![stray];
    only("OPS-001", &bundle);
}

#[test]
fn an_empty_run_proves_nothing() {
    let judged = judged(&Bundle::default());
    assert!(judged.judgements.iter().all(|judgement| judgement.not_exercised().is_some()), "{judged:?}");
    assert_eq!(judged.standing(), Standing::NotProved);
}

#[test]
fn a_journal_with_holes_proves_no_rule_but_a_breach_stays_one() {
    let mut bundle = changed(UPDATE, put("/signature", || json!("invalid")));
    bundle.incomplete = Some("it had to drop 3 exchanges".to_owned());
    let (sound, judged) = (judged(&recording(None)), judged(&bundle));
    for judgement in &judged.judgements {
        match judgement.verdict().unwrap() {
            Verdict::Breached(_) => assert_eq!(judgement.id, "SIG-001"),
            Verdict::NotExercised(why) if sound.verdict(&judgement.id) == Some(&Verdict::Holds) => {
                assert!(why.contains("drop 3 exchanges"), "{why}");
            }
            Verdict::NotExercised(_) => {}
            Verdict::Holds => panic!("{} holds on a journal with holes", judgement.id),
        }
    }
    assert_eq!(judged.judgements.len(), rules::all().count());
}

#[test]
fn an_exchange_of_an_unknown_shape_is_never_passed_over() {
    let mut bundle = recording(None);
    bundle.exchanges[2] = json!("not an exchange");
    assert!(judged(&bundle).judgements.iter().all(|judgement| judgement.verdict() != Some(&Verdict::Holds)));
}
