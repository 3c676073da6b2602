//! Readiness: whether calls can be answered. Open to everybody, so it says nothing about anybody.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::house::{House, aside};

pub(super) async fn health(State(house): State<House>) -> Response {
    let engine = house.engine().clone();
    // a store that stopped says so to every question
    let store = aside(move || engine.log().sandboxes().map(|_| ())).await;
    let (status, word) = if store.is_ok() { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "stopped") };
    let body = json!({"status": word, "store": word, "version": env!("CARGO_PKG_VERSION"), "sandboxes": house.engine().names().len()});
    (status, Json(body)).into_response()
}
