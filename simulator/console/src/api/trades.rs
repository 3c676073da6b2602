//! The trades of a sandbox, and what merchants were paid.

use axum::Json;
use axum::extract::{Path, State};
use engine::world::World;
use engine::world::merchant::Merchant;
use engine::world::names::{MerchantId, TradeNumber};
use engine::world::trade::wallet::settlement_of;
use engine::world::trade::{End, How, Refund, Status, Trade};
use engine::world::{Moment, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::InSandbox;
use super::asked::{Body, Query};
use super::customers::bounded;
use super::refused::{ErrorAnswer, Refused};
use super::wallet::{fen, yuan};
use crate::house::House;

/// A trade.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TradeSheet {
    /// The platform's number.
    trade_no: String,
    /// The merchant's number.
    out_trade_no: String,
    /// The application that made it.
    app_id: String,
    /// Who is or was paid.
    merchant_id: String,
    /// Who pays or paid.
    user_id: String,
    /// `code`, `scan` or `created`.
    #[schema(value_type = String)]
    how: How,
    /// `waiting`, `paid`, `finished` or `closed`.
    #[schema(value_type = String)]
    status: Status,
    /// Whether the customer said no when last asked.
    declined: bool,
    /// Why it was closed: `close`, `cancel`, `time_out` or `refund`.
    #[schema(value_type = Option<String>)]
    end: Option<End>,
    /// Title.
    subject: String,
    /// Yuan.
    #[schema(example = "35.00")]
    total: String,
    /// Fen.
    total_fen: i64,
    /// Given back so far, yuan.
    refunded: String,
    /// Given back so far, fen.
    refunded_fen: i64,
    /// When it was made, China time.
    made: String,
    /// Until when it may be paid.
    expires: String,
    /// When it was paid.
    paid: Option<String>,
    /// When it was closed or finished.
    ended: Option<String>,
    /// What was given back, oldest first.
    refunds: Vec<RefundSheet>,
}

/// A refund.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefundSheet {
    /// The merchant's number of it.
    out_request_no: String,
    /// When, China time.
    at: String,
    /// Yuan.
    amount: String,
    /// Fen.
    amount_fen: i64,
    /// Whether cancelling the trade did it.
    by_cancel: bool,
}

/// Some trades.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TradeList {
    /// In the order in which they were made.
    trades: Vec<TradeSheet>,
    /// What to give as `after` for the next ones; absent after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

/// Which trades are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TradesAsk {
    /// Which sandbox is meant; `demo` when absent.
    sandbox: Option<String>,
    /// Only those of this customer.
    user_id: Option<String>,
    /// Only the one with this number of the merchant's (or one for each merchant).
    out_trade_no: Option<String>,
    /// How many of the sandbox's trades to pass over; 0 when absent.
    after: Option<usize>,
    /// How many at most, 1 to 1000; 100 when absent.
    limit: Option<usize>,
}

/// What a merchant was paid and has not taken out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettlementSheet {
    /// Yuan.
    #[schema(example = "35.00")]
    balance: String,
    /// Fen.
    balance_fen: i64,
    /// Its account in the ledger; there is none before the first payment.
    ledger_account: String,
}

/// How much a merchant takes out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Withdraw {
    /// Yuan.
    #[schema(example = "35.00")]
    amount: String,
}

impl TradeSheet {
    pub(crate) fn new(world: &World, trade: &Trade, now: Moment) -> Self {
        let (status, end) = trade.stands(now);
        let text = |at: Option<Moment>| at.map(Moment::text);
        let refund = |refund: Refund| RefundSheet {
            out_request_no: refund.request.to_string(),
            at: refund.at.text(),
            amount: yuan(refund.back.total()),
            amount_fen: refund.back.total(),
            by_cancel: refund.by_cancel,
        };
        Self {
            trade_no: trade.number.to_string(),
            out_trade_no: trade.order.to_string(),
            app_id: world.app_of(trade).id.to_string(),
            merchant_id: world.seller_of(trade).id.to_string(),
            user_id: world.buyer_of(trade).user.to_string(),
            how: trade.how,
            status,
            declined: trade.declined,
            end,
            subject: trade.terms.get().subject,
            total: yuan(trade.total),
            total_fen: trade.total,
            refunded: yuan(trade.refunded),
            refunded_fen: trade.refunded,
            made: trade.made.text(),
            expires: trade.expires.text(),
            paid: text(trade.paid),
            ended: text(trade.ended),
            refunds: trade.refunds().into_iter().map(refund).collect(),
        }
    }
}

