//! What the command line asks for, what files it reads, and with which code it ends.

use super::*;
use clap::Parser;
use std::path::Path;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    check: Check,
}

fn runs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/tests/runs")
}

fn ended(arguments: &[&str]) -> Result<Exit, (Exit, String)> {
    let line = Line::try_parse_from([&["check"], arguments].concat()).map_err(|error| (Exit::Usage, error.to_string()))?;
    line.check.run().map_err(|ended| (ended.exit, ended.text))
}

fn journal(name: &str) -> String {
    runs().join(name).display().to_string()
}

#[test]
fn what_was_recorded_is_judged_and_the_code_tells_how_it_stands() {
    let (sound, late) = (journal("sound.json"), journal("client.utc_timestamp.json"));
    assert_eq!(ended(&["--journal", &sound, "--rule", "SIG-007"]), Ok(Exit::Fine));
    assert_eq!(ended(&["--journal", &late, "--rule", "SIG-007"]), Ok(Exit::Breaches));
    assert_eq!(ended(&["--journal", &sound, "--journal", &late, "--rule", "SIG-007"]), Ok(Exit::Breaches));
    assert_eq!(ended(&["--journal", &sound, "--profile", "spi-3.1"]), Ok(Exit::NotProved));
    let folder = runs().display().to_string();
    assert_eq!(ended(&["--journal", &folder, "--rule", "SIG-007"]), Ok(Exit::Breaches));
    assert_eq!(ended(&["--schema"]), Ok(Exit::Fine));
}

#[test]
fn what_is_wrong_with_the_command_line_or_a_file_is_pointed_at() {
    let sound = journal("sound.json");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let newer = file("newer.txt", &std::fs::read_to_string(&sound).unwrap().replacen("\"format\":1", "\"format\":99", 1));
    let list = file("expected.toml", "[[expected]]\nrule = \"SIG-077\"\nreason = \"x\"\nuntil = 2027-01-01\n");
    let empty = folder.path().display().to_string();
    for (arguments, says) in [
        (vec!["--journal", &sound, "--rule", "sig-007"], "is SIG-007 meant?"),
        (vec!["--journal", &sound, "--area", "XYZ"], "there is no area"),
        (vec!["--journal", &sound, "--profile", "3.0"], "callback-3.0, spi-3.1"),
        (vec!["--journal", &sound, "--expected", &list], "line 2: there is no rule"),
        (vec!["--journal", &newer], "of form 99"),
        (vec!["--journal", &empty], "no recorded run"),
        (vec!["--journal", &list], "not a recorded run"),
        (vec!["--journal", "nowhere.json"], "nowhere.json"),
        (vec!["--journal", &sound, "--write", "report.xml"], "FORMAT=FILE"),
        (vec!["nowhere.toml"], "nowhere.toml"),
    ] {
        let (exit, text) = ended(&arguments).unwrap_err();
        assert!(exit == Exit::Usage && text.contains(says), "{arguments:?}: {text}");
    }
}

#[test]
fn reports_are_written_beside_the_one_that_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (junit, html) = (format!("junit={}", path("a.xml").display()), format!("html={}", path("a.html").display()));
    let sound = journal("sound.json");
    assert_eq!(ended(&["--journal", &sound, "--rule", "SIG-007", "--write", &junit, "--write", &html]), Ok(Exit::Fine));
    assert!(std::fs::read_to_string(path("a.xml")).unwrap().contains("<testsuite name=\"SIG\""));
    assert!(std::fs::read_to_string(path("a.html")).unwrap().starts_with("<!DOCTYPE html>"));
}

#[test]
fn an_expected_breach_is_borne_until_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let list = |until: &str| {
        let path = folder.path().join(format!("{until}.toml"));
        std::fs::write(&path, format!("[[expected]]\nrule = \"SIG-007\"\nreason = \"known\"\nuntil = {until}\n")).unwrap();
        path.display().to_string()
    };
    let (late, sound) = (journal("client.utc_timestamp.json"), journal("sound.json"));
    assert_eq!(ended(&["--journal", &late, "--rule", "SIG-007", "--expected", &list("9999-12-31")]), Ok(Exit::Fine));
    assert_eq!(ended(&["--journal", &late, "--rule", "SIG-007", "--expected", &list("2020-01-01")]), Ok(Exit::Breaches));
    assert_eq!(ended(&["--journal", &sound, "--rule", "SIG-007", "--expected", &list("9999-12-31")]), Ok(Exit::Breaches));
}

#[test]
fn the_help_lists_every_exit_code() {
    let help = <Line as clap::CommandFactory>::command().render_help().to_string();
    for (code, means) in Exit::ALL {
        assert!(help.contains(&format!("{}  {means}", *code as u8)), "{help}");
    }
}
