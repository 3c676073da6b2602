//! From a parsed feature to scenarios: backgrounds stand before each one's own lines, outlines are filled from their examples, and
//! every sentence is understood. All faults are found, not only the first.

use super::{LINE_LIMIT, Line, Scenario, Story};
use crate::load::Load;
use crate::misread::{Misread, Place};
use crate::steps::STEPS;
use crate::vocabulary::{self, Found, Kind};
use crate::words::Words;
use gherkin::{Feature, LineCol, Scenario as Parsed, Step as ParsedStep};

/// The most scenarios one outline may become.
const FILLED_LIMIT: usize = 1_000;
/// The most sentences one outline may become.
const SENTENCE_LIMIT: usize = 20_000;

/// Names and values of a row of examples.
type Filling = Vec<(String, String)>;

/// A feature that is being read, and what is wrong with it.
pub(super) struct Reading<'t> {
    path: &'t str,
    text: &'t str,
    faults: Vec<Misread>,
}

impl<'t> Reading<'t> {
    pub(super) fn new(path: &'t str, text: &'t str) -> Self {
        Self { path, text, faults: Vec::new() }
    }
}

impl Reading<'_> {
    pub(super) fn feature(mut self, feature: &Feature, language: String) -> Result<Story, Vec<Misread>> {
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
