//! What a steady rate for long is held against: memory, files, journal and p99 from its beginning to its end, each with its bound.
//!
//! Pure functions of what was seen; who looks, and how often, is the bench's (`benches/gateway/figures.rs`). Source: issue 8, "one hour".

use super::figures::Times;
use super::report::{Report, Slice};

/// What was seen of the platform at one moment of a long run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sight {
    /// Seconds since the run began.
    pub after_s: u64,
    /// Resident memory, bytes.
    pub resident: u64,
    /// The log's file, bytes.
    pub log: u64,
    /// What was not yet written back into it, bytes.
    pub write_ahead: u64,
}

/// What the platform says of the exchange journal of the run's sandbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Journal {
    /// The number of the newest exchange.
    pub newest: u64,
    /// How many were dropped.
    pub dropped: u64,
    /// How many it declares to keep at most.
    pub limit: u64,
}

/// A line of the verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Whether it holds.
    pub holds: bool,
    /// What holds, with the figures.
    pub says: String,
}

/// What the process may grow by from the end of the first tenth to the end: as in the minute's form.
const GROWS: u64 = 64 << 20;
/// The write-ahead file: one pass of the keeper beside what may come during it.
const WRITE_AHEAD: u64 = 32 << 20;
/// Bytes of the log for a call: an event, its posting, and what finds them again.
const LOGGED: u64 = 1_024;

/// What was done in each tenth of a run that was planned for so many seconds; what was answered after the plan's end is in none.
pub fn tenths(report: &Report, seconds: u64) -> Vec<Times> {
    let planned = usize::try_from(seconds.div_ceil(report.slice_s.max(1))).unwrap_or(usize::MAX);
    let slices = &report.slices[..report.slices.len().min(planned)];
    slices.chunks(slices.len().div_ceil(10).max(1)).map(together).collect()
}

/// What was done in all of these.
pub fn together(slices: &[Slice]) -> Times {
    let mut all = Times::default();
    for slice in slices {
        all.add(&slice.served);
    }
    all
}

/// Everything that is promised of it, line by line. `sights` are in the order of their moments, the first from before the calls and the
/// second from the end of the first tenth.
pub fn verdict(report: &Report, tenths: &[Times], sights: &[Sight], journal: Journal) -> Vec<Line> {
    let line = |holds, says: String| Line { holds, says };
    let kept = journal.newest.saturating_sub(journal.dropped);
    let mut lines = vec![
        line(report.holds(), "everything that was acknowledged is there once, sums exact".to_owned()),
        line(report.invalid.is_empty(), "the generator kept up".to_owned()),
        line(report.codes.is_empty() && report.done() > 0, format!("every call was done: {} of {}", report.done(), report.answered())),
        p99(tenths),
        line(kept <= journal.limit, format!("the journal keeps {kept} of {} exchanges (bound {})", journal.newest, journal.limit)),
    ];
    lines.extend(bounds(sights, report.answered()));
    lines
}

