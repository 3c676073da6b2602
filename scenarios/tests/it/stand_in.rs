//! Stand-ins that speak just enough: a platform that knows nobody, a merchant that answers as told. No simulator is needed.

use axum::Router;
use axum::extract::Json;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Serves a router on a free port for as long as the test runs.
pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A platform with one journal entry, one customer and one card that always shows `points`.
pub(crate) fn platform(points: &'static str) -> Router {
    let update = json!({"id": 41, "method": "alipay.marketing.card.update", "at": "2026-11-21 12:00:03", "view": {"card": "kabao1"}});
    let whole = update.clone();
    Router::new()
        .route("/_kabao/health", get(async || Json(json!({"status": "ok", "version": "9.9.9"}))))
        .route("/_kabao/v1/sandboxes/demo", get(async || Json(json!({"sandbox": "demo", "seed": 7731}))))
        .route(
            "/_kabao/v1/journal",
            get(async move |axum::extract::RawQuery(query): axum::extract::RawQuery| Json(journal(&query.unwrap_or_default(), &update))),
        )
        .route("/_kabao/v1/journal/41", get(async move || Json(whole)))
        .route("/_kabao/v1/events", get(async || Json(json!({"events": [], "next": 0}))))
        .route("/_kabao/v1/customers", post(async || Json(json!({"user_id": "2088000000000001"}))))
        .route("/_kabao/v1/customers/{id}/activate", post(async || Json(json!({"already_holds": "kabao1"}))))
        .route(
            "/_kabao/v1/customers/{id}/cards/{card}/show",
            post(async move || {
                Json(json!({"kind": "qrcode", "code": "KB000001", "face": {"columns": [{"code": "POINT", "value": points}]}}))
            }),
        )
}

/// The one entry, once its number is asked for from the beginning of the run: a run begins where nothing was yet.
fn journal(query: &str, update: &Value) -> Value {
    let whole_page = query.contains("limit=500") && query.contains("after=0&") && !query.contains("stray");
    json!({"exchanges": if whole_page { vec![update.clone()] } else { vec![] }, "next": 0, "dropped": 0})
}

/// A merchant that has a poster and is set up.
pub(crate) fn merchant() -> Router {
    Router::new()
        .route("/setup", post(async || Json(json!({"template_id": "T1", "link": "https://x", "created": false}))))
        .route("/poster", get(async || Json(json!({"template_id": "T1", "link": "https://x"}))))
        .route("/health", get(async || Json(json!({"status": "ok", "pending": 0}))))
}

/// A server that answers every request with a body that does not end.
pub(crate) async fn endless() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n").await;
                while stream.write_all(&[b'x'; 8_192]).await.is_ok() {}
            });
        }
    });
    address
}
