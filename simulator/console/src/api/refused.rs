//! What the control API answers when it says no: `{"error":{"code","message","hint"}}` with the right HTTP status.
//!
//! The code is for programs and never changes its meaning; message and hint are for people.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::log::Broken;
use engine::provider::Stopped;
use engine::world::Refusal;
use engine::{ArchiveTrouble, SandboxTrouble, Unsettled};
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) error: Error,
}

/// Why a call was refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Error {
    /// For programs; never changes its meaning.
    pub(crate) code: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

/// The answer to a refused call.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorAnswer {
    error: Error,
}

impl Refused {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, error: Error { code: code.to_owned(), message: message.into(), hint: None } }
    }

    pub(crate) fn code(&self) -> &str {
        &self.error.code
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.error.hint = Some(hint.into());
        self
    }

    pub(crate) fn bad(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn missing(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// What a bug of ours is answered with.
    pub(crate) fn bug() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", "the call ended in a bug of this program")
            .hint("whether it had an effect is unknown; the process's own messages say more, and /_kabao/health whether a sandbox stopped")
    }

    fn store(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_not_answering", message)
            .hint("whether the call had an effect is unknown; see /_kabao/health and the process's own messages")
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(ErrorAnswer { error: self.error })).into_response()
    }
}

impl From<SandboxTrouble> for Refused {
    fn from(trouble: SandboxTrouble) -> Self {
        let text = trouble.to_string();
        match trouble {
            SandboxTrouble::NameTaken(_) => {
                Self::new(StatusCode::CONFLICT, "name_taken", text).hint("give another name, or none, or delete the old one first")
            }
            SandboxTrouble::BadName(_) => Self::bad("bad_name", text),
            SandboxTrouble::Unknown(_) => {
                Self::missing("unknown_sandbox", text).hint("GET /_kabao/v1/sandboxes lists them; without `sandbox` it is `demo`")
            }
            SandboxTrouble::TooMany => Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_sandboxes", text),
            SandboxTrouble::AppTaken(_) => Self::new(StatusCode::CONFLICT, "app_taken", text)
                .hint("the same seed gives the same application: give another seed, or none, or delete the other sandbox first"),
            SandboxTrouble::Unreadable { .. } | SandboxTrouble::Snapshot { .. } => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "log_not_readable", text)
            }
            SandboxTrouble::Broken(broken) | SandboxTrouble::Unsettled(Unsettled::Broken(broken)) => broken.into(),
            SandboxTrouble::Unsettled(Unsettled::Late) => Self::store(text),
        }
    }
}

impl From<ArchiveTrouble> for Refused {
    fn from(trouble: ArchiveTrouble) -> Self {
        match trouble {
            ArchiveTrouble::Line { line, cause } => Self::bad("bad_export", format!("line {line}: {cause}"))
                .hint("the body is the text that GET /_kabao/v1/sandboxes/{id}/export gave, unchanged"),
            ArchiveTrouble::Reading(error) => Self::bad("body_cut", error.to_string()),
            ArchiveTrouble::Sandbox(trouble) => trouble.into(),
        }
    }
}

impl From<Broken> for Refused {
    fn from(broken: Broken) -> Self {
        match broken {
            // the store is well: it is this sandbox that was dropped, reset, taken over or stopped
            Broken::Misuse(why) => Self::new(StatusCode::SERVICE_UNAVAILABLE, "sandbox_not_answering", why.to_string())
                .hint("/_kabao/health names the sandboxes that stopped and why; one that was reset can be asked again at once"),
            broken => Self::store(broken.to_string()),
        }
    }
}

impl From<Unsettled> for Refused {
    fn from(unsettled: Unsettled) -> Self {
        match unsettled {
            Unsettled::Broken(broken) => broken.into(),
            Unsettled::Late => Self::store(unsettled.to_string()),
        }
    }
}

impl From<Stopped> for Refused {
    /// What stopped a customer: the phone's own words as the message, the tester's reason as the hint.
    fn from(stopped: Stopped) -> Self {
        let status = if stopped.code == "SYSTEM_ERROR" { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::CONFLICT };
        Self::new(status, &stopped.code, stopped.shown).hint(stopped.reason)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::UnknownCustomer(_) => Self::missing("unknown_customer", text).hint("GET /_kabao/v1/customers lists them"),
            Refusal::UnknownCard(_) => Self::missing("unknown_card", text),
            Refusal::UnknownTrade => Self::missing("unknown_trade", text).hint("GET /_kabao/v1/trades lists them"),
            Refusal::UnknownProgramme(_) => Self::missing("unknown_template", text),
            _ => Self::new(StatusCode::CONFLICT, "refused", text),
        }
    }
}
