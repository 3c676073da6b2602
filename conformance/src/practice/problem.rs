//! What the till API answers when it says no. Source: fixtures/merchants/till-api.md, "Errors".

use super::books::Broken;
use super::gateway::{Reason, Said};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A refusal.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    field: Option<String>,
    reason: Option<Box<Reason>>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, reason: None }
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// The field that is wrong, when it is one.
    pub(super) fn at(self, field: Option<String>) -> Self {
        Self { field, ..self }
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

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "BOOKS_BROKEN", broken.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, message, field, reason } = self;
        let mut error = json!({"code": code, "message": message});
        if let Some(field) = field {
            error["field"] = json!(field);
        }
        if let Some(reason) = reason {
            error["reason"] = json!(reason);
        }
        (status, Json(json!({"error": error}))).into_response()
    }
}
