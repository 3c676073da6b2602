//! Giving money back, once for each number of the merchant's.
//!
//! The buyer's own money goes back first, then what the platform gave, then what the merchant forwent (for which no money moves).
//! Source: commerce SEMANTICS 3. Which of several reasons is named first is inferred: the state of the trade, a repeat, the
//! amount, the three seconds, the merchant's balance.

use super::wallet::{platform, settlement_of, together, wallet_of, why};
use super::{Decided, Named, Parts, Refund, Status, Trade, life};
use crate::accounts::posting;
use crate::moment::Moment;
use crate::names::{MerchantId, TradeNumber};
use crate::refusal::Refusal;
use crate::world::World;
use compact_str::CompactString;
use ledger::{Instruction, Transfer};
use serde::{Deserialize, Serialize};

/// How many refunds a trade may have (inferred).
pub const MOST_REFUNDS: usize = 50;

/// Money was given back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TradeRefunded {
    /// The trade.
    pub trade: TradeNumber,
    /// What and why.
    pub refund: Refund,
}

/// What a merchant wants to give back.
#[derive(Clone, Debug)]
pub struct RefundAsk<'a> {
    /// Of which trade.
    pub named: Named<'a>,
    /// The merchant's number of it; the order's number when absent.
    pub request: Option<&'a str>,
    /// How much, fen.
    pub fen: i64,
    /// What else was said, in the provider's words (JSON text).
    pub document: Box<str>,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refunded {
    /// The trade.
    pub trade: TradeNumber,
    /// The refund, this one or the first with its number.
    pub refund: Refund,
    /// Everything given back so far, this included, fen.
    pub total: i64,
    /// Whether this call moved money.
    pub first: bool,
}

impl World {
    /// Decides on a refund.
    ///
    /// # Errors
    /// Unknown trade, one that is not paid or is over, another amount under a number that was used, an amount that is nothing or
    /// more than is left, a part without a number, too soon after the last one, or too little in the merchant's account.
    pub fn decide_refund(&self, merchant: &MerchantId, ask: &RefundAsk<'_>, now: Moment) -> Result<Decided<Refunded>, Refusal> {
        let trade = self.trade_named(merchant, ask.named)?;
        let request = ask.request.unwrap_or(&trade.order);
        let told = |refund, total, first| Refunded { trade: trade.number.clone(), refund, total, first };
        let (status, _) = trade.stands(now);
        if status == Status::Waiting {
            return Err(Refusal::TradeNotPaid(trade.number.clone()));
        }
        // what cancelling gave back bears the order's number, but nobody asked for a refund
        if let Some(before) = trade.refund(request).filter(|before| !before.by_cancel) {
            if before.back.total() == ask.fen {
                return Ok(Decided::nothing(told(before, trade.refunded, false)));
            }
            return Err(Refusal::RefundDiffers { request: request.to_owned() });
        }
        match status {
            Status::Finished => return Err(Refusal::TradeFinished(trade.number.clone())),
            Status::Closed => return Err(Refusal::TradeClosed(trade.number.clone())),
            Status::Waiting | Status::Paid => {}
        }
        let left = trade.total - trade.refunded;
        if ask.fen <= 0 || ask.fen > left {
            return Err(Refusal::RefundOutOfRange { left });
        }
        if ask.request.is_none() && ask.fen != trade.total {
            return Err(Refusal::RefundNeedsNumber);
        }
        let refunds = trade.refunds();
        if refunds.len() >= MOST_REFUNDS {
            return Err(Refusal::TooManyRefunds { limit: MOST_REFUNDS });
        }
        if refunds.last().is_some_and(|last| (last.at..last.at.plus_seconds(life::BETWEEN_REFUNDS)).contains(&now)) {
            return Err(Refusal::RefundTooSoon);
        }
        let back = share(trade.parts(), &refunds, ask.fen);
        let postings = self.giving_back(trade, request, back)?;
        let refund = Refund { request: CompactString::new(request), at: now, back, by_cancel: false, document: ask.document.clone() };
        let refunded = TradeRefunded { trade: trade.number.clone(), refund: refund.clone() };
        Ok(Decided::nothing(told(refund, trade.refunded + ask.fen, true)).with(refunded, postings))
    }

    /// The postings that give back so much of a trade under this number.
    pub(super) fn giving_back(&self, trade: &Trade, request: &str, back: Parts) -> Result<Vec<Instruction>, Refusal> {
        let seller = &self.seller_of(trade).id;
        let has = self.settlement(seller);
        if has < back.own + back.platform {
            return Err(Refusal::SettlementTooLow { has });
        }
        let (debit, name) = (settlement_of(seller), format!("{} {request}", trade.number));
        let mut postings = Vec::new();
        if back.own > 0 {
            let (id, credit) = (posting("refunded", &name), wallet_of(&self.buyer_of(trade).user));
            postings.push(Transfer { id, debit, credit, amount: back.own, code: why::REFUNDED, until: None }.into());
        }
        if back.platform > 0 {
            let (id, credit) = (posting("platform refunded", &name), platform());
            postings.push(Transfer { id, debit, credit, amount: back.platform, code: why::PLATFORM_REFUNDED, until: None }.into());
        }
        Ok(together(postings))
    }
}

/// Who gets how much of `fen` back, after what went back before.
fn share(paid: Parts, before: &[Refund], fen: i64) -> Parts {
    let gone = |part: fn(&Parts) -> i64| before.iter().map(|refund| part(&refund.back)).sum::<i64>();
    let own = fen.min(paid.own - gone(|parts| parts.own));
    let platform = (fen - own).min(paid.platform - gone(|parts| parts.platform));
    Parts { own, platform, merchant: fen - own - platform }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_money_goes_back_first_then_the_platforms_then_the_merchants() {
        let paid = Parts { own: 8_000, platform: 1_500, merchant: 500 };
        let mut refunds = Vec::new();
        let mut give = |fen| {
            let back = share(paid, &refunds, fen);
            let request = CompactString::new("r");
            refunds.push(Refund { request, at: Moment(0), back, by_cancel: false, document: Box::default() });
            (back.own, back.platform, back.merchant)
        };
        assert_eq!(give(5_000), (5_000, 0, 0));
        assert_eq!(give(3_600), (3_000, 600, 0));
        assert_eq!(give(1_400), (0, 900, 500));
    }
}
