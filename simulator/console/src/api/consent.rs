//! What a customer does when asked: opens a joining link, gives consent, takes it back.
//!
//! The same steps as on the platform's pages, without a browser; the platform decides, this only carries.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::Sandbox;
use engine::provider::{Asking, Decide, Joined, Joining, Provider, Stopped};
use engine::world::names::{AppId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::{Body, Query};
use super::customers::known;
use super::refused::{ErrorAnswer, Refused};
use crate::house::{House, aside};

/// A customer opens a joining link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Activate {
    /// The link, as the merchant published it.
    link: String,
    /// What the customer types, by field code; the rest is filled from the account where the platform does so.
    #[serde(default)]
    form: BTreeMap<String, String>,
    /// `agree` (default), `deny` or `cancel`.
    #[serde(default)]
    #[schema(value_type = String, example = "agree")]
    decide: Decide,
}

/// A customer is asked for consent by an application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Authorize {
    /// The application.
    app_id: String,
    /// What it asks for.
    scopes: Vec<String>,
    /// Where to send the customer; the application's callback when absent.
    redirect_uri: Option<String>,
    /// Handed back as it came.
    state: Option<String>,
    /// `agree` (default), `deny` or `cancel`.
    #[serde(default)]
    #[schema(value_type = String, example = "agree")]
    decide: Decide,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// Where the browser is sent; absent when it stays where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_url: Option<String>,
    /// The one-time code in that address.
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_code: Option<String>,
    /// The form submission in that address.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// The card the customer already has, when the page goes there instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    already_holds: Option<String>,
    /// The card that was opened at once, in the flow in which the platform asks the merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened: Option<String>,
}

impl From<Joined> for Outcome {
    fn from(joined: Joined) -> Self {
        let Joined { redirect_url, auth_code, request_id, already_holds, opened } = joined;
        Self { redirect_url, auth_code, request_id, already_holds, opened }
    }
}

/// Runs a customer's step on the platform, beside the runtime: it waits for the disk.
pub(super) async fn step<R: Send + 'static>(
    house: &House,
    sandbox: Arc<Sandbox>,
    user: &str,
    step: impl FnOnce(&dyn Provider, &Sandbox, &UserId) -> Result<R, Stopped> + Send + 'static,
) -> Result<R, Refused> {
    // whether the customer is there is an answer, too
    let there = sandbox.run(|call| known(call.world(), user).map(|_| ()))?;
    there.settled().await??;
    let (provider, user) = (house.provider().clone(), UserId::from(user));
    Ok(aside(move || step(&*provider, &sandbox, &user)).await?)
}

/// A customer opens a joining link and decides.
#[utoipa::path(post, path = "/customers/{id}/activate", tag = "customers", params(InSandbox, ("id" = String, Path)), request_body = Activate,
    responses((status = 200, body = Outcome), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer, description = "What the phone shows, with its code")))]
pub(super) async fn activate(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<Activate>,
) -> Result<Json<Outcome>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let joining = Joining { link: ask.link, form: ask.form, decide: ask.decide };
    let joined = step(&house, sandbox, &user, move |provider, sandbox, user| provider.join(sandbox, user, &joining)).await?;
    Ok(Json(joined.into()))
}

/// A customer is asked for consent and decides.
#[utoipa::path(post, path = "/customers/{id}/authorize", tag = "customers", params(InSandbox, ("id" = String, Path)), request_body = Authorize,
    responses((status = 200, body = Outcome), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer, description = "What the phone shows, with its code")))]
pub(super) async fn authorize(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<Authorize>,
) -> Result<Json<Outcome>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let asking = Asking { app: ask.app_id, scopes: ask.scopes, redirect_uri: ask.redirect_uri, state: ask.state, decide: ask.decide };
    let joined = step(&house, sandbox, &user, move |provider, sandbox, user| provider.authorize(sandbox, user, &asking)).await?;
    Ok(Json(joined.into()))
}

/// A customer takes consent back: the application's tokens for this customer end, and its gateway is told.
#[utoipa::path(delete, path = "/customers/{id}/consent/{app_id}", tag = "customers", params(InSandbox, ("id" = String, Path), ("app_id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorAnswer)))]
pub(super) async fn withdraw(
    State(house): State<House>,
    Path((user, app)): Path<(String, String)>,
    Query(query): Query<InSandbox>,
) -> Result<StatusCode, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let app = AppId::from(&app);
    let there = sandbox.run(|call| {
        known(call.world(), &user)?;
        let is_there = call.world().apps().get(&app).is_some();
        is_there.then_some(()).ok_or_else(|| Refused::missing("unknown_app", format!("this sandbox has no application `{app}`")))
    })?;
    there.settled().await??;
    step(&house, sandbox, &user, move |provider, sandbox, user| provider.withdraw_consent(sandbox, user, &app)).await?;
    Ok(StatusCode::NO_CONTENT)
}
