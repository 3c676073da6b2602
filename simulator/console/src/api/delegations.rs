//! What a merchant does about service providers: lets one call in the place of its applications, and takes that back.
//!
//! The same step as on the platform's page, without a browser; the platform decides, this only carries.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::provider::{Decide, Delegating};
use engine::world::consent::TokenEnd;
use engine::world::delegation::Delegation;
use engine::world::names::AppId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::{Body, Query};
use super::consent::Outcome;
use super::refused::{ErrorAnswer, Refused};
use crate::house::{House, aside};

/// A merchant is asked to let a provider call in the place of its application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delegate {
    /// The provider's application.
    provider_app_id: String,
    /// More of the merchant's applications that the same authorisation is about.
    #[serde(default)]
    also: Vec<String>,
    /// The methods that are allowed; all when absent.
    #[serde(default)]
    methods: Vec<String>,
    /// Where to send the merchant; the provider's callback when absent.
    redirect_uri: Option<String>,
    /// What the provider's link asks for; `WEBAPP` when absent.
    #[serde(default)]
    application_type: String,
    /// Handed back as it came.
    state: Option<String>,
    /// `agree` (default), `deny` or `cancel`.
    #[serde(default)]
    #[schema(value_type = String, example = "agree")]
    decide: Decide,
}

/// An authorisation as it stands; its tokens are the provider's secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DelegationLine {
    /// The provider's application.
    provider_app_id: String,
    /// When it began.
    from: String,
    /// The methods that are allowed; empty means all.
    methods: Vec<String>,
    /// `standing`, `replaced` or `withdrawn`.
    state: &'static str,
}

/// What an application has delegated, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DelegationList {
    delegations: Vec<DelegationLine>,
}

impl From<&Delegation> for DelegationLine {
    fn from(one: &Delegation) -> Self {
        let state = match one.ended {
            None => "standing",
            Some((_, TokenEnd::Replaced)) => "replaced",
            Some((_, TokenEnd::Withdrawn)) => "withdrawn",
        };
        Self { provider_app_id: one.provider.to_string(), from: one.from.text(), methods: one.calls.clone(), state }
    }
}

/// A merchant lets a provider's application call in the place of this one, or does not.
#[utoipa::path(post, path = "/apps/{app_id}/delegations", tag = "sandboxes", params(InSandbox, ("app_id" = String, Path)), request_body = Delegate,
    responses((status = 200, body = Outcome), (status = 409, body = ErrorAnswer, description = "What the page shows, with its code")))]
pub(super) async fn delegate(
    State(house): State<House>,
    Path(app): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<Delegate>,
) -> Result<Json<Outcome>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let asking = Delegating {
        provider: ask.provider_app_id,
        application_type: ask.application_type,
        redirect_uri: ask.redirect_uri,
        state: ask.state,
        apps: std::iter::once(app).chain(ask.also).collect(),
        calls: ask.methods,
        decide: ask.decide,
    };
    let provider = house.provider().clone();
    Ok(Json(aside(move || provider.delegate(&sandbox, &asking)).await?.into()))
}

/// What an application has delegated; what ended is forgotten after some days.
#[utoipa::path(get, path = "/apps/{app_id}/delegations", tag = "sandboxes", params(InSandbox, ("app_id" = String, Path)),
    responses((status = 200, body = DelegationList)))]
pub(super) async fn list(
    State(house): State<House>,
    Path(app): Path<String>,
    Query(query): Query<InSandbox>,
) -> Result<Json<DelegationList>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let app = AppId::from(&app);
    let ran = sandbox.run(|call| call.world().delegations().iter().filter(|one| one.app == app).map(DelegationLine::from).collect())?;
    Ok(Json(DelegationList { delegations: ran.settled().await? }))
}

/// A merchant takes back what it delegated to a provider's application.
#[utoipa::path(delete, path = "/apps/{app_id}/delegations/{provider_app_id}", tag = "sandboxes",
    params(InSandbox, ("app_id" = String, Path), ("provider_app_id" = String, Path)),
    responses((status = 204), (status = 409, body = ErrorAnswer)))]
pub(super) async fn withdraw(
    State(house): State<House>,
    Path((app, provider_app)): Path<(String, String)>,
    Query(query): Query<InSandbox>,
) -> Result<StatusCode, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let provider = house.provider().clone();
    aside(move || provider.end_delegation(&sandbox, &AppId::from(&provider_app), &AppId::from(&app))).await?;
    Ok(StatusCode::NO_CONTENT)
}
