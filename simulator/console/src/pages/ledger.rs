//! The ledger: an account's balance and the postings that made it, each as a sentence; and where the accounts of people are found.
//!
//! Read from the log, as `kabao ledger explain` does. Source: UI.md "Ledger explain".

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::Sandbox;
use engine::world::trade::wallet::{outside, platform, settlement_of, wallet_of};
use maud::{Markup, html};

use super::messages as m;
use super::table::{facts, pages, table};
use super::trouble::Trouble;
use super::view::View;
use super::{frame, text};
use crate::api::{AccountSheet, account_sheet};

/// How many postings a page lists.
const ROWS: usize = 100;
/// How many accounts of a kind are listed.
const LISTED: usize = 50;

pub(super) async fn page(view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let asked = text::plain(view.asked("account").unwrap_or_default(), 64);
    let after = usize::try_from(view.number("after").unwrap_or(0)).unwrap_or(usize::MAX);
    let mut status = StatusCode::OK;
    let found = if asked.is_empty() {
        accounts(&view, &sandbox)
    } else {
        match account_sheet(&view.house, &sandbox, &asked, Some((after, ROWS))).await {
            Ok(sheet) => account(&view, &sheet, after),
            Err(refused) => {
                status = refused.status;
                html! { p.bad role="alert" { "✕ " (text::line(view.lang, &refused.error.message)) } (accounts(&view, &sandbox)) }
            }
        }
    };
    let body = html! {
        h1 { (view.say(m::LEDGER_PAGE)) }
        form.filter method="get" action="/console/ledger" role="search" {
            @if let Some(name) = view.asked("sandbox") { input type="hidden" name="sandbox" value=(text::plain(name, 64)); }
            label for="account" { (view.say(m::ACCOUNT)) }
            input id="account" name="account" value=(asked) autocomplete="off" spellcheck="false";
            button { (view.say(m::FIND)) }
        }
        (found)
    };
    Ok((status, frame::console(&view, view.say(m::LEDGER_PAGE), &body)).into_response())
}

/// The page of an account.
pub(super) fn address(view: &View, account: &str) -> String {
    view.to("/console/ledger", &[("account", account)])
}

fn account(view: &View, sheet: &AccountSheet, after: usize) -> Markup {
    let postings = sheet.postings.as_deref().unwrap_or_default();
    let at = |after: usize| view.to("/console/ledger", &[("account", sheet.id.as_str()), ("after", &after.to_string())]);
    let other =
        |id: &str| html! { @if id == sheet.id { "·" } @else { a href=(address(view, id)) { code { (id.get(..8).unwrap_or(id)) "…" } } } };
    html! {
        h2 { code { (sheet.id) } }
        (facts(view, &[
            (m::BALANCE, html! { b { (sheet.shown) } }),
            (m::UNIT, html! { (sheet.unit) }),
            (m::HELD_BACK, html! { (sheet.held.0) }),
            (m::COMING, html! { (sheet.coming.0) }),
        ]))
        @if postings.is_empty() { p.empty { (view.say(m::LEDGER_EMPTY)) } } @else {
            (table(view, m::LEDGER, &[m::TIME, m::POSTING, m::FROM_ACCOUNT, m::TO_ACCOUNT, m::EVENTS, m::AFTER], &html! {
                @for posting in postings {
                    tr {
                        td { time { (posting.at) } }
                        td { (posting.text) " " code.dim { (posting.kind) } }
                        td { (other(&posting.debit)) }
                        td { (other(&posting.credit)) }
                        td { "#" (posting.event) }
                        td.number { (posting.shown) }
                    }
                }
            }))
        }
        (pages(&[(m::OLDEST, (after > 0).then(|| at(0))), (m::MORE, sheet.next.map(at))], view))
    }
}

/// Where money lies: the merchants' settlement accounts, the customers' wallets, and the two accounts of the platform.
fn accounts(view: &View, sandbox: &Sandbox) -> Markup {
    let rows: Vec<(String, String, String)> = sandbox.look(|world, _| {
        let own = [(m::OUTSIDE, outside()), (m::PLATFORM_ACCOUNT, platform())].map(|(name, id)| (view.say(name).to_owned(), id));
        let merchants = world.merchants().iter().take(LISTED).map(|merchant| (merchant.name.clone(), settlement_of(&merchant.id)));
        let customers = world.customers().iter().take(LISTED).map(|customer| (customer.profile.get().name, wallet_of(&customer.user)));
        let all = own.into_iter().chain(merchants).chain(customers);
        // an account is opened by what first touches it
        all.filter_map(|(name, id)| {
            Some((name, id.to_string(), world.ledger().view(id).map(|seen| seen.unit.show(seen.balance).to_string())?))
        })
        .collect()
    });
    html! {
        p.small { (view.say(m::LEDGER_HINT)) }
        @if rows.is_empty() { p.empty { (view.say(m::LEDGER_EMPTY)) } } @else {
            (table(view, m::LEDGER_PAGE, &[m::NAME, m::ACCOUNT, m::BALANCE], &html! {
                @for (name, id, balance) in &rows {
                    tr { td { (text::line(view.lang, name)) } td { a href=(address(view, id)) { code { (id) } } } td.number { (balance) } }
                }
            }))
        }
    }
}
