//! Applications are added, and get the settings that their owner would make in the platform's console.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::Sandbox;
use engine::provider::{Founding, Registering};
use engine::world::joining::GatewaySet;
use engine::world::merchant::{AppCallbackSet, AppKind, Era};
use engine::world::names::{AppId, MerchantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::{Body, Query};
use super::refused::{ErrorAnswer, Refused};
use super::sandboxes::AppKeys;
use crate::house::{House, aside};

/// The most applications of one sandbox.
const LIMIT: usize = 20_000;

/// An application to be added. Everything may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApp {
    /// What it is called, and its merchant when that one is new.
    name: Option<String>,
    /// Whose it is: a merchant's number, or `new`. When absent, the first merchant's, or a new one's for a provider.
    merchant: Option<String>,
    /// `merchant` (default), or `provider`: a service provider's, to which merchants can delegate.
    #[serde(default)]
    #[schema(value_type = String, example = "merchant")]
    kind: AppKind,
    /// How it names customers: `user_id` (default), `open_id` or `both`.
    #[schema(value_type = Option<String>)]
    era: Option<Era>,
    /// Where customers may be sent back to; empty or absent means any address on this machine.
    callback: Option<String>,
}

/// Add an application to a sandbox, with keys as its first one has them.
#[utoipa::path(post, path = "/apps", tag = "sandboxes", params(InSandbox), request_body = NewApp,
    responses((status = 201, body = AppKeys), (status = 400, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
pub(super) async fn add(
    State(house): State<House>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<NewApp>,
) -> Result<(StatusCode, Json<AppKeys>), Refused> {
    let callback = ask.callback.unwrap_or_default();
    check_callback(&callback)?;
    if ask.name.as_ref().is_some_and(|name| name.is_empty() || name.chars().count() > 64) {
        return Err(Refused::bad("bad_name", "a name has 1 to 64 characters"));
    }
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let made = aside(move || {
        let (count, first) =
            sandbox.look(|world, _| (world.apps().len(), world.merchants().iter().next().map(|merchant| merchant.id.clone())));
        if count >= LIMIT {
            return Err(Refused::new(
                StatusCode::CONFLICT,
                "too_many_apps",
                format!("the sandbox has {LIMIT} applications, and that is the limit"),
            ));
        }
        let merchant = match ask.merchant.as_deref() {
            Some("new") => None,
            Some(merchant) => Some(MerchantId::from(merchant)),
            None => first.filter(|_| ask.kind == AppKind::Merchant),
        };
        let used = sandbox.look(|world, _| world.apps().iter().flat_map(|app| app.public_keys()).collect::<Vec<_>>());
        let keys = house.engine().keys();
        let fresh = keys.fresh_beside(&sandbox, &used, 2);
        let fresh = fresh.map_err(|trouble| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "no_key", trouble.to_string()))?;
        let [app_key, platform_key] = [fresh[0].clone(), fresh[1].clone()];
        let founding = Founding { era: ask.era.unwrap_or_default(), app_key, platform_key, callback, ..Founding::default() };
        let registering = Registering { name: ask.name, merchant, kind: ask.kind, founding };
        let registered = (|| {
            let ran = house.engine().register(&sandbox, |call| house.provider().register(call, &registering))?;
            Ok::<_, Refused>(ran.settled_blocking()??)
        })();
        keys.forget_unused(&sandbox, registered.as_ref().unwrap_or(&AppId::from("")), &fresh);
        sheet_of(&house, &sandbox, &registered?)
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// An application with what its owner needs.
pub(super) fn sheet_of(house: &House, sandbox: &Sandbox, app: &AppId) -> Result<AppKeys, Refused> {
    let sheets = house.provider().apps(sandbox, house.engine().keys());
    let sheet = sheets.into_iter().find(|sheet| sheet.app_id == app.as_str());
    sheet.map(AppKeys::from).ok_or_else(|| Refused::missing("unknown_app", format!("this sandbox has no application `{app}`")))
}

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
