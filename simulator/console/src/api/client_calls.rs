//! A mini program on a customer's phone calls its platform: joining, the authorisation button, the phone number, the cashier.
//!
//! The platform decides and answers; this only carries.

use axum::Json;
use axum::extract::{Path, State};
use engine::provider::{ClientCall, Decide};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::{Body, Query};
use super::consent::step;
use super::refused::{ErrorAnswer, Refused};
use crate::house::House;

/// A call of a mini program's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientCallAsk {
    /// `my.addCardAuth`, `my.getAuthorize` (the button), `my.getPhoneNumber` or `my.tradePay`.
    #[schema(example = "my.addCardAuth")]
    api: String,
    /// The mini program's application.
    app_id: String,
    /// The link it opens, decoded once: for `my.addCardAuth`.
    url: Option<String>,
    /// What the button asks for: for `my.getAuthorize`.
    #[schema(example = "phoneNumber")]
    scope: Option<String>,
    /// The trade it asks to be paid: for `my.tradePay`.
    trade_no: Option<String>,
    /// What the customer types, by field code; the rest is filled from the account where the platform does so.
    #[serde(default)]
    form: BTreeMap<String, String>,
    /// `agree` (default), `deny` or `cancel`.
    #[serde(default)]
    #[schema(value_type = String, example = "agree")]
    decide: Decide,
}

/// What the mini program's callback gets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientAnswer {
    /// The object, in the platform's words.
    #[schema(value_type = Object)]
    answer: Value,
}

/// A mini program on the customer's phone calls its platform.
#[utoipa::path(post, path = "/customers/{id}/mini-program", tag = "customers", params(InSandbox, ("id" = String, Path)), request_body = ClientCallAsk,
    responses((status = 200, body = ClientAnswer), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer, description = "What the phone shows, with its code")))]
pub(super) async fn call(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<ClientCallAsk>,
) -> Result<Json<ClientAnswer>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ClientCallAsk { api, app_id, url, scope, trade_no: trade, form, decide } = ask;
    let asked = ClientCall { api, app: app_id, url, scope, trade, form, decide };
    let answer = step(&house, sandbox, &user, move |provider, sandbox, user| provider.client_call(sandbox, user, &asked)).await?;
    Ok(Json(ClientAnswer { answer }))
}
