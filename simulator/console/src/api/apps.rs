//! Settings of an application that its owner would make in the platform's console.

use axum::Json;
use axum::extract::{Path, State};
use engine::world::joining::GatewaySet;
use engine::world::merchant::AppCallbackSet;
use engine::world::names::AppId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::{Body, Query};
use super::refused::{ErrorAnswer, Refused};
use crate::house::House;

/// Where customers may be sent back to.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Callback {
    /// An `http` or `https` address; empty means any address on this machine.
    #[schema(example = "http://127.0.0.1:9000/callback")]
    callback: String,
}

/// Set where an application's customers may be sent back to.
#[utoipa::path(put, path = "/apps/{app_id}/callback", tag = "sandboxes", params(InSandbox, ("app_id" = String, Path)), request_body = Callback,
    responses((status = 200, body = Callback), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn set_callback(
    State(house): State<House>,
    Path(app): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<Callback>,
) -> Result<Json<Callback>, Refused> {
    check_callback(&ask.callback)?;
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| {
        let app = AppId::from(&app);
        if call.world().apps().get(&app).is_none() {
            return Err(Refused::missing("unknown_app", format!("this sandbox has no application `{app}`")));
        }
        call.record(AppCallbackSet { app, callback: ask.callback.clone() });
        Ok(())
    })?;
    ran.settled().await??;
    Ok(Json(ask))
}

/// Where an application is reached.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gateway {
    /// An `http` address; empty takes it away.
    #[schema(example = "http://127.0.0.1:9000/gateway")]
    gateway: String,
}

/// Set where the platform's calls and messages to an application go: `spi.alipay.user.opencard.get` and what follows it.
#[utoipa::path(put, path = "/apps/{app_id}/gateway", tag = "sandboxes", params(InSandbox, ("app_id" = String, Path)), request_body = Gateway,
    responses((status = 200, body = Gateway), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn set_gateway(
    State(house): State<House>,
    Path(app): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<Gateway>,
) -> Result<Json<Gateway>, Refused> {
    check_callback(&ask.gateway)?;
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| {
        let app = AppId::from(&app);
        if call.world().apps().get(&app).is_none() {
            return Err(Refused::missing("unknown_app", format!("this sandbox has no application `{app}`")));
        }
        call.record(GatewaySet { app, gateway: ask.gateway.clone() });
        Ok(())
    })?;
    ran.settled().await??;
    Ok(Json(ask))
}

/// Whether an address can be a callback.
pub(super) fn check_callback(address: &str) -> Result<(), Refused> {
    let bad = |why: &str| Err(Refused::bad("bad_callback", format!("`{address}` cannot be a callback: {why}")));
    if address.is_empty() {
        return Ok(());
    }
    match address.parse::<axum::http::Uri>() {
        Ok(uri)
            if matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && address.len() <= 2_000 =>
        {
            Ok(())
        }
        Ok(_) => bad("it is not a whole http or https address"),
        Err(error) => bad(&error.to_string()),
    }
}
