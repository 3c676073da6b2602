//! The main job as the binary plays it: the day comes true, and its picture lies where it was asked for.

use crate::sdk_ready::run;
use std::process::Command;
use std::time::Duration;

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
