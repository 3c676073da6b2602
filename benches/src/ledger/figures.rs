//! Timing: slices of a contender's work, and what many slices come to.
//!
//! Only commits are timed, not the making of transfers. Rates are medians over rounds, times of commits are all rounds' together.

use super::contender::{Contender, NoFigure};
use super::machine::used;
use super::workload::Transfers;
use serde::Serialize;
use std::time::{Duration, Instant};

/// No commit of a sane disk takes this long.
const TOO_SLOW: Duration = Duration::from_secs(30);

/// What a contender did in one slice of time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slice {
    pub(crate) postings: u64,
    pub(crate) commits: Vec<Duration>,
    pub(crate) busy: Duration,
    pub(crate) processor: Duration,
}

impl Slice {
    /// Lets a contender commit batches until its commits have taken `span`.
    pub(crate) fn of(who: &mut dyn Contender, transfers: &mut Transfers<'_>, batch: usize, span: Duration) -> Result<Self, NoFigure> {
        let mut slice = Self::default();
        while slice.busy < span {
            // made some at a time, so that reading the processor's clock costs nothing
            let batches: Vec<_> = (0..(8_192 / batch).clamp(1, 64)).map(|_| transfers.batch(batch)).collect();
            let before = used().processor + who.beside().processor;
            for batch in &batches {
                let begun = Instant::now();
                who.commit(batch)?;
                let took = begun.elapsed();
                if took > TOO_SLOW {
                    return Err(NoFigure::TooSlow { who: who.name(), seconds: took.as_secs() });
                }
                slice.commits.push(took);
                slice.busy += took;
                slice.postings += batch.len() as u64;
                if slice.busy >= span {
                    break;
                }
            }
            slice.processor += (used().processor + who.beside().processor).saturating_sub(before);
        }
        Ok(slice)
    }

    /// Postings a second.
    pub(crate) fn rate(&self) -> f64 {
        as_float(self.postings) / self.busy.as_secs_f64().max(1e-9)
    }
}

/// What a contender's slices at one batch size and draw come to.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Postings a second, median over the rounds.
    pub postings_per_second: f64,
    /// The rounds' own.
    pub rounds: Vec<f64>,
    /// Postings in all rounds.
    pub postings: u64,
    /// Commits in all rounds.
    pub commits: usize,
    /// Half of the commits took at most this, microseconds.
    pub commit_p50_us: f64,
    /// 99 of a hundred took at most this.
    pub commit_p99_us: f64,
    /// The longest took this.
    pub commit_worst_us: f64,
    /// Processor time a posting, nanoseconds, its background threads (and the server's process) included.
    pub processor_ns_per_posting: f64,
    /// Bytes of its files at the end, reserved ones included.
    pub file_bytes: u64,
}

impl Figures {
    pub(crate) fn of(slices: &[Slice], file_bytes: u64) -> Self {
        let rounds: Vec<f64> = slices.iter().map(Slice::rate).collect();
        let mut commits: Vec<Duration> = slices.iter().flat_map(|slice| slice.commits.iter().copied()).collect();
        commits.sort_unstable();
        let postings = slices.iter().map(|slice| slice.postings).sum::<u64>();
        let processor: Duration = slices.iter().map(|slice| slice.processor).sum();
        Self {
            postings_per_second: median(&rounds),
            rounds,
            postings,
            commits: commits.len(),
            commit_p50_us: at(&commits, 50),
            commit_p99_us: at(&commits, 99),
            commit_worst_us: at(&commits, 100),
            processor_ns_per_posting: processor.as_secs_f64() * 1e9 / as_float(postings.max(1)),
            file_bytes,
        }
    }
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// The time that so many percent of sorted ones do not pass, microseconds.
fn at(sorted: &[Duration], percent: usize) -> f64 {
    let place = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

#[expect(clippy::cast_precision_loss, reason = "rates are shown, not kept")]
pub(crate) fn as_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_medians_of_rates_and_ranks_of_times() {
        let slice = |postings, micros: &[u64]| {
            let commits: Vec<Duration> = micros.iter().map(|&micros| Duration::from_micros(micros)).collect();
            Slice { postings, busy: commits.iter().sum(), commits, processor: Duration::from_micros(postings) }
        };
        let figures = Figures::of(&[slice(10, &[1, 9]), slice(40, &[10]), slice(20, &[5, 5])], 0);
        assert_eq!((figures.postings, figures.commits), (70, 5));
        assert!((figures.postings_per_second - 2e6).abs() < 1.0, "{figures:?}");
        assert!((figures.processor_ns_per_posting - 1_000.0).abs() < 0.1);
        let ranks = [figures.commit_p50_us, figures.commit_p99_us, figures.commit_worst_us].map(f64::round);
        assert!(ranks.iter().zip([5.0, 9.0, 10.0]).all(|(found, right)| (found - right).abs() < 0.1), "{ranks:?}");
    }
}
