//! Paying: with a code that a till read, or on the phone when asked; and the trades that merchants make for known customers.
//!
//! The order of checks: the order's own figures, the state of its number, the code, then risk (the amount above which a customer
//! is asked), then the balance (commerce SEMANTICS 14) for what a voucher leaves of the total. The same again with the same code, while its trade waits, is that trade
//! (SEMANTICS 3). A code that came as far as the customer is used up even when the payment is refused. A refused payment leaves no trade behind where there was none; both are inferred.

use super::wallet::{open, platform, settlement_of, together, wallet_of, why};
use super::{Decided, How, Order, Parts, Status, Trade};
use crate::accounts::{millis, posting};
use crate::moment::Moment;
use crate::names::{MerchantId, PayCode, TradeNumber, UserId, VoucherId};
use crate::refusal::Refusal;
use crate::trade::code::PayCodeSpent;
use crate::trade::voucher::Voucher;
use crate::world::World;
use ledger::{Instruction, Transfer};
use serde::{Deserialize, Serialize};

/// A trade came to be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TradeMade {
    /// Its number.
    pub trade: TradeNumber,
    /// Who is to pay.
    pub buyer: UserId,
    /// How it came to be.
    pub how: How,
    /// What is to be paid.
    pub order: Order,
}

/// A customer who had said no was asked once more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TradeAsked {
    /// The trade.
    pub trade: TradeNumber,
}

/// A customer said no. The trade waits all the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TradeDeclined {
    /// The trade.
    pub trade: TradeNumber,
}

/// A trade was paid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TradePaid {
    /// The trade.
    pub trade: TradeNumber,
    /// The voucher that took something off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<VoucherId>,
}

/// What a till asks for.
#[derive(Clone, Debug)]
pub struct Paying {
    /// The number of the trade, should it be a new one.
    pub trade: TradeNumber,
    /// What is to be paid.
    pub order: Order,
    /// The code that was read.
    pub code: PayCode,
    /// Whether the customer is to be asked whatever the amount.
    pub ask: bool,
}

/// What is paid now, by whom and to whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due<'a> {
    pub(super) buyer: &'a UserId,
    pub(super) seller: &'a MerchantId,
    /// Fen.
    pub(super) total: i64,
    /// What of it no voucher may reduce, fen.
    pub(super) undiscountable: i64,
}

/// What a customer does when asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Pays.
    Pay,
    /// Says no.
    Refuse,
    /// Does nothing.
    Ignore,
}

/// What came of wanting to be paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Charged {
    /// The trade is paid now.
    Paid(TradeNumber),
    /// The trade waits for the customer.
    Waits(TradeNumber),
    /// No; the code is used up all the same, and a trade that waited goes on waiting.
    Refused(Refusal),
}

impl World {
    /// Decides on a payment with a code.
    ///
    /// # Errors
    /// The order cannot be, its number is taken, or the code is not good: nothing has happened. What is refused later stands
    /// in [`Charged::Refused`].
    pub fn decide_pay(&self, paying: &Paying, now: Moment) -> Result<Decided<Charged>, Refusal> {
        let Paying { order, code, .. } = paying;
        order.check(now)?;
        let before = self.payable(order, now)?;
        if let Some(before) = before.filter(|before| before.waits_for(code)) {
            return Ok(Decided::nothing(Charged::Waits(before.number.clone())));
        }
        let shown = self.admit_code(code, &order.merchant, now)?;
        let buyer = &shown.user;
        let use_up = |waits| PayCodeSpent { code: code.clone(), waits };
        let spent = Decided::nothing(()).with(use_up(None), Vec::new());
        if buyer.as_str() == order.merchant.as_str() {
            return Ok(spent.telling(Charged::Refused(Refusal::BuyerIsSeller)));
        }
        if before.is_some_and(|before| self.buyer_of(before).user != *buyer) {
            return Ok(spent.telling(Charged::Refused(Refusal::OtherBuyer)));
        }
        let number = before.map_or(&paying.trade, |before| &before.number);
        let asks = paying.ask || order.total > self.asked_above(buyer);
        // a trade that waits is paid as it was made, whatever of it the order calls undiscountable now
        let undiscountable = before.map_or(order.undiscountable, |before| before.more.get().undiscountable);
        let due = Due { buyer, seller: &order.merchant, total: order.total, undiscountable };
        let payment = match (!asks).then(|| self.payment(number, due, now)).transpose() {
            Ok(payment) => payment,
            Err(refusal) => return Ok(spent.telling(Charged::Refused(refusal))),
        };
        let mut decided = if asks { Decided::nothing(()) } else { spent };
        match before {
            None => {
                let made = TradeMade { trade: number.clone(), buyer: buyer.clone(), how: How::Code, order: order.clone() };
                decided = decided.with(made, Vec::new());
            }
            Some(before) if asks && before.declined => decided = decided.with(TradeAsked { trade: number.clone() }, Vec::new()),
            Some(_) => {}
        }
        Ok(match payment {
            Some((paid, postings)) => decided.with(paid, postings).telling(Charged::Paid(number.clone())),
            // once the trade is there
            None => decided.with(use_up(Some(number.clone())), Vec::new()).telling(Charged::Waits(number.clone())),
        })
    }

