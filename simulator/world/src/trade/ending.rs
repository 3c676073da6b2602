//! How trades end without a refund: closed or cancelled by the merchant, timed out, finished.
//!
//! Cancelling is for unknown outcomes: what was paid goes back whole. The same again, after a trade was cancelled, is answered
//! as it was; so is a trade that was closed without payment (inferred). Source: commerce SEMANTICS 2 and 3.

use super::{Decided, End, Named, Refund, Status, Trade, life};
use crate::event::Event;
use crate::moment::Moment;
use crate::names::{MerchantId, TradeNumber};
use crate::refusal::Refusal;
use crate::trade::TradeRefunded;
use crate::trade::offer::OfferWithdrawn;
use crate::world::World;
use serde::{Deserialize, Serialize};

/// A trade ended without payment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TradeClosed {
    /// The trade.
    pub trade: TradeNumber,
    /// Why.
    pub end: End,
}

/// The time in which money could be given back is over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TradeFinished {
    /// The trade.
    pub trade: TradeNumber,
}

/// What cancelling did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// There was no trade.
    Nothing,
    /// The trade was closed; no money moved.
    Closed,
    /// What was paid went back.
    Refunded,
}

/// What came of cancelling.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cancelled {
    /// What was done, by this call or an earlier one.
    pub action: Action,
    /// The trade, when there is one.
    pub trade: Option<TradeNumber>,
    /// Whether this call did it.
    pub first: bool,
}

impl World {
    /// Decides that a merchant closes a trade that waits.
    ///
    /// # Errors
    /// Unknown trade, or one that does not wait.
    pub fn decide_close(&self, merchant: &MerchantId, named: Named<'_>, now: Moment) -> Result<Decided<TradeNumber>, Refusal> {
        let trade = self.trade_named(merchant, named)?;
        if trade.stands(now).0 != Status::Waiting {
            return Err(Refusal::TradeNotWaiting(trade.number.clone()));
        }
        let closed = TradeClosed { trade: trade.number.clone(), end: End::Close };
        Ok(Decided::nothing(trade.number.clone()).with(closed, Vec::new()))
    }

    /// Decides that a merchant takes back an order whose outcome it does not know.
    ///
    /// # Errors
    /// More than a day after the order, after a refund, when it is finished, or when the merchant has too little to give back.
    pub fn decide_cancel(&self, merchant: &MerchantId, named: Named<'_>, now: Moment) -> Result<Decided<Cancelled>, Refusal> {
        let trade = match self.trade_named(merchant, named) {
            Ok(trade) => trade,
            Err(Refusal::UnknownTrade) => return Ok(self.cancel_offer(merchant, named, now)),
            Err(refusal) => return Err(refusal),
        };
        let told = |action, first| Cancelled { action, trade: Some(trade.number.clone()), first };
        match trade.stands(now) {
            (Status::Finished, _) => return Err(Refusal::TradeFinished(trade.number.clone())),
            (Status::Closed, Some(End::Refund)) => return Err(Refusal::PartlyRefunded),
            (Status::Closed, Some(End::Cancel)) if trade.paid.is_some() => return Ok(Decided::nothing(told(Action::Refunded, false))),
            (Status::Closed, _) => return Ok(Decided::nothing(told(Action::Closed, false))),
            (Status::Paid, _) if trade.refunded > 0 => return Err(Refusal::PartlyRefunded),
            (Status::Paid | Status::Waiting, _) if now >= trade.made.plus_seconds(life::CANCELLING) => return Err(Refusal::CancelTooLate),
            (Status::Paid | Status::Waiting, _) => {}
        }
        if trade.status == Status::Waiting {
            let closed = TradeClosed { trade: trade.number.clone(), end: End::Cancel };
            return Ok(Decided::nothing(told(Action::Closed, true)).with(closed, Vec::new()));
        }
        let back = trade.parts();
        let postings = self.giving_back(trade, &trade.order, back)?;
        let refund = Refund { request: trade.order.clone(), at: now, back, by_cancel: true, document: Box::default() };
        let refunded = TradeRefunded { trade: trade.number.clone(), refund };
        Ok(Decided::nothing(told(Action::Refunded, true)).with(refunded, postings))
    }

    /// A number without a trade stays usable; a code that was made for it dies.
    fn cancel_offer(&self, merchant: &MerchantId, named: Named<'_>, now: Moment) -> Decided<Cancelled> {
        let offer = named.trade.is_none().then_some(named.order).flatten();
        let offer = offer.and_then(|order| self.offer_by_order(merchant, order)).filter(|offer| offer.lives(now));
        let told = Decided::nothing(Cancelled { action: Action::Nothing, trade: None, first: offer.is_some() });
        match offer {
            Some(offer) => told.with(OfferWithdrawn { code: offer.made.code.clone() }, Vec::new()),
            None => told,
        }
    }

    /// What happens to a trade whose time came.
    pub(crate) fn trade_is_due(&self, row: u32) -> Event {
        let Trade { number, status, .. } = self.trades.at(row);
        match status {
            Status::Waiting => TradeClosed { trade: number.clone(), end: End::TimeOut }.into(),
            Status::Paid | Status::Finished | Status::Closed => TradeFinished { trade: number.clone() }.into(),
        }
    }
}
