//! Times as they are kept in reports: a histogram with two or three digits, written as values and counts, so that reports of several
//! processes can be put together without loss.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest time that is told apart, microseconds.
const LONGEST_US: u64 = 600_000_000;

/// A histogram of microseconds.
pub(crate) fn times(digits: u8) -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_US, digits).expect("bounds that hdrhistogram takes")
}

/// Whole microseconds.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Times, as values and how often each came.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Times(Vec<(u64, u64)>);

impl Times {
    pub(crate) fn of(times: &Histogram<u64>) -> Self {
        Self(times.iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value())).collect())
    }

    #[cfg(test)]
    pub(crate) fn from_values(values: &[(u64, u64)]) -> Self {
        Self(values.to_vec())
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// The time that so many of a thousand do not pass, microseconds; 0 without any.
    pub fn at(&self, per_mille: u64) -> u64 {
        self.at_rank((self.count() * per_mille).div_ceil(1_000))
    }

    /// The time that so many do not pass, at least one of them; 0 without any.
    pub(crate) fn at_rank(&self, rank: u64) -> u64 {
        let (rank, mut seen) = (rank.max(1), 0);
        let found = self.0.iter().find(|(_, count)| {
            seen += count;
            seen >= rank
        });
        found.map_or(0, |(value, _)| *value)
    }

    /// The same for a person; nothing where it would only be the longest of too few.
    pub(crate) fn shown(&self, per_mille: u64) -> String {
        if self.tells(per_mille) { shown(self.at(per_mille)) } else { "–".to_owned() }
    }

    /// Whether there are enough for one of them to lie beyond.
    pub(crate) fn tells(&self, per_mille: u64) -> bool {
        self.count() * (1_000 - per_mille.min(1_000)) >= 1_000 || (per_mille == 1_000 && self.count() > 0)
    }

    /// The longest.
    pub fn worst(&self) -> u64 {
        self.0.last().map_or(0, |(value, _)| *value)
    }

    /// Both together.
    pub fn add(&mut self, other: &Self) {
        let mut all = std::mem::take(&mut self.0);
        all.extend_from_slice(&other.0);
        all.sort_unstable();
        for (value, count) in all {
            match self.0.last_mut() {
                Some((last, known)) if *last == value => *known += count,
                _ => self.0.push((value, count)),
            }
        }
    }
}

/// A time as a person reads it.
pub fn shown(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{}.{:02} ms", micros / 1_000, micros % 1_000 / 10),
        _ => format!("{}.{:02} s", micros / 1_000_000, micros % 1_000_000 / 10_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u64]) -> Times {
        let mut all = times(3);
        for value in values {
            all.record(*value).unwrap();
        }
        Times::of(&all)
    }

    #[test]
    fn ranks_are_those_of_all_values_together() {
        let mut all = of(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        all.add(&of(&[10, 1]));
        assert_eq!((all.count(), all.at(500), all.at(990), all.worst()), (11, 5, 10, 10));
        assert_eq!((Times::default().at(500), Times::default().worst()), (0, 0));
    }

    #[test]
    fn a_percentile_of_too_few_is_not_told() {
        let mut all = times(3);
        all.record_n(7, 99).unwrap();
        let told = |all: &Histogram<u64>| [500, 990, 999, 1_000].map(|per_mille| Times::of(all).shown(per_mille));
        assert_eq!(told(&all), ["7 µs", "–", "–", "7 µs"]);
        all.record(9).unwrap();
        assert_eq!(told(&all), ["7 µs", "7 µs", "–", "9 µs"]);
        assert_eq!(Times::default().shown(1_000), "–");
    }

    #[test]
    fn a_long_time_is_told_within_a_thousandth() {
        let all = of(&[12_345_678]);
        assert!(all.at(500).abs_diff(12_345_678) < 12_346, "{all:?}");
    }

    #[test]
    fn times_are_read_in_the_unit_that_fits() {
        assert_eq!([shown(999), shown(1_234), shown(2_345_678)], ["999 µs", "1.23 ms", "2.34 s"]);
    }
}
