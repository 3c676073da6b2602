//! Stories written from events by hand: they read, and what has no sentence is named.

use super::*;
use crate::story::Story;
use serde_json::json;

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
        event(7, "voucher_given", &json!({"user": "2088"})),
        event(8, "card_restated", &json!({"card": "7001", "stated": {"points": {"hundredths": 3500}}})),
        event(9, "purchase_recorded", &json!({"card": "7001", "trade": "S1", "record": "{\"trade_amount\":\"35.00\"}"})),
    ]
}

#[test]
fn a_visit_is_written_as_a_story_that_reads_in_both_languages() {
    let query = json!({"method": "alipay.marketing.card.query", "view": {"biz_content": {"target_card_no": "KB1"}}});
    let exchanges = [json!({"method": "alipay.marketing.card.open", "events": [4, 8]}), query];
    let english = written(&visit(), &exchanges, Tongue::English);
    let chinese = written(&visit(), &exchanges, Tongue::Chinese);
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
    let english = written(&visit(), &[], Tongue::English);
    assert!(english.contains("    # no sentence tells this: 2026-11-21 10:00:00 voucher_given\n"), "{english}");
    let chinese = written(&visit(), &[], Tongue::Chinese);
    assert!(chinese.contains("# 没有对应的句子：2026-11-21 10:00:00 voucher_given"), "{chinese}");
    let strange =
        written(&[event(1, "card_restated", &json!({"card": "x", "stated": {"points": {"hundredths": 100}}}))], &[], Tongue::English);
    assert!(strange.contains("was there before the recording"), "{strange}");
}

#[test]
fn names_that_would_break_a_story_are_replaced() {
    let named = |user: &str, name: &str| event(1, "customer_registered", &json!({"user": user, "profile": {"name": name, "mobile": "1"}}));
    let joined = |user: &str| event(2, "form_submitted", &json!({"user": user, "answers": []}));
    let events = [named("1", "a\"b\nScenario: x"), named("2", "Li Lei"), named("3", "Li Lei"), joined("1"), joined("2"), joined("3")];
    let text = written(&events, &[], Tongue::English);
    assert!(Story::read("recorded.feature", &text).is_ok(), "{text}");
    assert!(text.contains("\"Customer 1\"") && text.contains("\"Li Lei\"") && text.contains("\"Customer 3\""), "{text}");
}
