//! A customer's cards: which there are, showing one, taking one out of the wallet.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::provider::Shown;
use engine::world::World;
use engine::world::card::{Card, State as CardState, ValidUntil};
use engine::world::names::CardNumber;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::Query;
use super::consent::step;
use super::customers::known;
use super::refused::{ErrorAnswer, Refused};
use crate::house::House;

/// A card.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CardSheet {
    /// The platform's number.
    pub(crate) biz_card_no: String,
    /// The merchant's number.
    pub(crate) external_card_no: String,
    /// The template it is of.
    pub(crate) template_id: String,
    /// Who holds or held it.
    pub(crate) user_id: String,
    /// `held`, `released` or `closed`.
    #[schema(value_type = String)]
    pub(crate) state: CardState,
    /// Level key, when one was stated.
    pub(crate) level: Option<String>,
    /// Points as last stated, in the merchant's writing.
    pub(crate) point: Option<String>,
    /// Stored value as last stated, in the merchant's writing.
    pub(crate) balance: Option<String>,
    /// When it was opened.
    pub(crate) open_date: String,
    /// Until when it is valid.
    pub(crate) valid_date: Option<String>,
}

impl CardSheet {
    pub(crate) fn new(world: &World, card: &Card) -> Self {
        Self {
            biz_card_no: card.number.to_string(),
            external_card_no: card.external.to_string(),
            template_id: world.programme_at(card.programme).id.to_string(),
            user_id: world.holder_of(card).user.to_string(),
            state: card.state,
            level: (!card.level.is_empty()).then(|| card.level.to_string()),
            point: world.points(card).map(|figure| figure.to_string()),
            balance: world.balance(card).map(|figure| figure.to_string()),
            open_date: card.opened.text(),
            valid_date: card.valid_until.map(ValidUntil::text),
        }
    }
}

/// A customer's cards.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CardList {
    /// Oldest first, those no longer in the wallet too.
    cards: Vec<CardSheet>,
}

/// A card as the customer shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownCard {
    /// `qrcode`, `barcode`, `text` or `none`.
    kind: String,
    /// What the code holds.
    code: String,
    /// When a changing code runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// What the card's page shows, in the platform's words.
    #[schema(value_type = Object)]
    face: Value,
}

/// A customer's cards.
#[utoipa::path(get, path = "/customers/{id}/cards", tag = "customers", params(InSandbox, ("id" = String, Path)),
    responses((status = 200, body = CardList), (status = 404, body = ErrorAnswer)))]
pub(super) async fn list(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
) -> Result<Json<CardList>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| {
        let world = call.world();
        let user = &known(world, &user)?.user;
        Ok::<_, Refused>(world.cards_of(user).into_iter().map(|card| CardSheet::new(world, &card)).collect())
    })?;
    Ok(Json(CardList { cards: ran.settled().await?? }))
}

/// A customer shows a card.
#[utoipa::path(post, path = "/customers/{id}/cards/{biz_card_no}/show", tag = "customers", params(InSandbox, ("id" = String, Path), ("biz_card_no" = String, Path)),
    responses((status = 200, body = ShownCard), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer, description = "What the phone shows, with its code")))]
pub(super) async fn show(
    State(house): State<House>,
    Path((user, card)): Path<(String, String)>,
    Query(query): Query<InSandbox>,
) -> Result<Json<ShownCard>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let card = CardNumber::from(card);
    let Shown { kind, code, expires_at, face } =
        step(&house, sandbox, &user, move |provider, sandbox, user| provider.show(sandbox, user, &card)).await?;
    Ok(Json(ShownCard { kind, code, expires_at, face }))
}

/// A customer takes a card out of the wallet.
#[utoipa::path(delete, path = "/customers/{id}/cards/{biz_card_no}", tag = "customers", params(InSandbox, ("id" = String, Path), ("biz_card_no" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer, description = "What the phone shows, with its code")))]
pub(super) async fn remove(
    State(house): State<House>,
    Path((user, card)): Path<(String, String)>,
    Query(query): Query<InSandbox>,
) -> Result<StatusCode, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let card = CardNumber::from(card);
    step(&house, sandbox, &user, move |provider, sandbox, user| provider.remove(sandbox, user, &card)).await?;
    Ok(StatusCode::NO_CONTENT)
}
