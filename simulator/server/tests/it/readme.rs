//! The README's commands, run as they stand there.
//!
//! Blocks marked `console` are sessions: lines with `$` are typed, the others are what must come back (`…` stands for anything).
//! Only the port is another one, so that a platform of the person who runs the tests is left alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The sessions of a page: what is typed, and what must come back after the last command.
fn sessions(page: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let text = std::fs::read_to_string(root().join(page)).unwrap();
    let mut sessions = Vec::new();
    for block in text.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let (mut typed, mut back): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for line in block.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => typed.push(command.to_owned()),
                None if typed.last().is_some_and(|last| last.ends_with('\\')) => typed.push(line.to_owned()),
                None => back.push(line.to_owned()),
            }
        }
        sessions.push((typed, back));
    }
    sessions
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Whether it went well, what it said, and its talk.
fn run(script: &str, folder: &Path, port: u16) -> (bool, String, String) {
    let binaries = Path::new(env!("CARGO_BIN_EXE_kabao")).parent().unwrap().to_owned();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-c", script])
        .current_dir(folder)
        .env("PATH", path)
        .env("KABAO_LISTEN", format!("127.0.0.1:{port}"))
        .env("KABAO_URL", format!("http://127.0.0.1:{port}"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn both_pages_show_the_same_commands() {
    assert_eq!(sessions("README.md"), sessions("README.zh-CN.md"));
    let commands: Vec<String> = sessions("README.md").into_iter().flat_map(|(typed, _)| typed).collect();
    assert_eq!(commands.len(), 9, "{commands:#?}");
}

#[test]
fn the_test_command_is_the_one_that_ci_runs() {
    let (typed, _) = sessions("README.md").pop().unwrap();
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert_eq!(typed, ["cargo test --workspace"]);
    assert!(ci.lines().any(|line| line == typed[0]), ".ci/run does not run `{}`", typed[0]);
}

#[test]
fn the_signed_call_is_answered_as_shown() {
    let sessions = sessions("README.md");
    let (typed, back) = &sessions[1];
    let folder = tempfile::tempdir().unwrap();
    // a person waits for the prompt; a script asks whether the platform is up
    let up = "for try in $(seq 100); do curl -fs $KABAO_URL/_kabao/health >/dev/null && break; sleep 0.1; done";
    let (serve, rest) = typed.split_first().unwrap();
    let script = format!("{serve}\nplatform=$!\ntrap 'kill $platform' EXIT\n{up}\n{}", rest.join("\n"));
    let (fine, said, talk) = run(&script, folder.path(), free_port());
    assert!(fine, "{said}{talk}");
    let (before, after) = back[0].split_once('…').unwrap();
    let answer = said.lines().last().unwrap();
    assert!(answer.starts_with(before) && answer.ends_with(after), "shown:    {}\nanswered: {answer}", back[0]);
}

#[test]
fn the_main_job_runs_as_shown_and_finds_nothing_wrong() {
    let (typed, _) = sessions("README.md").swap_remove(0);
    let output = Command::new("bash").args(["-c", &typed[0]]).current_dir(root()).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let page = std::fs::read_to_string(root().join("README.md")).unwrap();
    let shown = page.split("```text\n").nth(1).and_then(|block| block.split("```").next()).unwrap();
    // sentences and verdicts are shown as they come; ports, times and rates are the machine's
    for line in shown.lines().filter(|line| line.contains('✓') || line.contains("hold")) {
        let sentence =
            line.trim_end().trim_end_matches(|last: char| last.is_ascii_digit() || last == ' ' || last == 'm' || last == 's').trim_end();
        assert!(said.contains(sentence), "the README shows `{sentence}`, the demo does not:\n{said}");
    }
}
