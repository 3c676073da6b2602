//! What a run came to: one value that all forms are told from, and that reports of several processes are put together from.

pub(super) mod html;
mod plot;
pub(super) mod terminal;

use super::act::Kind;
use super::figures::{Times, shown};
use super::generator::Generator;
use super::plan::{Part, Rate};
use super::proof::Check;
use super::record::{self, Recording, Seen};
use crate::ledger::Machine;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a report calls itself, so that another file is not taken for one.
pub(crate) const KIND: &str = "kabao-load-1";

/// What a run came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// What this file is.
    pub kind: String,
    /// When it began, UTC.
    pub at: String,
    /// kabao's version, and whether the build was a release build.
    pub version: String,
    /// Whether the generator was a release build.
    pub release_build: bool,
    /// Where the generator ran.
    pub machine: Machine,
    /// The profile.
    pub profile: String,
    /// Requests signed before the run, or while it went on.
    pub mode: String,
    /// What arrivals were drawn from.
    pub seed: u64,
    /// The rate that was asked for.
    pub rate: Rate,
    /// Cards, or customers.
    pub subjects: u32,
    /// Connections of this process.
    pub connections: usize,
    /// Which part of the plan this is.
    pub part: Part,
    /// The parts that were put together, when they were.
    pub parts: Vec<u32>,
    /// From the first planned moment to the last answer, microseconds.
    pub took_us: u64,
    /// What was seen of each kind of call.
    pub calls: Vec<Call>,
    /// How long a slice is, seconds.
    pub slice_s: u64,
    /// The run in slices.
    pub slices: Vec<Slice>,
    /// The merchant's lag: from what happened at the till to the moment at which a customer's card showed it.
    #[serde(default)]
    pub lag: Times,
    /// Codes of what was not done, and how often each came.
    pub codes: BTreeMap<String, u64>,
    /// The generator.
    pub generator: Generator,
    /// What the platform's process used, when it could be seen.
    pub platform: Option<Platform>,
    /// What was held against each other.
    pub proof: Vec<Check>,
    /// What was not looked at, and why.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// Why the run is no measurement; empty when it is one.
    pub invalid: Vec<String>,
    /// Whether somebody ended it before its plan was over.
    #[serde(default)]
    pub ended_by_hand: bool,
}

/// What was seen of one kind of call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// Done.
    pub done: u64,
    /// Refused.
    pub refused: u64,
    /// Outcome unknown.
    pub unknown: u64,
    /// From the planned moment to the answer.
    pub latency: Times,
    /// From sending to the answer.
    pub service: Times,
}

/// What a run was, for its report.
pub(crate) struct About {
    /// Where, as it stood before the first call.
    pub(crate) machine: Machine,
    pub(crate) profile: String,
    pub(crate) mode: String,
    pub(crate) seed: u64,
    pub(crate) rate: Rate,
    pub(crate) subjects: u32,
    pub(crate) connections: usize,
    pub(crate) part: Part,
}

impl Call {
    fn of(kind: Kind, seen: &record::OfKind) -> Self {
        Self {
            name: kind.name().to_owned(),
            done: seen.done,
            refused: seen.refused,
            unknown: seen.unknown,
            latency: Times::of(&seen.latency),
            service: Times::of(&seen.service),
        }
    }
}

impl Slice {
    fn of(seen: record::Slice) -> Self {
        let (latency, served) = (Times::of(&seen.latency), Times::of(&seen.served));
        Self { planned: seen.planned, answered: seen.answered, failed: seen.failed, latency, served, codes: seen.codes }
    }
}

/// What was seen in a slice of the run.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Slice {
    /// Planned in it.
    pub planned: u64,
    /// Answered in it, in whatever way.
    pub answered: u64,
    /// Of these, not done.
    pub failed: u64,
    /// Latencies of what was answered in it, in whatever way.
    pub latency: Times,
    /// Latencies of what was done in it.
    #[serde(default)]
    pub served: Times,
    /// Codes of what was answered in it and not done.
    #[serde(default)]
    pub codes: BTreeMap<String, u64>,
}

/// What the platform's process used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Platform {
    /// Processor time while the calls were made, microseconds.
    pub processor_us: u64,
    /// Resident memory before the run's cards were looked for, bytes.
    pub resident_at_start: u64,
    /// Resident memory before the first call.
    pub resident_before: u64,
    /// Resident memory after the last.
    pub resident_after: u64,
}

impl Report {
    /// Of a run that is over.
    pub(crate) fn of(about: About, recording: &Recording, took: Duration, generator: Generator, proof: Vec<Check>) -> Self {
        let Seen { kinds, slices, mut codes } = recording.together();
        if generator.given_up > 0 {
            codes.insert("given up".to_owned(), generator.given_up);
        }
        Self {
            kind: KIND.to_owned(),
            at: (jiff::Timestamp::now() - took).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            release_build: !cfg!(debug_assertions),
            machine: about.machine,
            profile: about.profile,
            mode: about.mode,
            seed: about.seed,
            rate: about.rate,
            subjects: about.subjects,
            connections: about.connections,
            part: about.part,
            parts: vec![about.part.number],
            took_us: super::figures::micros(took),
            calls: Kind::ALL.iter().filter_map(|kind| Some(Call::of(*kind, kinds.get(kind)?))).collect(),
            slice_s: recording.slice.as_secs(),
            slices: slices.into_iter().map(Slice::of).collect(),
            lag: Times::default(),
            codes,
            invalid: generator.troubles(),
            generator,
            platform: None,
            proof,
            unseen: Vec::new(),
            ended_by_hand: false,
        }
    }

    /// Of a run that somebody ended before its plan was over: no measurement of what was planned.
    pub(crate) fn ended_by_hand(self) -> Self {
        let why = format!("it was ended by hand after {}, before its plan was over", shown(self.took_us));
        Self { ended_by_hand: true, invalid: [vec![why], self.invalid].concat(), ..self }
    }

    /// As JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("figures are plain data") + "\n"
    }

    /// A report from its JSON.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(text: &str) -> Result<Self, String> {
        let report: Self = serde_json::from_str(text).map_err(|error| format!("it is no report that --json wrote: {error}"))?;
        if report.kind == KIND { Ok(report) } else { Err(format!("it is a `{}`, not a `{KIND}`", report.kind)) }
    }

    /// Whether calls had moments at which they were to begin.
    pub(crate) fn is_planned(&self) -> bool {
        matches!(self.rate, Rate::PerSecond(_))
    }

    /// Calls that were answered in whatever way.
    pub fn answered(&self) -> u64 {
        self.calls.iter().map(|call| call.done + call.refused + call.unknown).sum()
    }

    /// Calls that were done.
    pub fn done(&self) -> u64 {
        self.calls.iter().map(|call| call.done).sum()
    }

    /// Calls done in a second, in hundredths.
    pub(crate) fn rate_percent(&self) -> u64 {
        let all = u128::from(self.done()) * 100_000_000;
        u64::try_from(all / u128::from(self.took_us.max(1))).unwrap_or(u64::MAX)
    }

    /// Latencies of all kinds together.
    pub fn latency(&self) -> Times {
        let mut all = Times::default();
        self.calls.iter().for_each(|call| all.add(&call.latency));
        all
    }

    /// Whether everything that was looked at holds.
    pub fn holds(&self) -> bool {
        self.proof.iter().all(Check::holds)
    }
}
