//! The sandbox's clock: where it stands, setting and moving it, what ran on the way, and what falls due next.
//!
//! What ran is read from the log between the places that stand in the address, so that the page can be opened again.
//! Source: UI.md "Clock".

use axum::body::Body;
use axum::response::{IntoResponse, Redirect, Response};
use engine::Sandbox;
use engine::log::{SandboxId, Sequence};
use engine::world::clock::Clock;
use engine::world::due::FellDue;
use engine::world::trade::End;
use engine::world::{Event, Moment};
use maud::{Markup, html};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::form::Form;
use super::messages::{self as m, Message};
use super::table::{facts, table};
use super::trouble::Trouble;
use super::view::{View, encoded};
use super::{frame, text};
use crate::api::{ClockAsk, Goal, Preset, Refused, set_clock, travel};
use crate::house::aside;

/// Spans that have a button.
const SPANS: [(&str, Message); 6] =
    [("1 min", m::MINUTE), ("1 h", m::HOUR), ("1 day", m::DAY), ("7 days", m::WEEK), ("1 month", m::MONTH), ("1 year", m::YEAR)];
/// How many things are listed that fall due next.
const NEXT: usize = 50;
/// How many things are listed that ran, and among how many events they are looked for.
const RAN: usize = 200;
const LOOKED_AT: u64 = 20_000;

/// What falls due, by the kind of its event.
const KINDS: [(&str, Message); 9] = [
    ("code_ran_out", m::DUE_CODE),
    ("token_ran_out", m::DUE_TOKEN),
    ("card_expired", m::DUE_CARD),
    ("programme_change_applied", m::DUE_CHANGE),
    ("trade_closed", m::DUE_TRADE_CLOSED),
    ("trade_finished", m::DUE_TRADE_FINISHED),
    ("ledger_due", m::DUE_LEDGER),
    ("notice_tried", m::DUE_NOTICE),
    ("notice_put_off", m::DUE_PUT_OFF),
];

fn kind_of(kind: &str) -> Option<Message> {
    KINDS.into_iter().find(|(known, _)| *known == kind).map(|(_, said)| said)
}

/// The name of a preset on its button.
fn preset_name(preset: Preset) -> Message {
    match preset {
        Preset::Midnight => m::MIDNIGHT,
        Preset::MonthEnd => m::MONTH_END,
        Preset::LeapDay => m::LEAP_DAY,
        Preset::YearEnd => m::YEAR_END,
        Preset::RetryCalendar => m::RETRY_CALENDAR,
    }
}

pub(super) async fn page(view: View) -> Result<Response, Trouble> {
    shown(&view, None).await
}

async fn shown(view: &View, wrong: Option<&Refused>) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let (clock, now, next) = sandbox.look(|world, now| (world.clock(), now, world.upcoming(NEXT)));
    let ran = match (view.number("from"), view.number("to")) {
        (Some(from), Some(to)) => Some(ran(view, sandbox, from, to).await?),
        _ => None,
    };
    let body = html! {
        h1 { (view.say(m::CLOCK)) }
        @if let Some(wrong) = wrong {
            div.bad role="alert" {
                p { "✕ " (text::line(view.lang, &wrong.error.message)) }
                @if let Some(hint) = &wrong.error.hint { p.small { (text::line(view.lang, hint)) } }
            }
        }
        (stands(view, clock, now))
        (buttons(view, clock, now))
        @if let Some((ran, more)) = &ran {
            section {
                h2 { (view.say(m::RAN)) }
                @if ran.is_empty() { p.empty { (view.say(m::NOTHING_RAN)) } } @else {
                    (table(view, m::RAN, &[m::TIME, m::KIND, m::WHICH], &html! { @for one in ran { tr { (row(view, one)) } } }))
                }
                @if *more { p.small { (view.say(m::MORE_RAN)) " " a href=(view.to("/console/journal", &[])) { (view.say(m::JOURNAL)) } } }
            }
        }
        section {
            h2 { (view.say(m::DUE_NEXT)) }
            @if next.is_empty() { p.empty { (view.say(m::NOTHING_DUE)) } } @else {
                (table(view, m::DUE_NEXT, &[m::TIME, m::KIND, m::WHICH, m::RUN_TO], &html! { @for one in &next { tr { (row(view, one)) td { (run_to(view, one, now)) } } } }))
            }
        }
    };
    Ok(frame::console(view, view.say(m::CLOCK), &body))
}

