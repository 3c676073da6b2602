//! The bundle a run leaves behind: what was played, what came of it, and everything the platform saw meanwhile.
//!
//! Plain JSON, so that it can be judged later, by newer rules, on another machine. The journal stands as the platform handed
//! it out: redacted. Nothing is judged here.

use crate::misread::Place;
use crate::sight::Sight;
use crate::story::StoryMark;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The number of this form of a bundle; raised when an older reader could misread a newer bundle.
pub const FORMAT: u32 = 3;
/// The oldest form that is still read.
const OLDEST: u32 = 1;
/// The most bytes of a bundle that is read.
const BYTE_LIMIT: usize = 1 << 30;

/// A finished run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// [`FORMAT`] when written by this version.
    pub format: u32,
    /// What played it against what.
    pub versions: Versions,
    /// The story; empty when the traffic was recorded without one.
    pub story: StoryMark,
    /// The sandbox it was played in.
    pub sandbox: String,
    /// The sandbox's seed, when the platform told it.
    pub seed: Option<u64>,
    /// The merchant's address.
    pub merchant: String,
    /// How the merchant was described, without what is secret; empty in bundles of the first form.
    #[serde(default)]
    pub merchant_description: Value,
    /// The platform's switches as they stood when it ended, by name.
    #[serde(default)]
    pub switches: Value,
    /// When it began, milliseconds since 1970 by the machine that played it.
    #[serde(default)]
    pub began_ms: Option<i64>,
    /// How long it took, milliseconds of real time.
    pub took_ms: u64,
    /// What was played.
    pub scenarios: Vec<Played>,
    /// Values worth remembering, by name: card numbers, templates.
    pub captures: BTreeMap<String, String>,
    /// Every exchange of the sandbox during the run, oldest first.
    pub exchanges: Vec<Value>,
    /// Calls during the run that named no application of this platform. Others may have made them.
    #[serde(default)]
    pub strays: Vec<Value>,
    /// Every event of the sandbox during the run, oldest first.
    pub events: Vec<Value>,
    /// What people were shown by the merchant, oldest first; nothing in bundles that were kept before.
    #[serde(default)]
    pub sights: Vec<Sight>,
    /// Why the journal is not the whole traffic, when it is not: something in it is missing. A judge then gives no verdict but what is
    /// seen in single exchanges.
    pub incomplete: Option<String>,
    /// Why more was to come when the recording ended, when that is so: somebody was still working. What is there is whole, and what
    /// is not there proves nothing. Bundles of older forms say this as `incomplete`.
    #[serde(default)]
    pub unfinished: Option<String>,
}

/// What played a run against what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// This kit.
    pub kit: String,
    /// The platform, when it told.
    pub platform: Option<String>,
}

/// A scenario that was played.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Played {
    /// Its title.
    pub name: String,
    /// Where it stands in the file.
    pub place: Place,
    /// Its tags and the story's, without `@`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Its steps.
    pub steps: Vec<PlayedStep>,
    /// What the clocks showed when the last of them was over, milliseconds since 1970; absent in real time.
    #[serde(default)]
    pub ended_ms: Option<i64>,
}

/// A step that was played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlayedStep {
    /// `Given`, `而且`, …
    pub keyword: String,
    /// The sentence.
    pub sentence: String,
    /// Where it stands in the file.
    pub place: Place,
    /// Who acted or was looked at.
    pub actor: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What the clocks showed when it began, milliseconds since 1970; absent in real time.
    #[serde(default)]
    pub at_ms: Option<i64>,
    /// Since the run began, milliseconds of real time.
    pub started_ms: u64,
    /// How long it took, milliseconds of real time.
    pub took_ms: u64,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It came true.
    Passed,
    /// It did not come true.
    Failed(Failure),
    /// It cannot be played with this merchant or platform.
    NotPlayable(String),
    /// The kit or the connection broke: nothing is known about the merchant.
    Broken(String),
    /// A step before it did not come true.
    Skipped,
}

/// A step that did not come true.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What should have been.
    pub expected: String,
    /// What was seen.
    pub seen: String,
    /// The exchange behind it, when one was found.
    pub exchange: Option<ExchangeMark>,
    /// One line that plays it again.
    pub again: String,
}

