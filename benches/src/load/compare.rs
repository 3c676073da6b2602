//! A run beside one from before: whether it became slower by more than is tolerated.
//!
//! Compared are the rate, what was not done, and the half and the last hundredth of each call's latency. Only runs of the same kind on
//! the same kind of machine can be compared, and only such as are measurements.

use super::act::Kind;
use super::figures::shown;
use super::plan::Rate;
use super::report::Report;
use super::run::Order;

/// What differs when not as many cards are there.
const SUBJECTS: &str = "number of cards or customers";

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
    is_measurement(before, "the one before")?;
    is_measurement(now, "this run")?;
    same("profile", &before.profile, &now.profile)?;
    same("rate", &told(before.rate), &told(now.rate))?;
    same(SUBJECTS, &before.subjects, &now.subjects)?;
    same("number of connections", &before.connections, &now.connections)?;
    same("way of signing", &before.mode, &now.mode)?;
    same("build", &build(before.release_build), &build(now.release_build))?;
    let machine = |report: &Report| format!("{} × {}", report.machine.processors, report.machine.model);
    same("machine", &machine(before), &machine(now))?;
    let names = |report: &Report| report.calls.iter().map(|call| call.name.clone()).collect::<Vec<_>>().join(", ");
    same("mix of calls", &names(before), &names(now))?;
    let mut compared = Compared { lines: Vec::new(), worse: 0 };
    let rates = [now, before].map(Report::rate_percent);
    compared.line("calls/s done", rates, |rate| (rate / 100).to_string(), rates[0] * 100 < rates[1] * 100_u64.saturating_sub(tolerance));
    let not_done = [now, before].map(|report| (report.answered() - report.done()) * 10_000 / report.answered().max(1));
    let percent = |parts: u64| format!("{}.{:02} %", parts / 100, parts % 100);
    compared.line("not done", not_done, percent, not_done[0] * 100 > not_done[1] * (100 + tolerance));
    for (call, known) in now.calls.iter().zip(&before.calls) {
        for (name, per_mille) in [("p50", 500), ("p99", 990)] {
            if let Some(few) = [call, known].into_iter().find(|call| !call.latency.tells(per_mille)) {
                compared.lines.push(format!("–      {} {name}: not compared, {} calls are too few", call.name, few.latency.count()));
                continue;
            }
            let times = [call, known].map(|call| call.latency.at(per_mille));
            let worse = u128::from(times[0]) * 100 > u128::from(times[1]) * u128::from(100 + tolerance);
            compared.line(&format!("{} {name}", call.name), times, shown, worse);
        }
    }
    Ok(compared)
}

/// Before a run: whether what it is going to be can be held against `before`.
///
/// # Errors
/// Why not.
pub fn comparable(before: &Report, order: &Order) -> Result<(), String> {
    is_measurement(before, "it")?;
    same("profile", &before.profile.as_str(), &order.profile.name)?;
    same("rate", &told(before.rate), &told(order.rate))?;
    // of notices there may be fewer than were asked for
    if !order.profile.has(|kind| kind == Kind::Notice) {
        same(SUBJECTS, &before.subjects, &order.subjects)?;
    }
    same("number of connections", &before.connections, &order.connections)?;
    same("way of signing", &before.mode.as_str(), &order.signing())?;
    same("build", &build(before.release_build), &build(!cfg!(debug_assertions)))
}

fn is_measurement(report: &Report, which: &str) -> Result<(), String> {
    if !report.holds() {
        return Err(format!("{which} is no measurement: what the platform held was not what it had acknowledged"));
    }
    report.invalid.first().map_or(Ok(()), |why| Err(format!("{which} is no measurement: {why}")))
}

fn same<T: PartialEq + std::fmt::Display>(what: &str, before: &T, now: &T) -> Result<(), String> {
    if before == now { Ok(()) } else { Err(format!("another {what}: {before} before, {now} now")) }
}

fn told(rate: Rate) -> String {
    match rate {
        Rate::PerSecond(rate) => format!("{rate}/s"),
        Rate::AsAnswered => "max".to_owned(),
    }
}

fn build(release: bool) -> &'static str {
    if release { "release" } else { "debug" }
}

