//! The edge to HTTP: bodies taken in within bounds of size and time, answers given out as the platform writes them.
//!
//! The gateway answers 200 whatever happens, also to a body that is too large or too slow: any other status makes the SDKs
//! throw (PROTOCOL A6). Host and origin guards are layers that the server puts around this router.

use crate::bill::download;
use crate::fault::BrokenOff;
use crate::gateway::{GATEWAY_PATH, header};
use crate::intake::{Intake, TakenIn};
use crate::{Alipay, pages};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{any, get};
use bytes::Bytes;
use engine::journal::{AnswerBytes, RequestBytes, Sent};
use engine::to_its_end::{Panicked, ToItsEnd};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Every path of V3.
const V3_PATHS: &str = "/v3/{*path}";
/// The largest body of a call with a file.
const UPLOAD_BYTES: usize = 8 << 20;
/// The largest body of any other call.
const CALL_BYTES: usize = 1 << 20;

/// Gateway, customer pages and pictures of the platform.
pub fn router(platform: Arc<Alipay>) -> Router {
    gateway_router(platform.clone()).merge(pages_router(platform))
}

/// The gateway alone: called by programs, from wherever merchants run.
pub fn gateway_router(platform: Arc<Alipay>) -> Router {
    Router::new()
        .route(GATEWAY_PATH, any(gateway))
        .route(V3_PATHS, any(v3))
        .route(download::PATH, get(download::serve))
        .with_state(platform)
}

/// One call to the classic gateway, for who has looked at the address itself: what the router does with a POST to [`GATEWAY_PATH`].
pub async fn call(platform: Arc<Alipay>, request: Request) -> Response {
    serve(State(platform), request, Dialect::Classic).await
}

/// Customer pages and pictures alone: opened by browsers, so a house puts its Host list around them.
pub fn pages_router(platform: Arc<Alipay>) -> Router {
    pages::routes().with_state(platform)
}

async fn gateway(state: State<Arc<Alipay>>, request: Request) -> Response {
    serve(state, request, Dialect::Classic).await
}

async fn v3(state: State<Arc<Alipay>>, request: Request) -> Response {
    serve(state, request, Dialect::V3).await
}

/// In which of the two dialects a path is served.
#[derive(Clone, Copy)]
enum Dialect {
    Classic,
    V3,
}

async fn serve(State(platform): State<Arc<Alipay>>, request: Request, dialect: Dialect) -> Response {
    if let Dialect::Classic = dialect
        && let Some(target) = request.uri().path_and_query()
        && let Some(busy) = platform.refuse_busy(target.as_str())
    {
        return give_out(&busy.answer);
    }
    // a call runs to its end even when its caller hangs up: what it did stands in the journal then, too
    let serving = platform.clone();
    let served = ToItsEnd::of(async move {
        match take_in(&serving.intake, request, UPLOAD_BYTES, CALL_BYTES).await {
            Ok((request, _share)) => match dialect {
                Dialect::Classic => (serving.answer(request).await, true),
                Dialect::V3 => (serving.answer_v3(request).await, true),
            },
            Err((request, trouble)) => match dialect {
                Dialect::Classic => (serving.refuse_unread(request, &trouble), false),
                Dialect::V3 => (serving.refuse_unread_v3(request, &trouble), false),
            },
        }
    });
    match served.await {
        Ok((exchange, reusable)) => {
            let mut response = give_out(&exchange.answer);
            if !reusable {
                response.headers_mut().insert(axum::http::header::CONNECTION, HeaderValue::from_static("close"));
            }
            response
        }
        Err(Panicked(words)) => {
            tracing::error!(panic = words, "a call ended in a bug");
            let exchange = match dialect {
                Dialect::Classic => platform.unknown(),
                Dialect::V3 => platform.unknown_v3(),
            };
            give_out(&exchange.answer)
        }
    }
}

/// Reads a request with its body; its share of the budget is held until it is dropped.
///
/// # Errors
/// The request without its body and what is wrong with that body.
pub(crate) async fn take_in(
    intake: &Intake,
    request: Request,
    upload: usize,
    other: usize,
) -> Result<(RequestBytes, Option<OwnedSemaphorePermit>), (RequestBytes, String)> {
    let (head, body) = request.into_parts();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut taken = RequestBytes {
        method: head.method.as_str().to_owned(),
        target: target_of(&head.uri),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: Bytes::new(),
    };
    let is_upload = header(&taken, "content-type").is_some_and(is_multipart);
    match intake.read(body, if is_upload { upload } else { other }).await {
        Ok(TakenIn { bytes, share }) => {
            taken.body = bytes;
            Ok((taken, share))
        }
        Err(trouble) => Err((taken, trouble)),
    }
}

fn is_multipart(content_type: &str) -> bool {
    const MULTIPART: &str = "multipart/";
    content_type.trim_start().get(..MULTIPART.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(MULTIPART))
}

/// A request's target as it came: nearly always a path, which needs no writing anew.
fn target_of(uri: &Uri) -> String {
    match uri.path_and_query() {
        Some(target) if uri.authority().is_none() => target.as_str().to_owned(),
        _ => uri.to_string(),
    }
}

/// Writes an answer out.
pub(crate) fn give_out(answer: &AnswerBytes) -> Response {
    let body = match answer.sent {
        Sent::Whole => Body::from(answer.body.clone()),
        Sent::First(bytes) => BrokenOff::after(&answer.body, bytes),
        Sent::Nothing => BrokenOff::after(&Bytes::new(), 0),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        if let (Some(name), Ok(value)) = (name_of(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// A header's name; those of every answer of the gateway need neither reading nor room.
fn name_of(name: &str) -> Option<HeaderName> {
    match name {
        "content-type" => Some(CONTENT_TYPE),
        "trace_id" => Some(const { HeaderName::from_static("trace_id") }),
        other => HeaderName::try_from(other).ok(),
    }
}
