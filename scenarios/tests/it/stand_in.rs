//! Stand-ins that speak just enough: a platform that knows nobody, a merchant that answers as told. No simulator is needed.

use axum::Router;
use axum::extract::Json;
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
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

/// A platform with one journal entry, one customer and one card that always shows `points`; its clock only runs.
pub(crate) fn platform(points: &'static str) -> Router {
    let show = move || std::future::ready(card(points));
    platform_showing(show).route("/_kabao/v1/clock", post(async || Json(json!({"now_ms": BEGIN_MS}))))
}

fn card(points: &str) -> Json<Value> {
    Json(json!({"kind": "qrcode", "code": "KB000001", "face": {"columns": [{"code": "POINT", "value": points}]}}))
}

fn platform_showing<S: Future<Output = Json<Value>> + Send + 'static>(show: impl Fn() -> S + Clone + Send + Sync + 'static) -> Router {
    let update = json!({"id": 41, "method": "alipay.marketing.card.update", "at": "2026-11-21 12:00:03", "view": {"card": "kabao1"}});
    Router::new()
        .route("/_kabao/health", get(async || Json(json!({"status": "ok", "version": "9.9.9"}))))
        .route("/_kabao/v1/sandboxes/demo", get(async || Json(json!({"sandbox": "demo", "seed": 7731}))))
        .route(
            "/_kabao/v1/journal",
            get(async move |axum::extract::RawQuery(query): axum::extract::RawQuery| Json(journal(&query.unwrap_or_default(), &update))),
        )
        .route("/_kabao/v1/faults", get(async || Json(json!({"faults": []}))))
        .route("/_kabao/v1/events", get(async || Json(json!({"events": [], "next": 0}))))
        .route("/_kabao/v1/customers", post(async || Json(json!({"user_id": "2088000000000001"}))))
        .route("/_kabao/v1/customers/{id}/cards", get(async || Json(json!({"cards": [{"biz_card_no": "kabao1", "state": "held"}]}))))
        .route("/_kabao/v1/notices", get(async || Json(json!({"notices": [], "total": 0}))))
        .route("/_kabao/v1/customers/{id}/activate", post(async || Json(json!({"already_holds": "kabao1"}))))
        .route("/_kabao/v1/customers/{id}/cards/{card}/show", post(show))
}

/// The one entry, once its number is asked for from the beginning of the run: a run begins where nothing was yet.
fn journal(query: &str, update: &Value) -> Value {
    let whole_page = query.contains("whole=1") && query.contains("after=0&") && !query.contains("stray");
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

/// A shop and a platform whose clocks can be stopped: the card shows its points only once virtual time is this far. What the two
/// were told is listed, in order.
pub(crate) struct Stopped {
    pub(crate) platform: Router,
    pub(crate) merchant: Router,
    pub(crate) told: Arc<Mutex<Vec<Told>>>,
}

/// Who was told that it is that moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    Platform(i64),
    Shop(i64),
}

/// When virtual time begins here.
pub(crate) const BEGIN_MS: i64 = 1_000_000;

/// `next_ms`: when platform and shop say that they have something to do next, counted from the beginning; neither says it without.
pub(crate) fn stopped(points_after_ms: i64, next_ms: Option<[Option<i64>; 2]>) -> Stopped {
    let now = Arc::new(AtomicI64::new(BEGIN_MS));
    let told: Arc<Mutex<Vec<Told>>> = Arc::default();
    let (advanced, shown, came, heard) = (now.clone(), now, told.clone(), told.clone());
    let saying = move |mut answer: Value, who: usize, now: i64| {
        if let Some(dues) = next_ms {
            answer["next_ms"] = json!(dues[who].map(|due| BEGIN_MS + due).filter(|due| *due > now));
        }
        Json(answer)
    };
    let clock = async |Json(_): Json<Value>| Json(json!({"now_ms": BEGIN_MS}));
    let advance = async move |Json(asked): Json<Value>| {
        let by = asked["by"].as_str().unwrap();
        let ms: i64 = by.strip_suffix("ms").map_or(0, |ms| ms.parse().unwrap());
        let now = advanced.fetch_add(ms, Ordering::SeqCst) + ms;
        came.lock().unwrap().push(Told::Platform(now));
        saying(json!({"clock": {"now_ms": now}, "ran": []}), 0, now)
    };
    let show = move || {
        let enough = shown.load(Ordering::SeqCst) >= BEGIN_MS + points_after_ms;
        std::future::ready(card(if enough { "35" } else { "0" }))
    };
    let platform = platform_showing(show).route("/_kabao/v1/clock", post(clock)).route("/_kabao/v1/clock/advance", post(advance));
    let hear = async move |Json(asked): Json<Value>| {
        let now = asked["now_ms"].as_i64();
        heard.lock().unwrap().extend(now.map(Told::Shop));
        saying(json!({"now_ms": now, "busy": 0}), 1, now.unwrap_or_default())
    };
    Stopped { platform, merchant: merchant().route("/clock", post(hear)), told }
}

/// A merchant that says that a connection stays open, and closes it with the next request that comes on it: as one that was ended
/// and started again does, or one that closes what was idle at just that moment.
pub(crate) async fn closes_what_it_kept() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                let read = stream.read(&mut asked).await.unwrap_or_default();
                // its clock only runs
                let status = if asked[..read].starts_with(b"POST /clock") { "404 Not Found" } else { "200 OK" };
                let body = json!({"template_id": "T1", "link": "https://x", "created": false, "pending": 0}).to_string();
                let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = stream.write_all((head + &body).as_bytes()).await;
                let _ = stream.read(&mut asked).await;
            });
        }
    });
    address
}
