//! What moved a merchant's money in a span of time, in order: what bills are made from.

use super::{Refund, Trade};
use crate::moment::Moment;
use crate::names::MerchantId;
use crate::world::World;

/// A payment or a refund.
#[derive(Clone, Debug)]
pub struct Movement<'a> {
    /// When.
    pub at: Moment,
    /// Of which trade.
    pub trade: &'a Trade,
    /// The refund; a payment when absent.
    pub refund: Option<Refund>,
}

/// Where a movement stands among a merchant's: 0 is the payment, the others are refunds.
pub(crate) type Place = (u32, Moment, u32, u32);

impl World {
    /// A merchant's payments and refunds from `from` on and before `to`, oldest first.
    pub fn movements(&self, merchant: &MerchantId, from: Moment, to: Moment) -> impl Iterator<Item = Movement<'_>> + use<'_> {
        let merchant = self.merchants.find(merchant);
        let places = merchant.filter(|_| from < to).map(|merchant| self.movements.range((merchant, from, 0, 0)..(merchant, to, 0, 0)));
        places.into_iter().flatten().map(|&(_, at, row, number)| {
            let trade = self.trades.at(row);
            let refund = number.checked_sub(1).and_then(|refund| trade.refunds().into_iter().nth(refund as usize));
            Movement { at, trade, refund }
        })
    }
}
