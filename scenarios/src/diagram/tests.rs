//! What a drawing shows, and what hostile texts cannot do in it.

use super::*;
use crate::misread::Place;
use crate::run::{Failure, Played};
use serde_json::json;

fn step(keyword: &str, sentence: &str, actor: &str, started_ms: u64, outcome: Outcome) -> PlayedStep {
    PlayedStep {
        keyword: keyword.into(),
        sentence: sentence.into(),
        place: Place { line: 1, column: 1 },
        actor: actor.into(),
        outcome,
        at_ms: Some(1_795_226_400_000),
        started_ms,
        took_ms: 5,
    }
}

fn exchange(id: u64, direction: &str, method: &str, sub_code: &str, real_ms: i64) -> Value {
    let code = if sub_code.is_empty() { "10000" } else { "40004" };
    json!({"id": id, "direction": direction, "method": method, "code": code, "sub_code": sub_code, "real_ms": real_ms, "at": "2026-11-21 10:00:03", "http_status": 200})
}

fn run(steps: Vec<PlayedStep>, exchanges: Vec<Value>) -> Run {
    let scenarios = vec![Played { name: "S".into(), steps, ..Played::default() }];
    Run { began_ms: Some(1_000_000), scenarios, exchanges, ..Run::default() }
}

#[test]
fn calls_stand_below_the_step_that_they_belong_to_with_their_virtual_time() {
    let steps =
        vec![step("When", "Li Lei pays", "customer", 0, Outcome::Passed), step("Then", "it is so", "merchant", 100, Outcome::Passed)];
    let exchanges = vec![exchange(1, "in", "alipay.trade.pay", "", 1_000_050), exchange(2, "out", "trade_status_sync", "", 1_000_150)];
    let drawn = page(&run(steps, exchanges));
    let at = |part: &str| drawn.find(part).unwrap_or_else(|| panic!("{part} is missing in {drawn}"));
    assert!(at("When Li Lei pays") < at("#1 alipay.trade.pay") && at("#1 alipay.trade.pay") < at("Then it is so"));
    assert!(at("Then it is so") < at("#2 trade_status_sync"));
    assert!(drawn.contains("10:00:00"), "the virtual time of a step is shown");
}

#[test]
fn failures_and_refusals_are_red() {
    let failure = Failure { expected: "35".into(), seen: "the card showed 0".into(), again: "kabao play x:1".into(), ..Failure::default() };
    let steps = vec![step("Then", "the card shows 35", "customer", 0, Outcome::Failed(failure))];
    let drawn = page(&run(steps, vec![exchange(7, "in", "a.b", "ACQ.SYSTEM_ERROR", 1_000_001)]));
    assert!(drawn.contains("kd-bad\"><title>✗ Then the card shows 35"), "{drawn}");
    assert!(drawn.contains("expected 35, the card showed 0") && drawn.contains("again: kabao play x:1"));
    assert!(drawn.contains("kd-call kd-bad\"><title>#7 a.b → ACQ.SYSTEM_ERROR"));
}

#[test]
fn hostile_texts_stay_texts() {
    let hostile = "</text><script>alert(1)</script><img src=x onerror=\"a\">'&\u{202e}\u{0}";
    let failure = Failure { expected: hostile.into(), seen: hostile.into(), again: hostile.into(), ..Failure::default() };
    let steps = vec![step(hostile, hostile, hostile, 0, Outcome::Failed(failure))];
    let mut run = run(steps, vec![exchange(1, "in", hostile, hostile, 1)]);
    (run.story.name, run.story.language, run.sandbox, run.incomplete) =
        (hostile.into(), hostile.into(), hostile.into(), Some(hostile.into()));
    run.scenarios[0].name = hostile.into();
    let drawn = page(&run);
    for forbidden in ["<script", "<img", "</text><", "\u{202e}", "\u{0}", "lang=\"</"] {
        let found = drawn.matches(forbidden).count();
        // the drawing closes its own texts before the next element
        let own = if forbidden == "</text><" { drawn.matches("</text><circle").count() + drawn.matches("</text><line").count() } else { 0 };
        assert_eq!(found, own, "{forbidden} in {drawn}");
    }
    assert!(!drawn.contains("style=") && !drawn.contains("href"));
}

#[test]
fn a_drawing_has_a_bound_and_long_texts_are_cut() {
    let exchanges: Vec<Value> = (0..5_000).map(|id| exchange(id, "in", &"x".repeat(10_000), "", 1)).take(2_500).collect();
    let drawn = svg(&run(Vec::new(), exchanges), &(0..2_500).collect::<Vec<_>>());
    assert_eq!(drawn.matches("<g class=\"kd-call").count(), ROW_LIMIT);
    assert!(drawn.contains("… and more than is drawn"));
}

#[test]
fn a_part_shows_only_the_exchanges_asked_for() {
    let exchanges = vec![exchange(1, "in", "one.call", "", 1_000_001), exchange(2, "in", "other.call", "", 1_000_002)];
    let steps = vec![step("When", "something", "customer", 0, Outcome::Passed)];
    let drawn = svg(&run(steps, exchanges), &[2]);
    assert!(drawn.starts_with("<svg") && drawn.contains("#2 other.call") && !drawn.contains("one.call"));
}
