//! A run beside one from before: whether it became slower by more than is tolerated.
//!
//! Compared are the rate, and the half and the last hundredth of each call's latency. Only runs of the same kind can be compared, and
//! only such as are measurements.

use super::figures::shown;
use super::report::Report;

/// What a comparison came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compared {
    /// A line for each figure.
    pub lines: Vec<String>,
    /// How many of them became worse by more than is tolerated.
    pub worse: usize,
}

/// Holds `now` against `before`; `tolerance` in percent.
///
/// # Errors
/// Why the two say nothing about each other.
pub fn compare(now: &Report, before: &Report, tolerance: u64) -> Result<Compared, String> {
    let of = |report: &Report| (report.profile.clone(), report.rate, report.subjects, report.connections, report.mode.clone());
    if of(now) != of(before) {
        return Err("the runs differ in profile, rate, cards, connections or in when they sign".to_owned());
    }
    if now.release_build != before.release_build {
        return Err("one is of a debug build, the other of a release build".to_owned());
    }
    for (which, report) in [("this run", now), ("the one before", before)] {
        if !report.holds() || !report.invalid.is_empty() {
            return Err(format!("{which} is no measurement"));
        }
    }
    let mut compared = Compared { lines: Vec::new(), worse: 0 };
    let rates = [now, before].map(Report::rate_percent);
    compared.line("calls/s done", rates, |rate| (rate / 100).to_string(), rates[0] * 100 < rates[1] * 100_u64.saturating_sub(tolerance));
    for call in &now.calls {
        let Some(known) = before.calls.iter().find(|known| known.name == call.name) else { continue };
        for (name, per_mille) in [("p50", 500), ("p99", 990)] {
            let times = [call, known].map(|call| call.latency.at(per_mille));
            let worse = u128::from(times[0]) * 100 > u128::from(times[1]) * u128::from(100 + tolerance);
            compared.line(&format!("{} {name}", call.name), times, shown, worse);
        }
    }
    Ok(compared)
}

impl Compared {
    fn line(&mut self, name: &str, [now, before]: [u64; 2], shown: impl Fn(u64) -> String, worse: bool) {
        let mark = if worse { "WORSE" } else { "ok" };
        let percent = (u128::from(now) * 100).checked_div(u128::from(before)).unwrap_or(100);
        self.lines.push(format!("{mark:<6} {name}: {} against {} before ({percent} %)", shown(now), shown(before)));
        self.worse += usize::from(worse);
    }
}
