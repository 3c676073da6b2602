//! Reports of made-up verdicts: what is told, and what must not become markup or a command.

use super::words::sentence;
use super::*;
use crate::judge::{Outcome, Standing};
use crate::rule::{Breach, Evidence, Hint, Level, Rests, Verdict};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scenarios::telling::Paint;
use serde_json::json;
use sha2::{Digest, Sha256};

fn judged() -> Judged {
    let judgement = |id: &str, outcome| Judgement {
        id: id.into(),
        level: Level::Must,
        title: format!("the title of {id}"),
        title_zh: format!("{id} 的标题"),
        provoked_by: Some("alipay/opening/lost_reply.feature".into()),
        required: true,
        counts: true,
        outcome,
        sandbox: None,
        expected: None,
    };
    let breach = Breach {
        expected: "one card".into(),
        observed: "two <b>cards</b> | @everyone\u{1b}[2J".into(),
        hint: Hint { en: "Keep the number.".into(), zh: "沿用流水号。".into() },
        evidence: Evidence { exchanges: vec![7, 9], facts: vec![("out_serial_no".into(), "A1".into())] },
        rests: Rests::default(),
    };
    let judgements = vec![
        judgement("AAA-001", Verdict::Holds.into()),
        judgement("AAA-002", Verdict::Breached(breach.clone()).into()),
        judgement("AAA-003", Verdict::NotExercised("nothing came".into()).into()),
        Judgement { expected: Some("known (until 2027-01-01)".into()), ..judgement("BBB-001", Verdict::Breached(breach).into()) },
        Judgement { required: false, ..judgement("BBB-002", Verdict::NotExercised("not asked for".into()).into()) },
        judgement("BBB-003", Outcome::KitError { kit_error: "the judge failed".into() }),
    ];
    Judged {
        profiles: vec!["callback-3.0".into()],
        profiles_from_traffic: true,
        strict: false,
        judgements,
        trouble: None,
        outdated: vec!["AAA-001 holds: take it off the list".into()],
    }
}

/// A run in which the evidence stands, with two strings that differ.
fn bundle() -> Bundle {
    let diagnosis = json!({"id": "Q10", "gateway_string": "a=1&b=2&c=3", "client_string": "a=1&c=3&b=2", "first_difference": 4});
    let exchange = json!({"id": 7, "direction": "in", "method": "alipay.marketing.card.open", "at": "2026-11-22 08:00:00", "code": "40002",
        "sub_code": "isv.invalid-signature", "diagnosis": diagnosis, "view": {"params": {"a": "</pre><script>"}, "response": {"code": "40002"}}});
    Bundle { exchanges: vec![exchange], ..Bundle::default() }
}

fn told(reporter: &dyn Reporter) -> String {
    reporter.report(&Report { runs: &[bundle()], judged: &judged() })
}

#[test]
fn the_terminal_gives_each_rule_a_line_and_each_breach_its_proof_and_its_mending() {
    let text = told(&Terminal::default());
    assert!(!text.contains('\x1b'), "what merchants send does not command the terminal");
    insta::assert_snapshot!("terminal", text);
    let chinese = told(&Terminal { paint: Paint::Plain, language: Language::Chinese });
    insta::assert_snapshot!("terminal_zh", chinese);
    assert!(told(&Terminal { paint: Paint::Terminal, ..Terminal::default() }).contains("\x1b[31m"));
}

#[test]
fn markdown_never_lets_a_merchant_s_text_become_markup() {
    let text = told(&Markdown::default());
    assert!(text.contains("two &lt;b&gt;cards&lt;/b&gt; \\| &#64;everyone"), "{text}");
    insta::assert_snapshot!("markdown", text);
    insta::assert_snapshot!("markdown_zh", told(&Markdown { language: Language::Chinese }));
}

#[test]
fn json_holds_every_outcome_and_fits_its_published_schema() {
    let text = told(&Json);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap();
    assert_eq!(
        schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path)).collect::<Vec<_>>(),
        Vec::<String>::new()
    );
    assert_eq!(value["rules"][1]["outcome"]["breached"]["evidence"]["exchanges"], json!([7, 9]));
    insta::assert_snapshot!("json", text);
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let schema = jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap();
    let right: serde_json::Value = serde_json::from_str(&told(&Json)).unwrap();
    let without = |place: &str, value: serde_json::Value| {
        let mut wrong = right.clone();
        *wrong.pointer_mut(place).unwrap() = value;
        schema.is_valid(&wrong)
    };
    for (place, value) in [
        ("/standing", json!("fine")),
        ("/format", json!(1)),
        ("/rules/0/outcome", json!("passed")),
        ("/rules/0/id", json!("A-1")),
        ("/rules/1/outcome/breached/hint/en", json!("x".repeat(201))),
        ("/coverage", json!({})),
    ] {
        assert!(!without(place, value), "{place}");
    }
}

#[test]
fn junit_has_a_case_for_every_rule_and_an_error_is_no_failure() {
    let text = told(&Junit::default());
    assert!(text.contains("errors=\"1\"") && text.contains("AAA-002") && !text.contains("<b>"), "{text}");
    insta::assert_snapshot!("junit", text);
}

#[test]
fn the_page_runs_no_script_fetches_nothing_and_shows_what_came_as_text() {
    let text = told(&Html::default());
    let style = text.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    assert!(text.contains(&format!("style-src 'sha256-{hash}'; base-uri")), "the style sheet's hash is {hash}");
    assert!(text.contains("<svg") && text.contains("class=\"kd-"), "the exchanges are drawn");
    for absent in ["<script", "style=\"", "https://", "src=", "onclick"] {
        assert!(!text.contains(absent), "{absent}");
    }
    assert!(text.contains("&lt;/pre&gt;&lt;script&gt;") && text.contains("<mark>b=2&amp;c=3</mark>"), "{text}");
    // the drawing has snapshots of its own where it is made
    insta::assert_snapshot!("html", text.split_once("<body>").unwrap().1.split_once("<figure class=\"drawing\">").unwrap().0);
    assert!(told(&Html { language: Language::Chinese }).contains("<html lang=\"zh-CN\">"));
}

#[test]
fn what_was_not_exercised_is_never_called_green() {
    let says = |judged: &Judged| sentence(judged, Language::English);
    let mut judged = Judged { outdated: Vec::new(), ..judged() };
    judged.judgements.retain(|judgement| !matches!(judgement.id.as_str(), "AAA-002" | "BBB-003"));
    assert_eq!(judged.standing(), Standing::NotProved);
    assert!(says(&judged).contains("1 required rule was not exercised"), "{}", says(&judged));
    judged.judgements.retain(|judgement| judgement.id != "AAA-003");
    assert_eq!(judged.standing(), Standing::Green);
    assert!(says(&judged).starts_with("Green"));
    judged.trouble = Some("no connection".to_owned());
    assert_eq!(judged.standing(), Standing::Broken);
    judged = Judged { judgements: Vec::new(), trouble: None, ..judged };
    assert_eq!((judged.standing(), says(&judged).as_str()), (Standing::NotProved, "Not proved: no rule was asked."));
}

#[test]
fn what_kept_the_kit_from_several_rules_is_told_once() {
    let mut judged = judged();
    let last = judged.judgements.last().unwrap().clone();
    judged.judgements.extend([last.clone(), judged.judgements[0].clone(), last]);
    let told = Terminal::default().report(&Report { runs: &[], judged: &judged });
    assert_eq!(told.matches("kit error      as above").count(), 2, "{told}");
    assert_eq!(told.matches("kit error      the judge failed").count(), 1, "{told}");
}
