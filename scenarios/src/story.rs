//! Reading a story: Gherkin into scenarios of understood sentences, with every fault pointed at.
//!
//! Backgrounds stand before each scenario's own lines, outlines are filled from their examples. Nothing is played here. The
//! Gherkin parser's own time grows with the square of the lines, so a file's size is bounded before it is parsed.

use crate::load::Load;
use crate::misread::{Misread, Place};
use crate::steps::STEPS;
use crate::vocabulary::{self, Found, Kind};
use crate::words::Words;
use gherkin::{Feature, GherkinEnv, LineCol, Scenario as Parsed, Step as ParsedStep};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The most bytes of a story file.
pub const BYTE_LIMIT: usize = 1 << 20;
/// The most lines of a story file.
pub const LINE_LIMIT: usize = 5_000;
/// The most scenarios one outline may become.
const FILLED_LIMIT: usize = 1_000;
/// The most sentences one outline may become.
const SENTENCE_LIMIT: usize = 20_000;

/// A story, understood and ready to be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The file, as errors and reports name it.
    pub path: String,
    /// `en` or `zh-CN`, as the file says.
    pub language: String,
    /// Its title.
    pub name: String,
    /// Its tags, without `@`.
    pub tags: Vec<String>,
    /// What is played, in order.
    pub scenarios: Vec<Scenario>,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its title.
    pub name: String,
    /// Its tags and the story's, without `@`.
    pub tags: Vec<String>,
    /// Where it begins.
    pub place: Place,
    /// Where the row of examples stands that it was filled from, if it was.
    pub example: Option<Place>,
    /// The load it also serves as, if its tags say so.
    pub load: Option<Load>,
    /// Its sentences, the background's first.
    pub lines: Vec<Line>,
}

/// One sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `Given`, `而且`, …
    pub keyword: String,
    /// The sentence without its keyword.
    pub sentence: String,
    /// Where it stands.
    pub place: Place,
    /// Which step it means, counted in the order of [`crate::steps()`].
    pub step: usize,
    /// Values and table.
    pub words: Words,
    /// How long a fact may take to come true.
    pub within: Option<Duration>,
    /// Whether it happens at the same time as the sentence before it.
    pub meanwhile: bool,
}

/// How a run names the story it played.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryMark {
    /// The file.
    pub path: String,
    /// `en` or `zh-CN`.
    pub language: String,
    /// Its title.
    pub name: String,
}

impl Story {
    /// Reads a story from the bytes of a file.
    ///
    /// # Errors
    /// Every fault found, in the order of the file.
    pub fn from_bytes(path: &str, bytes: &[u8]) -> Result<Self, Vec<Misread>> {
        Self::read(path, crate::misread::utf8(path, bytes)?)
    }

    /// Reads a story from text.
    ///
    /// # Errors
    /// Every fault found, in the order of the file.
    pub fn read(path: &str, text: &str) -> Result<Self, Vec<Misread>> {
        let lines = text.lines().count();
        if text.len() > BYTE_LIMIT || lines > LINE_LIMIT {
            let problem =
                format!("a story has at most {LINE_LIMIT} lines and {BYTE_LIMIT} bytes, this file has {lines} and {}", text.len());
            return Err(vec![Misread::whole(path, problem, Some("split it into several stories".to_owned()))]);
        }
        let language = language_of(text);
        if !gherkin::is_language_supported(&language) {
            let advice = "stories are written in English (no heading) or Chinese (# language: zh-CN)".to_owned();
            return Err(vec![Misread::at(
                path,
                text,
                Place { line: 1, column: 1 },
                format!("unknown language {language:?}"),
                vec![advice],
            )]);
        }
        let env = GherkinEnv::new("en").expect("English is known");
        let feature = Feature::parse(text, env).map_err(|error| vec![grammar(path, text, &error.to_string())])?;
        Reading { path, text, faults: Vec::new() }.feature(&feature, language)
    }

