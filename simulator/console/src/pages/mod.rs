//! The web pages: what runs where, the console, the customer's phone. Whole pages from the server; all of it works without script.
//!
//! Everything merchants and customers wrote passes through `text`, `link` and `codes`; no page has a `style=` or inline script.
//! Every list is newest first and goes on with `?after=`; every change is a form POST that ends in a redirect.
//! Source: UI.md §3, §5, §7, §8, §10.

mod assets;
mod card;
mod cards;
mod codes;
mod customers;
mod exchange;
mod filter;
mod frame;
mod journal;
mod lang;
mod link;
mod messages;
mod phone;
mod start;
mod table;
mod templates;
mod text;
mod trouble;
mod view;

use axum::Router;
use axum::routing::{get, post};

use crate::house::House;

/// Name of the cookie that says whose phone this browser is. A platform's pages read it too.
pub const PHONE_COOKIE: &str = "kabao_phone";

/// The pages, without guards. Addresses nobody has end here.
pub(crate) fn router(house: &House) -> Router {
    Router::new()
        .route("/", get(start::page))
        .route("/console", get(journal::from_console))
        .route("/console/journal", get(journal::page))
        .route("/console/journal/{id}", get(exchange::page))
        .route("/console/cards", get(cards::page))
        .route("/console/cards/{no}", get(card::page))
        .route("/console/templates", get(templates::page))
        .route("/console/customers", get(customers::page))
        .route("/console/customers/make", post(customers::make_ten))
        .route("/console/customers/{id}/pick-up", post(customers::pick_up))
        .route("/phone", get(phone::whose))
        .route("/phone/leave", get(phone::leave::page))
        .route("/phone/{customer}", get(phone::wallet::page))
        .route("/phone/{customer}/card/{no}", get(phone::card::page))
        .route("/phone/{customer}/card/{no}/face.css", get(phone::card::face_css))
        .route("/phone/{customer}/card/{no}/remove", post(phone::card::remove))
        .route("/assets/{name}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .fallback(trouble::no_such_page)
        .method_not_allowed_fallback(trouble::no_such_method)
        .with_state(house.clone())
}
