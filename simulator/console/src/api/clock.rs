//! A sandbox's clock: read, set, moved, stopped, resumed.
//!
//! Setting is the one thing that may move it back. Advancing runs what falls due on the way, each thing at its own time;
//! setting jumps, and what fell due runs with the next call.

mod presets;

pub(crate) use presets::Preset;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::world::clock::Clock;
use engine::world::{Event, Moment};
use engine::{Journey, Passed, Sandbox, real_now};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::{Body, Query};
use super::refused::{ErrorAnswer, Refused};
use crate::house::House;

/// A clock as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClockSheet {
    /// Virtual time, China, `yyyy-MM-dd HH:mm:ss`.
    now: String,
    /// Virtual time, milliseconds since 1970 (UTC).
    now_ms: i64,
    /// `running` or `stopped`.
    state: &'static str,
    /// Virtual minus real time, milliseconds; absent while stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset_ms: Option<i64>,
}

impl ClockSheet {
    pub(crate) fn new(clock: Clock, now: Moment) -> Self {
        let (state, offset_ms) = match clock {
            Clock::Running { offset_ms } => ("running", Some(offset_ms)),
            Clock::Stopped { .. } => ("stopped", None),
        };
        Self { now: now.text(), now_ms: now.0, state, offset_ms }
    }
}

/// How the clock shall run. Exactly one of the five, or `set` with `stop`.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockAsk {
    /// Virtual time is this now, `yyyy-MM-dd HH:mm:ss` in China; it goes on running, or standing, as before.
    #[schema(example = "2026-11-21 14:00:00")]
    pub(crate) set: Option<String>,
    /// Virtual time is real time and this much, such as `25h`, `-3 days`, `1 month`; it runs.
    #[schema(example = "25h")]
    pub(crate) offset: Option<String>,
    /// It stands still from now on.
    #[serde(default)]
    pub(crate) stop: bool,
    /// It runs on from where it stands.
    #[serde(default)]
    pub(crate) resume: bool,
    /// Virtual time is the next such time now; it goes on running, or standing, as before. `POST /clock/advance` takes the same
    /// words, and runs what falls due on the way.
    pub(crate) preset: Option<Preset>,
}

/// By how much to move the clock forward.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    /// A span such as `25h`, `90s`, `1 month`, `P1D`, not negative; or a preset: to the next `midnight`, `month_end`, `leap_day`,
    /// `year_end`, over a whole `retry_calendar`.
    #[schema(example = "25h")]
    by: String,
}

/// Where the clock stands, and what ran on the way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Advanced {
    /// The clock now.
    clock: ClockSheet,
    /// What fell due on the way, in order; at most 1000 are listed.
    ran: Vec<RanSheet>,
    /// How many things ran, by kind.
    counts: BTreeMap<&'static str, usize>,
    /// Whether more was due than one call runs: the clock then stands where it got to.
    cut: bool,
    /// When the next thing falls due, a notice included, milliseconds since 1970 (UTC); `null` while nothing waits. Until then
    /// time changes nothing by itself.
    next_ms: Option<i64>,
}

/// Something that fell due.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RanSheet {
    /// When, virtual time, China.
    at: String,
    /// The same, milliseconds since 1970 (UTC).
    at_ms: i64,
    /// What kind: the kind of its event.
    kind: &'static str,
    /// Which one: a card's number, the beginning of a code or token, a template.
    what: String,
}

impl ClockAsk {
    /// The clock asked for, when it stood like this and showed `now` at real time `real`.
    pub(super) fn decide(&self, before: Clock, now: Moment, real: Moment) -> Result<Clock, Refused> {
        let running = |at: Moment| Clock::Running { offset_ms: at.0.saturating_sub(real.0) };
        let set = match (&self.set, self.preset) {
            (Some(text), None) => Some(moment(text)?),
            (None, Some(preset)) => Some(preset_after(preset, now)?),
            (None, None) => None,
            (Some(_), Some(_)) => return Err(Refused::bad("bad_clock", "`set` and `preset` are two times").hint("leave one of them out")),
        };
        let clock = match (set, &self.offset, self.stop, self.resume) {
            (Some(at), None, stop, false) => {
                if stop || matches!(before, Clock::Stopped { .. }) {
                    Clock::Stopped { at }
                } else {
                    running(at)
                }
            }
            (None, Some(span), false, false) => running(later(real, span)?),
            (None, None, true, false) => Clock::Stopped { at: now },
            (None, None, false, true) => running(now),
            _ => {
                return Err(Refused::bad("bad_clock", "exactly one of `set`, `offset`, `stop`, `resume`, `preset` is needed")
                    .hint("`set` and `stop` together stop the clock at that time"));
            }
        };
        within(clock.read(real))?;
        Ok(clock)
    }
}

fn moment(text: &str) -> Result<Moment, Refused> {
    Moment::parse(text).map_err(|error| Refused::bad("bad_time", error.to_string()).hint("China time, such as 2026-11-21 14:00:00"))
}

fn preset_after(preset: Preset, now: Moment) -> Result<Moment, Refused> {
    preset.after(now).ok_or_else(|| Refused::bad("bad_time", "the clock can show the years 1970 to 9998"))
}