    /// What a line of the file means: one row of examples, or all of the scenario that it stands in.
    pub fn at(&self, line: usize) -> Vec<&Scenario> {
        let row: Vec<&Scenario> = self.scenarios.iter().filter(|scenario| scenario.example.is_some_and(|row| row.line == line)).collect();
        if !row.is_empty() {
            return row;
        }
        let begins = self.scenarios.iter().map(|scenario| scenario.place.line).filter(|begins| *begins <= line).max();
        self.scenarios.iter().filter(|scenario| Some(scenario.place.line) == begins).collect()
    }

    /// How a run names it.
    pub fn mark(&self) -> StoryMark {
        StoryMark { path: self.path.clone(), language: self.language.clone(), name: self.name.clone() }
    }
}

fn language_of(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default().trim();
    let named = first.strip_prefix('#').map(str::trim_start).and_then(|rest| rest.strip_prefix("language:"));
    named.map_or("en", str::trim).to_owned()
}

/// The parser says `Error at line:column: {"what", "it", "expected"}`; only the place is of use to a person.
fn grammar(path: &str, text: &str, said: &str) -> Misread {
    let mut numbers = said.trim_start_matches("Error at ").splitn(3, ':').map(|number| number.trim().parse().unwrap_or(1));
    let mut place = Place { line: numbers.next().unwrap_or(1), column: numbers.next().unwrap_or(1) };
    // the end of a file is reported behind its last line
    if place.line > text.lines().count() {
        place = Place { line: text.lines().count().max(1), column: 1 };
    }
    let line = text.lines().nth(place.line - 1).unwrap_or_default().trim_start();
    let (problem, advice) = if line.starts_with('|') {
        ("the rows of this table differ in length", "give every row as many cells as the first")
    } else {
        (
            "this is no Gherkin",
            "a story is `Feature:` (功能:), then `Scenario:` (场景:), then lines that begin with Given, When, Then, And (假如 当 那么 而且)",
        )
    };
    Misread::at(path, text, place, problem, vec![advice.to_owned()])
}

/// Names and values of a row of examples.
type Filling = Vec<(String, String)>;

struct Reading<'t> {
    path: &'t str,
    text: &'t str,
    faults: Vec<Misread>,
}

