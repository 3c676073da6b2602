//! Traffic that was judged wrongly once, each as small as the mistake allows.

use crate::passive::made::{Made, bundle, call, with};
use crate::passive::verdict;
use conformance::run::MerchantsClock;
use conformance::{Run, Verdict};
use scenarios::Run as Bundle;
use scenarios::sight::{Looker, Sight};
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