impl SettlementSheet {
    fn of(world: &World, merchant: &MerchantId) -> Result<Self, Refused> {
        if world.merchants().get(merchant).is_none() {
            return Err(Refused::missing("unknown_merchant", format!("this sandbox has no merchant `{merchant}`"))
                .hint("GET /_kabao/v1/sandboxes/{id} shows them beside their applications"));
        }
        let balance = world.settlement(merchant);
        Ok(Self { balance: yuan(balance), balance_fen: balance, ledger_account: settlement_of(merchant).to_string() })
    }
}

/// Merchants' trades with this number of theirs, with their places among all.
fn ordered<'w>(world: &'w World, order: &str) -> Vec<(usize, &'w Trade)> {
    let of = |merchant: &Merchant| world.trade_by_order(&merchant.id, order);
    let place = |trade: &'w Trade| Some((world.trades().find(&trade.number)? as usize, trade));
    let mut found: Vec<_> = world.merchants().iter().filter_map(of).filter_map(place).collect();
    found.sort_unstable_by_key(|(place, _)| *place);
    found
}

/// Trades, in the order in which they were made.
#[utoipa::path(get, path = "/trades", tag = "money", params(TradesAsk), responses((status = 200, body = TradeList), (status = 404, body = ErrorAnswer)))]
pub(super) async fn list(State(house): State<House>, Query(ask): Query<TradesAsk>) -> Result<Json<TradeList>, Refused> {
    let sandbox = house.sandbox(ask.sandbox.as_deref())?;
    let (limit, after) = (bounded(ask.limit, 100)?, ask.after.unwrap_or(0));
    let ran = sandbox.run(|call| {
        let world = call.world();
        let wanted = |trade: &Trade| ask.user_id.as_deref().is_none_or(|user| world.buyer_of(trade).user.as_str() == user);
        let all: Box<dyn Iterator<Item = (usize, &Trade)>> = match ask.out_trade_no.as_deref() {
            Some(order) => Box::new(ordered(world, order).into_iter().skip_while(|(place, _)| *place < after)),
            None => Box::new(world.trades().iter().enumerate().skip(after)),
        };
        let mut found = all.filter(|(_, trade)| wanted(trade));
        let trades: Vec<_> = found.by_ref().take(limit).collect();
        let next = trades.last().map(|(place, _)| place + 1).filter(|_| found.next().is_some());
        TradeList { trades: trades.into_iter().map(|(_, trade)| TradeSheet::new(world, trade, call.now())).collect(), next }
    })?;
    Ok(Json(ran.settled().await?))
}

/// A trade.
#[utoipa::path(get, path = "/trades/{trade_no}", tag = "money", params(InSandbox, ("trade_no" = String, Path)),
    responses((status = 200, body = TradeSheet), (status = 404, body = ErrorAnswer)))]
pub(super) async fn show(
    State(house): State<House>,
    Path(number): Path<String>,
    Query(query): Query<InSandbox>,
) -> Result<Json<TradeSheet>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| {
        let trade = call.world().trades().get(&TradeNumber::from(number)).ok_or(Refusal::UnknownTrade)?;
        Ok::<_, Refused>(TradeSheet::new(call.world(), trade, call.now()))
    })?;
    Ok(Json(ran.settled().await??))
}

/// What a merchant was paid and has not taken out.
#[utoipa::path(get, path = "/merchants/{id}/settlement", tag = "money", params(InSandbox, ("id" = String, Path)),
    responses((status = 200, body = SettlementSheet), (status = 404, body = ErrorAnswer)))]
pub(super) async fn settlement(
    State(house): State<House>,
    Path(merchant): Path<String>,
    Query(query): Query<InSandbox>,
) -> Result<Json<SettlementSheet>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| SettlementSheet::of(call.world(), &MerchantId::from(merchant)))?;
    Ok(Json(ran.settled().await??))
}

/// A merchant takes money out: then it may have too little to give back.
#[utoipa::path(post, path = "/merchants/{id}/settlement/withdraw", tag = "money", params(InSandbox, ("id" = String, Path)), request_body = Withdraw,
    responses((status = 200, body = SettlementSheet), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
pub(super) async fn withdraw(
    State(house): State<House>,
    Path(merchant): Path<String>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<Withdraw>,
) -> Result<Json<SettlementSheet>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let fen = fen("amount", &ask.amount)?;
    let ran = sandbox.run(|call| {
        let merchant = MerchantId::from(merchant);
        SettlementSheet::of(call.world(), &merchant)?;
        let decided = call.world().decide_withdrawal(&merchant, fen)?;
        call.enact(decided)?;
        SettlementSheet::of(call.world(), &merchant)
    })?;
    Ok(Json(ran.settled().await??))
}
