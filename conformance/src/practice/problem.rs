//! What the till API answers when it says no. Source: fixtures/merchants/till-api.md, "Errors".

use super::gateway::{Reason, Said};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

/// The most bytes of a body.
pub(super) const BODY_LIMIT: usize = 64 << 10;

/// A refusal.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    reason: Option<Box<Reason>>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), reason: None }
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    pub(super) fn not_set_up() -> Self {
        Self::new(StatusCode::CONFLICT, "NOT_SET_UP", "POST /setup comes first")
    }

    pub(super) fn nobody() -> Self {
        Self::new(StatusCode::NOT_FOUND, "MEMBER_NOT_FOUND", "nobody has that code")
    }

    /// What the platform said when it did not do what was asked.
    pub(super) fn of(said: Said) -> Self {
        match said {
            Said::Done(_) => Self::new(StatusCode::BAD_GATEWAY, "PLATFORM_UNKNOWN", "the platform's answer lacks what was asked for"),
            Said::Refused(reason) => {
                Self { reason: Some(Box::new(reason)), ..Self::new(StatusCode::BAD_GATEWAY, "PLATFORM_REFUSED", "the platform refused") }
            }
            Said::Unknown(why) => Self::new(StatusCode::GATEWAY_TIMEOUT, "PLATFORM_UNKNOWN", why),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, message, reason } = self;
        let mut error = json!({"code": code, "message": message});
        if let Some(reason) = reason {
            error["reason"] = json!(reason);
        }
        (status, Json(json!({"error": error}))).into_response()
    }
}

/// A JSON body, strictly; none at all counts as `{}`.
pub(super) fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(text).map_err(|error| Problem::bad(error.to_string()))
}
