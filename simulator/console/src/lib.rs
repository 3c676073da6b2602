//! The control API under `/_kabao/v1` and the web pages: what runs where, the console, the customer's phone.
//!
//! Knows engine, world and wire, and platforms only as [`engine::provider::Provider`]. The gateway, the real consent and
//! activation pages and listening are not here: the server composes them, with [`guard`] around every page that is not ours.
//! Errors: all of them are answers (JSON for the API, a page else); nothing is returned to the caller.
//! Source: DESIGN "Names and addresses that others rely on", "Pages and guards"; UI.md §3–§5, §7, §8, §10.

mod api;
mod guard;
mod house;
mod notices;
mod pages;
mod till_calls;

pub use api::description;
pub use guard::{CONTENT_SECURITY_POLICY, Peer, guard};
pub use house::{Door, House, Settings, Snippet};

pub use pages::PHONE_COOKIE;

use axum::Router;

/// Control API and pages, guarded. The fallback for addresses nobody has is part of it, so it can be merged only with
/// routers that have none.
pub fn router(house: &House) -> Router {
    Router::new().merge(api::health(house)).merge(guard::guard_api(api::router(house), house)).merge(guard(pages::router(house), house))
}
