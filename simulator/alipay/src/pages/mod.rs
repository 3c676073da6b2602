//! What customers' browsers get from this platform: the two real pages, uploaded pictures, one style sheet.
//!
//! Rendered here whole, without script; every action is a form POST that ends in a redirect. What merchants and customers
//! wrote is escaped, cut and freed of control characters. Source: UI.md 3, 4, 8.

mod consent;
mod fast;
mod form;
mod frame;
mod guard;
mod notice;
mod phone;
mod picture;
mod style;

use crate::Alipay;
use crate::activation::link;
use crate::customer::authorize;
use axum::Router;
use axum::routing::get;
use engine::Sandbox;
use engine::journal::AnswerBytes;
use engine::provider::Stopped;
use std::sync::Arc;

/// The routes of all pages.
pub(crate) fn routes() -> Router<Arc<Alipay>> {
    Router::new()
        .route(link::PATH, get(form::page).post(form::page))
        .route(crate::customer::fast::PATH, get(fast::page).post(fast::page))
        .route(authorize::PATH, get(consent::page).post(consent::page))
        .route(picture::PATH, get(picture::serve))
        .route(style::PATH, get(style::serve))
}

/// What a page says, once everything it may show is on the disk; a sandbox that stopped says nothing else.
async fn on_disk(sandbox: &Sandbox, told: Result<AnswerBytes, Stopped>) -> Result<AnswerBytes, Stopped> {
    sandbox.run(|_| ())?.settled().await?;
    told
}

#[cfg(test)]
mod tests;
