//! Faults of notices, seen by a real little merchant behind a socket.

use super::make;
use crate::check::{Merchant, Shop, template};
use crate::customer::fast::wait;
use engine::journal::Direction;
use engine::pass;
use serde_json::{Value, json};
use testkit::{Field, Names, Stage, set};
use wire::alipay::NoticeRule;
use world::merchant::Era;

/// A shop whose template names the merchant, and a rule; its first card is opened, and so many seconds pass.
fn opened(merchant: &Merchant, rule: &Value, seconds: i64) -> (Shop, Names) {
    let (mut shop, mut names) = (Shop::new(7, Era::UserId), Names::default());
    let mut document = template();
    document["request_id"] = json!("R");
    set(&mut document, "@notify_url", json!(format!("http://{}/cards", merchant.address)));
    let fields: Vec<Field> =
        document.as_object().unwrap().iter().map(|(path, value)| Field { path: path.clone(), value: value.clone() }).collect();
    let answer = shop.call(None, "alipay.marketing.card.template.create", &fields, &names).unwrap();
    names.bind("T", answer.object["template_id"].as_str().unwrap());
    make(&shop, rule);
    shop.given(&["Li", "holds", "card", "C", "of", "T"], &[], &mut names).unwrap();
    shop.given(&["Wang", "holds", "card", "D", "of", "T"], &[], &mut names).unwrap();
    passed(&shop, seconds);
    (shop, names)
}

fn passed(shop: &Shop, seconds: i64) {
    wait(pass(&shop.platform.engine, &*shop.platform, &shop.sandbox, shop.now().plus_seconds(seconds))).unwrap();
}

fn friendly() -> Merchant {
    Merchant::that(Box::new(|_| Some((200, b"success".to_vec()))))
}

/// The cards that the merchant heard of, in the order it did, by their names, and whether each notice was rightly signed.
fn heard(merchant: &Merchant, shop: &Shop, names: &Names) -> Vec<(&'static str, bool)> {
    let name = |card: Option<String>| match card.as_deref() {
        card if card == names.get("C") => "C",
        card if card == names.get("D") => "D",
        _ => "?",
    };
    let key = shop.platform_key();
    let taken = merchant.taken();
    taken.iter().map(|notice| (name(notice.text("biz_card_no")), notice.verifies(key.verifying(), NoticeRule::V1))).collect()
}

#[test]
fn a_notice_comes_twice_not_at_all_late_forged_or_with_other_words() {
    let first = |more: Value| {
        let mut rule = json!({"notice": "card_changed", "nth": 1});
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let merchant = friendly();
        let (shop, names) = opened(&merchant, &rule, 5);
        heard(&merchant, &shop, &names)
    };
    assert_eq!(first(json!({"deliver": "twice"})), [("C", true), ("C", true), ("D", true)]);
    assert_eq!(first(json!({"deliver": "lost"})), [("D", true)]);
    assert_eq!(first(json!({"late_seconds": 1})), [("D", true), ("C", true)]);
    assert_eq!(first(json!({"late_seconds": 60})), [("D", true)]);
    for forged in ["other_key", "wrong_signature", "no_signature"] {
        assert_eq!(first(json!({"deliver": forged})), [("C", false), ("D", true)], "{forged}");
    }
    assert_eq!(first(json!({"fields": {"biz_card_no": "another's"}})), [("?", true), ("D", true)]);
    assert_eq!(first(json!({"fields": {"biz_card_no": null}})), [("?", true), ("D", true)]);
}

#[test]
fn a_lost_notice_comes_with_the_next_attempt_of_its_calendar() {
    let merchant = friendly();
    let (shop, names) = opened(&merchant, &json!({"notice": "*", "where": {"notify_type": "card_*"}, "first": 1, "deliver": "lost"}), 300);
    assert_eq!(heard(&merchant, &shop, &names), [("D", true), ("C", true)]);
    let fault = shop.look(|world, _| world.faults().rules()[&1].clone());
    assert_eq!((fault.matched, fault.struck), (3, 1), "two notices, three deliveries");
}

