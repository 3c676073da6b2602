//! Sending by hand: a notice once more, as it is or with other words; any message; the check of a gateway.
//!
//! Source: DESIGN "Control API"; commerce SEMANTICS 5.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::Sandbox;
use engine::delivery::NotResent;
use engine::probe::{Message, Probed, Signing, may_be_called};
use engine::world::names::AppId;
use engine::world::notice::{Attempt, Edit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::super::InSandbox;
use super::super::asked::{Body, Query};
use super::super::refused::{ErrorAnswer, Refused};
use super::unknown;
use crate::house::House;

/// The most parameters that may be changed or sent.
const PARAMETERS: usize = 200;

/// How a notice is sent again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResendAsk {
    /// Parameters with other values, or `null` to leave them out: signed anew with the platform's key, so that only their
    /// content is wrong.
    #[serde(default)]
    #[schema(value_type = Object)]
    edit: Map<String, Value>,
}

/// What came of sending a notice again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Resent {
    /// The notice.
    notify_id: String,
    /// `taken`, `not_taken`, `timed_out`, `unreachable` or `forbidden`.
    #[schema(value_type = String)]
    came: Attempt,
}

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendAsk {
    /// The application it is for: the platform's key for it signs.
    app_id: String,
    /// Where to; the application's gateway when absent. An address of this machine, or one that somebody configured.
    #[schema(example = "http://127.0.0.1:9000/notify")]
    url: Option<String>,
    /// Names and values of the form, in order.
    #[schema(value_type = Option<Object>)]
    parameters: Option<Map<String, Value>>,
    /// `v1`, when absent: everything but `sign` and `sign_type` is signed; `v2`: everything but `sign`; `none`.
    sign: Option<String>,
    /// A body as it stands, instead of a form; unsigned.
    body: Option<String>,
    /// What that body is.
    content_type: Option<String>,
}

/// What came of a message or a check.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sent {
    /// Whether nothing was wrong with the answer.
    passed: bool,
    /// What was wrong with it, or why none came.
    problems: Vec<String>,
    /// HTTP status, when an answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The number of the exchange in the journal.
    exchange: u64,
}

