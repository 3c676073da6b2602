//! What customers' browsers get from this platform: the two real pages, and uploaded pictures.

mod picture;

use crate::Alipay;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// The routes of all pages.
pub(crate) fn routes() -> Router<Arc<Alipay>> {
    Router::new().route(picture::PATH, get(picture::serve))
}
