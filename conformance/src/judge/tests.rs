//! What verdicts come to: strictness, expected failures, several sandboxes, and judges that fail.

use super::*;
use crate::rule::{Evidence, Hint};
use serde_json::{Value, json};

fn exchange(method: &str, stamp: &str) -> Value {
    json!({"id": 1, "direction": "in", "method": method, "app_id": "9021", "code": "10000", "signature": "valid", "real_ms": 0, "at_ms": 0,
        "view": {"params": {"timestamp": stamp}, "biz_content": {"card_info": {"point": "35"}}}})
}

fn bundle(sandbox: &str, stamp: &str) -> Bundle {
    Bundle { sandbox: sandbox.into(), exchanges: vec![exchange("alipay.marketing.card.update", stamp)], ..Bundle::default() }
}

const RIGHT: &str = "1970-01-01 08:00:00";
const UTC: &str = "1970-01-01 00:00:00";

fn terms(rules: &[&str]) -> Terms {
    let mut terms = Terms { today: "2026-11-22".into(), ..Terms::default() };
    for rule in rules {
        terms.rule(rule).unwrap();
    }
    terms
}

fn expecting(rule: &str, until: &str) -> Terms {
    let entry = Expected { rule: rule.into(), reason: "known".into(), until: until.into() };
    Terms { expected: vec![entry], ..terms(&[rule]) }
}

#[test]
fn a_breach_on_the_list_is_borne_until_its_day() {
    let late = [bundle("a", UTC)];
    assert_eq!(judge_by(&late, &terms(&["SIG-007"])).standing(), Standing::Breached);
    let borne = judge_by(&late, &expecting("SIG-007", "2026-11-22"));
    assert_eq!((borne.standing(), borne.judgements[0].expected.as_deref()), (Standing::Green, Some("known (until 2026-11-22)")));
    let over = judge_by(&late, &expecting("SIG-007", "2026-11-21"));
    assert_eq!(over.standing(), Standing::Breached);
    assert!(over.outdated[0].contains("its day was 2026-11-21"));
}

#[test]
fn a_rule_on_the_list_that_holds_is_told_and_an_entry_past_its_day_too() {
    let right = [bundle("a", RIGHT)];
    let unexpected = judge_by(&right, &expecting("SIG-007", "2027-01-01"));
    assert_eq!(unexpected.standing(), Standing::Outdated);
    assert!(unexpected.outdated[0].contains("holds: take it off the list"));
    assert_eq!(judge_by(&right, &expecting("SIG-007", "2026-01-01")).standing(), Standing::Outdated);
    let elsewhere = Terms { expected: expecting("SIG-001", "2027-01-01").expected, ..terms(&["SIG-007"]) };
    assert_eq!(judge_by(&right, &elsewhere).standing(), Standing::Green, "an entry about a rule that is not judged says nothing");
}

#[test]
fn what_should_be_counts_only_for_the_strict() {
    let mut twice = exchange("alipay.marketing.card.update", RIGHT);
    twice["view"]["biz_content"] = json!({"card_info": {"point": "1E3"}});
    let bundles = [Bundle { exchanges: vec![twice], ..Bundle::default() }];
    let by_area = |strict| {
        let mut terms = Terms { strict, ..Terms::default() };
        terms.area("UPD").unwrap();
        let judged = judge_by(&bundles, &terms);
        (judged.judgements.iter().find(|judgement| judgement.id == "UPD-004").unwrap().counts, judged.standing())
    };
    assert_eq!(by_area(true), (true, Standing::Breached));
    assert!(!by_area(false).0 && by_area(false).1 != Standing::Breached, "{:?}", by_area(false));
}

