//! One card: what it says, what the phone shows of it, and the ledger postings behind its figures.

use axum::extract::Path;
use axum::response::Response;
use engine::Sandbox;
use engine::journal::Exchange;
use engine::world::World;
use engine::world::accounts::{balance_of, points_of};
use engine::world::card::State;
use engine::world::ledger::{AccountId, Row, Sequence, explain};
use engine::world::message::Received;
use engine::world::names::CardNumber;
use maud::{Markup, html};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::cards::state_word;
use super::journal::{HEADS, row};
use super::messages as m;
use super::table::{facts, table};
use super::trouble::Trouble;
use super::view::{View, encoded};
use super::{frame, text};
use crate::api::CardSheet;
use crate::house::aside;

/// The most ledger rows that are read for a page.
const ROWS: usize = 10_000;
/// Among how many of the last exchanges those are looked for that name a card.
const LOOKED_AT: u64 = 500;
/// The most postings and purchases that are listed.
const LISTED: usize = 50;

struct Page {
    sheet: CardSheet,
    state: State,
    holder: String,
    template: String,
    declared: Vec<String>,
    ledger_points: Option<i64>,
    ledger_balance: Option<i64>,
    purchases: Vec<(String, String)>,
    messages: Vec<(String, String, String, String)>,
}

/// A posting as a sentence, and what the account held after it.
struct Line {
    at: String,
    text: String,
    after: String,
}

pub(super) async fn page(Path(number): Path<String>, view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let number = CardNumber::from(number);
    let page = sandbox.look(|world, _| read(world, &number)).ok_or_else(|| Trouble::new(&view, m::NO_CARD, number.as_str()))?;
    let points = postings(&view, sandbox.clone(), points_of(&number)).await?;
    let balance = postings(&view, sandbox.clone(), balance_of(&number)).await?;
    let Page { sheet, state, holder, template, declared, ledger_points, ledger_balance, purchases, messages } = &page;
    let calls = calls(&sandbox, &sheet.biz_card_no, &sheet.external_card_no);
    let phone = view.to(&format!("/phone/{}/card/{}", encoded(&sheet.user_id), encoded(&sheet.biz_card_no)), &[]);
    let body = html! {
        p.pages { a href=(view.to("/console/cards", &[])) { "← " (view.say(m::CARDS)) } @if *state == State::Held { " " a href=(phone) { (view.say(m::ON_PHONE)) } } }
        h1 { (text::line(view.lang, template)) " " (text::line(view.lang, &sheet.biz_card_no)) }
        (facts(&view, &[
            (m::STATE, html! { span class=(if *state == State::Held { "good" } else { "dim" }) { (view.say(state_word(*state))) } }),
            (m::EXTERNAL_NO, text::line(view.lang, &sheet.external_card_no)),
            (m::TEMPLATE, text::line(view.lang, &sheet.template_id)),
            (m::HOLDER, html! { (text::line(view.lang, holder)) " " code { (sheet.user_id) } }),
            (m::OPENED, html! { time { (sheet.open_date) } }),
            (m::VALID_UNTIL, html! { @match &sheet.valid_date { Some(date) => time { (date) }, None => (view.say(m::FOREVER)) } }),
        ]))
        section {
            h2 { (view.say(m::STATED)) }
            (table(&view, m::STATED, &[m::FIELD, m::VALUE, m::LEDGER, m::SHOWN_ON_PAGE], &html! {
                (figure(&view, m::POINTS, "POINT", sheet.point.as_deref(), *ledger_points, declared))
                (figure(&view, m::BALANCE, "BALANCE", sheet.balance.as_deref(), *ledger_balance, declared))
                (figure(&view, m::LEVEL, "LEVEL", sheet.level.as_deref(), None, declared))
            }))
        }
        section {
            h2 { (view.say(m::LEDGER)) }
            @if points.is_empty() && balance.is_empty() { p.empty { (view.say(m::LEDGER_EMPTY)) } }
            @for (name, account, lines) in [(m::POINTS, points_of(&number), &points), (m::BALANCE, balance_of(&number), &balance)] {
                @if !lines.is_empty() {
                    h3 { a href=(super::ledger::address(&view, &account.to_string())) { (view.say(name)) } }
                    (table(&view, name, &[m::TIME, m::POSTING, m::AFTER], &html! {
                        @for line in lines { tr { td { time { (line.at) } } td { (line.text) } td.number { (line.after) } } }
                    }))
                }
            }
        }
        section {
            h2 { (view.say(m::PURCHASES)) }
            @if purchases.is_empty() { p.empty { (view.say(m::NO_PURCHASES)) } } @else {
                (table(&view, m::PURCHASES, &[m::TIME, m::TRADE_NO], &html! { @for (at, trade) in purchases { tr { td { time { (at) } } td { (text::line(view.lang, trade)) } } } }))
            }
        }
        section {
            h2 { (view.say(m::CARD_CALLS)) }
            @if calls.is_empty() { p.empty { (view.say(m::CARD_CALLS_NONE)) } } @else {
                (table(&view, m::CARD_CALLS, &HEADS, &html! { @for exchange in &calls { (row(&view, exchange, false)) } }))
            }
        }
        section {
            h2 { (view.say(m::MESSAGES)) }
            @if messages.is_empty() { p.empty { (view.say(m::NO_MESSAGES)) } } @else {
                (table(&view, m::MESSAGES, &[m::TIME, m::KIND, m::NOTIFY_NO, m::SAYS], &html! {
                    @for (at, kind, number, content) in messages {
                        tr { td { time { (at) } } td { (text::line(view.lang, kind)) } td { (text::line(view.lang, number)) } td { (text::line(view.lang, content)) } }
                    }
                }))
            }
        }
    };
    Ok(frame::console(&view, view.say(m::CARD), &body))
}

