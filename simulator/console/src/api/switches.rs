//! A sandbox's switches: behaviour that no source states, or that the platform keeps to itself, turned on by a tester.

use axum::Json;
use axum::extract::{Path, State};
use engine::world::switch::{Switch, SwitchTurned};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::{Body, Query};
use super::refused::{ErrorAnswer, Refused};
use crate::house::House;

/// All switches of a sandbox.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Switches {
    /// Each by its name, on or off.
    switches: BTreeMap<&'static str, bool>,
}

/// On or off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Turn {
    /// Whether it shall be on.
    on: bool,
}

fn all(world: &engine::world::World) -> Switches {
    Switches { switches: Switch::ALL.into_iter().map(|(switch, name)| (name, world.is_on(switch))).collect() }
}

/// A sandbox's switches.
#[utoipa::path(get, path = "/switches", tag = "sandboxes", params(InSandbox), responses((status = 200, body = Switches), (status = 404, body = ErrorAnswer)))]
pub(super) async fn list(State(house): State<House>, Query(query): Query<InSandbox>) -> Result<Json<Switches>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| all(call.world()))?;
    Ok(Json(ran.settled().await?))
}

/// Turn a switch: `open_without_consent` lets merchants call card.open.apply, `strict_occur_time` keeps statements back that
/// are older than the last one.
#[utoipa::path(put, path = "/switches/{name}", tag = "sandboxes", params(InSandbox, ("name" = String, Path)), request_body = Turn,
    responses((status = 200, body = Switches), (status = 404, body = ErrorAnswer)))]
pub(super) async fn turn(
    State(house): State<House>,
    Path(name): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<Turn>,
) -> Result<Json<Switches>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let Some((switch, _)) = Switch::ALL.into_iter().find(|(_, known)| *known == name) else {
        let known = Switch::ALL.map(|(_, known)| known).join(", ");
        return Err(Refused::missing("unknown_switch", format!("there is no switch `{name}`")).hint(format!("there are {known}")));
    };
    let ran = sandbox.run(|call| {
        if call.world().is_on(switch) != ask.on {
            call.record(SwitchTurned { switch, on: ask.on });
        }
        all(call.world())
    })?;
    Ok(Json(ran.settled().await?))
}