#[test]
fn of_several_sandboxes_the_gravest_verdict_stands_and_says_where() {
    let both = judge_by(&[bundle("a", RIGHT), bundle("b", UTC)], &terms(&["SIG-007"]));
    assert_eq!((both.standing(), both.judgements[0].sandbox.as_deref()), (Standing::Breached, Some("b")));
    let one = judge_by(&[bundle("a", RIGHT), Bundle { sandbox: "c".into(), ..Bundle::default() }], &terms(&["SIG-007"]));
    assert_eq!(one.standing(), Standing::Green, "what one run proves stays proved");
}

#[test]
fn nothing_recorded_proves_nothing() {
    for bundles in [vec![], vec![Bundle::default()]] {
        assert_eq!(judge_by(&bundles, &Terms::default()).standing(), Standing::NotProved);
    }
}

#[test]
fn a_judge_that_fails_is_an_error_of_the_kit_and_no_verdict() {
    fn fails(_: &Run) -> Verdict {
        // no message on standard error from a test that means it
        std::panic::resume_unwind(Box::new("on purpose"))
    }
    let broken = Rule { judge: fails, ..*rules::all().next().unwrap() };
    let judged = judge(&bundle("a", RIGHT), [&broken]);
    assert!(judged.judgements[0].kit_error().is_some() && judged.verdict(broken.id).is_none());
    assert_eq!(judged.standing(), Standing::Broken);
}

#[test]
fn every_outcome_is_told_apart_in_json_and_read_back() {
    let breach = Breach {
        expected: "a".into(),
        observed: "b".into(),
        hint: Hint { en: "c".into(), zh: "d".into() },
        evidence: Evidence::default(),
        rests: Rests::default(),
    };
    let outcomes: [Outcome; 4] = [
        Verdict::Holds.into(),
        Verdict::Breached(breach).into(),
        Verdict::not_exercised("why").into(),
        Outcome::KitError { kit_error: "how".into() },
    ];
    for outcome in outcomes {
        let text = serde_json::to_string(&outcome).unwrap();
        assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome, "{text}");
    }
}

#[test]
fn a_breach_stays_one_while_what_it_rests_on_is_there() {
    fn breach(rests: Rests) -> Verdict {
        let hint = Hint { en: "Ask.".into(), zh: "请查询。".into() };
        let (expected, observed) = ("a question".into(), "none".into());
        Verdict::Breached(Breach { expected, observed, hint, evidence: Evidence::default(), rests })
    }
    let like = |id, judge| Rule { id, judge, provoked_by: None, ..rules::alipay::RULES[0] };
    let rules = [
        like("AAA-001", |_| breach(Rests::ItsProof)),
        like("AAA-002", |_| breach(Rests::WhatCame)),
        like("AAA-003", |_| breach(Rests::Absence)),
    ];
    let breached = |bundle: &Bundle| judge(bundle, &rules).breached().map(|one| one.id.clone()).collect::<Vec<_>>();
    let whole = bundle("a", RIGHT);
    assert_eq!(breached(&whole), ["AAA-001", "AAA-002", "AAA-003"]);
    let unfinished = Bundle { unfinished: Some("the merchant was still working on 2 matters".into()), ..whole.clone() };
    assert_eq!(breached(&unfinished), ["AAA-001", "AAA-002"]);
    let holes = Bundle { incomplete: Some("it had to drop 3 exchanges".into()), ..unfinished.clone() };
    assert_eq!(breached(&holes), ["AAA-001"]);
    let why = |bundle: &Bundle| judge(bundle, &rules).judgements[2].not_exercised().map(str::to_owned).unwrap_or_default();
    assert!(why(&holes).contains("drop 3 exchanges") && why(&unfinished).contains("still working on 2"));
}

#[test]
fn a_run_that_was_not_finished_proves_no_rule() {
    let rule = Rule { judge: |_| Verdict::Holds, ..rules::alipay::RULES[0] };
    let unfinished = Bundle { unfinished: Some("the merchant was still working".into()), ..bundle("a", RIGHT) };
    assert!(judge(&unfinished, [&rule]).judgements[0].not_exercised().is_some_and(|why| why.contains("still working")));
}
