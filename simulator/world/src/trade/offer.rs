//! Orders to be scanned: a code that stands for an order until a customer scans it. Only then there is a trade.
//!
//! The same order again while its code lives gets the same code; another one under the same number is refused until then. A
//! cancelled number's code is worth nothing (both inferred). Source: commerce SEMANTICS 2 and 3.

use super::pay::{Answer, Charged, Due, TradeMade};
use super::{Decided, How, Order, life};
use crate::moment::Moment;
use crate::names::{MerchantId, OfferCode, TradeNumber, UserId};
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::trade::TradeDeclined;
use crate::world::World;
use serde::{Deserialize, Serialize};

/// How many codes of one merchant's orders may live at a time (inferred).
pub const MOST_OFFERS: usize = 10_000;
/// At every so many codes, those that are good for nothing any more are dropped.
const SWEPT_AT: usize = 4_096;

/// An order got a code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OfferMade {
    /// The code.
    pub code: OfferCode,
    /// From when on nobody can begin with it.
    pub until: Moment,
    /// What is to be paid.
    pub order: Order,
}

/// A code was taken back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OfferWithdrawn {
    /// The code.
    pub code: OfferCode,
}

/// An order with a code, as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Offer {
    /// What was made.
    pub made: OfferMade,
    /// Whether it was taken back.
    pub withdrawn: bool,
}

impl Keyed for Offer {
    type Key = OfferCode;
    fn key(&self) -> &OfferCode {
        &self.made.code
    }
}

impl Offer {
    /// Whether somebody can begin with it at `now`.
    pub fn lives(&self, now: Moment) -> bool {
        !self.withdrawn && now < self.made.until
    }
}

impl World {
    /// Decides on a code for an order; it lives until `until`, at most two hours. Tells the code, an older one for the same order.
    ///
    /// # Errors
    /// The order cannot be, its number is taken, or has a living code for other terms; or the merchant has [`MOST_OFFERS`].
    pub fn decide_offer(&self, code: OfferCode, order: Order, until: Moment, now: Moment) -> Result<Decided<OfferCode>, Refusal> {
        order.check(now)?;
        self.payable(&order, now)?;
        if let Some(offer) = self.offer_by_order(&order.merchant, &order.number).filter(|offer| offer.lives(now)) {
            let before = &offer.made.order;
            let same = before.total == order.total && before.terms.subject == order.terms.subject;
            return if same { Ok(Decided::nothing(offer.made.code.clone())) } else { Err(Refusal::OfferLives(order.number.to_string())) };
        }
        if self.has_most_offers(&order.merchant, now) {
            return Err(Refusal::TooManyOffers { limit: MOST_OFFERS });
        }
        let until = until.min(now.plus_seconds(life::OFFER)).min(order.expires);
        Ok(Decided::nothing(code.clone()).with(OfferMade { code, until, order }, Vec::new()))
    }

    /// Decides what comes of a customer's scanning such a code: a trade, and what the customer does about it at once.
    ///
    /// # Errors
    /// Unknown or dead code, unknown customer, or a trade that another customer has begun or that has ended.
    pub fn decide_scan(
        &self,
        user: &UserId,
        code: &OfferCode,
        trade: TradeNumber,
        answer: Answer,
        now: Moment,
    ) -> Result<Decided<Charged>, Refusal> {
        self.customer(user)?;
        let offer = self.offers.get(code).ok_or(Refusal::UnknownOffer)?;
        if !offer.lives(now) {
            return Err(Refusal::OfferOver);
        }
        let order = &offer.made.order;
        if let Some(before) = self.payable(order, now)? {
            return if self.buyer_of(before).user == *user {
                self.decide_answer(user, &before.number.clone(), answer, now)
            } else {
                Err(Refusal::OtherBuyer)
            };
        }
        if user.as_str() == order.merchant.as_str() {
            return Err(Refusal::BuyerIsSeller);
        }
        let made = TradeMade { trade: trade.clone(), buyer: user.clone(), how: How::Scan, order: order.clone() };
        let decided = Decided::nothing(()).with(made, Vec::new());
        let waits = Charged::Waits(trade.clone());
        match answer {
            Answer::Ignore => Ok(decided.telling(waits)),
            Answer::Refuse => Ok(decided.with(TradeDeclined { trade }, Vec::new()).telling(waits)),
            Answer::Pay => {
                let due = Due { buyer: user, seller: &order.merchant, total: order.total, undiscountable: order.undiscountable };
                Ok(match self.payment(&trade, due, now) {
                    Ok((paid, postings)) => decided.with(paid, postings).telling(Charged::Paid(trade)),
                    Err(refusal) => decided.telling(Charged::Refused(refusal)),
                })
            }
        }
    }

    fn has_most_offers(&self, merchant: &MerchantId, now: Moment) -> bool {
        let living = self.merchants.find(merchant).and_then(|merchant| self.living_offers.get(&merchant));
        // mostly there are few of any kind, and nothing is counted
        living.is_some_and(|all| all.len() >= MOST_OFFERS && all.iter().rev().take_while(|(until, _)| now < *until).count() >= MOST_OFFERS)
    }

    pub(crate) fn offer_made(&mut self, at: Moment, made: &OfferMade) {
        let Some(merchant) = self.merchants.find(&made.order.merchant) else { return };
        if self.offers.find(&made.code).is_some() {
            return;
        }
        if !self.offers.is_empty() && self.offers.len().is_multiple_of(SWEPT_AT) {
            self.offers.retain(|offer| offer.lives(at));
            self.index_offers();
        }
        let row = self.offers.push(Offer { made: made.clone(), withdrawn: false });
        self.index_offer(merchant, row);
        if let Some(living) = self.living_offers.get_mut(&merchant) {
            *living = living.split_off(&(at, 0));
        }
        self.living_offers.entry(merchant).or_default().insert((made.until, row));
    }

    pub(crate) fn offer_withdrawn(&mut self, withdrawn: &OfferWithdrawn) {
        if let Some(row) = self.offers.find(&withdrawn.code) {
            let offer = self.offers.at_mut(row);
            offer.withdrawn = true;
            let merchant = self.merchants.find(&offer.made.order.merchant);
            if let Some(living) = merchant.and_then(|merchant| self.living_offers.get_mut(&merchant)) {
                living.remove(&(offer.made.until, row));
            }
        }
    }
}