fn read(world: &World, number: &CardNumber) -> Option<Page> {
    let card = world.cards().get(number)?;
    let programme = world.programme_at(card.programme);
    Some(Page {
        sheet: CardSheet::new(world, &card),
        state: card.state,
        holder: world.holder_of(&card).profile.get().name,
        template: super::templates::name_of(programme),
        declared: programme.terms.columns.clone(),
        ledger_points: world.ledger().balance(points_of(number)),
        ledger_balance: world.ledger().balance(balance_of(number)),
        messages: world
            .inbox_of(&card, LISTED)
            .into_iter()
            .map(|received| {
                let (number, says) = match received {
                    Received::Message(message) => (message.sent.key.number.clone(), message.sent.content.to_string()),
                    Received::Points(told) => (String::new(), told.signed()),
                };
                (received.at().text(), received.kind().to_owned(), number, says)
            })
            .collect(),
        purchases: world.purchases_of(&card).take(LISTED).map(|purchase| (purchase.at.text(), purchase.key.trade.clone())).collect(),
    })
}

fn figure(view: &View, name: m::Message, column: &str, stated: Option<&str>, held: Option<i64>, declared: &[String]) -> Markup {
    let shows = declared.iter().any(|code| code == column);
    html! {
        tr {
            th scope="row" { (view.say(name)) }
            td { @match stated { Some(text) => (text::line(view.lang, text)), None => span.dim { (view.say(m::NOT_STATED)) } } }
            td { @if let Some(hundredths) = held { (hundredths / 100) "." (format!("{:02}", hundredths.unsigned_abs() % 100)) } }
            td { @if shows { span.good { "✓ " (view.say(m::SHOWN_YES)) } } @else { span.dim { "– " (view.say(m::SHOWN_NO)) } } }
        }
    }
}

/// The newest calls that name a card by either number, among the last ones.
fn calls(sandbox: &Sandbox, number: &str, external: &str) -> Vec<Arc<Exchange>> {
    let journal = sandbox.journal();
    let end = journal.before(0, 0, |_| true).next;
    let names = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.contains(number) || (!external.is_empty() && text.contains(external))
    };
    let first = end.saturating_sub(LOOKED_AT);
    let is_about = |exchange: &Exchange| exchange.id >= first && (names(&exchange.request.body) || names(&exchange.answer.body));
    journal.before(u64::MAX, LISTED, is_about).exchanges
}

/// An account's last postings, newest first.
async fn postings(view: &View, sandbox: Arc<Sandbox>, account: AccountId) -> Result<Vec<Line>, Trouble> {
    let log = view.house.engine().log().clone();
    let read = aside(move || {
        let mut rows: Vec<(Sequence, Row)> = Vec::new();
        log.account(&engine::log::SandboxId::from(sandbox.name()), account, None, &mut |place, row| {
            rows.push((Sequence(place.row), *row));
            if rows.len() < ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let lines = explain(account, rows.iter().map(|(sequence, row)| (*sequence, row))).map_while(Result::ok).map(|line| Line {
            at: engine::world::Moment(line.posting.at.0).text(),
            text: line.text,
            after: line.after.account.unit.show(line.after.account.balance).to_string(),
        });
        let mut lines: Vec<Line> = lines.collect();
        lines.reverse();
        lines.truncate(LISTED);
        Ok::<_, engine::log::Broken>(lines)
    });
    read.await.map_err(|broken| Trouble::store(view, &broken))
}
