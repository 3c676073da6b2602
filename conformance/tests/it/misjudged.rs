//! Traffic that was judged wrongly once, each as small as the mistake allows.

use crate::passive::made::{Made, bundle, call, with};
use crate::passive::verdict;
use conformance::run::MerchantsClock;
use conformance::{Run, Verdict};
use scenarios::Run as Bundle;
use scenarios::sight::{Answered, Looker, Sight};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wire::alipay::timestamp;

const PAY: &str = "alipay.trade.pay";
const QUERY: &str = "alipay.trade.query";
const CANCEL: &str = "alipay.trade.cancel";
const REFUND: &str = "alipay.trade.refund";
const HOUR_MS: i64 = 3_600_000;

fn about(method: &str, order: &str) -> Made {
    call(method).biz(json!({"out_trade_no": order}))
}

/// A call of another application than the others are.
fn others(made: Made) -> Made {
    made.field("app_id", json!("9021000000000002"))
}

fn trade(order: &str) -> (&'static str, Value) {
    ("trade_made", json!({"trade": format!("2026{order}"), "buyer": "2088", "order": {"number": order, "total": 10_000}}))
}

fn sight(by: Looker, asked: &str, real_ms: i64) -> Sight {
    Sight { by, asked: asked.to_owned(), real_ms, ..Sight::default() }
}

fn shown(asked: &str, standing: &str, values: &[(&str, &str)]) -> Sight {
    let shown: BTreeMap<String, Value> = values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    Sight { standing: standing.to_owned(), shown, ..sight(Looker::Till, asked, 1) }
}

/// A call stamped `stamp_ms` that came when the platform's clock showed `at_ms` and the machine's `real_ms`.
fn stamped(place: u8, stamp_ms: i64, at_ms: i64, real_ms: i64) -> Made {
    let made = about(QUERY, "A1").signed(char::from(b'A' + place)).param("timestamp", &timestamp::format(stamp_ms));
    made.field("at_ms", json!(at_ms)).field("real_ms", json!(real_ms))
}

#[test]
fn one_call_that_waited_on_its_way_does_not_change_whose_clock_the_merchant_goes_by() {
    let clock = |calls: &[(i64, i64, i64)]| {
        let made = (0..).zip(calls).map(|(place, (stamp, at, real))| stamped(place, *stamp, *at, *real));
        Run::of(&bundle(made)).clock
    };
    let (hour, start) = (HOUR_MS, 10 * HOUR_MS);
    let platforms = [(start, start, 0), (start + hour, start + hour, 9_000), (start + 2 * hour, start + 2 * hour, 12_000)];
    assert_eq!(clock(&platforms), MerchantsClock::ThePlatforms);
    let late = (start + 2 * hour, start + 2 * hour + 5_000, 17_000);
    assert_eq!(clock(&[platforms.as_slice(), &[late]].concat()), MerchantsClock::ThePlatforms);
    assert_eq!(clock(&[(start, start, 0), (start + 9_000, start + hour, 9_000)]), MerchantsClock::Own);
    let both = [(start, start, 0), (start + hour, start + hour, 9_000), (start + 12_000, start + 2 * hour, 12_000)];
    assert_eq!(clock(&both), MerchantsClock::Untold, "one by each clock");
}

#[test]
fn a_merchant_is_not_blamed_for_the_time_in_which_it_was_killed() {
    let waiting = || about(PAY, "A1").field("code", json!("10003"));
    let ended = |seconds: i64, sights: Vec<Sight>| {
        let run = bundle([waiting(), about(QUERY, "A2").at(seconds * 1_000)]);
        Bundle { began_ms: Some(0), took_ms: u64::try_from(seconds * 1_000).unwrap(), sights, ..run }
    };
    let killed = |kill: i64, start: i64| {
        let at = |what, seconds: i64| Sight { at_ms: Some(seconds * 1_000), ..sight(Looker::Player, what, seconds * 1_000) };
        vec![at("kill", kill), at("start", start)]
    };
    assert!(verdict("TRD-001", &ended(70, Vec::new())).breach().is_some());
    assert!(verdict("TRD-001", &ended(70, killed(5, 60))).breach().is_none());
    assert!(verdict("TRD-001", &ended(140, killed(5, 60))).breach().is_some());
}