#[test]
fn a_struck_notice_says_so_in_the_journal_with_the_line_that_does_it_again() {
    let merchant = friendly();
    let (shop, _) = opened(&merchant, &json!({"notice": "card_changed", "percent": 100, "times": 1, "deliver": "twice"}), 5);
    let out = shop.sandbox.journal().after(0, 100, |exchange| exchange.direction == Direction::Out).exchanges;
    let struck: Vec<_> = out.iter().map(|exchange| exchange.fault.is_some()).collect();
    assert_eq!(struck, [true, true, false]);
    let fault = out[0].fault.as_ref().unwrap();
    let again = super::from_line(&fault.replay);
    let merchant = friendly();
    let (shop, names) = opened(&merchant, &again, 5);
    assert_eq!(heard(&merchant, &shop, &names), [("C", true), ("C", true), ("D", true)], "{}", fault.replay);
}

#[test]
fn a_notice_can_come_before_the_answer_that_caused_it() {
    for (rule, before) in [(json!({"reply": "after_notice"}), 3), (json!({"reply": "spaced"}), 2)] {
        let merchant = friendly();
        let (shop, names) = opened(&merchant, &rule, 5);
        // the rule struck no call before: making the template came before the rule, and opening is the second
        make(&shop, &json!({"method": "alipay.marketing.card.delete", "reply": rule["reply"]}));
        let request =
            json!({"out_serial_no": "X", "target_card_no": names.get("D"), "target_card_no_type": "BIZ_CARD", "reason_code": "CANCEL"});
        shop.send(&shop.request("alipay.marketing.card.delete").biz_content(&request.to_string()));
        assert_eq!(merchant.taken().len(), before, "{rule}");
    }
}

#[test]
fn the_notice_before_the_answer_is_the_calls_own_and_no_older_one_of_the_same_moment() {
    let merchant = friendly();
    let (mut shop, mut names) = opened(&merchant, &json!({"method": "alipay.marketing.card.delete", "reply": "after_notice"}), 0);
    // nobody lets time pass any more: the notice about this one waits
    shop.given(&["Zhao", "holds", "card", "E", "of", "T"], &[], &mut names).unwrap();
    let told = merchant.taken().len();
    let request =
        json!({"out_serial_no": "X", "target_card_no": names.get("D"), "target_card_no_type": "BIZ_CARD", "reason_code": "CANCEL"});
    shop.send(&shop.request("alipay.marketing.card.delete").biz_content(&request.to_string()));
    let taken = merchant.taken();
    assert_eq!(taken.len(), told + 1);
    assert_eq!(taken.last().unwrap().text("biz_card_no").as_deref(), names.get("D"));
}

#[test]
fn a_notice_that_was_put_off_counts_once() {
    let merchant = friendly();
    let (shop, names) = opened(&merchant, &json!({"notice": "card_changed", "late_seconds": 60, "first": 3}), 5);
    assert_eq!(heard(&merchant, &shop, &names), []);
    passed(&shop, 60);
    assert_eq!(heard(&merchant, &shop, &names), [("C", true), ("D", true)]);
    let fault = shop.look(|world, _| world.faults().rules()[&1].clone());
    assert_eq!((fault.matched, fault.struck), (2, 2), "two notices, put off once each");
}

#[test]
fn a_notice_that_somebody_asks_for_cannot_be_put_off_and_counts_for_no_rule_that_would() {
    let merchant = friendly();
    let (shop, names) = opened(&merchant, &json!({"notice": "card_changed", "late_seconds": 60, "first": 3}), 5);
    let id = shop.look(|world, _| world.notices().iter().next().unwrap().made.notice.clone());
    wait(shop.platform.engine.resend(&*shop.platform, &shop.sandbox, &id, Vec::new())).unwrap();
    assert_eq!(heard(&merchant, &shop, &names), [("C", true)]);
    let fault = shop.look(|world, _| world.faults().rules()[&1].clone());
    assert_eq!((fault.matched, fault.struck), (2, 2), "the two of the calendar");
    let out = shop.sandbox.journal().after(0, 100, |exchange| exchange.direction == Direction::Out).exchanges;
    let kept: Vec<_> = out.iter().map(|exchange| (exchange.sub_code.as_str(), exchange.fault.is_some())).collect();
    assert_eq!(kept, [("PUT_OFF", true), ("PUT_OFF", true), ("", false)], "each strike is in the journal with its line");
    passed(&shop, 60);
    let last = shop.sandbox.journal().before(u64::MAX, 1, |_| true).exchanges[0].clone();
    assert!(last.flags.iter().any(|flag| flag.text == "by a fault: fault 1, late by 60 s"), "{:?}", last.flags);
}
