//! Readiness: whether calls can be answered, and why not. Open to everybody, so only callers on this machine hear names and causes.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::guard::is_local;
use crate::house::{House, aside};

pub(super) async fn health(State(house): State<House>, request: Request) -> Response {
    // a page of another site that was led here under its own name is a stranger, too
    let local = is_local(&request) && house.hosts().check(&request).is_ok();
    let engine = house.engine().clone();
    let (store, stopped, sandboxes) = aside(move || (engine.stopped(), engine.stopped_sandboxes(), engine.names().len())).await;
    let (status, word, of_store) = match (&store, stopped.is_empty()) {
        (Some(_), _) => (StatusCode::SERVICE_UNAVAILABLE, "stopped", "stopped"),
        // the others answer
        (None, false) => (StatusCode::OK, "degraded", "ok"),
        (None, true) => (StatusCode::OK, "ok", "ok"),
    };
    let mut body = json!({
        "status": word,
        "store": of_store,
        "version": env!("CARGO_PKG_VERSION"),
        "sandboxes": sandboxes,
        "stopped_sandboxes": stopped.len(),
    });
    if local {
        let lines: Vec<_> = stopped.iter().map(|stopped| json!({"sandbox": stopped.sandbox, "why": stopped.why})).collect();
        body["stopped_sandboxes"] = lines.into();
        // for who measures what a call costs here
        body["process"] = std::process::id().into();
        if let Some(broken) = store {
            body["why"] = broken.to_string().into();
            body["hint"] = "nothing that was answered is lost: mend the cause and start kabao again".into();
        }
    }
    (status, Json(body)).into_response()
}
