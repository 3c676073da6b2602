//! The main job as the binary plays it: the day comes true, and its picture lies where it was asked for.

use crate::sdk_ready::{direct, run};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A day takes some seconds; a machine with much else to do takes more.
const DAY_LIMIT: Duration = Duration::from_mins(3);

#[test]
fn a_day_is_told_in_chinese_and_drawn_into_the_file_that_was_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut day = Command::new(env!("CARGO_BIN_EXE_kabao"));
    day.args(["demo", "--zh", "--measure", "1", "--diagram", "pictures/day.html"]).current_dir(&folder);
    let ended = run(day, DAY_LIMIT, "cargo builds it");
    assert!(ended.status.success(), "{}", ended.said());
    assert!(ended.output.contains("\npicture   pictures/day.html\n"), "{}", ended.said());
    let picture = std::fs::read_to_string(folder.path().join("pictures/day.html")).unwrap();
    for hour in ["十点", "中午", "三点", "六点"] {
        assert!(ended.output.contains(hour), "not told: {hour}\n{}", ended.said());
        assert!(picture.contains(hour), "not drawn: {hour}");
    }
    assert!(picture.contains("alipay.trade.refund"), "the calls are drawn, too");
    assert!(ended.output.contains("\ncard sync ") && ended.output.contains("each once, sums exact"), "{}", ended.said());
    assert!(picture.contains("latency over time") && picture.contains("OPN-001"), "figures and verdicts stand on the same page");
}

#[test]
fn who_has_seen_enough_while_cards_are_synced_interrupts_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let an_hour = "3600";
    let mut day = direct(env!("CARGO_BIN_EXE_kabao"));
    day.args(["demo", "--measure", an_hour]).current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut day = day.spawn().unwrap();
    let mut talk = BufReader::new(day.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("cards are synced for 3600 s") {
        line.clear();
        assert_ne!(talk.read_line(&mut line).unwrap(), 0, "it ended before it came to the cards");
    }
    let begun = Instant::now();
    assert!(direct("kill").args(["-INT", &day.id().to_string()]).status().unwrap().success());
    let code = loop {
        if let Some(status) = day.try_wait().unwrap() {
            break status.code();
        }
        if begun.elapsed() > DAY_LIMIT {
            day.kill().unwrap();
            panic!("it did not end within {} s", DAY_LIMIT.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(code, Some(130));
}
