//! Reading a story: Gherkin into scenarios of understood sentences, with every fault pointed at.
//!
//! Nothing is played here. The Gherkin parser's own time grows with the square of the lines, so a file's size is bounded before it is
//! parsed.

mod reading;

use crate::load::Load;
use crate::misread::{Misread, Place};
use crate::words::Words;
use gherkin::{Feature, GherkinEnv};
use reading::Reading;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The most bytes of a story file.
pub const BYTE_LIMIT: usize = 1 << 20;
/// The most lines of a story file.
pub const LINE_LIMIT: usize = 5_000;

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
        // before its letters are looked at: of a larger file only the beginning was read
        if bytes.len() > BYTE_LIMIT {
            return Err(too_large(path, "is larger"));
        }
        Self::read(path, crate::misread::utf8(path, bytes)?)
    }

    /// Reads a story from text.
    ///
    /// # Errors
    /// Every fault found, in the order of the file.
    pub fn read(path: &str, text: &str) -> Result<Self, Vec<Misread>> {
        let lines = text.lines().count();
        if text.len() > BYTE_LIMIT || lines > LINE_LIMIT {
            return Err(too_large(path, &format!("has {lines} lines and {} bytes", text.len())));
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
        Reading::new(path, text).feature(&feature, language)
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

fn too_large(path: &str, how: &str) -> Vec<Misread> {
    let problem = format!("a story has at most {LINE_LIMIT} lines and {BYTE_LIMIT} bytes, this file {how}");
    vec![Misread::whole(path, problem, Some("split it into several stories".to_owned()))]
}

fn language_of(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default().trim();
    let named = first.strip_prefix('#').map(str::trim_start).and_then(|rest| rest.strip_prefix("language:"));
    named.map_or("en", str::trim).to_owned()
}

/// What a story with Chinese keywords begins with.
const CHINESE: &[&str] = &["功能:", "功能：", "场景:", "场景："];

/// The parser says `Error at line:column: {"what", "it", "expected"}`; only the place is of use to a person.
fn grammar(path: &str, text: &str, said: &str) -> Misread {
    let mut numbers = said.trim_start_matches("Error at ").splitn(3, ':').map(|number| number.trim().parse().unwrap_or(1));
    let mut place = Place { line: numbers.next().unwrap_or(1), column: numbers.next().unwrap_or(1) };
    // the end of a file is reported behind its last line
    if place.line > text.lines().count() {
        place = Place { line: text.lines().count().max(1), column: 1 };
    }
    let line = text.lines().nth(place.line - 1).unwrap_or_default();
    let unsaid = language_of(text) == "en" && text.lines().any(|line| CHINESE.iter().any(|word| line.trim_start().starts_with(word)));
    let (problem, advice) = if line.trim_start().starts_with('|') {
        place.column = line.chars().take_while(|character| character.is_whitespace()).count() + 1;
        ("the rows of this table differ in length", "give every row as many cells as the first")
    } else if unsaid {
        ("this is no English Gherkin", "a story with Chinese keywords begins with the line `# language: zh-CN`")
    } else {
        (
            "this is no Gherkin",
            "a story is `Feature:` (功能:), then `Scenario:` (场景:), then lines that begin with Given, When, Then, And (假如 当 那么 而且)",
        )
    };
    Misread::at(path, text, place, problem, vec![advice.to_owned()])
}

#[cfg(test)]
mod tests;
