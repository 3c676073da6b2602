//! Stories written from events by hand: they read, and what has no sentence is named.

use super::*;
use crate::story::Story;
use serde_json::json;

fn story(events: Vec<Value>, exchanges: Vec<Value>, tongue: Tongue) -> String {
    written(&Seen { events, exchanges, ..Seen::default() }, tongue).story
}

fn event(sequence: u64, kind: &str, body: &Value) -> Value {
    json!({"sequence": sequence, "kind": kind, "at": "2026-11-21 10:00:00", "at_ms": 1_000_000, "body": body})
}

fn visit() -> Vec<Value> {
    let profile = json!({"name": "Li Lei", "mobile": "13800138000"});
    vec![
        event(1, "programme_created", &json!({})),
        event(2, "customer_registered", &json!({"user": "2088", "profile": profile})),
        event(3, "customer_registered", &json!({"user": "2089", "profile": {"name": "Nobody", "mobile": "1"}})),
        event(
            4,
            "form_submitted",
            &json!({"user": "2088", "answers": [["OPEN_FORM_FIELD_MOBILE", "13800138000"], ["OPEN_FORM_FIELD_CITY", "a|b"]]}),
        ),
        event(5, "card_opened", &json!({"card": "7001", "user": "2088", "external": "KB1"})),
        event(6, "clock_set", &json!({"stopped": {"at": 1_600_000}})),
        event(7, "switch_turned", &json!({"user": "2088"})),
        event(8, "card_restated", &json!({"card": "7001", "stated": {"points": {"hundredths": 3500}}})),
        event(9, "purchase_recorded", &json!({"card": "7001", "trade": "S1", "record": "{\"trade_amount\":\"35.00\"}"})),
    ]
}

#[test]
fn a_visit_is_written_as_a_story_that_reads_in_both_languages() {
    let asked = json!({"target_card_no": "KB1", "target_card_no_type": "EXTERNAL_CARD"});
    let query = json!({"method": "alipay.marketing.card.query", "view": {"biz_content": asked}});
    let exchanges = vec![json!({"method": "alipay.marketing.card.open", "events": [4, 8]}), query];
    let english = story(visit(), exchanges.clone(), Tongue::English);
    let chinese = story(visit(), exchanges, Tongue::Chinese);
    let read = |text: &str| Story::read("recorded.feature", text).unwrap_or_else(|faults| panic!("{}\n{text}", faults[0]));
    let steps = |story: &Story| story.scenarios[0].lines.iter().map(|line| line.step).collect::<Vec<_>>();
    assert_eq!(steps(&read(&english)), steps(&read(&chinese)));
    for part in [
        "Given the merchant \"tea-house\"",
        "And the customer \"Li Lei\" with mobile \"13800138000\"",
        "When \"Li Lei\" scans the join poster and fills in\n      | field | value |\n      | OPEN_FORM_FIELD_CITY | a\\|b |",
        "Then within 10 s the merchant has opened a member card for \"Li Lei\"",
        "When 10 min pass",
        "And the cashier looks the member up",
        "And the cashier charges 35.00",
        "within 10 s the card of \"Li Lei\" shows 35 points",
    ] {
        assert!(english.contains(part), "{part} is missing in\n{english}");
    }
    assert!(!english.contains("Nobody"), "who did nothing is not told");
}

#[test]
fn what_no_sentence_tells_is_named_in_a_comment_at_its_place() {
    let english = written(&Seen { events: visit(), ..Seen::default() }, Tongue::English);
    assert!(english.story.contains("    # no sentence tells this: 2026-11-21 10:00:00 switch_turned\n"), "{}", english.story);
    assert_eq!(english.untold, ["2026-11-21 10:00:00 switch_turned"]);
    let chinese = story(visit(), Vec::new(), Tongue::Chinese);
    assert!(chinese.contains("# 没有对应的句子：2026-11-21 10:00:00 switch_turned"), "{chinese}");
    let stranger = event(1, "consent_withdrawn", &json!({"user": "2077"}));
    let strange = story(vec![stranger], Vec::new(), Tongue::English);
    assert!(strange.contains("was there before the recording"), "{strange}");
}

#[test]
fn names_that_would_break_a_story_are_replaced() {
    let named = |user: &str, name: &str| event(1, "customer_registered", &json!({"user": user, "profile": {"name": name, "mobile": "1"}}));
    let joined = |user: &str| event(2, "form_submitted", &json!({"user": user, "answers": []}));
    let events = vec![named("1", "a\"b\nScenario: x"), named("2", "Li Lei"), named("3", "Li Lei"), joined("1"), joined("2"), joined("3")];
    let text = story(events, Vec::new(), Tongue::English);
    assert!(Story::read("recorded.feature", &text).is_ok(), "{text}");
    assert!(text.contains("\"Customer 1\"") && text.contains("\"Li Lei\"") && text.contains("\"Customer 3\""), "{text}");
}

/// A trade of 300.00 that was made at second 0 and cancelled at second `cancelled`, by a clock that runs.
fn cancelled_after(seconds: i64) -> Vec<Value> {
    let made = json!({"trade": "T", "buyer": "2088", "how": "code", "order": {"number": "O", "total": 30_000}});
    let mut closed = event(4, "trade_closed", &json!({"trade": "T", "end": "cancel"}));
    closed["at_ms"] = json!(1_000_000 + seconds * 1_000);
    let customer = event(1, "customer_registered", &json!({"user": "2088", "profile": {"name": "Li Lei", "mobile": "1"}}));
    let shown = event(2, "pay_code_shown", &json!({"user": "2088", "code": "28"}));
    vec![customer, shown, event(3, "trade_made", &made), closed]
}

#[test]
fn a_cashier_gives_up_and_a_till_that_waited_a_minute_has_cancelled() {
    let soon = story(cancelled_after(4), Vec::new(), Tongue::English);
    assert!(soon.contains("    And the cashier gives up\n") && !soon.contains("pass"), "{soon}");
    let late = story(cancelled_after(61), Vec::new(), Tongue::English);
    assert!(late.contains("    And 61 s pass\n    Then within 75 s the merchant has cancelled the trade\n"), "{late}");
    assert!(!late.contains("gives up"), "{late}");
}

#[test]
fn points_that_a_merchant_takes_for_no_reason_the_platform_saw_are_named_and_not_looked_for() {
    let mut events = visit();
    events.push(event(10, "card_restated", &json!({"card": "7001", "stated": {"points": {"hundredths": 2500}}})));
    let recorded = written(&Seen { events, ..Seen::default() }, Tongue::English);
    let named = "the points on the card of Li Lei went from 35 to 25 by the merchant's own doing";
    assert!(recorded.untold.iter().any(|what| what.ends_with(named)), "{:?}", recorded.untold);
    assert!(!recorded.story.contains("shows 25 points"), "{}", recorded.story);
}
