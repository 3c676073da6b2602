//! The till: a cashier's screen that stands for the merchant's own program. What it knows, it knows from answers to calls of its own.
//!
//! Every call is signed with the application's key and goes through the gateway (`Provider::call`); the journal is the till's memory, so
//! a till that was closed, or a process that was started again, has to query, as in a shop. Every action is a form; a double press
//! sends the same number of the merchant's twice, which moves money once. Coupons and points after payment are not here.
//! Source: UI.md §8 "Till"; commerce SEMANTICS 3.

mod amount;
mod desk;
mod known;
mod sale;
mod scan;
mod stand;
mod trade;
mod words;

use axum::Router;
use axum::extract::Path;
use axum::middleware::from_fn;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use engine::world::merchant::AppKind;
use maud::html;

use super::journal::{HEADS, row};
use super::messages as m;
use super::table::{pages, table};
use super::trouble::Trouble;
use super::view::{View, encoded};
use super::{frame, text};
use crate::guard::own_pages_only;
use crate::house::House;
use desk::Desk;
use words as w;

/// How many applications are listed, and tills of each.
const SHOPS: usize = 100;
const TILLS: [&str; 3] = ["1", "2", "3"];
/// How many calls a page of a till's journal lists.
const ROWS: usize = 100;

/// The pages of tills, without guards.
pub(super) fn routes() -> Router<House> {
    // opening this page makes a call: nobody else's page may have it opened
    let polling = Router::new().route("/till/{shop}/{till}/trade/{number}/poll", get(trade::poll)).route_layer(from_fn(own_pages_only));
    Router::new()
        .route("/till", get(list))
        .route("/till/{shop}", get(first))
        .route("/till/{shop}/{till}", get(sale::page))
        .route("/till/{shop}/{till}/scan", post(sale::scan))
        .route("/till/{shop}/{till}/order", post(sale::order))
        .route("/till/{shop}/{till}/find", post(sale::find))
        .route("/till/{shop}/{till}/journal", get(journal))
        .route("/till/{shop}/{till}/trade/{number}", get(trade::page))
        .route("/till/{shop}/{till}/trade/{number}/query", post(trade::query))
        .route("/till/{shop}/{till}/trade/{number}/cancel", post(trade::cancel))
        .route("/till/{shop}/{till}/trade/{number}/refund", post(trade::refund))
        .merge(polling)
}

/// The merchants of a sandbox, with some tills of each.
async fn list(view: View) -> Result<Response, Trouble> {
    let sandbox = view.sandbox()?;
    let shops: Vec<(String, String, String)> = sandbox.look(|world, _| {
        let apps = world.apps().iter().filter(|app| app.kind == AppKind::Merchant).take(SHOPS);
        let named = |app: &engine::world::merchant::App| world.merchants().get(&app.merchant).map(|merchant| merchant.name.clone());
        apps.map(|app| (app.id.to_string(), app.name.clone(), named(app).unwrap_or_default())).collect()
    });
    let body = html! {
        h1 { (view.say(w::TILLS)) }
        p.small { (view.say(w::TILLS_HINT)) }
        @if shops.is_empty() { p.empty { (view.say(w::NO_TILLS)) } }
        @for (app, name, shop) in &shops {
            section.pane {
                h2 { (text::line(view.lang, shop)) }
                p.small { (text::line(view.lang, name)) " · " code { (app) } }
                div.acts { @for till in TILLS { a.button href=(view.to(&format!("/till/{}/{till}", encoded(app)), &[])) { (view.say(m::TILL)) " " (till) } } }
            }
        }
    };
    Ok(frame::till(&view, view.say(w::TILLS), None, &body))
}

/// A shop without a till's name: its first one.
async fn first(Path(shop): Path<String>, view: View) -> Redirect {
    Redirect::to(&view.to(&format!("/till/{}/1", encoded(&shop)), &[]))
}

/// What this till called, newest first.
async fn journal(Path((shop, till)): Path<(String, String)>, view: View) -> Result<Response, Trouble> {
    let desk = Desk::of(&view, &shop, &till)?;
    let after = view.number("after");
    let found = desk.sandbox.journal().before(after.unwrap_or(u64::MAX), ROWS + 1, desk.is_own(&view));
    let listed = &found.exchanges[..found.exchanges.len().min(ROWS)];
    let last = listed.last().filter(|_| found.exchanges.len() > ROWS);
    let older = last.map(|exchange| desk.to(&view, "/journal", &[("after", &exchange.id.to_string())]));
    let body = html! {
        (desk.head(&view))
        p { a href=(desk.to(&view, "", &[])) { "← " (view.say(w::BACK_TO_SALE)) } }
        h2 { (view.say(w::TILL_JOURNAL)) }
        @if found.dropped > 0 { p.warning { "⚠ " (view.lang.fill(m::DROPPED, &[("n", &found.dropped.to_string())])) } }
        @if listed.is_empty() { p.empty { (view.say(w::TILL_JOURNAL_EMPTY)) } } @else {
            (table(&view, w::TILL_JOURNAL, &HEADS, &html! { @for exchange in listed { (row(&view, exchange, false)) } }))
        }
        (pages(&[(m::NEWEST, after.map(|_| desk.to(&view, "/journal", &[]))), (m::OLDER, older)], &view))
    };
    Ok(frame::till(&view, view.say(w::TILL_JOURNAL), None, &body))
}