/// How a failure names an exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeMark {
    /// Its number in the journal.
    pub id: u64,
    /// The platform's method.
    pub method: String,
    /// When it arrived, virtual time, as the journal writes it.
    pub at: String,
}

/// What every form of a bundle says.
#[derive(Deserialize)]
struct Form {
    format: u32,
}

impl Run {
    /// Whether every step came true: a scenario without steps did not. Traffic recorded without a story has nothing that could fail.
    pub fn passed(&self) -> bool {
        self.scenarios.iter().all(|scenario| !scenario.steps.is_empty()) && self.steps().all(|step| step.outcome == Outcome::Passed)
    }

    /// Whether a step did not come true: the merchant, not the kit, is to blame.
    pub fn failed(&self) -> bool {
        self.steps().any(|step| matches!(step.outcome, Outcome::Failed(_)))
    }

    /// The first step that is not as it should be, if there is one.
    pub fn trouble(&self) -> Option<&PlayedStep> {
        self.steps().find(|step| step.outcome != Outcome::Passed)
    }

    /// Why the kit or the connection broke, if it did.
    pub fn broken(&self) -> Option<&str> {
        self.steps().find_map(|step| if let Outcome::Broken(why) = &step.outcome { Some(why.as_str()) } else { None })
    }

    /// Why this story cannot be played with this merchant or platform, when that is so.
    pub fn not_playable(&self) -> Option<&str> {
        self.steps().find_map(|step| if let Outcome::NotPlayable(why) = &step.outcome { Some(why.as_str()) } else { None })
    }

    /// Every step of every scenario.
    pub fn steps(&self) -> impl Iterator<Item = &PlayedStep> {
        self.scenarios.iter().flat_map(|scenario| &scenario.steps)
    }

    /// Reads a bundle that was kept.
    ///
    /// # Errors
    /// Why it is none, or none that this version reads.
    pub fn from_json(text: &str) -> Result<Self, String> {
        if text.len() > BYTE_LIMIT {
            return Err(format!("a recorded run has at most {} MiB", BYTE_LIMIT >> 20));
        }
        let Form { format } = serde_json::from_str(text).map_err(|error| format!("not a recorded run: {error}"))?;
        if !(OLDEST..=FORMAT).contains(&format) {
            return Err(format!("a recorded run of form {format}; this kabao reads the forms {OLDEST} to {FORMAT}"));
        }
        serde_json::from_str(text).map_err(|error| format!("a damaged recorded run: {error}"))
    }

    /// When a step began, milliseconds since 1970 by the machine that played it.
    pub(crate) fn real_ms(&self, step: &PlayedStep) -> Option<i64> {
        Some(self.began_ms? + i64::try_from(step.started_ms).ok()?)
    }

    /// The bundle as it is kept.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain values under names")
    }

    /// Puts another run of the same sandbox behind this one, for judging both together.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        self.scenarios.extend(later.scenarios);
        self.captures.extend(later.captures);
        self.exchanges.extend(later.exchanges);
        self.strays.extend(later.strays);
        self.events.extend(later.events);
        self.sights.extend(later.sights);
        self.incomplete = self.incomplete.or(later.incomplete);
        self.unfinished = self.unfinished.or(later.unfinished);
        self.took_ms += later.took_ms;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_read_as_it_was_written() {
        let run = Run { format: FORMAT, began_ms: Some(7), sandbox: "demo".into(), ..Run::default() };
        assert_eq!(Run::from_json(&run.to_json()), Ok(run));
    }

    #[test]
    fn bundles_of_the_first_form_are_still_read_and_those_to_come_are_refused() {
        let mut old = serde_json::to_value(Run { format: 1, ..Run::default() }).unwrap();
        let object = old.as_object_mut().unwrap();
        for name in ["merchant_description", "switches", "began_ms", "strays"] {
            object.remove(name);
        }
        assert!(Run::from_json(&old.to_string()).is_ok());
        let new = Run { format: FORMAT + 1, ..Run::default() };
        assert!(Run::from_json(&new.to_json()).unwrap_err().contains("reads the forms 1 to 3"));
        assert!(Run::from_json("[]").unwrap_err().contains("not a recorded run"));
        assert!(Run::from_json(r#"{"format": 2, "scenarios": 7}"#).unwrap_err().contains("damaged"));
        assert!(Run::from_json(&"[".repeat(1_000_000)).is_err(), "deep nesting ends in an error");
    }
}