impl Compared {
    fn line(&mut self, name: &str, [now, before]: [u64; 2], shown: impl Fn(u64) -> String, worse: bool) {
        let mark = if worse { "WORSE" } else { "ok" };
        let percent = (u128::from(now) * 100).checked_div(u128::from(before)).unwrap_or(100);
        self.lines.push(format!("{mark:<6} {name}: {} against {} before ({percent} %)", shown(now), shown(before)));
        self.worse += usize::from(worse);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::act::Came;
    use super::super::generator::Generator;
    use super::super::plan::Part;
    use super::super::proof::Check;
    use super::super::record::{Ended, Recording};
    use super::super::report::About;
    use super::*;
    use crate::ledger::Machine;
    use std::path::Path;
    use std::time::Duration;

    /// A run of ten seconds with so many calls of a kind that took so many milliseconds each, and so many that were refused.
    pub(in super::super) fn report(calls: &[(Kind, u32, u64)], refused: u32) -> Report {
        let recording = Recording::of(Duration::from_secs(10));
        let end = |kind, took, came: &Came| {
            let answered = Duration::from_millis(took);
            recording.ended(0, &Ended { kind, planned: Duration::ZERO, sent: Duration::ZERO, answered, came });
        };
        for &(kind, count, took) in calls {
            (0..count).for_each(|_| end(kind, took, &Came::Done(())));
        }
        (0..refused).for_each(|_| end(Kind::Update, 1, &Came::Refused("isv.no".to_owned())));
        let about = About {
            machine: Machine::here(Path::new(".")),
            profile: "steady".to_owned(),
            mode: "signed while calling".to_owned(),
            seed: 1,
            rate: Rate::PerSecond(100.0),
            subjects: 10,
            connections: 4,
            part: Part::WHOLE,
        };
        Report::of(about, &recording, Duration::from_secs(10), Generator::default(), Vec::new())
    }

    fn worse(now: &Report, before: &Report, tolerance: u64) -> Vec<String> {
        let compared = compare(now, before, tolerance).unwrap();
        let lines: Vec<String> = compared.lines.iter().filter(|line| line.starts_with("WORSE")).cloned().collect();
        assert_eq!(lines.len(), compared.worse, "{:?}", compared.lines);
        lines
    }

    #[test]
    fn what_is_as_before_or_better_is_no_regression() {
        let before = report(&[(Kind::Update, 1_000, 20)], 0);
        assert_eq!(worse(&before, &before, 0), Vec::<String>::new());
        assert_eq!(worse(&report(&[(Kind::Update, 1_000, 5)], 0), &before, 0), Vec::<String>::new());
    }

    #[test]
    fn each_figure_that_became_worse_by_more_than_is_tolerated_is_named() {
        let before = report(&[(Kind::Update, 1_000, 20)], 0);
        let slower = report(&[(Kind::Update, 1_000, 23)], 0);
        assert_eq!(worse(&slower, &before, 20), Vec::<String>::new());
        let lines = worse(&slower, &before, 10);
        assert!(lines.len() == 2 && lines[0].contains("p50") && lines[1].contains("p99") && lines[1].contains("(114 %)"), "{lines:?}");
        let fewer = worse(&report(&[(Kind::Update, 850, 20)], 0), &before, 10);
        assert!(fewer.len() == 1 && fewer[0].contains("calls/s done"), "{fewer:?}");
        let tail = worse(&report(&[(Kind::Update, 980, 20), (Kind::Update, 20, 40)], 0), &before, 10);
        assert!(tail.len() == 1 && tail[0].contains("p99"), "{tail:?}");
    }

    #[test]
    fn errors_where_there_were_none_are_a_regression_however_few() {
        let before = report(&[(Kind::Update, 1_000, 20)], 0);
        let lines = worse(&report(&[(Kind::Update, 999, 20)], 1), &before, 10);
        assert!(lines.len() == 1 && lines[0].contains("not done: 0.10 % against 0.00 %"), "{lines:?}");
    }

    #[test]
    fn a_percentile_of_too_few_calls_is_not_compared_and_that_is_said() {
        let (few, slow) = (report(&[(Kind::Update, 99, 20)], 0), report(&[(Kind::Update, 99, 20)], 0));
        let compared = compare(&slow, &few, 0).unwrap();
        assert!(compared.lines.iter().any(|line| line.contains("p99: not compared, 99 calls are too few")), "{:?}", compared.lines);
    }

    #[test]
    fn only_its_like_says_anything_about_a_run_and_what_differs_is_named() {
        let one = report(&[(Kind::Update, 1_000, 20)], 0);
        let other = |change: fn(&mut Report)| {
            let mut other = one.clone();
            change(&mut other);
            compare(&one, &other, 10).unwrap_err()
        };
        for (change, says) in [
            ((|other| other.profile = "totals".to_owned()) as fn(&mut Report), "another profile: totals before, steady now"),
            (|other| other.rate = Rate::AsAnswered, "another rate: max before, 100/s now"),
            (|other| other.subjects = 11, "another number of cards"),
            (|other| other.connections = 5, "another number of connections"),
            (|other| other.mode = "signed before the run".to_owned(), "another way of signing"),
            (|other| other.release_build = !other.release_build, "another build"),
            (|other| other.machine.processors += 1, "another machine"),
            (|other| other.calls[0].name = "card.query".to_owned(), "another mix of calls"),
            (|other| other.invalid.push("too late".to_owned()), "the one before is no measurement: too late"),
            (
                |other| {
                    let mut check = Check::new("nothing is lost");
                    check.look(false, || "call 7".to_owned());
                    other.proof.push(check);
                },
                "the one before is no measurement: what the platform held was not what it had acknowledged",
            ),
        ] {
            let said = other(change);
            assert!(said.contains(says), "{said}");
        }
        let late = Report { invalid: vec!["too late".to_owned()], ..one.clone() };
        assert!(compare(&late, &one, 10).unwrap_err().contains("this run is no measurement"));
    }
}