/// Where an advance leads: behind a span, or to a preset.
fn led(from: Moment, by: &str) -> Result<Moment, Refused> {
    match Preset::of(by.trim()) {
        Some(preset) => preset_after(preset, from),
        None => later(from, by),
    }
}

/// `from` and a span of hours, days or months on China's calendar.
fn later(from: Moment, span: &str) -> Result<Moment, Refused> {
    let bad =
        |why: String| Refused::bad("bad_span", format!("`{span}` is not a span of time: {why}")).hint("such as 90s, 25h, 3 days, 1 month");
    let parsed: jiff::Span = span.trim().parse().map_err(|error: jiff::Error| bad(error.to_string()))?;
    let there = from.civil().checked_add(parsed).map_err(|error| bad(error.to_string()))?;
    let stamp = jiff::tz::Offset::constant(8).to_timestamp(there).map_err(|error| bad(error.to_string()))?;
    Ok(Moment(stamp.as_millisecond()))
}

/// Years with four digits only: the platform writes no others.
fn within(at: Moment) -> Result<(), Refused> {
    if (1970..=9998).contains(&at.civil().year()) {
        Ok(())
    } else {
        Err(Refused::bad("bad_time", "the clock can show the years 1970 to 9998"))
    }
}

/// Where a clock stands.
#[utoipa::path(get, path = "/clock", tag = "clock", params(InSandbox), responses((status = 200, body = ClockSheet), (status = 404, body = ErrorAnswer)))]
pub(super) async fn read(State(house): State<House>, Query(query): Query<InSandbox>) -> Result<Json<ClockSheet>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| ClockSheet::new(call.world().clock(), call.now()))?;
    Ok(Json(ran.settled().await?))
}

/// Set, stop or resume a clock.
#[utoipa::path(post, path = "/clock", tag = "clock", params(InSandbox), request_body = ClockAsk,
    responses((status = 200, body = ClockSheet), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn set(
    State(house): State<House>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<ClockAsk>,
) -> Result<Json<ClockSheet>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    Ok(Json(set_clock(&sandbox, &ask).await?))
}

/// Sets, stops or resumes a sandbox's clock, once nobody else moves it.
pub(crate) async fn set_clock(sandbox: &Sandbox, ask: &ClockAsk) -> Result<ClockSheet, Refused> {
    let _journey = journey(sandbox).await?;
    Ok(change(sandbox, |before, now, real| ask.decide(before, now, real)).await?.0)
}

/// Move a clock forward and run what falls due on the way.
#[utoipa::path(post, path = "/clock/advance", tag = "clock", params(InSandbox), request_body = Advance,
    responses((status = 200, body = Advanced), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn advance(
    State(house): State<House>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<Advance>,
) -> Result<Json<Advanced>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let Travelled { passed, clock, .. } = travel(&house, &sandbox, &Goal::By(ask.by)).await?;
    let ran = passed.ran.iter().map(|one| RanSheet { at: one.at.text(), at_ms: one.at.0, kind: one.kind, what: one.what.clone() });
    let next_ms = sandbox.next_due().map(|at| at.0);
    Ok(Json(Advanced { clock, ran: ran.collect(), counts: passed.counts, cut: passed.cut_at.is_some(), next_ms }))
}

/// Where a clock is to be moved.
#[derive(Clone, Debug)]
pub(crate) enum Goal {
    /// Behind a span, or to a preset.
    By(String),
    /// To a time.
    To(Moment),
}

/// A clock that was moved.
pub(crate) struct Travelled {
    /// What ran on the way.
    pub(crate) passed: Passed,
    /// The clock now.
    pub(crate) clock: ClockSheet,
    /// Places of the first event on the way and the one after the last.
    pub(crate) places: (u64, u64),
}

impl Goal {
    /// Where it lies, seen from `from`.
    fn seen(&self, from: Moment) -> Result<Moment, Refused> {
        let there = match self {
            Self::By(by) => led(from, by)?,
            Self::To(there) => *there,
        };
        if there < from {
            let asked = match self {
                Self::By(by) => by.clone(),
                Self::To(there) => there.text(),
            };
            return Err(Refused::bad("bad_span", format!("`{asked}` goes backwards"))
                .hint("POST /_kabao/v1/clock {\"set\": …} may set the clock back"));
        }
        within(there)?;
        Ok(there)
    }
}

/// Moves a sandbox's clock forward and runs what falls due on the way.
pub(crate) async fn travel(house: &House, sandbox: &Sandbox, goal: &Goal) -> Result<Travelled, Refused> {
    // held from reading the clock to setting it: of two who advance at once, one goes on from where the other got to
    let journey = journey(sandbox).await?;
    let began = sandbox.run(|call| {
        // refused before anything runs
        advanced(call.world().clock(), call.now(), real_now(), goal).map(|_| call.now())
    })?;
    let first = began.first;
    let from = began.settled().await??;
    let passed = journey.pass(house.engine(), &**house.provider(), goal.seen(from)?).await?;
    let changed = change(sandbox, |before, now, real| match passed.cut_at {
        Some(at) => Ok(moved(before, now, real, at)),
        None => advanced(before, from, real, goal),
    });
    let (clock, end) = changed.await?;
    Ok(Travelled { passed, clock, places: (first, end) })
}

