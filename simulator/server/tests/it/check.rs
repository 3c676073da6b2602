//! `kabao check` as a process, with a service whose interface is its own: the Python stall of `fixtures/merchants/python`, as it is and
//! with two mistakes that somebody could make. What is said has to tell that person what to change; how it ends, a build server.

use crate::sdk_ready::{Ended, fixtures, python_with, run};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Far longer than it takes: only what never ends meets it.
const GUARD: Duration = Duration::from_mins(4);
/// Rules that two short stories exercise.
const RULES: [&str; 6] = ["--rule", "NTF-004", "--rule", "SIG-007", "--rule", "TRD-010"];
/// Few at once, so that a slow machine gives each its time.
const JOBS: [&str; 2] = ["--jobs", "2"];

/// A stall in a folder of its own, with other lines where somebody makes a mistake.
fn stall(mistakes: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (python, variables) = python_with("judges/python-community");
    for name in ["alipay.py", "till.py", "merchant.toml"] {
        let mut text = fs::read_to_string(fixtures().join("merchants/python").join(name)).unwrap();
        for (_, right, wrong) in mistakes.iter().filter(|(file, ..)| *file == name) {
            assert!(text.contains(right), "{name} has no {right}");
            text = text.replace(right, wrong);
        }
        if name == "merchant.toml" {
            let pairs: Vec<String> = variables.iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
            // no machine is so slow that a Python needs longer to begin
            let begins = format!("start = \"120 s\"\nenv = {{ {} }}\n\n[till]\n", pairs.join(", "));
            text = text.replace("\"python3\"", &format!("\"{}\"", python.display())).replacen("[till]\n", &begins, 1);
        }
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn check(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kabao"));
    command.args(["check", "merchant.toml"]).args(JOBS).args(arguments).current_dir(folder).env_remove("KABAO_URL");
    run(command, GUARD, "the binary was built for this test")
}

#[test]
fn a_service_with_an_interface_of_its_own_is_judged_and_a_build_gets_all_its_files() {
    let folder = stall(&[]);
    let ended =
        check(folder.path(), &[&RULES[..], &["--write", "junit=kabao.xml", "--write", "html=kabao.html", "--keep", "runs"]].concat());
    assert_eq!(ended.status.code(), Some(0), "{}", ended.said());
    assert!(ended.output.contains("✓ NTF-004") && ended.output.contains("Green"), "{}", ended.said());
    assert!(!ended.errors.contains('✗') && !ended.errors.contains('?'), "{}", ended.said());
    assert!(fs::read_to_string(folder.path().join("kabao.xml")).unwrap().contains("failures=\"0\""));
    let mut offline = Command::new(env!("CARGO_BIN_EXE_kabao"));
    offline.args(["check", "--journal", "runs"]).args(RULES).current_dir(folder.path());
    let again = run(offline, GUARD, "the binary was built for this test");
    assert_eq!((again.status.code(), again.output), (Some(0), ended.output), "judged from what was kept it says the same");
}

#[test]
fn what_somebody_gets_wrong_is_told_so_that_they_can_mend_it() {
    let mistakes = [
        ("till.py", "fen(said.get(\"total_amount\")) != sale[\"fen\"]", "False"),
        ("alipay.py", "datetime.now(CHINA)", "datetime.now(timezone.utc)"),
    ];
    let folder = stall(&mistakes);
    let ended = check(folder.path(), &[&RULES[..], &["--format", "json"]].concat());
    assert_eq!(ended.status.code(), Some(1), "{}", ended.said());
    let report: Value = serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {}", ended.said()));
    let breach = |id: &str| {
        let rule = report["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap();
        rule["outcome"]["breached"].clone()
    };
    let amount = breach("NTF-004");
    assert!(amount["observed"].as_str().unwrap().contains("said 0.01 and was answered success"), "{amount}");
    assert!(amount["hint"]["en"].as_str().unwrap().contains("Compare total_amount with your own order"), "{amount}");
    let clock = breach("SIG-007");
    assert!(clock["hint"]["en"].as_str().unwrap().contains("8 h behind: format it in Asia/Shanghai"), "{clock}");
    assert!(breach("TRD-010").is_null(), "{report}");
    // the story that showed it is told with what was expected
    assert!(ended.errors.contains("✗ library/alipay/notice/wrong_content.feature: Another total_amount"), "{}", ended.errors);
    assert!(ended.errors.contains("expected "), "{}", ended.errors);
}
