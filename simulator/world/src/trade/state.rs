//! How events change trades, and how trades are looked up.

use super::list::Place;
use super::offer::Offer;
use super::{End, More, Named, Status, Trade, TradeClosed, TradeFinished, TradeMade, TradePaid, TradeRefunded, life};
use crate::customer::Customer;
use crate::due::{What, rows};
use crate::index::Index;
use crate::merchant::{App, Merchant};
use crate::moment::Moment;
use crate::names::{MerchantId, OfferCode, TradeNumber, UserId};
use crate::packed::Packed;
use crate::refusal::Refusal;
use crate::world::World;
use std::hash::BuildHasher;

/// Looking trades up.
impl World {
    /// Every trade there is, oldest first.
    pub fn trades(&self) -> &crate::table::Table<Trade> {
        &self.trades
    }

    /// The trade that a merchant means.
    ///
    /// # Errors
    /// [`Refusal::UnknownTrade`], also for another merchant's.
    pub fn trade_named(&self, merchant: &MerchantId, named: Named<'_>) -> Result<&Trade, Refusal> {
        let trade = match named.trade {
            Some(number) => self.trades.get(&TradeNumber::from(number)).filter(|trade| self.seller_of(trade).id == *merchant),
            None => named.order.and_then(|order| self.trade_by_order(merchant, order)),
        };
        trade.ok_or(Refusal::UnknownTrade)
    }

    /// The trade of a merchant's order.
    pub fn trade_by_order(&self, merchant: &MerchantId, order: &str) -> Option<&Trade> {
        let merchant = self.merchants.find(merchant)?;
        let is_it = |row| {
            let trade = self.trades.at(row);
            trade.merchant == merchant && trade.order == order
        };
        self.trades_by_order.find(&(merchant, order), is_it).map(|row| self.trades.at(row))
    }

    /// The order with this code.
    pub fn offer(&self, code: &OfferCode) -> Option<&Offer> {
        self.offers.get(code)
    }

    /// The last code that was made for a merchant's order.
    pub fn offer_by_order(&self, merchant: &MerchantId, order: &str) -> Option<&Offer> {
        let merchant_row = self.merchants.find(merchant)?;
        let rank = |row| {
            let made = &self.offers.at(row).made.order;
            (made.merchant == *merchant && made.number == order).then_some(())
        };
        self.offers_by_order.best(&(merchant_row, order), rank).map(|row| self.offers.at(row))
    }

    /// A customer's trades, newest first.
    pub fn trades_of(&self, user: &UserId) -> impl Iterator<Item = &Trade> {
        let newest = self.customers.find(user).and_then(|buyer| self.last_trades.get(&buyer)).map(|row| self.trades.at(*row));
        std::iter::successors(newest, |trade| trade.previous.map(|row| self.trades.at(row)))
    }

    /// Who pays or paid a trade.
    pub fn buyer_of(&self, trade: &Trade) -> Customer {
        self.customers.at(trade.buyer)
    }

    /// Who is or was paid.
    pub fn seller_of(&self, trade: &Trade) -> &Merchant {
        self.merchants.at(trade.merchant)
    }

    /// The application that made a trade.
    pub fn app_of(&self, trade: &Trade) -> &App {
        self.apps.at(trade.app)
    }
}

/// How events change them.
impl World {
    pub(crate) fn trade_made(&mut self, at: Moment, made: &TradeMade) {
        let order = &made.order;
        let found = (self.merchants.find(&order.merchant), self.apps.find(&order.app), self.customers.find(&made.buyer));
        let (Some(merchant), Some(app), Some(buyer)) = found else { return };
        if self.trades.find(&made.trade).is_some() {
            return;
        }
        let row = self.trades.push(Trade {
            number: made.trade.clone(),
            order: order.number.clone(),
            app,
            merchant,
            buyer,
            how: made.how,
            status: Status::Waiting,
            declined: false,
            end: None,
            total: order.total,
            refunded: 0,
            made: at,
            expires: order.expires,
            paid: None,
            ended: None,
            terms: Packed::of(&order.terms),
            more: Packed::of(&More { undiscountable: order.undiscountable, ..More::default() }),
            previous: self.last_trades.get(&buyer).copied(),
        });
        let trades = &self.trades;
        self.trades_by_order.insert(&(merchant, order.number.as_str()), row, |other, hasher| {
            let other = trades.at(other);
            hasher.hash_one((other.merchant, other.order.as_str()))
        });
        self.last_trades.insert(buyer, row);
        self.arm_trade(row);
    }

    pub(crate) fn trade_declined(&mut self, trade: &TradeNumber, declined: bool) {
        if let Some(row) = self.trades.find(trade) {
            self.trades.at_mut(row).declined = declined;
        }
    }

