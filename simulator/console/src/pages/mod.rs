//! The web pages: what runs where, the console, the customer's phone, the till. Whole pages from the server; all of it works without script.
//!
//! Everything merchants and customers wrote passes through `text`, `link` and `codes`; no page has a `style=` or inline script.
//! Every list is newest first and goes on with `?after=`; every change is a form POST that ends in a redirect.
//! Source: UI.md §3, §5, §7, §8, §10.

mod assets;
mod card;
mod cards;
mod clock;
mod codes;
mod customers;
mod exchange;
mod faults;
mod filter;
mod form;
mod frame;
mod journal;
mod lang;
mod ledger;
mod link;
#[macro_use]
mod messages;
mod notice;
mod notices;
mod phone;
mod start;
mod table;
mod templates;
mod text;
mod till;
mod trouble;
mod view;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use trouble::Trouble;
use view::View;

use crate::house::House;

/// Name of the cookie that says whose phone this browser is. A platform's pages read it too.
pub const PHONE_COOKIE: &str = "kabao_phone";

/// The pages, without guards. Addresses nobody has end here.
pub(crate) fn router(house: &House) -> Router {
    // the journal is no state of a sandbox: it is shown, with the reason, when the store has stopped
    let always = Router::new()
        .route("/console", get(journal::from_console))
        .route("/console/journal", get(journal::page))
        .route("/console/journal/{id}", get(exchange::page))
        .route("/assets/{name}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon));
    Router::new()
        .route("/", get(start::page))
        .route("/console/cards", get(cards::page))
        .route("/console/cards/{no}", get(card::page))
        .route("/console/clock", get(clock::page))
        .route("/console/clock/set", post(clock::set))
        .route("/console/clock/advance", post(clock::advance))
        .route("/console/faults", get(faults::page))
        .route("/console/faults/make", post(faults::make))
        .route("/console/faults/{id}/remove", post(faults::remove))
        .route("/console/ledger", get(ledger::page))
        .route("/console/notices", get(notices::page))
        .route("/console/notices/{id}", get(notice::page))
        .route("/console/notices/{id}/resend", post(notice::resend))
        .route("/console/templates", get(templates::page))
        .route("/console/customers", get(customers::page))
        .route("/console/customers/make", post(customers::make_ten))
        .route("/console/customers/{id}/pick-up", post(customers::pick_up))
        .route("/phone", get(phone::whose))
        .route("/phone/leave", get(phone::leave::page))
        .route("/phone/{customer}", get(phone::wallet::page))
        .route("/phone/{customer}/pay", get(phone::pay::page).post(phone::pay::renew))
        .route("/phone/{customer}/confirm/{trade}", get(phone::pay::sheet).post(phone::pay::decide))
        .route("/phone/{customer}/inbox", get(phone::inbox::page))
        .route("/phone/{customer}/card/{no}", get(phone::card::page))
        .route("/phone/{customer}/card/{no}/face.css", get(phone::card::face_css))
        .route("/phone/{customer}/card/{no}/remove", post(phone::card::remove))
        .merge(till::routes())
        .route_layer(from_fn_with_state(house.clone(), durable))
        .merge(always)
        .fallback(trouble::no_such_page)
        .method_not_allowed_fallback(trouble::no_such_method)
        .with_state(house.clone())
}

/// Lets a page go once everything it shows is on the disk: all of it was applied before the page was made.
async fn durable(view: View, request: Request, next: Next) -> Response {
    let sandbox = view.sandbox();
    let response = next.run(request).await;
    let Ok(sandbox) = sandbox else { return response };
    let settled = match sandbox.run(|_| ()) {
        Ok(ran) => ran.settled().await,
        Err(broken) => Err(broken.into()),
    };
    match settled {
        Ok(()) => response,
        Err(unsettled) => Trouble::store(&view, &unsettled).into_response(),
    }
}