impl Reading<'_> {
    fn feature(mut self, feature: &Feature, language: String) -> Result<Story, Vec<Misread>> {
        let mut scenarios = Vec::new();
        let own = feature.background.iter();
        let all = feature.scenarios.iter().map(|scenario| (scenario, None));
        let ruled = feature.rules.iter().flat_map(|rule| rule.scenarios.iter().map(|scenario| (scenario, rule.background.as_ref())));
        for (scenario, background) in all.chain(ruled) {
            let before: Vec<&ParsedStep> = own.clone().chain(background).flat_map(|background| &background.steps).collect();
            for (filling, example) in self.fillings(scenario, before.len()) {
                let scenario = self.scenario(feature, scenario, &before, &filling);
                scenarios.push(Scenario { example, ..scenario });
            }
        }
        if scenarios.is_empty() && self.faults.is_empty() {
            self.faults.push(Misread::whole(self.path, "this story has no scenario", Some("add one: `Scenario:` (场景:)".to_owned())));
        }
        // a background's fault is found once per scenario
        self.faults.sort_by_key(|fault| fault.place.map_or((0, 0), |place| (place.line, place.column)));
        self.faults.dedup();
        if self.faults.is_empty() {
            Ok(Story { path: self.path.to_owned(), language, name: feature.name.clone(), tags: feature.tags.clone(), scenarios })
        } else {
            Err(self.faults)
        }
    }

    /// One empty filling for a plain scenario, one per row of the examples for an outline; `before`: how many sentences stand
    /// before its own.
    fn fillings(&mut self, scenario: &Parsed, before: usize) -> Vec<(Filling, Option<Place>)> {
        if scenario.examples.is_empty() {
            return vec![(Vec::new(), None)];
        }
        let mut fillings = Vec::new();
        for table in scenario.examples.iter().filter_map(|examples| examples.table.as_ref()) {
            let Some((heading, rows)) = table.rows.split_first() else { continue };
            self.check_columns(scenario, heading, table.position);
            let places = self.rows(table.position.line).skip(1).map(Some).chain(std::iter::repeat(None));
            let filled = rows.iter().map(|row| heading.iter().cloned().zip(row.iter().cloned()).collect());
            fillings.extend(filled.zip(places));
        }
        let (examples, each) = (fillings.len(), before + scenario.steps.len());
        let sentences = examples.saturating_mul(each);
        let problem = if examples > FILLED_LIMIT {
            format!("this outline has {examples} examples, at most {FILLED_LIMIT} are played")
        } else if sentences > SENTENCE_LIMIT {
            format!("this outline becomes {examples} × {each} = {sentences} sentences, at most {SENTENCE_LIMIT} are played")
        } else {
            return fillings;
        };
        self.faults.push(Misread::at(self.path, self.text, self.place(scenario.position), problem, Vec::new()));
        fillings.truncate(1);
        fillings
    }

    /// Each column has a name of its own, and what the outline leaves open has its column.
    fn check_columns(&mut self, scenario: &Parsed, heading: &[String], at: LineCol) {
        if let Some((place, name)) = heading.iter().enumerate().find(|(place, name)| heading[..*place].contains(name)) {
            let at = self.rows(at.line).next().unwrap_or_else(|| self.place(at));
            let problem = format!("the column {name:?} stands here twice, the second time as number {}", place + 1);
            let advice = vec!["give each column a name of its own".to_owned()];
            self.faults.push(Misread::at(self.path, self.text, at, problem, advice));
        }
        for step in &scenario.steps {
            let cells = step.table.iter().flat_map(|table| table.rows.iter().flatten());
            let texts = std::iter::once(&step.value).chain(cells);
            let open: Vec<&str> = texts.flat_map(|text| placeholders(text)).collect();
            for name in open.into_iter().filter(|name| !heading.iter().any(|known| known == name)) {
                let nearest = crate::nearest::nearest(name, heading).map(|name| format!("nearest: <{name}>"));
                let columns = heading.iter().map(|name| format!("<{name}>")).collect::<Vec<_>>().join(", ");
                let advice = nearest.unwrap_or_else(|| format!("the columns are {columns}"));
                let place = self.within(step.position, &format!("<{name}>"));
                self.faults.push(Misread::at(self.path, self.text, place, format!("no column is called {name:?}"), vec![advice]));
            }
        }
    }

    /// Where a text stands in a step or in the table below it.
    fn within(&self, step: LineCol, text: &str) -> Place {
        let lines = self.text.lines().enumerate().skip(step.line.saturating_sub(1));
        let found = lines.take(LINE_LIMIT).find_map(|(number, line)| Some((number + 1, &line[..line.find(text)?])));
        found.map_or_else(|| self.place(step), |(line, before)| Place { line, column: before.chars().count() + 1 })
    }

    /// Where the rows of a table stand: lines that begin with a bar, others between them passed over.
    fn rows(&self, first: usize) -> impl Iterator<Item = Place> + use<'_> {
        let lines = self.text.lines().enumerate().skip(first.saturating_sub(1));
        lines.filter(|(_, line)| line.trim_start().starts_with('|')).map(|(number, line)| {
            let column = line.chars().take_while(|character| character.is_whitespace()).count() + 1;
            Place { line: number + 1, column }
        })
    }

    fn scenario(&mut self, feature: &Feature, scenario: &Parsed, before: &[&ParsedStep], filling: &[(String, String)]) -> Scenario {
        let steps = before.iter().copied().chain(&scenario.steps);
        let lines: Vec<Line> = steps.filter_map(|step| self.line(step, filling)).collect();
        if scenario.steps.is_empty() {
            let advice = vec!["add a line: Given, When, Then (假如 当 那么)".to_owned()];
            self.faults.push(Misread::at(self.path, self.text, self.place(scenario.position), "this scenario has no steps", advice));
        }
        self.check_lanes(&lines);
        let tags: Vec<String> = feature.tags.iter().chain(&scenario.tags).cloned().collect();
        let load = tags.iter().find_map(|tag| self.load(tag));
        Scenario { name: filled(&scenario.name, filling), tags, place: self.place(scenario.position), example: None, load, lines }
    }

    /// The load a tag asks for; one that cannot be read is pointed at.
    fn load(&mut self, tag: &str) -> Option<Load> {
        let problem = match Load::of(tag)? {
            Ok(load) => return Some(load),
            Err(problem) => problem,
        };
        let mark = format!("@{tag}");
        let found = self.text.lines().enumerate().find_map(|(number, line)| Some((number + 1, line.find(&mark).map(|at| &line[..at])?)));
        let place = found.map_or(Place { line: 1, column: 1 }, |(line, before)| Place { line, column: before.chars().count() + 1 });
        let advice = "such as: @load(rate=50/s,duration=10s)".to_owned();
        self.faults.push(Misread::at(self.path, self.text, place, format!("this load cannot be read: {problem}"), vec![advice]));
        None
    }

    /// What happens meanwhile happens beside something else that is done.
    fn check_lanes(&mut self, lines: &[Line]) {
        for (place, line) in lines.iter().enumerate().filter(|(_, line)| line.meanwhile) {
            let beside = place.checked_sub(1).map(|before| &lines[before]);
            if beside.is_none_or(|beside| STEPS[beside.step].kind == Kind::Fact) {
                let advice = "put it behind the sentence that it happens beside".to_owned();
                self.faults.push(Misread::at(
                    self.path,
                    self.text,
                    line.place,
                    "nothing is done before it that this could happen beside",
                    vec![advice],
                ));
            }
        }
    }

    fn line(&mut self, step: &ParsedStep, filling: &[(String, String)]) -> Option<Line> {
        let sentence = filled(step.value.trim(), filling);
        let place = self.place(step.position);
        match vocabulary::find(&sentence) {
            Ok(Found { step: index, values, within, meanwhile }) => {
                let table = step
                    .table
                    .as_ref()
                    .map(|table| table.rows.iter().map(|row| row.iter().map(|cell| filled(cell, filling)).collect()).collect());
                let keyword = step.keyword.trim().to_owned();
                Some(Line { keyword, sentence, place, step: index, words: Words { values, table }, within, meanwhile })
            }
            Err(wrong) => {
                self.faults.push(Misread::at(self.path, self.text, place, wrong.problem, wrong.advice));
                None
            }
        }
    }

    /// The parser counts bytes; people count characters.
    fn place(&self, at: LineCol) -> Place {
        let line = self.text.lines().nth(at.line.saturating_sub(1)).unwrap_or_default();
        let before = line.get(..at.col.saturating_sub(1)).unwrap_or(line);
        Place { line: at.line, column: before.chars().count() + 1 }
    }
}

