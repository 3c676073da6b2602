//! What is seen while calls are made: latency from the planned moment, time from sending to answer, and codes; whole and in slices of
//! the run. A few recordings side by side, so that connections do not wait for each other here.

use super::act::{Came, Kind};
use super::figures::{micros, times};
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Recordings side by side.
const LANES: usize = 4;
/// Slices of a run: few enough to keep a histogram for each.
pub(crate) const SLICES: usize = 120;

/// Codes that are told apart; those that come later are one.
const CODES: usize = 32;
/// What that one is called.
const OTHER_CODES: &str = "other codes";

/// Adds to how often a code came, within the bound.
pub(crate) fn count(codes: &mut BTreeMap<String, u64>, code: &str, times: u64) {
    if let Some(known) = codes.get_mut(code) {
        *known += times;
    } else {
        let code = if codes.len() < CODES { code } else { OTHER_CODES };
        *codes.entry(code.to_owned()).or_default() += times;
    }
}

/// One call that came to an end.
pub(crate) struct Ended<'a> {
    pub(crate) kind: Kind,
    /// All counted from the run's beginning.
    pub(crate) planned: Duration,
    pub(crate) sent: Duration,
    pub(crate) answered: Duration,
    pub(crate) came: &'a Came,
}

/// What was seen of one kind of call.
pub(crate) struct OfKind {
    /// From the planned moment to the answer.
    pub(crate) latency: Histogram<u64>,
    /// From sending to the answer.
    pub(crate) service: Histogram<u64>,
    pub(crate) done: u64,
    pub(crate) refused: u64,
    pub(crate) unknown: u64,
}

/// What was seen in a slice of the run; by the moment of the answer, except for what was planned.
pub(crate) struct Slice {
    pub(crate) planned: u64,
    pub(crate) answered: u64,
    pub(crate) failed: u64,
    pub(crate) latency: Histogram<u64>,
    /// Of these, what was done.
    pub(crate) served: Histogram<u64>,
    /// Codes of the others.
    pub(crate) codes: BTreeMap<String, u64>,
}

/// Part of what was seen.
pub(crate) struct Seen {
    pub(crate) kinds: BTreeMap<Kind, OfKind>,
    pub(crate) slices: Vec<Slice>,
    pub(crate) codes: BTreeMap<String, u64>,
}

impl Default for OfKind {
    fn default() -> Self {
        Self { latency: times(3), service: times(3), done: 0, refused: 0, unknown: 0 }
    }
}

impl Default for Slice {
    fn default() -> Self {
        Self { planned: 0, answered: 0, failed: 0, latency: times(2), served: times(2), codes: BTreeMap::new() }
    }
}

/// Everything that was seen.
pub(crate) struct Recording {
    lanes: Vec<Mutex<Seen>>,
    /// How long a slice is.
    pub(crate) slice: Duration,
}

impl Recording {
    /// For a run that is to last so long.
    pub(crate) fn of(span: Duration) -> Self {
        let whole_seconds = span.as_secs().div_ceil(SLICES as u64).max(1);
        let seen = || Mutex::new(Seen { kinds: BTreeMap::new(), slices: Vec::new(), codes: BTreeMap::new() });
        Self { lanes: (0..LANES).map(|_| seen()).collect(), slice: Duration::from_secs(whole_seconds) }
    }

    fn lane(&self, number: usize) -> MutexGuard<'_, Seen> {
        self.lanes[number % LANES].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call came to an end; `lane` says who saw it.
    pub(crate) fn ended(&self, lane: usize, ended: &Ended<'_>) {
        let latency = micros(ended.answered.saturating_sub(ended.planned));
        let mut seen = self.lane(lane);
        let kind = seen.kinds.entry(ended.kind).or_default();
        kind.latency.saturating_record(latency);
        kind.service.saturating_record(micros(ended.answered.saturating_sub(ended.sent)));
        let code = match ended.came {
            Came::Done(()) => {
                kind.done += 1;
                None
            }
            Came::Refused(code) => {
                kind.refused += 1;
                Some(code)
            }
            Came::Unknown(code) => {
                kind.unknown += 1;
                Some(code)
            }
        };
        if let Some(code) = code {
            count(&mut seen.codes, code, 1);
        }
        seen.slice(self.slice, ended.planned).planned += 1;
        let slice = seen.slice(self.slice, ended.answered);
        slice.answered += 1;
        slice.latency.saturating_record(latency);
        match code {
            Some(code) => {
                slice.failed += 1;
                count(&mut slice.codes, code, 1);
            }
            None => slice.served.saturating_record(latency),
        }
    }