#[test]
fn a_cancel_hours_late_is_none_in_time() {
    let waiting = || about(PAY, "A1").field("code", json!("10003"));
    let cancelled = |ms: i64| with(bundle([waiting(), about(CANCEL, "A1").told(json!({"action": "close"})).at(ms)]), [trade("A1")]);
    assert_eq!(verdict("TRD-004", &cancelled(75_000)), Verdict::Holds);
    assert!(verdict("TRD-004", &cancelled(3 * HOUR_MS)).breach().is_some_and(|breach| breach.observed.contains("10800 s")));
}

#[test]
fn what_two_merchants_do_under_one_number_or_code_is_no_merchants_mistake() {
    let scan = |order: &str| call(PAY).biz(json!({"out_trade_no": order, "auth_code": "‹1›"}));
    assert!(verdict("TRD-008", &bundle([scan("A1"), scan("A2")])).breach().is_some());
    assert!(verdict("TRD-008", &bundle([scan("A1"), others(scan("A2"))])).breach().is_none());
    let used = |made: Made| made.refused("40004", "ACQ.PAYMENT_AUTH_CODE_INVALID");
    assert!(verdict("TRD-008", &bundle([used(scan("A1")), scan("A2")])).breach().is_some(), "the second was served first");
    let slow = || used(scan("A1")).field("took_us", json!(5_000));
    assert!(verdict("TRD-008", &bundle([slow(), used(scan("A2")).at(4)])).breach().is_some(), "nobody knew of the refusal");
    assert!(verdict("TRD-008", &bundle([slow(), used(scan("A2")).at(5)])).breach().is_none(), "it was known to be refused");
    let refund = |amount: &str| call(REFUND).biz(json!({"out_trade_no": "A1", "refund_amount": amount, "out_request_no": "R1"}));
    assert!(verdict("RFD-001", &bundle([refund("10.00"), refund("20.00")])).breach().is_some());
    assert_eq!(verdict("RFD-001", &bundle([refund("10.00"), others(refund("20.00"))])), Verdict::Holds);
}

#[test]
fn a_refund_that_was_refused_says_nothing_about_another_sale() {
    let sold = |order: &str, sale: &str| shown("sale", "paid", &[("out_trade_no", order), ("sale_no", sale)]);
    let refund = |sale: &str, number: &str, standing: &str| {
        shown("refund", standing, &[("sale_no", sale), ("refund_no", number), ("amount", "60.00")])
    };
    let calls = || bundle([about(PAY, "A1"), about(REFUND, "A1"), about(PAY, "A2"), about(REFUND, "A2")]);
    let run = |refused_of: &str| {
        let sights = vec![sold("A1", "S1"), sold("A2", "S2"), refund("S1", "R1", "done"), refund(refused_of, "R2", "refused")];
        Bundle { sights, ..with(calls(), [trade("A1"), trade("A2")]) }
    };
    assert_eq!(verdict("RFD-003", &run("S1")), Verdict::Holds);
    assert!(matches!(verdict("RFD-003", &run("S2")), Verdict::NotExercised(_)));
}

#[test]
fn a_refund_that_the_till_refused_explains_no_points_below_zero_and_one_that_it_may_have_given_does() {
    let opened = || {
        call("alipay.marketing.card.open").biz(json!({"card_ext_info": {"point": "50"}})).told(json!({"card_info": {"biz_card_no": "C"}}))
    };
    let bought = |points: &str| {
        let content = json!({"target_card_no": "C", "card_info": {"point": points}, "trade_amount": "1.00", "act_pay_amount": "0.00"});
        call("alipay.marketing.card.consume.sync").biz(content)
    };
    let opening = || ("card_opened", json!({"card": "C", "programme": "T", "user": "2088", "external": "KB1"}));
    let run = |points: &str, refund: Sight| Bundle { sights: vec![refund], ..with(bundle([opened(), bought(points)]), [opening()]) };
    let no = |code: &str| Sight { answered: Answered::No, code: code.to_owned(), ..sight(Looker::Till, "refund", 1) };
    assert_eq!(verdict("LED-002", &run("0", no("REFUND_TOO_LARGE"))), Verdict::Holds);
    assert!(verdict("LED-002", &run("-50", no("REFUND_TOO_LARGE"))).breach().is_some());
    // without a word, without an answer, or of a sale whose buyer nobody knows
    for refund in [no(""), sight(Looker::Till, "refund", 1), shown("refund", "done", &[("sale_no", "S9")])] {
        assert!(matches!(verdict("LED-002", &run("-50", refund.clone())), Verdict::NotExercised(_)), "{refund:?}");
    }
}