/// Where the clock stands.
fn stands(view: &View, clock: Clock, now: Moment) -> Markup {
    let state = match clock {
        Clock::Stopped { .. } => m::CLOCK_STOPPED,
        Clock::Running { offset_ms: 0 } => m::CLOCK_LIVE,
        Clock::Running { .. } => m::CLOCK_OFFSET,
    };
    let mut told = vec![(m::CLOCK, html! { time { (now.text()) } }), (m::STATE, html! { b { (view.say(state)) } })];
    if let Clock::Running { offset_ms } = clock {
        told.push((m::OFFSET, html! { (offset(offset_ms)) }));
    }
    facts(view, &told)
}

/// A difference as days and hours, minutes, seconds.
fn offset(ms: i64) -> String {
    let seconds = ms.unsigned_abs() / 1_000;
    let sign = if ms < 0 && seconds > 0 { "-" } else { "+" };
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3_600, rest % 3_600 / 60, rest % 60);
    if days == 0 { format!("{sign}{clock}") } else { format!("{sign}{days} d {clock}") }
}

fn buttons(view: &View, clock: Clock, now: Moment) -> Markup {
    let (set, advance) = (view.to("/console/clock/set", &[]), view.to("/console/clock/advance", &[]));
    html! {
        section {
            h2 { (view.say(m::CLOCK_SET)) }
            div.filter {
                form method="post" action=(set) {
                    @match clock {
                        Clock::Stopped { .. } => button name="do" value="resume" { "▶ " (view.say(m::CLOCK_RESUME)) },
                        Clock::Running { .. } => button name="do" value="stop" { "■ " (view.say(m::CLOCK_STOP)) },
                    }
                    " " button name="do" value="live" { (view.say(m::CLOCK_GO_LIVE)) }
                }
            }
            form.filter method="post" action=(set) {
                label for="at" { (view.say(m::CLOCK_SET_TO)) }
                input id="at" name="at" value=(now.text()) autocomplete="off" spellcheck="false";
                button name="do" value="set" { (view.say(m::CLOCK_SET_GO)) }
                button name="do" value="set_and_stop" { (view.say(m::CLOCK_SET_AND_STOP)) }
            }
            form.filter method="post" action=(set) {
                label for="offset" { (view.say(m::CLOCK_OFFSET_TO)) }
                input id="offset" name="offset" placeholder="-8h, 25h, 3 days" autocomplete="off" spellcheck="false";
                button name="do" value="offset" { (view.say(m::CLOCK_OFFSET_GO)) }
            }
            p.small { (view.say(m::CLOCK_SET_NOTE)) }
        }
        section {
            h2 { (view.say(m::ADVANCE)) }
            form.filter method="post" action=(advance) { @for (span, said) in SPANS { button name="by" value=(span) { "+ " (view.say(said)) } } }
            form.filter method="post" action=(advance) { @for (preset, word) in Preset::ALL { button name="by" value=(word) { "→ " (view.say(preset_name(preset))) } } }
            form.filter method="post" action=(advance) {
                label for="by" { (view.say(m::ADVANCE_BY)) }
                input id="by" name="by" placeholder="90s, 25h, 3 days, 2 months" autocomplete="off" spellcheck="false";
                button { (view.say(m::ADVANCE)) }
            }
            p.small { (view.say(m::ADVANCE_NOTE)) }
        }
    }
}

/// One thing that ran or will, in three cells.
fn row(view: &View, one: &FellDue) -> Markup {
    let page = match one.kind {
        "card_expired" => Some("/console/cards/"),
        "notice_tried" | "notice_put_off" => Some("/console/notices/"),
        _ => None,
    };
    html! {
        td { time { (one.at.text()) } }
        td { @if let Some(said) = kind_of(one.kind) { (view.say(said)) } " " code.dim { (one.kind) } }
        td {
            @match page {
                Some(page) => a href=(view.to(&format!("{page}{}", encoded(&one.what)), &[])) { (text::line(view.lang, &one.what)) },
                None => (text::line(view.lang, &one.what)),
            }
        }
    }
}