/// The sandbox's time, for one at a time.
async fn journey(sandbox: &Sandbox) -> Result<Journey<'_>, Refused> {
    sandbox.journey().await.ok_or_else(|| {
        Refused::new(StatusCode::CONFLICT, "time_is_moving", "others have been moving this sandbox's clock for a minute")
            .hint("wait for them, or use a sandbox of your own")
    })
}

/// The clock when it is moved forward from `now`, which it showed at real time `real`.
fn advanced(before: Clock, now: Moment, real: Moment, goal: &Goal) -> Result<Clock, Refused> {
    Ok(moved(before, now, real, goal.seen(now)?))
}

/// The clock when it is moved from `now` to `there`.
fn moved(before: Clock, now: Moment, real: Moment, there: Moment) -> Clock {
    match before {
        // the machine's clock may have gone back behind what this one showed last; then it goes on from there
        Clock::Running { offset_ms } => Clock::Running { offset_ms: offset_ms.saturating_add(there.0 - now.0).max(there.0 - real.0) },
        Clock::Stopped { .. } => Clock::Stopped { at: there },
    }
}

/// Changes a clock. Both times are read while the sandbox stands still: one read before would be older than calls that ran
/// meanwhile, and the clock would be set back behind what they were told. Gives the place behind its event, too.
async fn change(
    sandbox: &Sandbox,
    decide: impl FnOnce(Clock, Moment, Moment) -> Result<Clock, Refused>,
) -> Result<(ClockSheet, u64), Refused> {
    let ran = sandbox.run(|call| {
        let real = real_now();
        let before = call.world().clock();
        let clock = decide(before, call.now(), real)?;
        // whoever sees what is still under way moves a clock by nothing, often
        if clock != before {
            call.record(Event::ClockSet(clock));
        }
        Ok::<_, Refused>(ClockSheet::new(clock, clock.read(real)))
    })?;
    let end = ran.first + ran.events;
    Ok((ran.settled().await??, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: Moment = Moment(1_800_000_000_000);

    fn ask(text: &str) -> ClockAsk {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn setting_a_standing_clock_leaves_it_standing() {
        let at = Moment::parse("2026-11-21 14:00:00").unwrap();
        let set = ask(r#"{"set":"2026-11-21 14:00:00"}"#);
        assert_eq!(set.decide(Clock::Stopped { at: REAL }, REAL, REAL).unwrap(), Clock::Stopped { at });
        assert_eq!(set.decide(Clock::default(), REAL, REAL).unwrap(), Clock::Running { offset_ms: at.0 - REAL.0 });
        assert_eq!(
            ask(r#"{"set":"2026-11-21 14:00:00","stop":true}"#).decide(Clock::default(), REAL, REAL).unwrap(),
            Clock::Stopped { at }
        );
    }

    #[test]
    fn a_resumed_clock_runs_on_from_where_it_stood() {
        let stood = Moment(REAL.0 - 5_000);
        assert_eq!(
            ask(r#"{"resume":true}"#).decide(Clock::Stopped { at: stood }, stood, REAL).unwrap(),
            Clock::Running { offset_ms: -5_000 }
        );
    }

    #[test]
    fn a_clock_goes_on_from_what_it_showed_even_when_the_machines_went_back() {
        let (shown, later) = (REAL, Moment(REAL.0 - 60_000));
        let running = Clock::default();
        assert_eq!(ask(r#"{"stop":true}"#).decide(running, shown, later).unwrap(), Clock::Stopped { at: shown });
        assert_eq!(ask(r#"{"resume":true}"#).decide(running, shown, later).unwrap().read(later), shown);
        assert_eq!(advanced(running, shown, later, &Goal::By("1h".to_owned())).unwrap().read(later), Moment(shown.0 + 3_600_000));
        assert_eq!(advanced(running, REAL, REAL, &Goal::By("1h".to_owned())).unwrap(), Clock::Running { offset_ms: 3_600_000 });
    }

    #[test]
    fn an_offset_is_counted_on_the_calendar() {
        let Clock::Running { offset_ms } = ask(r#"{"offset":"-3 days"}"#).decide(Clock::default(), REAL, REAL).unwrap() else {
            panic!("it runs")
        };
        assert_eq!(offset_ms, -3 * 86_400_000);
    }

    #[test]
    fn two_wishes_at_once_or_none_are_refused() {
        for text in [
            "{}",
            r#"{"stop":true,"resume":true}"#,
            r#"{"set":"2026-11-21 14:00:00","offset":"1h"}"#,
            r#"{"set":"yesterday"}"#,
            r#"{"offset":"soon"}"#,
            r#"{"set":"0001-01-01 00:00:00"}"#,
        ] {
            assert!(ask(text).decide(Clock::default(), REAL, REAL).is_err(), "{text} was accepted");
        }
    }
}
