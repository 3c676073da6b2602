//! The core ledger, directly: batches of instructions, and what explains an account's balance.
//!
//! A batch is decided whole against the sandbox's ledger at one virtual time; each instruction gets its own answer, and the
//! answers come when every row made is durable. Source: DESIGN "The ledger"; `ledger::Instruction`.

mod instruction;
mod posting;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::Sandbox;
use engine::log::SandboxId;
use engine::world::ledger::{AccountId, MOST_IN_A_BATCH, Row, Sequence, explain};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use utoipa::{IntoParams, ToSchema};

use super::InSandbox;
use super::asked::{Body, Query};
use super::customers::bounded;
use super::refused::{ErrorAnswer, Refused};
use crate::house::{House, aside};
use instruction::{AnswerSheet, Ask, Batch, Text};
use posting::PostingSheet;

/// The most bytes of a batch.
const BATCH_LIMIT: usize = 8 << 20;

/// The most rows of an account that are read to explain it.
const ROW_LIMIT: usize = 200_000;

/// The answers to a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answers {
    /// Virtual time of the batch, milliseconds since 1970 (UTC).
    at_ms: i64,
    /// One an instruction, in order.
    answers: Vec<AnswerSheet>,
}

/// What is wanted to know of an account.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountAsk {
    /// Which sandbox is meant; `demo` when absent.
    sandbox: Option<String>,
    /// `1`: with the postings that explain the balance.
    explain: Option<u8>,
    /// How many postings to pass over, as `next` gave it.
    after: Option<usize>,
    /// How many postings at most, 1 to 1000; 100 when absent.
    limit: Option<usize>,
}

/// An account. Figures are in the unit's smallest part.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountSheet {
    /// Its id, 32 hexadecimal digits.
    pub(crate) id: String,
    /// What it counts: `point`, `growth`, `fen` or `piece`.
    pub(crate) unit: &'static str,
    /// Its balance.
    #[schema(value_type = String)]
    balance: Text<i64>,
    /// The balance as a person reads it.
    pub(crate) shown: String,
    /// What open holds have frozen; still in the balance.
    #[schema(value_type = String)]
    pub(crate) held: Text<i64>,
    /// What open holds will bring; not in the balance.
    #[schema(value_type = String)]
    pub(crate) coming: Text<i64>,
    /// The lowest balance it may reach; absent for none.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<Text<i64>>,
    /// The highest balance it may reach; absent for none.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ceiling: Option<Text<i64>>,
    /// The postings that made the balance, in order; only with `explain=1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) postings: Option<Vec<PostingSheet>>,
    /// What to give as `after` for those that follow; absent after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<usize>,
}

/// The ledger as a whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Totals {
    /// Accounts that were opened.
    accounts: usize,
    /// Rows written since the sandbox began.
    #[schema(value_type = String)]
    rows: Text<u64>,
    /// The sum of all balances by unit, in its smallest part; each is 0 when the books balance.
    #[schema(value_type = Object)]
    sums: BTreeMap<&'static str, String>,
}

/// The sum of all balances, unit by unit.
#[utoipa::path(get, path = "/ledger/totals", tag = "ledger", params(InSandbox), responses((status = 200, body = Totals), (status = 404, body = ErrorAnswer)))]
pub(super) async fn totals(State(house): State<House>, Query(query): Query<InSandbox>) -> Result<Json<Totals>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = aside(move || {
        sandbox.run(|call| {
            let ledger = call.world().ledger();
            Totals {
                accounts: ledger.accounts().count(),
                rows: Text(ledger.sequence().0),
                sums: ledger.totals().into_iter().map(|(unit, sum)| (instruction::unit_word(unit), sum.to_string())).collect(),
            }
        })
    });
    Ok(Json(ran.await?.settled().await?))
}

