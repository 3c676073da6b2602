//! Members by the thousand: customers who hold a card already, for tests that need many, and all cards of a sandbox.
//!
//! They join without consent, form or notice, so this stands for a membership that was there before the test began.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::world::Figure;
use engine::world::card::Statement;
use engine::world::names::ProgrammeId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::InSandbox;
use super::asked::{Body, Query};
use super::cards::CardSheet;
use super::customers::{AT_ONCE, NewCustomer, bounded, register};
use super::refused::{ErrorAnswer, Refused};
use crate::house::House;

/// New members.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMembers {
    /// How many, 1 to 1000.
    count: usize,
    /// How many points each card shows; none are stated when absent.
    #[schema(example = "0")]
    point: Option<String>,
}

/// The new members' cards.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Members {
    /// The platform's numbers, in the order in which the cards were opened.
    biz_card_nos: Vec<String>,
}

/// Which cards are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CardsAsk {
    /// Which sandbox is meant; `demo` when absent.
    sandbox: Option<String>,
    /// How many to pass over; 0 when absent.
    after: Option<usize>,
    /// How many at most, 1 to 1000; 100 when absent.
    limit: Option<usize>,
}

/// Some cards.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AllCards {
    /// In the order in which they were opened.
    cards: Vec<CardSheet>,
    /// What to give as `after` for the next ones; absent after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

/// Make customers who hold a card of a template.
#[utoipa::path(post, path = "/templates/{id}/members", tag = "templates", params(InSandbox, ("id" = String, Path)), request_body = NewMembers,
    responses((status = 201, body = Members), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
pub(super) async fn enrol(
    State(house): State<House>,
    Path(template): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<NewMembers>,
) -> Result<(StatusCode, Json<Members>), Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    if !(1..=AT_ONCE).contains(&ask.count) {
        return Err(Refused::bad("bad_count", format!("`count` is 1 to {AT_ONCE}, not {}", ask.count)));
    }
    let points = ask.point.as_deref().map(Figure::parse).transpose();
    let points = points.map_err(|wrong| Refused::bad("bad_points", format!("`point`: {wrong}")))?;
    let programme = ProgrammeId::from(&template);
    let ran = sandbox.run(|call| {
        if call.world().programmes().get(&programme).is_none() {
            return Err(Refused::missing("unknown_template", format!("this sandbox has no template `{template}`")));
        }
        let stated = Statement { points, ..Statement::default() };
        let enrol = |customer: &engine::world::customer::Customer, call: &mut engine::Call<'_>| {
            house.provider().enrol(call, &programme, &customer.user, &stated).map_err(Refused::from)
        };
        let mut cards = Vec::with_capacity(ask.count);
        for _ in 0..ask.count {
            let customer = register(&house, call, sandbox.seed(), &NewCustomer::default(), 1).pop().expect("one was asked for");
            cards.push(enrol(&customer, call)?.to_string());
        }
        Ok(cards)
    })?;
    Ok((StatusCode::CREATED, Json(Members { biz_card_nos: ran.settled().await?? })))
}

/// All cards, in the order in which they were opened, those no longer in a wallet too.
#[utoipa::path(get, path = "/cards", tag = "customers", params(CardsAsk), responses((status = 200, body = AllCards), (status = 404, body = ErrorAnswer)))]
pub(super) async fn list(State(house): State<House>, Query(query): Query<CardsAsk>) -> Result<Json<AllCards>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let (limit, after) = (bounded(query.limit, 100)?, query.after.unwrap_or(0));
    let ran = sandbox.run(|call| {
        let world = call.world();
        let cards = world.cards();
        // by row, so that the last page takes no longer than the first
        let last = after.saturating_add(limit).min(cards.len());
        let rows = (after..last).filter_map(|row| u32::try_from(row).ok());
        AllCards { cards: rows.map(|row| CardSheet::new(world, &cards.at(row))).collect(), next: (last < cards.len()).then_some(last) }
    })?;
    Ok(Json(ran.settled().await?))
}
