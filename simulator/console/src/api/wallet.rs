//! A customer's money: what the wallet holds and lately gained and lost, up to which amount it pays without asking, and the
//! tester's hand that fills or empties it.
//!
//! Amounts are asked for as texts in yuan ("35.00"), as the platform writes them, and told in fen as well. Source: UI 8.

use axum::Json;
use axum::extract::{Path, State};
use engine::Call;
use engine::world::Figure;
use engine::world::World;
use engine::world::customer::Customer;
use engine::world::names::{TradeNumber, UserId};
use engine::world::trade::wallet::{Change, wallet_of};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::InSandbox;
use super::asked::{Body, Query};
use super::customers::known;
use super::refused::{ErrorAnswer, Refused};
use crate::house::House;

/// How many movements are told.
const MOVEMENTS: usize = 20;
/// Among how many of a customer's newest trades these are looked for: a refund may be new although its trade is old.
const LOOKED_AT: usize = 10_000;

/// A wallet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WalletSheet {
    /// What it holds, yuan.
    #[schema(example = "1000.00")]
    balance: String,
    /// What it holds, fen.
    balance_fen: i64,
    /// Up to which amount a payment code pays without asking, yuan.
    #[schema(example = "200.00")]
    no_password_limit: String,
    /// The same in fen.
    no_password_limit_fen: i64,
    /// Its account in the ledger; there is none before its first use.
    ledger_account: String,
    /// The newest payments, refunds and changes by a tester, newest first.
    movements: Vec<MovementSheet>,
}

/// What a wallet gained or lost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MovementSheet {
    /// When, China time.
    at: String,
    /// `payment`, `refund` or `changed`.
    kind: &'static str,
    /// Yuan, negative when it was lost.
    #[schema(example = "-35.00")]
    amount: String,
    /// The same in fen.
    amount_fen: i64,
    /// Of which trade.
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_no: Option<String>,
}

/// What is to become of a wallet. What is absent stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WalletAsk {
    /// What it is to hold, yuan.
    #[schema(example = "200.00")]
    set: Option<String>,
    /// How much it gets, or loses when negative, yuan; not together with `set`.
    #[schema(example = "50.00")]
    add: Option<String>,
    /// Up to which amount a payment code pays without asking, yuan; `0` asks always.
    #[schema(example = "200.00")]
    no_password_limit: Option<String>,
}

/// An amount in yuan as fen.
pub(super) fn fen(field: &str, text: &str) -> Result<i64, Refused> {
    let figure = Figure::parse(text).map_err(|wrong| Refused::bad("bad_amount", format!("`{field}`: {wrong}")))?;
    Ok(figure.hundredths)
}

/// Fen as an amount in yuan.
pub(super) fn yuan(fen: i64) -> String {
    Figure { hundredths: fen, decimals: 2 }.to_string()
}

/// A new customer's wallet, before anything was recorded: what it is to hold.
pub(super) fn given(text: Option<&str>) -> Result<Option<i64>, Refused> {
    let Some(text) = text else { return Ok(None) };
    let fen = fen("wallet", text)?;
    if !(0..=engine::world::trade::wallet::LARGEST_WALLET).contains(&fen) {
        return Err(Refused::bad("bad_amount", format!("`wallet`: a wallet cannot hold {text}")));
    }
    Ok(Some(fen))
}

/// Fills a new customer's wallet; what [`given`] let through.
pub(super) fn fill(call: &mut Call<'_>, customer: &Customer, fen: i64) {
    let decided = call.world().decide_wallet(&customer.user, Change::To(fen));
    decided.and_then(|decided| call.enact(decided)).expect("the customer was just made, and the amount was looked at before");
}

impl WalletSheet {
    fn of(world: &World, user: &UserId) -> Self {
        let (balance, limit) = (world.wallet(user), world.asked_above(user));
        let mut movements = Vec::new();
        for trade in world.trades_of(user).filter(|trade| trade.paid.is_some()).take(LOOKED_AT) {
            let refunds = trade.refunds().into_iter().filter(|refund| refund.back.own > 0);
            movements.extend(refunds.map(|refund| (refund.at, "refund", refund.back.own, Some(&trade.number))));
            movements.extend(trade.paid.map(|at| (at, "payment", -trade.parts().own, Some(&trade.number))));
        }
        let changed = |(at, by): &(_, i64)| (*at, "changed", *by, None);
        movements.extend(world.wallet_changes(user).iter().rev().map(changed));
        // the sort is stable: of one moment, the later trade comes first, and all trades before a tester's changes
        movements.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
        movements.truncate(MOVEMENTS);
        let movement = |(at, kind, fen, trade_no): (engine::world::Moment, _, _, Option<&TradeNumber>)| MovementSheet {
            at: at.text(),
            kind,
            amount: yuan(fen),
            amount_fen: fen,
            trade_no: trade_no.map(TradeNumber::to_string),
        };
        Self {
            balance: yuan(balance),
            balance_fen: balance,
            no_password_limit: yuan(limit),
            no_password_limit_fen: limit,
            ledger_account: wallet_of(user).to_string(),
            movements: movements.into_iter().map(movement).collect(),
        }
    }
}

/// A customer's money wallet
#[utoipa::path(get, path = "/customers/{id}/wallet", tag = "money", params(InSandbox, ("id" = String, Path)),
    responses((status = 200, body = WalletSheet), (status = 404, body = ErrorAnswer)))]
pub(super) async fn show(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
) -> Result<Json<WalletSheet>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| {
        let user = known(call.world(), &user)?.user.clone();
        Ok::<_, Refused>(WalletSheet::of(call.world(), &user))
    })?;
    Ok(Json(ran.settled().await??))
}

/// Fill or empty a customer's wallet, or say up to which amount it pays without asking.
#[utoipa::path(post, path = "/customers/{id}/wallet", tag = "money", params(InSandbox, ("id" = String, Path)), request_body = WalletAsk,
    responses((status = 200, body = WalletSheet), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
pub(super) async fn change(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<WalletAsk>,
) -> Result<Json<WalletSheet>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let change = match (&ask.set, &ask.add) {
        (Some(_), Some(_)) => return Err(Refused::bad("bad_amount", "give `set` or `add`, not both")),
        (Some(total), None) => Some(Change::To(fen("set", total)?)),
        (None, Some(by)) => Some(Change::By(fen("add", by)?)),
        (None, None) => None,
    };
    let limit = ask.no_password_limit.as_deref().map(|limit| fen("no_password_limit", limit)).transpose()?;
    let ran = sandbox.run(|call| {
        let user = known(call.world(), &user)?.user.clone();
        // both are decided before either happens; neither changes what the other is decided on
        let limit = limit.map(|limit| call.world().decide_limit(&user, limit)).transpose()?;
        let change = change.map(|change| call.world().decide_wallet(&user, change)).transpose()?;
        change.map(|change| call.enact(change)).transpose()?;
        limit.map(|limit| call.enact(limit)).transpose()?;
        Ok::<_, Refused>(WalletSheet::of(call.world(), &user))
    })?;
    Ok(Json(ran.settled().await??))
}
