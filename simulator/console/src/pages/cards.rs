//! All cards of a sandbox, newest first.

use axum::response::Response;
use engine::world::World;
use engine::world::card::{Card, State};
use engine::world::names::CardNumber;
use maud::{Markup, html};

use super::messages::{self as m, Message};
use super::table::{pages, table};
use super::trouble::Trouble;
use super::view::{View, encoded};
use super::{frame, text};
use crate::api::CardSheet;

/// How many cards a page lists.
const ROWS: usize = 100;

struct Line {
    sheet: CardSheet,
    state: State,
    holder: String,
}

/// The word for a card's state.
pub(super) fn state_word(state: State) -> Message {
    match state {
        State::Held => m::STATE_HELD,
        State::Released => m::STATE_RELEASED,
        State::Closed => m::STATE_CLOSED,
    }
}

pub(super) async fn page(view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let sought = view.asked("q").map(|text| text::plain(text.trim(), 200)).filter(|text| !text.is_empty());
    let sought = sought.as_deref();
    let passed = view.number("after").unwrap_or(0);
    let (lines, whole) = sandbox.look(|world, _| match sought {
        Some(number) => (found(world, number).map(|card| line(world, &card)).collect(), 0),
        None => newest(world, passed),
    });
    let next = passed + lines.len() as u64;
    let more = (sought.is_none() && next < whole).then(|| view.to("/console/cards", &[("after", &next.to_string())]));
    let body = html! {
        h1 { (view.say(m::CARDS)) }
        form.filter method="get" action="/console/cards" role="search" {
            @if let Some(name) = view.asked("sandbox") { input type="hidden" name="sandbox" value=(text::plain(name, 64)); }
            label for="q" { (view.say(m::FIND_CARD)) }
            input id="q" name="q" value=[sought] autocomplete="off" spellcheck="false";
            button { (view.say(m::FIND)) }
        }
        @if !lines.is_empty() {
            @let heads = [m::CARD_NO, m::EXTERNAL_NO, m::TEMPLATE, m::HOLDER, m::STATE, m::LEVEL, m::POINTS, m::BALANCE, m::OPENED];
            (table(&view, m::CARDS, &heads, &html! { @for line in &lines { (row(&view, line)) } }))
        } @else if let Some(number) = sought {
            p.empty { (view.lang.fill(m::CARD_NOT_FOUND, &[("q", &text::plain(number, 64))])) }
        } @else {
            p.empty { (view.say(m::CARDS_EMPTY)) }
        }
        (pages(&[(m::NEWEST, (passed > 0 || sought.is_some()).then(|| view.to("/console/cards", &[]))), (m::MORE, more)], &view))
    };
    Ok(frame::console(&view, view.say(m::CARDS), &body))
}

fn found(world: &World, number: &str) -> impl Iterator<Item = Card> {
    let own = world.cards().get(&CardNumber::from(number));
    let merchants = world.programmes().iter().filter_map(move |programme| world.card_by_external(&programme.id, number));
    own.into_iter().chain(merchants.filter(move |card| card.number.as_str() != number)).take(ROWS)
}

fn newest(world: &World, passed: u64) -> (Vec<Line>, u64) {
    let whole = world.cards().len();
    let rows = (0..whole).rev().skip(usize::try_from(passed).unwrap_or(usize::MAX)).take(ROWS);
    let lines = rows.map(|row| line(world, &world.cards().at(u32::try_from(row).expect("rows are numbered with 32 bits")))).collect();
    (lines, whole as u64)
}

fn line(world: &World, card: &Card) -> Line {
    Line { sheet: CardSheet::new(world, card), state: card.state, holder: world.holder_of(card).profile.get().name }
}

fn row(view: &View, Line { sheet, state, holder }: &Line) -> Markup {
    html! {
        tr {
            td { a href=(view.to(&format!("/console/cards/{}", encoded(&sheet.biz_card_no)), &[])) { (text::line(view.lang, &sheet.biz_card_no)) } }
            td { (text::line(view.lang, &sheet.external_card_no)) }
            td { (text::line(view.lang, &sheet.template_id)) }
            td { (text::line(view.lang, holder)) }
            td { span class=(if *state == State::Held { "good" } else { "dim" }) { (view.say(state_word(*state))) } }
            td { @if let Some(level) = &sheet.level { (text::line(view.lang, level)) } }
            td.number { @if let Some(point) = &sheet.point { (point) } }
            td.number { @if let Some(balance) = &sheet.balance { (balance) } }
            td { time { (sheet.open_date) } }
        }
    }
}
