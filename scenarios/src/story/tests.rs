//! Stories that are read, and files that are none.

use super::*;
use proptest::prelude::*;

fn faults(text: &str) -> String {
    let faults = Story::read("a.feature", text).unwrap_err();
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_story_is_read_with_its_background_places_and_values() {
    let text = "Feature: F\n  Background:\n    Given the merchant \"tea\" with a member card template\n  Scenario: S\n    \
                When the cashier charges 35.00\n    Then within 5 s the card of Li Lei shows 35 points\n";
    let story = Story::read("a.feature", text).unwrap();
    let lines = &story.scenarios[0].lines;
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0].words.values, ["tea"]);
    assert_eq!((lines[1].keyword.as_str(), lines[1].place), ("When", Place { line: 5, column: 5 }));
    assert_eq!(lines[2].within, Some(Duration::from_secs(5)));
    assert_eq!(lines[2].words.values, ["Li Lei", "35"]);
}

#[test]
fn a_scenario_without_steps_is_pointed_at_even_behind_a_background() {
    let said = faults("Feature: F\n  Background:\n    Given the customer \"Li Lei\"\n  Scenario: S\n");
    assert!(said.contains("a.feature:4:3: this scenario has no steps"), "{said}");
}

#[test]
fn what_an_outline_leaves_open_has_one_column() {
    let outline = |step: &str, heading: &str| {
        format!(
            "Feature: F\n  Scenario Outline: S\n    Given the customer \"{step}\"\n    Examples:\n      | {heading} |\n      | a | b |\n"
        )
    };
    assert!(Story::read("a.feature", &outline("<who>", "who | sum")).is_ok());
    let said = faults(&outline("<whom>", "who | sum"));
    assert!(said.contains("a.feature:3:25: no column is called \"whom\"") && said.contains("nearest: <who>"), "{said}");
    let said = faults(&outline("<who>", "who | who"));
    assert!(said.contains("a.feature:5:7: the column \"who\" stands here twice"), "{said}");
}

#[test]
fn chinese_keywords_need_no_space_after_them() {
    let text = "# language: zh-CN\n功能: 甲\n  场景: 乙\n    当收银员收款 35.00\n    那么李雷的卡显示 35 积分\n";
    let story = Story::read("a.feature", text).unwrap();
    assert_eq!(story.language, "zh-CN");
    assert_eq!(story.scenarios[0].lines[1].keyword, "那么");
    assert_eq!(story.scenarios[0].lines[1].words.values, ["李雷", "35"]);
}

#[test]
fn an_outline_is_played_once_per_example() {
    let text = "Feature: F\n  Scenario Outline: charging <sum>\n    When the cashier charges <sum>\n    Examples:\n      | sum |\n      | 1.00 |\n      | 2.00 |\n";
    let story = Story::read("a.feature", text).unwrap();
    let names: Vec<&str> = story.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names, ["charging 1.00", "charging 2.00"]);
    assert_eq!(story.scenarios[1].lines[0].words.values, ["2.00"]);
}

#[test]
fn a_line_means_a_row_of_examples_or_the_whole_scenario_it_stands_in() {
    let text = "Feature: F\n  Scenario: A\n    When the scanner reads the code\n  Scenario Outline: charging <sum>\n    When the cashier charges <sum>\n    Examples:\n      | sum |\n      | 1.00 |\n\n      # dear\n      | 2.00 |\n";
    let story = Story::read("a.feature", text).unwrap();
    let names = |line| story.at(line).into_iter().map(|scenario| scenario.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names(3), ["A"]);
    assert_eq!(names(11), ["charging 2.00"]);
    assert_eq!(names(5), ["charging 1.00", "charging 2.00"]);
    assert_eq!(names(1), [""; 0]);
}

#[test]
fn what_happens_meanwhile_happens_beside_an_act() {
    let story = |first: &str| format!("Feature: F\n  Scenario: S\n    {first}\n    And meanwhile the scanner reads the code\n");
    let read = Story::read("a.feature", &story("When the cashier looks the member up")).unwrap();
    assert!(read.scenarios[0].lines[1].meanwhile);
    assert!(faults(&story("Then the till shows no member")).contains("a.feature:4:5: nothing is done before it"));
}

