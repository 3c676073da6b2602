//! Reading what was sent to the till: JSON, strictly, and never from another site's page.
//!
//! The till API has no password, so browsers are kept out: a body says that it is JSON, and requests of other sites are refused.

use super::problem::Problem;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

/// The most bytes of a body.
const LIMIT: usize = 64 << 10;

/// A JSON body; none at all counts as `{}`.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let word = |headers: &HeaderMap, name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
        };
        let site = word(request.headers(), "sec-fetch-site");
        let says = word(request.headers(), header::CONTENT_TYPE.as_str());
        if !["", "same-origin", "none"].contains(&site.as_str()) {
            return Err(Problem::new(StatusCode::FORBIDDEN, "FORBIDDEN", "the till takes no requests from other sites"));
        }
        let read = axum::body::to_bytes(request.into_body(), LIMIT).await;
        let bytes = read.map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", format!("a body may have {LIMIT} bytes")))?;
        if bytes.is_empty() {
            return understood(b"{}");
        }
        if !says.starts_with("application/json") {
            return Err(Problem::bad("Content-Type must be application/json"));
        }
        understood(&bytes)
    }
}

fn understood<T: DeserializeOwned>(text: &[u8]) -> Result<Body<T>, Problem> {
    serde_json::from_slice(text).map(Body).map_err(|error| {
        let said = error.to_string();
        // serde says: unknown field `x`, missing field `x`
        let field = said.split_once("field `").and_then(|(_, rest)| rest.split('`').next()).map(str::to_owned);
        Problem::bad(said).at(field)
    })
}
