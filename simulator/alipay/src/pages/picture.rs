//! Uploaded pictures by id. Their type is what their bytes are; they can be shown on our own pages and opened alone, no more.
//!
//! Source: spec table alipay.offline.material.image.upload ("refuses embedding in other pages"); UI 4.

use crate::Alipay;
use crate::image::format;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::log::BlobHash;
use std::sync::Arc;

/// Where pictures are: the sandbox's name, then the picture's id.
pub(crate) const PATH: &str = "/image/{sandbox}/{id}";

pub(crate) async fn serve(State(platform): State<Arc<Alipay>>, Path((sandbox, id)): Path<(String, String)>) -> Response {
    let found = platform.engine.sandbox(&sandbox).ok().and_then(|sandbox| {
        sandbox.look(|world, _| world.images().get(&id.as_str().into()).map(|image| (image.format.clone(), image.hash.clone())))
    });
    let Some((kind, hash)) = found.and_then(|(kind, hash)| Some((kind, BlobHash::from_hex(&hash)?))) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let log = platform.engine.log().clone();
    // the store may have to read its file
    match tokio::task::spawn_blocking(move || log.blob(hash)).await {
        Ok(Ok(Some(bytes))) => {
            let headers = [
                (header::CONTENT_TYPE, format::media_type(&kind)),
                (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
            ];
            let mut response = (headers, Body::from(bytes::Bytes::copy_from_slice(&bytes))).into_response();
            response.headers_mut().insert("cross-origin-resource-policy", axum::http::HeaderValue::from_static("same-origin"));
            response
        }
        Ok(Ok(None)) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(error)) => {
            tracing::error!(sandbox, image = id, %error, "a picture could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