/// Run a batch of up to 8192 instructions.
#[utoipa::path(post, path = "/ledger/batch", tag = "ledger", params(InSandbox), request_body = Batch,
    responses((status = 200, body = Answers), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn batch(
    State(house): State<House>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<Batch, BATCH_LIMIT>,
) -> Result<Json<Answers>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let count = ask.instructions.len();
    if count > MOST_IN_A_BATCH {
        return Err(Refused::bad("batch_too_large", format!("a batch has at most {MOST_IN_A_BATCH} instructions, this one has {count}")));
    }
    let instructions: Vec<_> = ask.instructions.into_iter().map(Ask::into_instruction).collect();
    let ran = sandbox.run(|call| call.post(&instructions))?;
    let at_ms = ran.at.0;
    let answers = ran.settled().await?.into_iter().map(AnswerSheet::from).collect();
    Ok(Json(Answers { at_ms, answers }))
}

/// An account's balance, and what explains it.
#[utoipa::path(get, path = "/ledger/accounts/{id}", tag = "ledger", params(AccountAsk, ("id" = String, Path)),
    responses((status = 200, body = AccountSheet), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn account(
    State(house): State<House>,
    Path(id): Path<String>,
    Query(ask): Query<AccountAsk>,
) -> Result<Json<AccountSheet>, Refused> {
    let sandbox = house.sandbox(ask.sandbox.as_deref())?;
    let limit = bounded(ask.limit, 100)?;
    let explained = (ask.explain == Some(1)).then(|| (ask.after.unwrap_or(0), limit));
    Ok(Json(account_sheet(&house, &sandbox, &id, explained).await?))
}

/// An account by its id as text; with so many postings after the first so many when they are wanted.
pub(crate) async fn account_sheet(
    house: &House,
    sandbox: &Sandbox,
    id: &str,
    wanted: Option<(usize, usize)>,
) -> Result<AccountSheet, Refused> {
    let id = AccountId(instruction::id(id).map_err(|why| Refused::bad("bad_id", why))?);
    let view = sandbox.run(|call| call.world().ledger().view(id))?.settled().await?;
    let view = view.ok_or_else(|| Refused::missing("unknown_account", format!("no account {id} was opened")))?;
    let (postings, next) = match wanted {
        Some((after, limit)) => {
            let (house, name) = (house.clone(), SandboxId::from(sandbox.name()));
            let (postings, next) = aside(move || explained(&house, &name, id, after, limit)).await?;
            (Some(postings), next)
        }
        None => (None, None),
    };
    Ok(AccountSheet {
        id: id.to_string(),
        unit: instruction::unit_word(view.unit),
        balance: Text(view.balance),
        shown: view.unit.show(view.balance).to_string(),
        held: Text(view.held),
        coming: Text(view.coming),
        floor: (view.floor != i64::MIN).then_some(Text(view.floor)),
        ceiling: (view.ceiling != i64::MAX).then_some(Text(view.ceiling)),
        postings,
        next,
    })
}

/// The postings of an account after the first `after`, each with what it did: folded from the account's first row on by the
/// very code that made the balance.
fn explained(
    house: &House,
    sandbox: &SandboxId,
    id: AccountId,
    after: usize,
    limit: usize,
) -> Result<(Vec<PostingSheet>, Option<usize>), Refused> {
    let mut rows = Vec::new();
    // an opening and one posting more than asked, to know whether there are more
    let wanted = after.saturating_add(limit).saturating_add(2);
    house.engine().log().account(sandbox, id, None, &mut |place, row| {
        rows.push((place, *row));
        if rows.len() < wanted.min(ROW_LIMIT) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    if rows.len() == ROW_LIMIT {
        return Err(Refused::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too_many_rows",
            format!("only an account's first {ROW_LIMIT} postings are explained here"),
        )
        .hint("`kabao ledger` reads the whole log"));
    }
    let places: Vec<u64> = rows.iter().filter(|(_, row)| matches!(row, Row::Posting(_))).map(|(place, _)| place.sequence.0).collect();
    let lines = explain(id, rows.iter().map(|(place, row)| (Sequence(place.row), row)));
    let mut postings = Vec::new();
    for (line, event) in lines.zip(places).skip(after).take(limit) {
        let line = line.map_err(|misfit| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "log_not_readable", misfit.to_string()))?;
        postings.push(PostingSheet::new(event, &line));
    }
    let next = after + postings.len();
    let more = rows.len() > next + 1;
    Ok((postings, more.then_some(next)))
}