    /// All that was seen so far, put together.
    pub(crate) fn together(&self) -> Seen {
        let mut all = Seen { kinds: BTreeMap::new(), slices: Vec::new(), codes: BTreeMap::new() };
        for number in 0..LANES {
            let seen = self.lane(number);
            for (kind, of) in &seen.kinds {
                let known = all.kinds.entry(*kind).or_default();
                known.latency.add(&of.latency).expect("the same bounds");
                known.service.add(&of.service).expect("the same bounds");
                known.done += of.done;
                known.refused += of.refused;
                known.unknown += of.unknown;
            }
            for (place, slice) in seen.slices.iter().enumerate() {
                if all.slices.len() <= place {
                    all.slices.resize_with(place + 1, Slice::default);
                }
                let known = &mut all.slices[place];
                known.planned += slice.planned;
                known.answered += slice.answered;
                known.failed += slice.failed;
                known.latency.add(&slice.latency).expect("the same bounds");
                known.served.add(&slice.served).expect("the same bounds");
                slice.codes.iter().for_each(|(code, times)| count(&mut known.codes, code, *times));
            }
            seen.codes.iter().for_each(|(code, times)| count(&mut all.codes, code, *times));
        }
        all
    }
}

impl Seen {
    /// The slice of a moment; what comes long after the plan's end stands in the last one.
    fn slice(&mut self, length: Duration, at: Duration) -> &mut Slice {
        let place = usize::try_from(at.as_micros() / length.as_micros()).unwrap_or(usize::MAX).min(2 * SLICES);
        if self.slices.len() <= place {
            self.slices.resize_with(place + 1, Slice::default);
        }
        &mut self.slices[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_counts_from_the_plan_and_each_call_stands_in_its_slice() {
        let recording = Recording::of(Duration::from_secs(10));
        let millis = Duration::from_millis;
        let end = |lane, planned, sent, answered, came: &Came| {
            let ended = Ended { kind: Kind::Update, planned: millis(planned), sent: millis(sent), answered: millis(answered), came };
            recording.ended(lane, &ended);
        };
        end(0, 900, 1_100, 1_200, &Came::Done(()));
        end(1, 1_500, 1_500, 1_600, &Came::Unknown("aop.unknow-error".to_owned()));
        let seen = recording.together();
        let kind = &seen.kinds[&Kind::Update];
        assert_eq!((kind.done, kind.unknown, kind.refused), (1, 1, 0));
        assert!(kind.latency.max().abs_diff(300_000) < 300 && kind.service.max().abs_diff(100_000) < 100);
        let counts: Vec<_> = seen.slices.iter().map(|slice| (slice.planned, slice.answered, slice.failed)).collect();
        assert_eq!(counts, [(1, 0, 0), (1, 2, 1)]);
        assert_eq!((seen.slices[1].latency.len(), seen.slices[1].served.len()), (2, 1), "a failure was not done");
        assert_eq!((seen.codes["aop.unknow-error"], seen.slices[1].codes["aop.unknow-error"]), (1, 1));
    }

    #[test]
    fn codes_that_nobody_foresaw_do_not_grow_without_end_and_none_is_lost() {
        let mut codes = BTreeMap::new();
        (0..100).for_each(|number| count(&mut codes, &format!("code {number}"), 2));
        assert_eq!((codes.len(), codes.values().sum::<u64>()), (CODES + 1, 200));
    }
}
