//! A form that a page's button sent: a few short fields.

use axum::body::Body;
use axum::http::StatusCode;
use engine::wire::alipay::{Limits, Notice, Parameters};

use super::trouble::Trouble;
use super::view::View;

/// The most bytes of a form.
const LIMIT: usize = 16 << 10;

/// The fields of a form.
pub(super) struct Form(Parameters);

impl Form {
    pub(super) async fn read(view: &View, body: Body) -> Result<Self, Trouble> {
        let read = axum::body::to_bytes(body, LIMIT).await;
        let bytes = read.map_err(|error| Trouble::form(view, StatusCode::PAYLOAD_TOO_LARGE, &error))?;
        // a form like any other
        let form = Notice::read(&bytes, &Limits::default()).map_err(|error| Trouble::form(view, StatusCode::BAD_REQUEST, &error))?;
        Ok(Self(form.parameters))
    }

    /// A field without the space around it; empty when it is not there.
    pub(super) fn field(&self, name: &str) -> String {
        self.0.value(name).map(|value| String::from_utf8_lossy(value).trim().to_owned()).unwrap_or_default()
    }
}
