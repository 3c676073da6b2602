//! The headers every page and answer carries.
//!
//! `Referrer-Policy` is `same-origin` and not `no-referrer`: under the latter a browser sends `Origin: null` with our own
//! forms, which on a plain HTTP address of the local network, where `Sec-Fetch-Site` is missing, looks like another site's.
//! Codes in addresses leave this origin under neither.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use engine::to_its_end::{Panicked, ToItsEnd};

use crate::api::Refused;

/// What a page may load and do. A page that must allow more sets its own.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const SECURE: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Adds what the answer does not say itself. A handler that ends in a bug is answered for; one whose caller hangs up runs to its end.
pub(super) async fn secure(work: impl Future<Output = Response> + Send + 'static) -> Response {
    let mut response = match ToItsEnd::of(work).await {
        Ok(response) => response,
        Err(Panicked(words)) => {
            tracing::error!(panic = words, "a request ended in a bug");
            Refused::bug().into_response()
        }
    };
    for (name, value) in SECURE {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
