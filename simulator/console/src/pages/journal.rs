//! The journal: every call, newest first, filtered by words that stand in the address.

use axum::response::{IntoResponse, Redirect, Response};
use engine::journal::{Direction, Exchange, SignatureVerdict};
use maud::{Markup, html};

use super::filter::{Filter, is_ok};
use super::messages::{self as m, Message};
use super::table::{pages, table};
use super::view::View;
use super::{frame, text};

/// How many calls a page lists.
const ROWS: usize = 100;

/// The heads over [`row`]s.
pub(super) const HEADS: [Message; 8] = [m::NUMBER, m::TIME, m::METHOD, m::APP, m::RESULT, m::SIGNATURE, m::TOOK, m::REMARKS];

pub(super) async fn from_console(view: View) -> Redirect {
    Redirect::to(&view.to("/console/journal", &[]))
}

pub(super) async fn page(view: View) -> Response {
    let stray = view.asked("stray") == Some("1");
    let sandbox = match view.sandbox() {
        Ok(sandbox) => Some(sandbox),
        Err(_) if stray => None,
        Err(trouble) => return trouble.into_response(),
    };
    let engine = view.house.engine().clone();
    let journal = sandbox.as_ref().filter(|_| !stray).map_or_else(|| engine.stray(), |sandbox| sandbox.journal());
    let words = text::plain(view.asked("q").unwrap_or_default(), 200);
    let words = words.as_str();
    let filter = Filter::read(words);
    let after = view.number("after");
    let found = journal.before(after.unwrap_or(u64::MAX), ROWS + 1, |exchange| filter.lets(exchange));
    let hidden = if found.exchanges.is_empty() && !filter.is_empty() { found.next - 1 - found.dropped.min(found.next - 1) } else { 0 };
    let listed = &found.exchanges[..found.exchanges.len().min(ROWS)];
    let mark = if stray { vec![("stray", "1")] } else { Vec::new() };
    let with = |pairs: &[(&str, &str)]| view.to("/console/journal", &[mark.as_slice(), pairs].concat());
    let older = (found.exchanges.len() > ROWS)
        .then(|| listed.last().map(|exchange| with(&[("q", words), ("after", &exchange.id.to_string())])))
        .flatten();
    let body = html! {
        h1 { (view.say(m::JOURNAL)) }
        form.filter method="get" action="/console/journal" role="search" {
            @if let Some(name) = view.asked("sandbox") { input type="hidden" name="sandbox" value=(text::plain(name, 64)); }
            @if stray { input type="hidden" name="stray" value="1"; }
            label for="q" { (view.say(m::FILTER)) }
            input id="q" name="q" value=(words) placeholder=(view.say(m::FILTER_HINT)) autocomplete="off" spellcheck="false";
            button { (view.say(m::FILTER_GO)) }
            @if !filter.is_empty() { a href=(with(&[])) { (view.say(m::FILTER_OFF)) } }
            a href=(view.to("/console/journal", if stray { &[] } else { &[("stray", "1")] })) title=(view.say(m::STRAY_HINT)) { @if stray { "← " (view.say(m::JOURNAL)) } @else { (view.say(m::STRAY)) } }
        }
        @if found.dropped > 0 { p.warning { "⚠ " (view.lang.fill(m::DROPPED, &[("n", &found.dropped.to_string())])) } }
        @if !listed.is_empty() {
            (table(&view, m::JOURNAL, &HEADS, &html! { @for exchange in listed { (row(&view, exchange, stray)) } }))
        } @else if hidden > 0 {
            p.empty { (view.lang.fill(m::JOURNAL_FILTERED, &[("n", &hidden.to_string())])) }
        } @else {
            p.empty { (view.say(m::JOURNAL_EMPTY)) " " a href=(view.to("/", &[])) { (view.say(m::CONFIGURE)) } }
        }
        (pages(&[(m::NEWEST, after.map(|_| with(&[("q", words)]))), (m::OLDER, older)], &view))
    };
    frame::console(&view, view.say(m::JOURNAL), &body)
}

/// A call in a row.
pub(super) fn row(view: &View, exchange: &Exchange, stray: bool) -> Markup {
    let path = format!("/console/journal/{}", exchange.id);
    let address = view.to(&path, if stray { &[("stray", "1")] } else { &[] });
    html! {
        tr {
            td.number { a href=(address) { "#" (exchange.id) } }
            td { time title=(exchange.real.text()) { (exchange.at.text()) } }
            td { @if exchange.direction == Direction::Out { "→ " } (text::line(view.lang, &exchange.method)) }
            td { @if let Some(app) = &exchange.app { (text::line(view.lang, app)) } }
            td { (result(view, exchange)) }
            td { (signature(view, exchange)) }
            td.number { (took(exchange)) }
            td.number { @if !exchange.flags.is_empty() { span.flags { "⚑ " (exchange.flags.len()) } } }
        }
    }
}

/// How a call ended: a sign, a word and a colour.
pub(super) fn result(view: &View, exchange: &Exchange) -> Markup {
    let ok = is_ok(exchange);
    let code = if exchange.code.is_empty() { exchange.answer.status.to_string() } else { exchange.code.clone() };
    html! {
        span class=(if ok { "good" } else { "bad" }) { (if ok { "✓ " } else { "✕ " }) (text::line(view.lang, &code)) }
        @if !exchange.sub_code.is_empty() { " " code { (text::line(view.lang, &exchange.sub_code)) } }
    }
}

/// What was made of a call's signature.
pub(super) fn signature(view: &View, exchange: &Exchange) -> Markup {
    match exchange.signature {
        SignatureVerdict::Valid => html! { span.good { "✓ " (view.say(m::SIGN_VALID)) } },
        SignatureVerdict::Invalid(_) => html! { span.bad { "✕ " (view.say(m::SIGN_INVALID)) } },
        SignatureVerdict::NotChecked => html! { span.dim { "– " (view.say(m::SIGN_UNCHECKED)) } },
    }
}

/// How long a call took, milliseconds with one decimal.
pub(super) fn took(exchange: &Exchange) -> String {
    format!("{}.{} ms", exchange.took_us / 1_000, exchange.took_us % 1_000 / 100)
}
