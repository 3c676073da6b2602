//! The recorded matrix: what a running platform saw of the sound merchant and of each defect, judged again.
//!
//! Against a running platform, `cargo run -p kabao-conformance --example matrix -- ADDRESS conformance/tests/runs` records it anew.

use conformance::Language;
use conformance::matrix::compare;
use conformance::practice::Defect;
use conformance::report::{Html, Json, Junit, Markdown, Report, Reporter, Terminal};
use conformance::{Judged, Verdict, judge, rules};
use scenarios::Run as Bundle;

/// The recording of a merchant with this defect, or of the sound one.
pub(crate) fn recording(defect: Option<Defect>) -> Bundle {
    let name = defect.map_or("sound", Defect::name);
    let path = format!("{}/tests/runs/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn judged(bundle: &Bundle) -> Judged {
    judge(bundle, rules::all())
}

#[test]
fn the_sound_merchant_keeps_every_rule_and_every_rule_is_exercised() {
    let bundle = recording(None);
    assert_eq!(compare(None, std::slice::from_ref(&bundle), &judged(&bundle)), Vec::<String>::new());
}

#[test]
fn each_defect_breaks_its_own_rule_and_no_other() {
    for defect in Defect::ALL {
        let bundle = recording(Some(*defect));
        let problems = compare(Some(*defect), std::slice::from_ref(&bundle), &judged(&bundle));
        assert_eq!(problems, Vec::<String>::new(), "{defect}");
    }
}

#[test]
fn a_breach_says_what_proves_it_and_what_mends_it_in_both_languages() {
    for defect in Defect::ALL {
        let bundle = recording(Some(*defect));
        let judged = judged(&bundle);
        let breach = judged.verdict(defect.breaks()).and_then(Verdict::breach).unwrap();
        assert!(!breach.expected.is_empty() && !breach.observed.is_empty(), "{breach:?}");
        assert!(!breach.evidence.exchanges.is_empty() && !breach.evidence.facts.is_empty(), "{breach:?}");
        for hint in [&breach.hint.en, &breach.hint.zh] {
            assert!((10..=200).contains(&hint.chars().count()), "{} characters: {hint}", hint.chars().count());
        }
        assert!(breach.hint.en.is_ascii() || !breach.hint.en.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character)));
        assert!(breach.hint.zh.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character)));
    }
}

#[test]
fn the_same_run_judged_twice_gives_the_same_verdicts_also_after_being_kept() {
    let bundle = recording(Some(Defect::NewSerialOnRetry));
    let kept: Bundle = serde_json::from_str(&serde_json::to_string(&bundle).unwrap()).unwrap();
    assert_eq!(judged(&bundle), judged(&bundle));
    assert_eq!(judged(&bundle), judged(&kept));
}

#[test]
fn recordings_hold_no_tokens_names_or_numbers_of_people() {
    for defect in std::iter::once(None).chain(Defect::ALL.iter().copied().map(Some)) {
        let bundle = recording(defect);
        let text = serde_json::to_string(&(&bundle.exchanges, &bundle.strays, &bundle.events)).unwrap();
        for name in ["Li Lei", "Han Meimei", "authusrB"] {
            assert!(!text.contains(name), "{defect:?} holds {name}");
        }
    }
}

#[test]
fn every_report_names_the_breached_rule() {
    let bundle = recording(Some(Defect::UtcTimestamp));
    let judged = judged(&bundle);
    let report = Report { runs: std::slice::from_ref(&bundle), judged: &judged };
    let reporters: [&dyn Reporter; 6] = [
        &Terminal::default(),
        &Terminal { language: Language::Chinese, ..Terminal::default() },
        &Json,
        &Junit::default(),
        &Html::default(),
        &Markdown::default(),
    ];
    for reporter in reporters {
        let text = reporter.report(&report);
        assert!(text.contains("SIG-007") && text.contains("timestamp"), "{}: {text}", reporter.name());
    }
}
