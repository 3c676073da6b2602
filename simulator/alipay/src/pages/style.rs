//! The one style sheet, under a name that changes with its content, so that browsers may keep it for good.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Where it is.
pub(crate) const PATH: &str = "/alipay/{name}";

const CSS: &str = include_str!("style.css");

static NAME: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest(CSS);
    let start = u64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"));
    format!("phone-{:012x}.css", start >> 16)
});

/// Its address.
pub(crate) fn address() -> String {
    format!("/alipay/{}", *NAME)
}

pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    if name != *NAME {
        return StatusCode::NOT_FOUND.into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, CSS).into_response()
}