#[test]
fn a_load_that_cannot_be_read_is_pointed_at() {
    let text = "@till\n@load(rate=5/s)\nFeature: F\n  Scenario: S\n    When the scanner reads the code\n";
    assert!(faults(text).starts_with("a.feature:2:1: this load cannot be read: `duration` is missing"), "{}", faults(text));
    let story = Story::read("a.feature", &text.replace("5/s)", "5/s,duration=10s)")).unwrap();
    assert_eq!(story.scenarios[0].load.unwrap().count, 5);
}

#[test]
fn a_step_that_does_not_exist_is_pointed_at_with_the_nearest_that_does() {
    let text = "Feature: F\n  Scenario: S\n    When the cashier counts 35.00\n    And the moon rises over the quiet river\n";
    let said = faults(text);
    assert!(said.starts_with("a.feature:3:5: there is no such step\n    3 |     When the cashier counts 35.00\n"), "{said}");
    assert!(said.contains("nearest: the cashier charges {amount}"), "{said}");
    assert!(said.contains("a.feature:4:5:"), "every fault is told, not only the first: {said}");
}

#[test]
fn what_is_no_gherkin_is_pointed_at() {
    assert!(faults("Hello\n").contains("this is no Gherkin"));
    assert!(faults("").contains("a.feature:1:1: this is no Gherkin"));
    assert!(faults("Feature: F\n").contains("this story has no scenario"));
    assert!(faults("# language: tlh-XX\nFeature: F\n").contains("unknown language"));
    let uneven = "Feature: F\n  Scenario: S\n    When Li Lei scans the join poster and fills in\n      | a | b |\n      | c |\n";
    assert!(faults(uneven).starts_with("a.feature:5:7: the rows of this table differ"), "{}", faults(uneven));
    assert!(faults("功能: 甲\n  场景: 乙\n    假如顾客\"李雷\"\n").contains("begins with the line `# language: zh-CN`"));
}

#[test]
fn another_encoding_is_named_at_its_first_byte() {
    let (gbk, ..) = (b"Feature: F\n  Scenario: \xc0\xee\xc0\xd7\n", ());
    let fault = Story::from_bytes("a.feature", gbk).unwrap_err().remove(0);
    assert_eq!(fault.place, Some(Place { line: 2, column: 13 }));
    assert!(fault.to_string().contains("UTF-8"));
}

#[test]
fn a_million_lines_are_refused_at_once() {
    let text = "Feature: F\n".to_owned() + &"  Scenario: S\n".repeat(1_000_000);
    assert!(faults(&text).contains("a story has at most"));
    // what was read of a large file may end in the middle of a letter
    let cut = "李".repeat(BYTE_LIMIT / 3 + 1);
    let fault = Story::from_bytes("a.feature", &cut.as_bytes()[..=BYTE_LIMIT]).unwrap_err().remove(0);
    assert!(fault.to_string().contains("this file is larger"), "{fault}");
}

#[test]
fn an_outline_that_multiplies_is_refused_before_it_does() {
    let step = "    When the cashier gives up\n".repeat(1_500);
    let text = format!("Feature: F\n  Scenario Outline: S\n{step}    Examples:\n      | a |\n{}", "      | 1 |\n".repeat(1_000));
    let said = faults(&text);
    assert!(said.starts_with("a.feature:2:3: this outline becomes 1000 × 1500 = 1500000 sentences, at most 20000 are played"), "{said}");
}

proptest! {
    #[test]
    fn no_text_upsets_the_reader(text in "(Feature: F\n)?( *(Scenario|Background|Examples): S\n| *(Given|When|\\*) [a-z\" 0-9李雷]{0,30}\n| *\\|[ a|\\\\]{0,9}\n|[@#\"\n]{1,4}){0,12}") {
        let _ = Story::read("a.feature", &text);
    }
}