/// Whether p99 grew: the half of the last three tenths against the half of the first three, so that one bad second is no growth.
fn p99(tenths: &[Times]) -> Line {
    let half = |tenths: &[Times]| {
        let mut all: Vec<u64> = tenths.iter().map(|tenth| tenth.at(990)).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    let some = tenths.len().min(3);
    let (first, last) = (half(&tenths[..some]), half(&tenths[tenths.len() - some..]));
    let ends = [tenths.first(), tenths.last()].map(|tenth| tenth.map_or(0, |tenth| tenth.at(990)));
    Line {
        holds: last * 4 <= first * 5,
        says: format!("p99 does not grow by a quarter: {first} us, at the end {last} us (first tenth {} us, last {} us)", ends[0], ends[1]),
    }
}

/// Memory and files against what they may be.
fn bounds(sights: &[Sight], calls: u64) -> Vec<Line> {
    let [begun, .., last] = sights else {
        return vec![Line { holds: false, says: "the platform was not looked at from the beginning to the end".to_owned() }];
    };
    let warm = sights[1];
    let grown = sights[1..].iter().map(|sight| sight.resident).max().unwrap_or_default().saturating_sub(warm.resident);
    let ahead = sights.iter().map(|sight| sight.write_ahead).max().unwrap_or_default();
    let logged = last.log.saturating_sub(begun.log).checked_div(calls).unwrap_or_default();
    let (from, to) = (warm.after_s, last.after_s);
    let line = |holds, says: String| Line { holds, says };
    vec![
        line(grown <= GROWS, format!("memory grew by {} MiB at most between {from} s and {to} s (bound {} MiB)", grown >> 20, GROWS >> 20)),
        line(ahead <= WRITE_AHEAD, format!("the write-ahead file was {} MiB at most (bound {} MiB)", ahead >> 20, WRITE_AHEAD >> 20)),
        line(logged <= LOGGED, format!("the log took {logged} bytes a call (bound {LOGGED})")),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::act::Kind;
    use super::super::compare::tests::report;
    use super::super::proof::Check;
    use super::*;

    /// Ten tenths with these times at the end of each.
    fn with(p99_us: [u64; 10]) -> Vec<Times> {
        p99_us.iter().map(|us| Times::from_values(&[(*us, 100)])).collect()
    }

    /// Seen at the beginning, after a tenth and at the end.
    fn seen() -> [Sight; 4] {
        [0, 360, 1_800, 3_600].map(|after_s| Sight { after_s, resident: 200 << 20, log: 1 << 20, write_ahead: 4 << 20 })
    }

    const JOURNAL: Journal = Journal { newest: 5_000, dropped: 4_000, limit: 1_000 };

    /// A run of a thousand calls.
    fn good() -> Report {
        report(&[(Kind::Update, 1_000, 20)], 0)
    }

    fn missed(report: &Report, tenths: &[Times], sights: &[Sight], journal: Journal) -> Vec<String> {
        verdict(report, tenths, sights, journal).into_iter().filter(|line| !line.holds).map(|line| line.says).collect()
    }

    #[track_caller]
    fn only(missed: &[String], says: &str) {
        assert!(missed.len() == 1 && missed[0].contains(says), "{missed:?}");
    }

    #[test]
    fn what_stays_at_its_bounds_holds() {
        let mut sights = seen();
        sights[2].resident += GROWS;
        sights[1].write_ahead = WRITE_AHEAD;
        sights[3].log += 1_000 * LOGGED + 999;
        let tenths = with([4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 5_000, 5_000, 5_000]);
        let lines = verdict(&good(), &tenths, &sights, JOURNAL);
        assert!(lines.iter().all(|line| line.holds) && lines.len() == 8, "{lines:#?}");
    }

    #[test]
    fn each_bound_that_is_passed_is_a_line_of_its_own() {
        let flat = with([4_000; 10]);
        let sight = |change: fn(&mut [Sight; 4])| {
            let mut sights = seen();
            change(&mut sights);
            missed(&good(), &flat, &sights, JOURNAL)
        };
        only(&sight(|sights| sights[2].resident += GROWS + 1), "memory grew by 64 MiB at most between 360 s and 3600 s");
        only(&sight(|sights| sights[0].write_ahead = WRITE_AHEAD + 1), "write-ahead file was 32 MiB");
        only(&sight(|sights| sights[3].log += 1_000 * (LOGGED + 1)), "the log took 1025 bytes a call");
        assert_eq!(sight(|sights| sights[0].resident = 0), Vec::<String>::new(), "what a start takes is no growth");
        only(&missed(&good(), &flat, &seen(), Journal { dropped: 3_999, ..JOURNAL }), "the journal keeps 1001 of 5000");
        only(&missed(&good(), &flat, &seen()[..1], JOURNAL), "not looked at");
    }

    #[test]
    fn a_run_that_lost_something_did_not_keep_up_or_was_refused_something_is_no_good_hour() {
        let flat = with([4_000; 10]);
        let mut check = Check::new("nothing is lost");
        check.look(false, || "call 7".to_owned());
        only(&missed(&Report { proof: vec![check], ..good() }, &flat, &seen(), JOURNAL), "is there once");
        only(&missed(&Report { invalid: vec!["late".to_owned()], ..good() }, &flat, &seen(), JOURNAL), "kept up");
        only(&missed(&report(&[(Kind::Update, 999, 20)], 1), &flat, &seen(), JOURNAL), "every call was done: 999 of 1000");
        only(&missed(&report(&[], 0), &flat, &seen(), JOURNAL), "every call was done: 0 of 0");
    }

    #[test]
    fn p99_grows_when_the_end_is_slower_than_the_beginning_and_not_by_one_bad_tenth() {
        let grows = |p99_us| !p99(&with(p99_us)).holds;
        assert!(grows([4, 4, 4, 4, 4, 4, 4, 6, 6, 6].map(|ms| ms * 1_000)));
        assert!(!grows([4, 4, 4, 4, 4, 4, 4, 4, 4, 90].map(|ms| ms * 1_000)));
        assert!(!grows([4, 4, 4, 4, 90, 90, 90, 4, 4, 4].map(|ms| ms * 1_000)));
        assert!(grows([90, 4, 4, 4, 4, 4, 4, 6, 6, 4].map(|ms| ms * 1_000)));
        assert!(p99(&with([4_000, 4_000, 4_000, 0, 0, 0, 0, 5_001, 5_001, 5_001])).says.contains("at the end 5001 us"));
    }

    #[test]
    fn tenths_are_of_the_plan_and_lose_nothing_of_it() {
        let slice = |count| Slice { served: Times::from_values(&[(1_000, count)]), ..Slice::default() };
        let report = Report { slice_s: 2, slices: (1..=25).map(slice).collect(), ..good() };
        let counts = |seconds| tenths(&report, seconds).iter().map(Times::count).collect::<Vec<_>>();
        assert_eq!(counts(40), [3, 7, 11, 15, 19, 23, 27, 31, 35, 39], "what came after the plan's end is in none");
        assert_eq!(counts(1_000).iter().sum::<u64>(), 325, "a run may be shorter than its plan");
        assert_eq!(tenths(&Report { slices: Vec::new(), ..report.clone() }, 40), Vec::<Times>::new());
    }
}