    /// Decides that a merchant makes a trade for a customer, who will pay it on the phone. The same again is the same trade.
    ///
    /// # Errors
    /// The order cannot be, its number is taken, or there is no such customer.
    pub fn decide_trade(&self, trade: TradeNumber, buyer: &UserId, order: Order, now: Moment) -> Result<Decided<TradeNumber>, Refusal> {
        order.check(now)?;
        let before = self.payable(&order, now)?;
        self.customer(buyer)?;
        if buyer.as_str() == order.merchant.as_str() {
            return Err(Refusal::BuyerIsSeller);
        }
        match before {
            Some(before) if self.buyer_of(before).user != *buyer => Err(Refusal::OtherBuyer),
            Some(before) => Ok(Decided::nothing(before.number.clone())),
            None => {
                let made = TradeMade { trade: trade.clone(), buyer: buyer.clone(), how: How::Created, order };
                Ok(Decided::nothing(trade).with(made, Vec::new()))
            }
        }
    }

    /// Decides what a customer does about a trade that waits.
    ///
    /// # Errors
    /// No such trade of this customer's, one that does not wait any more, or too little in the wallet.
    pub fn decide_answer(&self, user: &UserId, trade: &TradeNumber, answer: Answer, now: Moment) -> Result<Decided<Charged>, Refusal> {
        let trade = self.trades.get(trade).filter(|trade| self.buyer_of(trade).user == *user);
        let trade = trade.ok_or(Refusal::UnknownTrade)?;
        check_waiting(trade, now)?;
        let number = trade.number.clone();
        match answer {
            Answer::Ignore => Ok(Decided::nothing(Charged::Waits(number))),
            Answer::Refuse => Ok(Decided::nothing(Charged::Waits(number.clone())).with(TradeDeclined { trade: number }, Vec::new())),
            Answer::Pay => {
                let (seller, undiscountable) = (&self.seller_of(trade).id, trade.more.get().undiscountable);
                let (paid, postings) = self.payment(&number, Due { buyer: user, seller, total: trade.total, undiscountable }, now)?;
                Ok(Decided::nothing(Charged::Paid(number)).with(paid, postings))
            }
        }
    }

    /// The trade that this order may go on with: the one that waits under its number, or none when the number is free.
    pub(super) fn payable(&self, order: &Order, now: Moment) -> Result<Option<&Trade>, Refusal> {
        let Some(before) = self.trade_by_order(&order.merchant, &order.number) else { return Ok(None) };
        check_waiting(before, now)?;
        let same = before.total == order.total && before.terms.get().subject == order.terms.subject;
        if same { Ok(Some(before)) } else { Err(Refusal::TradeDiffers(order.number.to_string())) }
    }

    /// A payment now: with the voucher that it takes, and the postings that move the money.
    ///
    /// # Errors
    /// [`Refusal::BalanceTooLow`] for what is left of the total.
    pub(super) fn payment(&self, trade: &TradeNumber, due: Due<'_>, now: Moment) -> Result<(TradePaid, Vec<Instruction>), Refusal> {
        let Due { buyer, seller, total, undiscountable } = due;
        let voucher = self.voucher_for(buyer, seller, total - undiscountable, now);
        let parts = Parts::of(total, voucher.map(Voucher::discounts).unwrap_or_default());
        let has = self.ledger().available(wallet_of(buyer), millis(now)).unwrap_or_else(|| self.wallet(buyer));
        if has < parts.own {
            return Err(Refusal::BalanceTooLow { has, needed: parts.own });
        }
        let paid = TradePaid { trade: trade.clone(), voucher: voucher.map(|voucher| voucher.given.voucher.clone()) };
        let settlement = settlement_of(seller);
        let mut postings = self.opening(buyer);
        postings.push(open(settlement, 0));
        if parts.own > 0 {
            let (id, debit) = (posting("paid", trade.as_str()), wallet_of(buyer));
            postings.push(Transfer { id, debit, credit: settlement, amount: parts.own, code: why::PAID, until: None }.into());
        }
        if parts.platform > 0 {
            let (id, debit) = (posting("platform paid", trade.as_str()), platform());
            postings.push(open(debit, i64::MIN));
            postings.push(Transfer { id, debit, credit: settlement, amount: parts.platform, code: why::PLATFORM_PAID, until: None }.into());
        }
        Ok((paid, together(postings)))
    }
}

/// Whether a trade still waits to be paid.
fn check_waiting(trade: &Trade, now: Moment) -> Result<(), Refusal> {
    match trade.stands(now).0 {
        Status::Waiting => Ok(()),
        Status::Paid | Status::Finished => Err(Refusal::TradePaid(trade.number.clone())),
        Status::Closed => Err(Refusal::TradeClosed(trade.number.clone())),
    }
}
