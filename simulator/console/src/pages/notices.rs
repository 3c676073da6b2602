//! Notices to merchants: what waits, what was taken, what was given up; newest first, filtered by words in the address.
//!
//! Source: UI.md "Notices".

use axum::response::Response;
use engine::redact::Redaction;
use engine::world::notice::Notice;
use maud::{Markup, html};

use super::messages::{self as m, Message};
use super::table::{pages, table};
use super::trouble::Trouble;
use super::view::{View, encoded};
use super::{frame, text};
use crate::notices::{State, Wanted, came};

/// How many notices a page lists.
const ROWS: usize = 100;

pub(super) async fn page(view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let words = text::plain(view.asked("q").unwrap_or_default(), 200);
    let before = view.number("after");
    let wanted = Wanted { before, limit: ROWS, ..read(&words) };
    let redaction = Redaction::new(sandbox.seed());
    let (rows, next, whole) = sandbox.look(|world, _| {
        let found = wanted.find(world);
        let rows: Vec<Markup> = found.notices.iter().map(|(number, notice)| row(&view, *number, notice, &redaction)).collect();
        (rows, found.next, world.notices().len())
    });
    let with = |pairs: &[(&str, &str)]| view.to("/console/notices", pairs);
    let next = next.map(|number| with(&[("q", words.as_str()), ("after", &number.to_string())]));
    let body = html! {
        h1 { (view.say(m::NOTICES)) }
        form.filter method="get" action="/console/notices" role="search" {
            @if let Some(name) = view.asked("sandbox") { input type="hidden" name="sandbox" value=(text::plain(name, 64)); }
            label for="q" { (view.say(m::FILTER)) }
            input id="q" name="q" value=(words) placeholder=(view.say(m::NOTICES_FILTER_HINT)) autocomplete="off" spellcheck="false";
            button { (view.say(m::FILTER_GO)) }
            @if !words.is_empty() { a href=(with(&[])) { (view.say(m::FILTER_OFF)) } }
        }
        @if !rows.is_empty() {
            @let heads = [m::NUMBER, m::TIME, m::KIND, m::TARGET, m::ATTEMPTS, m::STATE, m::NEXT_TIME];
            (table(&view, m::NOTICES, &heads, &html! { @for row in &rows { (row) } }))
        } @else if whole > 0 {
            p.empty { (view.say(m::NOTICES_FILTERED)) }
        } @else {
            p.empty { (view.say(m::NOTICES_EMPTY)) }
        }
        (pages(&[(m::NEWEST, before.map(|_| with(&[("q", words.as_str())]))), (m::OLDER, next)], &view))
    };
    Ok(frame::console(&view, view.say(m::NOTICES), &body))
}

/// Reads filter words; what is none is looked for in the address.
fn read(words: &str) -> Wanted {
    let mut wanted = Wanted::default();
    for word in words.split_whitespace() {
        match word.split_once(':') {
            Some(("app", app)) => wanted.app = Some(app.to_owned()),
            Some(("kind", kind)) => wanted.kind = Some(kind.to_owned()),
            Some(("state", word)) => {
                wanted.state =
                    [State::Waiting, State::Taken, State::TakenChanged, State::GivenUp].into_iter().find(|state| state.word() == word);
            }
            _ => wanted.target = Some(word.to_owned()),
        }
    }
    wanted
}

fn row(view: &View, number: u64, notice: &Notice, redaction: &Redaction) -> Markup {
    let address = view.to(&format!("/console/notices/{}", encoded(notice.made.notice.as_str())), &[]);
    html! {
        tr {
            td.number { a href=(address) { "#" (number) } }
            td { time { (notice.at.text()) } }
            td { (text::line(view.lang, &notice.made.kind)) }
            td { (text::line(view.lang, &redaction.address(&notice.made.url))) }
            td { (notice.scheduled()) @if let Some(tried) = notice.attempts.last() { " " code { (came(tried.attempt)) } } }
            td { (state(view, notice)) }
            td { @if let Some(next) = notice.next { time { (next.text()) } } }
        }
    }
}

/// How a notice stands: a sign, a word and a colour.
pub(super) fn state(view: &View, notice: &Notice) -> Markup {
    let (class, sign, message): (_, _, Message) = match State::of(notice) {
        State::Waiting => ("dim", "○ ", m::NOTICE_WAITING),
        State::Taken => ("good", "✓ ", m::NOTICE_TAKEN),
        State::TakenChanged => ("bad", "✓ ", m::NOTICE_TAKEN_CHANGED),
        State::GivenUp => ("bad", "✕ ", m::NOTICE_GIVEN_UP),
    };
    html! { span class=(class) { (sign) (view.say(message)) } }
}
