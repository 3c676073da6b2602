//! How an application's calls are protected: key or certificate mode, encryption, and the replacing of keys and certificates.
//!
//! The keys are made here, outside the sandbox's lock: in a sandbox with published keys they come from the pool, so that they
//! are ready at once and the same for the same seed. What is made of them is the platform's business; what it does not keep is
//! taken away again.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::Sandbox;
use engine::provider::{Renew, Securing};
use engine::world::names::AppId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::InSandbox;
use super::apps::sheet_of;
use super::asked::{Body, Query};
use super::refused::{ErrorAnswer, Refused};
use super::sandboxes::AppKeys;
use crate::house::{House, aside};

/// Which of the platform's two modes an application is in.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// Keys: what every SDK can do.
    Key,
    /// Certificates: calls name them by serial number, and answers do.
    Certificate,
}

/// How an application's calls shall be protected. What is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecurityAsk {
    /// `key` or `certificate`.
    pub(super) mode: Option<Mode>,
    /// Whether calls may be encrypted with AES.
    pub(super) aes: Option<bool>,
    /// What is replaced by a new one: `app_key`, `app_cert`, `alipay_key`, `alipay_cert`, `aes_key`.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub(super) renew: Vec<Renew>,
}

/// Set how an application's calls are protected. A replaced application key is refused from now on; a replaced certificate is
/// good until its end. The AES key follows from the platform's key, so replacing that replaces it, too.
#[utoipa::path(put, path = "/apps/{app_id}/security", tag = "sandboxes", params(InSandbox, ("app_id" = String, Path)), request_body = SecurityAsk,
    responses((status = 200, body = AppKeys), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn set(
    State(house): State<House>,
    Path(app): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<SecurityAsk>,
) -> Result<Json<AppKeys>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    aside(move || {
        let app = AppId::from(&app);
        secure(&house, &sandbox, &app, &ask)?;
        sheet_of(&house, &sandbox, &app).map(Json)
    })
    .await
}

/// Does what is asked, and waits until it is durable.
pub(super) fn secure(house: &House, sandbox: &Sandbox, app: &AppId, ask: &SecurityAsk) -> Result<(), Refused> {
    let known = sandbox.look(|world, _| world.apps().get(app).cloned()).ok_or_else(|| unknown(app))?;
    let mut securing = Securing {
        certificates: ask.mode.map(|mode| mode == Mode::Certificate),
        encryption: ask.aes,
        renew: ask.renew.clone(),
        fresh_keys: Vec::new(),
    };
    let needed = securing.keys_needed(known.security.certificates.is_some());
    let keys = house.engine().keys();
    let made = keys.fresh(sandbox, &known, needed);
    securing.fresh_keys = made.map_err(|trouble| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "no_key", trouble.to_string()))?;
    let secured = (|| {
        let ran = sandbox.run(|call| house.provider().secure(call, keys, app, &securing))?;
        Ok(ran.settled_blocking()??)
    })();
    keys.forget_unused(sandbox, app, &securing.fresh_keys);
    secured
}

fn unknown(app: &AppId) -> Refused {
    Refused::missing("unknown_app", format!("this sandbox has no application `{}`", app.as_str()))
}
