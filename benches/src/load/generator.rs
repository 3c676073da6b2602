//! Whether the generator itself kept up. A run in which it did not says nothing about the platform, and is declared invalid.
//!
//! Looked at are the pacing thread's lateness, how late a task of the generator's own runtime woke up, and how much of the processors
//! that it may use it used. A pure function of what was measured.

use super::figures::{Times, micros, shown};
use super::pace::Paced;
use crate::ledger::Used;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Pacing later than this at the 99th percentile, microseconds.
const LATE_US: u64 = 5_000;
/// Own tasks later than this at the 99th percentile, microseconds.
const SLOW_US: u64 = 20_000;
/// More of its threads' time than this, percent.
const BUSY_PERCENT: u64 = 90;

/// What was measured of the generator.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Generator {
    /// How late arrivals were handed out.
    pub lateness: Times,
    /// How late a task that sleeps ten milliseconds woke up.
    pub beat: Times,
    /// Processor time it used, microseconds, all processes together.
    pub processor_us: u64,
    /// Processor time it could have used: its threads for as long as the run took.
    pub could_use_us: u64,
    /// Arrivals that were given up because too many waited for a connection.
    pub given_up: u64,
}

impl Generator {
    /// Of a run that took so long: how it was paced, how its own tasks woke up, and what its process had used before and afterwards.
    pub(crate) fn of(paced: &Paced, beat: &Mutex<Histogram<u64>>, [before, after]: [Option<Used>; 2], took: Duration) -> Self {
        let used = |used: Option<Used>| used.unwrap_or_default().processor;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            lateness: Times::of(&paced.lateness),
            beat: Times::of(&beat.lock().unwrap_or_else(PoisonError::into_inner)),
            processor_us: micros(used(after).saturating_sub(used(before))),
            could_use_us: micros(took) * threads as u64,
            given_up: paced.given_up,
        }
    }

    /// How much of what it could use it used, percent.
    pub fn used_percent(&self) -> u64 {
        (self.processor_us * 100).checked_div(self.could_use_us).unwrap_or_default()
    }

    /// Why the run is no measurement; empty when it is one.
    pub(crate) fn troubles(&self) -> Vec<String> {
        let mut troubles = Vec::new();
        let (late, slow, used) = (self.lateness.at(990), self.beat.at(990), self.used_percent());
        if late > LATE_US {
            troubles.push(format!("one in a hundred calls left the plan more than {} late (bound {})", shown(late), shown(LATE_US)));
        }
        if slow > SLOW_US {
            troubles.push(format!("the generator's own tasks woke up {} late (bound {})", shown(slow), shown(SLOW_US)));
        }
        if used > BUSY_PERCENT {
            troubles.push(format!("the generator used {used} % of its threads (bound {BUSY_PERCENT} %)"));
        }
        if self.given_up > 0 {
            troubles.push(format!("{} calls were given up because too many waited for a connection", self.given_up));
        }
        troubles
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::times;
    use super::*;

    fn with(lateness_us: u64, beat_us: u64, used_us: u64, given_up: u64) -> Vec<String> {
        let one = |value| {
            let mut all = times(3);
            all.record(value).unwrap();
            Times::of(&all)
        };
        Generator { lateness: one(lateness_us), beat: one(beat_us), processor_us: used_us, could_use_us: 1_000, given_up }.troubles()
    }

    #[test]
    fn a_generator_that_kept_up_has_no_troubles() {
        assert_eq!(with(4_000, 10_000, 800, 0), Vec::<String>::new());
        assert_eq!(Generator::default().troubles(), Vec::<String>::new());
    }

    #[test]
    fn each_way_of_not_keeping_up_is_named() {
        let only = |troubles: Vec<String>, word: &str| assert!(troubles.len() == 1 && troubles[0].contains(word), "{troubles:?}");
        only(with(6_000, 1, 1, 0), "left the plan");
        only(with(1, 30_000, 1, 0), "woke up");
        only(with(1, 1, 950, 0), "95 % of its threads");
        only(with(1, 1, 1, 7), "7 calls were given up");
    }
}