#[test]
fn calls_that_go_by_the_machines_clock_may_be_signed_in_one_second_while_the_platforms_jumps() {
    let (start, machine) = (10 * HOUR_MS, 90 * HOUR_MS);
    let run = |night_apart_ms: i64| {
        let day = (0..4).map(|hour| (start + hour * HOUR_MS, start + hour * HOUR_MS, machine + hour));
        let night = [(machine + 10, start + 4 * HOUR_MS, machine + 10), (machine + 10, start + 6 * HOUR_MS, machine + 10 + night_apart_ms)];
        bundle(day.chain(night).zip([0, 1, 2, 3, 4, 4]).map(|((stamp, at, real), place)| stamped(place, stamp, at, real)))
    };
    assert_eq!(Run::of(&run(150)).clock, MerchantsClock::ThePlatforms);
    assert_eq!(verdict("SIG-010", &run(150)), Verdict::Holds);
    assert!(verdict("SIG-010", &run(5_000)).breach().is_some(), "it is not signed anew");
}

#[test]
fn what_a_card_is_told_after_a_refund_is_compared_only_when_the_payment_was_on_it_and_nothing_else_came_between() {
    let events = || {
        [
            ("card_opened", json!({"card": "C", "programme": "T", "user": "2088", "external": "KB1"})),
            trade("A1"),
            ("trade_paid", json!({"trade": "2026A1"})),
        ]
    };
    let opened = || {
        call("alipay.marketing.card.open").biz(json!({"card_ext_info": {"point": "0"}})).told(json!({"card_info": {"biz_card_no": "C"}}))
    };
    let stating = |points: &str| call("alipay.marketing.card.update").biz(json!({"target_card_no": "C", "card_info": {"point": points}}));
    let run = |before: &[&str], after: &[&str]| {
        let calls = [opened(), about(PAY, "A1")].into_iter().chain(before.iter().map(|points| stating(points)));
        let calls = calls.chain([about(REFUND, "A1")]).chain(after.iter().map(|points| stating(points)));
        let sale = shown("sale", "paid", &[("out_trade_no", "A1"), ("sale_no", "S1"), ("biz_card_no", "C")]);
        let mut refund = shown("refund", "done", &[("sale_no", "S1"), ("refund_no", "R1")]);
        refund.shown.insert("points_taken".to_owned(), json!(30));
        // the till was asked for both before any of the calls came
        let sights = [sale, refund].into_iter().map(|sight| Sight { real_ms: 0, ..sight }).collect();
        Bundle { sights, ..with(bundle(calls), events()) }
    };
    assert_eq!(verdict("RFD-005", &run(&["90"], &["60"])), Verdict::Holds);
    assert!(verdict("RFD-005", &run(&["90"], &["90"])).breach().is_some(), "hidden");
    assert!(verdict("RFD-005", &run(&["90"], &["120"])).breach().is_some(), "added instead of taken");
    assert!(matches!(verdict("RFD-005", &run(&["90"], &["180", "150"])), Verdict::NotExercised(_)), "something else came between");
    assert!(matches!(verdict("RFD-005", &run(&[], &["90", "60"])), Verdict::NotExercised(_)), "the payment is told after the refund");
    assert!(matches!(verdict("RFD-005", &run(&[], &["60"])), Verdict::NotExercised(_)), "both are told at once");
}
