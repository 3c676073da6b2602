//! Style sheets, compiled in. The name carries a digest of the content, so a browser may keep each for ever.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::LazyLock;

/// A file of ours under its hashed name.
pub(super) struct Asset {
    name: String,
    kind: &'static str,
    content: &'static str,
}

macro_rules! asset {
    ($stem:literal, $extension:literal, $kind:literal) => {
        LazyLock::new(|| Asset::new($stem, $extension, $kind, include_str!(concat!("../assets/", $stem, ".", $extension))))
    };
}

static TOKENS: LazyLock<Asset> = asset!("tokens", "css", "text/css; charset=utf-8");
static CONSOLE: LazyLock<Asset> = asset!("console", "css", "text/css; charset=utf-8");
static PHONE: LazyLock<Asset> = asset!("phone", "css", "text/css; charset=utf-8");
static TILL: LazyLock<Asset> = asset!("till", "css", "text/css; charset=utf-8");
static ICON: LazyLock<Asset> = asset!("icon", "svg", "image/svg+xml");

impl Asset {
    fn new(stem: &str, extension: &str, kind: &'static str, content: &'static str) -> Self {
        let digest: String = Sha256::digest(content).iter().take(6).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self { name: format!("{stem}.{digest}.{extension}"), kind, content }
    }

    fn address(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

/// Address of the colours and measures both sheets use.
pub(super) fn tokens() -> String {
    TOKENS.address()
}

/// Address of the console's sheet.
pub(super) fn console() -> String {
    CONSOLE.address()
}

/// Address of the phone's sheet.
pub(super) fn phone() -> String {
    PHONE.address()
}

/// Address of the till's sheet.
pub(super) fn till() -> String {
    TILL.address()
}

/// The icon where browsers look for it when a page names none: a platform's pages do not know ours.
pub(super) async fn favicon() -> Response {
    ([(header::CONTENT_TYPE, ICON.kind), (header::CACHE_CONTROL, "public, max-age=86400")], ICON.content).into_response()
}

/// Address of the icon.
pub(super) fn icon() -> String {
    ICON.address()
}

pub(super) async fn serve(Path(name): Path<String>) -> Response {
    match [&*TOKENS, &*CONSOLE, &*PHONE, &*TILL, &*ICON].into_iter().find(|asset| asset.name == name) {
        Some(asset) => {
            ([(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")], asset.content)
                .into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
