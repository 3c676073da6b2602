//! What customers' browsers get from this platform: the two real pages, uploaded pictures, one style sheet.
//!
//! Rendered here whole, without script; every action is a form POST that ends in a redirect. What merchants and customers
//! wrote is escaped, cut and freed of control characters. Source: UI.md 3, 4, 8.

mod consent;
mod delegation;
mod fast;
mod form;
mod frame;
mod guard;
mod notice;
mod phone;
mod picture;
mod sheet;
mod style;

use crate::Alipay;
use crate::activation::link;
use crate::customer::authorize;
use crate::delegation::offer;
use axum::Router;
use axum::routing::{MethodRouter, get};
use sheet::Sheet;
use std::sync::Arc;

/// The routes of all pages.
pub(crate) fn routes() -> Router<Arc<Alipay>> {
    Router::new()
        .route(link::PATH, of::<form::ActivationForm>())
        .route(crate::customer::fast::PATH, of::<fast::FastForm>())
        .route(authorize::PATH, of::<consent::ConsentSheet>())
        .route(offer::PATH, of::<delegation::DelegationSheet>())
        .route(picture::PATH, get(picture::serve))
        .route(style::PATH, get(style::serve))
}

/// A sheet is looked at and sent.
fn of<S: Sheet>() -> MethodRouter<Arc<Alipay>> {
    get(sheet::page::<S>).post(sheet::page::<S>)
}

#[cfg(test)]
mod tests;
