//! Templates' two ways of opening cards, and what still differs between them: for a merchant on the way from one to the other.

use axum::Json;
use axum::extract::{Path, State};
use engine::provider::Readiness;
use engine::world::names::ProgrammeId;
use serde::Serialize;
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::Query;
use super::refused::{ErrorAnswer, Refused};
use crate::house::House;

/// One way of opening cards of a template.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FlowSheet {
    /// Whether customers can join this way now.
    ready: bool,
    /// What is missing, in plain words.
    missing: Vec<String>,
    /// The link that customers open, when they can.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// Both ways side by side.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Migration {
    /// The template.
    template_id: String,
    /// The classic flow, 3.0: form, redirect, token, card.open.
    classic: FlowSheet,
    /// The fast flow, 3.1: the platform asks the merchant.
    fast: FlowSheet,
    /// What the two ask for or do differently on this template.
    differs: Vec<String>,
}

impl From<Readiness> for FlowSheet {
    fn from(of: Readiness) -> Self {
        Self { ready: of.missing.is_empty(), missing: of.missing, link: of.link }
    }
}

/// What still differs between the two flows of a template.
#[utoipa::path(get, path = "/templates/{id}/migration", tag = "templates", params(InSandbox, ("id" = String, Path)),
    responses((status = 200, body = Migration), (status = 404, body = ErrorAnswer)))]
pub(super) async fn migration(
    State(house): State<House>,
    Path(template): Path<String>,
    Query(query): Query<InSandbox>,
) -> Result<Json<Migration>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let id = ProgrammeId::from(&template);
    let ran = sandbox.run(|call| house.provider().flows(call.world(), &id))?;
    let flows = ran.settled().await?;
    let flows = flows.ok_or_else(|| Refused::missing("unknown_template", format!("this sandbox has no template `{template}`")))?;
    Ok(Json(Migration { template_id: template, classic: flows.classic.into(), fast: flows.fast.into(), differs: flows.differs }))
}
