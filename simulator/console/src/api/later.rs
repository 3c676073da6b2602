//! Calls that the control API will have and has not yet: each says so, so that a driver sees a missing part and not a typing error.
//!
//! When one is built it moves to its own file.

use axum::http::StatusCode;

use super::refused::{ErrorAnswer, Refused};

fn not_built(what: &str) -> Refused {
    Refused::new(StatusCode::NOT_IMPLEMENTED, "not_built_yet", format!("{what} is not built yet"))
        .hint("nothing has happened; see CHANGELOG.md for what this version can do")
}

macro_rules! later {
    ($($(#[$doc:meta])* $name:ident $method:ident $path:literal ($($param:literal),*) $what:literal;)+) => {$(
        $(#[$doc])*
        #[utoipa::path($method, path = $path, tag = "not built yet", params($(($param = String, Path),)*), responses((status = 501, body = ErrorAnswer)))]
        pub(super) async fn $name() -> Refused {
            not_built($what)
        }
    )+};
}

later! {
    /// Send a notice again
    resend_notice post "/notices/{id}/resend" ("id") "the outbox of notices";
}