    pub(crate) fn trade_paid(&mut self, at: Moment, paid: &TradePaid) {
        let voucher = paid.voucher.as_ref().and_then(|voucher| self.vouchers.get(voucher));
        let taken = voucher.map(|voucher| (voucher.given.voucher.clone(), voucher.discounts()));
        if let Some((voucher, _)) = &taken {
            self.use_voucher(voucher, Some(paid.trade.clone()));
        }
        self.change_trade(&paid.trade, |trade| {
            trade.status = Status::Paid;
            trade.declined = false;
            trade.paid = Some(at);
            if let Some((voucher, discounts)) = taken {
                trade.more.change(|more| (more.voucher, more.discounts) = (Some(voucher), discounts));
            }
        });
    }

    pub(crate) fn trade_closed(&mut self, at: Moment, closed: &TradeClosed) {
        self.change_trade(&closed.trade, |trade| {
            trade.status = Status::Closed;
            trade.end = Some(closed.end);
            trade.ended = Some(at);
        });
    }

    pub(crate) fn trade_finished(&mut self, at: Moment, finished: &TradeFinished) {
        self.change_trade(&finished.trade, |trade| {
            trade.status = Status::Finished;
            trade.ended = Some(at);
        });
    }

    pub(crate) fn trade_refunded(&mut self, at: Moment, refunded: &TradeRefunded) {
        let mut returned = None;
        self.change_trade(&refunded.trade, |trade| {
            trade.refunded += refunded.refund.back.total();
            trade.more.change(|more| more.refunds.push(refunded.refund.clone()));
            if trade.refunded == trade.total {
                trade.status = Status::Closed;
                trade.end = Some(if refunded.refund.by_cancel { End::Cancel } else { End::Refund });
                trade.ended = Some(at);
                returned = trade.more.get().voucher;
            }
        });
        if let Some(voucher) = returned {
            self.use_voucher(&voucher, None);
        }
    }

    fn change_trade(&mut self, trade: &TradeNumber, change: impl FnOnce(&mut Trade)) {
        let Some(row) = self.trades.find(trade) else { return };
        if let Some(due) = self.trade_due(row) {
            self.agenda.remove(&(due, What::Trade(row)));
        }
        change(self.trades.at_mut(row));
        self.arm_trade(row);
    }

    /// When a trade's time comes, if it will.
    fn trade_due(&self, row: u32) -> Option<Moment> {
        let trade = self.trades.at(row);
        match trade.status {
            Status::Waiting => Some(trade.expires),
            Status::Paid => Some(life::finished(trade.made)),
            Status::Finished | Status::Closed => None,
        }
    }

    /// Enters a trade where its time and its movements are looked for.
    fn arm_trade(&mut self, row: u32) {
        if let Some(due) = self.trade_due(row) {
            self.agenda.insert((due, What::Trade(row)));
        }
        let trade = self.trades.at(row);
        let Some(paid) = trade.paid else { return };
        let merchant = trade.merchant;
        let refunds = trade.refunds();
        let places = refunds.iter().zip(1..).map(|(refund, number)| -> Place { (merchant, refund.at, row, number) });
        self.movements.extend(places.chain([(merchant, paid, row, 0)]));
    }

    /// Makes everything anew that a snapshot does not hold, and the agenda's part.
    pub(crate) fn arm_trades(&mut self) {
        self.movements.clear();
        self.list_codes();
        self.last_trades = (0..).zip(self.trades.iter()).map(|(row, trade)| (trade.buyer, row)).collect();
        rows(self.trades.len()).for_each(|row| self.arm_trade(row));
    }

    /// Makes the indexes anew; needs merchants only.
    pub(crate) fn index_trades(&mut self) {
        self.trades_by_order = Index::over(self.trades.iter().map(|trade| (trade.merchant, trade.order.as_str())));
        self.index_offers();
    }

    pub(super) fn index_offer(&mut self, merchant: u32, row: u32) {
        let (offers, merchants) = (&self.offers, &self.merchants);
        self.offers_by_order.insert(&(merchant, offers.at(row).made.order.number.as_str()), row, |other, hasher| {
            let order = &offers.at(other).made.order;
            hasher.hash_one((merchants.find(&order.merchant).unwrap_or(u32::MAX), order.number.as_str()))
        });
    }

    pub(super) fn index_offers(&mut self) {
        self.offers_by_order = Index::default();
        self.living_offers.clear();
        for row in rows(self.offers.len()) {
            let merchant = self.merchants.find(&self.offers.at(row).made.order.merchant).unwrap_or(u32::MAX);
            self.index_offer(merchant, row);
            let offer = self.offers.at(row);
            if !offer.withdrawn {
                self.living_offers.entry(merchant).or_default().insert((offer.made.until, row));
            }
        }
    }

    /// Forgets payment codes and orders' codes that ran out before a moment.
    pub(crate) fn forget_codes(&mut self, before: Moment) {
        self.pay_codes.retain(|shown| shown.shown.expires >= before);
        self.list_codes();
        let offers = self.offers.len();
        self.offers.retain(|offer| offer.made.until >= before);
        if self.offers.len() != offers {
            self.index_offers();
        }
    }

    /// Whether there is something that [`World::forget_codes`] would forget.
    pub(crate) fn has_old_codes(&self, before: Moment) -> bool {
        self.pay_codes.iter().any(|shown| shown.shown.expires < before) || self.offers.iter().any(|offer| offer.made.until < before)
    }
}