/// What a text of an outline leaves open: the names between `<` and `>`.
fn placeholders(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('<') {
        let Some((name, after)) = behind.split_once('>') else { break };
        // `a < b <c>`: the last bar opens
        let name = name.rsplit('<').next().unwrap_or(name);
        names.extend((!name.trim().is_empty()).then_some(name));
        rest = after;
    }
    names
}

fn filled(text: &str, filling: &[(String, String)]) -> String {
    filling.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value))
}

#[cfg(test)]
mod tests {
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
        assert!(faults(uneven).contains("rows of this table differ"), "{}", faults(uneven));
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
        let before = std::time::Instant::now();
        assert!(faults(&text).contains("a story has at most"));
        assert!(before.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn an_outline_that_multiplies_is_refused_before_it_does() {
        let step = "    When the cashier gives up\n".repeat(1_500);
        let text = format!("Feature: F\n  Scenario Outline: S\n{step}    Examples:\n      | a |\n{}", "      | 1 |\n".repeat(1_000));
        let said = faults(&text);
        assert!(
            said.starts_with("a.feature:2:3: this outline becomes 1000 × 1500 = 1500000 sentences, at most 20000 are played"),
            "{said}"
        );
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in "(Feature: F\n)?( *(Scenario|Background|Examples): S\n| *(Given|When|\\*) [a-z\" 0-9李雷]{0,30}\n| *\\|[ a|\\\\]{0,9}\n|[@#\"\n]{1,4}){0,12}") {
            let _ = Story::read("a.feature", &text);
        }
    }
}
