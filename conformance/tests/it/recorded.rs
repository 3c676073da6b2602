//! Runs that were kept: what a running platform saw of merchants in an earlier season, judged by today's rules without a network.
//!
//! Every bundle in `tests/runs` is looked at, so that what was kept once stays readable and keeps its verdicts; the matrix
//! (`tests/matrix`) judges each of its own runs a second time from what was kept. `kabao play … --keep FILE` makes another.

use conformance::Language;
use conformance::practice::Defect;
use conformance::report::{Html, Json, Junit, Markdown, Report, Reporter, Terminal};
use conformance::{Judged, judge, rules};
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

/// The merchants of every bundle that was kept.
fn kept() -> Vec<Option<Defect>> {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/runs")).unwrap();
    let files = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let named = |file: String| {
        let name = file.strip_suffix(".json").unwrap();
        let defect = Defect::named(name);
        assert!(defect.is_some() || name == "sound", "{file} is no run of the sound merchant or of a defect");
        defect
    };
    files.map(named).collect()
}

#[test]
fn a_kept_run_breaches_the_rule_of_its_defect_and_no_other() {
    assert!(kept().len() >= 3);
    for defect in kept() {
        let judged = judged(&recording(defect));
        let breached: Vec<&str> = judged.breached().map(|judgement| judgement.id.as_str()).collect();
        let expected: Vec<&str> = defect.iter().map(|defect| defect.breaks()).collect();
        assert_eq!((breached, &judged.trouble), (expected, &None), "{defect:?}");
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
    for defect in kept() {
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