impl From<Probed> for Sent {
    fn from(Probed { exchange, status, problems }: Probed) -> Self {
        Self { passed: problems.is_empty(), problems, status, exchange }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn bounded(parameters: &Map<String, Value>) -> Result<(), Refused> {
    if parameters.len() > PARAMETERS {
        return Err(Refused::bad("too_many_parameters", format!("at most {PARAMETERS} parameters can be given")));
    }
    Ok(())
}

/// The changes that such an object asks for.
fn edits(edit: &Map<String, Value>) -> Result<Vec<Edit>, Refused> {
    bounded(edit)?;
    if let Some(name) = edit.keys().find(|name| matches!(name.as_str(), "sign" | "sign_type")) {
        return Err(Refused::bad("bad_edit", format!("`{name}` cannot be edited: what is edited is signed anew"))
            .hint("POST /_kabao/v1/notices/send sends a form with any signature, or none"));
    }
    Ok(edit.iter().map(|(name, value)| (name.clone(), (!value.is_null()).then(|| text(value)))).collect())
}

/// Sends a notice again.
pub(crate) async fn again(house: &House, sandbox: &Sandbox, id: &str, edit: &Map<String, Value>) -> Result<Attempt, Refused> {
    let sent = house.engine().resend(&**house.provider(), sandbox, &id.into(), edits(edit)?).await;
    sent.map_err(|why| match why {
        NotResent::Unknown => unknown(id),
        NotResent::UnderWay => Refused::new(StatusCode::CONFLICT, "under_way", why.to_string()),
        NotResent::Unsettled(unsettled) => unsettled.into(),
    })
}

/// Send a notice once more: the same number, a new attempt. Its calendar goes on as it would have, unless the merchant takes
/// the notice as it is.
#[utoipa::path(post, path = "/notices/{id}/resend", tag = "notices", params(InSandbox, ("id" = String, Path)), request_body = ResendAsk,
    responses((status = 200, body = Resent), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
pub(in crate::api) async fn resend(
    State(house): State<House>,
    Path(id): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<ResendAsk>,
) -> Result<Json<Resent>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let came = again(&house, &sandbox, &id, &ask.edit).await?;
    Ok(Json(Resent { notify_id: id, came }))
}

/// Send any message to an application, signed as the platform signs, or not at all. It is no notice: it is sent once.
#[utoipa::path(post, path = "/notices/send", tag = "notices", params(InSandbox), request_body = SendAsk,
    responses((status = 200, body = Sent), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(in crate::api) async fn send(
    State(house): State<House>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<SendAsk>,
) -> Result<Json<Sent>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let app = AppId::from(&ask.app_id);
    let known = sandbox.look(|world, _| world.apps().get(&app).map(|_| world.gateway_of(&app).map(str::to_owned)));
    let gateway = known.ok_or_else(|| unknown_app(&ask.app_id))?;
    let url = ask.url.clone().or(gateway).ok_or_else(no_gateway)?;
    super::super::apps::check_callback(&url)?;
    if !sandbox.look(|world, _| may_be_called(world, &url)) {
        return Err(Refused::bad(
            "address_not_allowed",
            format!("`{url}` is neither on this machine nor an address that somebody configured"),
        )
        .hint("PUT /_kabao/v1/apps/{app_id}/gateway configures one"));
    }
    let message = message(ask)?;
    let probe = house.provider().message(&sandbox, &app, &url, &message).map_err(|why| Refused::bad("not_sent", why))?;
    Ok(Json(house.engine().probe(&sandbox, probe).await.into()))
}

fn message(ask: SendAsk) -> Result<Message, Refused> {
    let signing = match ask.sign.as_deref() {
        None | Some("v1") => Signing::V1,
        Some("v2") => Signing::V2,
        Some("none") => Signing::Unsigned,
        Some(other) => return Err(Refused::bad("bad_sign", format!("`sign` is `v1`, `v2` or `none`, not `{other}`"))),
    };
    match (ask.parameters, ask.body) {
        (Some(parameters), None) => {
            bounded(&parameters)?;
            Ok(Message::Form(parameters.iter().map(|(name, value)| (name.clone(), text(value))).collect(), signing))
        }
        (None, Some(body)) if ask.sign.is_none() || signing == Signing::Unsigned => {
            Ok(Message::Raw(body, ask.content_type.unwrap_or_else(|| "text/plain".to_owned())))
        }
        (None, Some(_)) => Err(Refused::bad("bad_message", "a `body` goes as it stands: only `parameters` can be signed")),
        _ => Err(Refused::bad("bad_message", "exactly one of `parameters` and `body` is needed")),
    }
}

/// Check an application's gateway as the platform does when its address is saved: `alipay.service.check`, answered with signed XML
/// that holds the application's public key.
#[utoipa::path(post, path = "/apps/{app_id}/gateway/check", tag = "notices", params(InSandbox, ("app_id" = String, Path)),
    responses((status = 200, body = Sent), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(in crate::api) async fn check_gateway(
    State(house): State<House>,
    Path(app): Path<String>,
    Query(query): Query<InSandbox>,
) -> Result<Json<Sent>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let id = AppId::from(&app);
    sandbox.look(|world, _| world.apps().get(&id).map(|_| ())).ok_or_else(|| unknown_app(&app))?;
    let probe = house.provider().gateway_check(&sandbox, &id).map_err(|why| Refused::bad("no_gateway_check", why))?;
    Ok(Json(house.engine().probe(&sandbox, probe).await.into()))
}

fn unknown_app(app: &str) -> Refused {
    Refused::missing("unknown_app", format!("this sandbox has no application `{app}`"))
}

fn no_gateway() -> Refused {
    Refused::bad("no_address", "no `url` is given and the application has no gateway").hint("PUT /_kabao/v1/apps/{app_id}/gateway sets one")
}
