//! What a customer does to pay: opens the payment code, answers a trade that waits, scans an order.
//!
//! The same steps as on the phone's pages; the platform decides, this only carries.

use axum::Json;
use axum::extract::{Path, State};
use engine::provider::{Answered, ShownCode};
use engine::world::names::{MerchantId, OfferCode, TradeNumber};
use engine::world::trade::{Answer, Status};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::{Body, Query};
use super::consent::step;
use super::refused::{ErrorAnswer, Refused};
use crate::house::House;

/// A customer opens the payment code.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayCodeAsk {
    /// The merchant at whose device the customer shows the face: then the code is a face token, good there only.
    face_at: Option<String>,
}

/// A payment code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PayCodeSheet {
    /// What a scanner reads.
    #[schema(example = "287634438256643945")]
    auth_code: String,
    /// From when on it is worth nothing, China time.
    expires_at: String,
}

/// What a customer does about a trade that waits.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirm {
    /// The trade.
    trade_no: String,
    /// `pay`, `refuse` or `ignore`.
    #[schema(value_type = String, example = "pay")]
    decide: Answer,
}

/// A customer scans an order's code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scan {
    /// What the code holds.
    #[schema(example = "https://qr.alipay.com/bax0000000000000000000000")]
    qr_code: String,
    /// `pay` (default), `refuse` or `ignore`.
    #[serde(default = "pay")]
    #[schema(value_type = String, example = "pay")]
    decide: Answer,
}

fn pay() -> Answer {
    Answer::Pay
}

/// A trade, after a customer did something about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnsweredSheet {
    /// The trade.
    trade_no: String,
    /// `waiting` or `paid`.
    #[schema(value_type = String, example = "paid")]
    status: Status,
}

impl From<Answered> for AnsweredSheet {
    fn from(answered: Answered) -> Self {
        Self { trade_no: answered.trade.to_string(), status: answered.status }
    }
}

/// A customer shows a payment code. It is good for a minute and for one payment; codes shown before stay good for their minute.
#[utoipa::path(post, path = "/customers/{id}/paycode", tag = "money", params(InSandbox, ("id" = String, Path)), request_body = PayCodeAsk,
    responses((status = 200, body = PayCodeSheet), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer, description = "What the phone shows, with its code")))]
pub(super) async fn code(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<PayCodeAsk>,
) -> Result<Json<PayCodeSheet>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let face_at = ask.face_at.map(MerchantId::from);
    let ShownCode { code, expires } =
        step(&house, sandbox, &user, move |provider, sandbox, user| provider.pay_code(sandbox, user, face_at.as_ref())).await?;
    Ok(Json(PayCodeSheet { auth_code: code.to_string(), expires_at: expires.text() }))
}

/// A customer pays, refuses or ignores a trade that waits: one above the no-password limit, one that was scanned, or one that a
/// merchant made for this customer. After a refusal it waits all the same, as on the platform.
#[utoipa::path(post, path = "/customers/{id}/confirm", tag = "money", params(InSandbox, ("id" = String, Path)), request_body = Confirm,
    responses((status = 200, body = AnsweredSheet), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer, description = "What the phone shows, with its code")))]
pub(super) async fn confirm(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<Confirm>,
) -> Result<Json<AnsweredSheet>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let trade = TradeNumber::from(ask.trade_no);
    let answered = step(&house, sandbox, &user, move |provider, sandbox, user| provider.confirm(sandbox, user, &trade, ask.decide)).await?;
    Ok(Json(answered.into()))
}

/// A customer scans the code of an order: the trade comes to be, and is paid, refused or left at once.
#[utoipa::path(post, path = "/customers/{id}/scan", tag = "money", params(InSandbox, ("id" = String, Path)), request_body = Scan,
    responses((status = 200, body = AnsweredSheet), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer, description = "What the phone shows, with its code")))]
pub(super) async fn scan(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<Scan>,
) -> Result<Json<AnsweredSheet>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let code = OfferCode::from(ask.qr_code);
    let answered = step(&house, sandbox, &user, move |provider, sandbox, user| provider.scan(sandbox, user, &code, ask.decide)).await?;
    Ok(Json(answered.into()))
}
