//! A player that is ended leaves no merchant behind: not when its terminal is closed, and not when it is killed.

use crate::sdk_ready::direct;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How long somebody may take before the test fails.
const LIMIT: Duration = Duration::from_mins(1);
const STORY: &str = "Feature: F\n  Scenario: S\n    Given the merchant \"tea\" with a member card template\n";
/// A merchant that has told its whole group something, has started something itself and never says where it listens.
const MERCHANT: &str = r#"[process]
command = ["sh", "-c", "trap '' USR1; sleep 0.3; kill -USR1 0; sleep 300 & echo $! > child; exec sleep 300"]
start = "2 min"
"#;

/// One that ends whoever started it as the first thing it does.
const TRAITOR: &str = r#"[process]
command = ["sh", "-c", "echo $$ > child; kill -KILL $PPID; exec sleep 300"]
start = "2 min"
"#;

/// A player whose merchant has begun to start, and what that merchant started.
fn begun(folder: &Path, merchant: &str) -> (Child, u32) {
    fs::write(folder.join("a.feature"), STORY).unwrap();
    fs::write(folder.join("merchant.toml"), merchant).unwrap();
    let mut player = direct(env!("CARGO_BIN_EXE_kabao"));
    player.args(["play", "a.feature", "--merchant", "merchant.toml"]).current_dir(folder);
    let player = player.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let child = until("the merchant starts", || fs::read_to_string(folder.join("child")).ok()?.trim().parse().ok());
    (player, child)
}

fn until<T>(what: &str, mut seen: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = seen() {
            return seen;
        }
        assert!(begun.elapsed() < LIMIT, "{what}: not within {} s", LIMIT.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_gone(process: u32) -> Option<()> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"));
    stat.map_or(true, |stat| stat.contains(") Z ")).then_some(())
}

#[test]
fn a_player_that_is_killed_or_whose_terminal_is_closed_leaves_no_merchant_behind() {
    for signal in ["-KILL", "-HUP"] {
        let folder = tempfile::tempdir().unwrap();
        let (mut player, child) = begun(folder.path(), MERCHANT);
        assert!(is_gone(child).is_none());
        assert!(direct("kill").args([signal, &player.id().to_string()]).status().unwrap().success());
        player.wait().unwrap();
        until(signal, || is_gone(child));
    }
}

#[test]
fn a_player_that_is_killed_the_moment_its_merchant_runs_leaves_none_behind() {
    for time in 1..=3 {
        let folder = tempfile::tempdir().unwrap();
        let (mut player, child) = begun(folder.path(), TRAITOR);
        player.wait().unwrap();
        until(&format!("time {time}"), || is_gone(child));
    }
}