/// The button that moves the clock to where something falls due; what is late runs with the next call.
fn run_to(view: &View, one: &FellDue, now: Moment) -> Markup {
    html! {
        @if one.at < now { (view.say(m::LATE)) } @else {
            form method="post" action=(view.to("/console/clock/advance", &[])) { button name="to" value=(one.at.0) { (view.say(m::RUN_TO)) } }
        }
    }
}

/// What fell due among the events at these places, and whether there is more of it than is listed.
async fn ran(view: &View, sandbox: Arc<Sandbox>, from: u64, to: u64) -> Result<(Vec<FellDue>, bool), Trouble> {
    let log = view.house.engine().log().clone();
    let to = to.min(from.saturating_add(LOOKED_AT));
    let read = aside(move || {
        let (mut ran, mut more) = (Vec::new(), to == from.saturating_add(LOOKED_AT));
        log.scan(&SandboxId::from(sandbox.name()), Sequence(from), &mut |record| {
            if record.sequence.0 >= to {
                return ControlFlow::Break(());
            }
            if kind_of(record.kind).is_none() {
                return ControlFlow::Continue(());
            }
            if ran.len() == RAN {
                more = true;
                return ControlFlow::Break(());
            }
            // one that a merchant closed meanwhile did not fall due
            let is_due = |event: &Event| !matches!(event, Event::TradeClosed(closed) if closed.end != End::TimeOut);
            if let Some(event) = Event::read(record.kind, record.body).ok().filter(is_due) {
                ran.push(FellDue::of(Moment(record.at_virtual_ms), &event));
            }
            ControlFlow::Continue(())
        })?;
        Ok::<_, engine::log::Broken>((ran, more))
    });
    read.await.map_err(|broken| Trouble::store(view, &broken))
}

/// Sets, stops or resumes the clock.
pub(super) async fn set(view: View, form: Body) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let form = Form::read(&view, form).await?;
    let none = ClockAsk::default();
    let ask = match form.field("do").as_str() {
        "stop" => ClockAsk { stop: true, ..none },
        "resume" => ClockAsk { resume: true, ..none },
        "live" => ClockAsk { offset: Some("0s".to_owned()), ..none },
        "set" => ClockAsk { set: Some(form.field("at")), ..none },
        "set_and_stop" => ClockAsk { set: Some(form.field("at")), stop: true, ..none },
        "offset" => ClockAsk { offset: Some(form.field("offset")), ..none },
        _ => none,
    };
    match set_clock(&sandbox, &ask).await {
        Ok(_) => Ok(Redirect::to(&view.to("/console/clock", &[])).into_response()),
        Err(refused) => refuse(&view, &refused).await,
    }
}

/// Moves the clock forward and goes on to what ran.
pub(super) async fn advance(view: View, form: Body) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let form = Form::read(&view, form).await?;
    let goal = form.field("to").parse().map_or_else(|_| Goal::By(form.field("by")), |ms| Goal::To(Moment(ms)));
    match travel(&view.house, &sandbox, &goal).await {
        Ok(travelled) => {
            let (from, to) = travelled.places;
            Ok(Redirect::to(&view.to("/console/clock", &[("from", &from.to_string()), ("to", &to.to_string())])).into_response())
        }
        Err(refused) => refuse(&view, &refused).await,
    }
}

/// The page with what was wrong.
async fn refuse(view: &View, refused: &Refused) -> Result<Response, Trouble> {
    Ok((refused.status, shown(view, Some(refused)).await?).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_reads_as_days_and_a_clock() {
        for (ms, text) in [(0, "+00:00:00"), (-999, "+00:00:00"), (-28_800_000, "-08:00:00"), (90_061_000, "+1 d 01:01:01")] {
            assert_eq!(offset(ms), text);
        }
    }
}
