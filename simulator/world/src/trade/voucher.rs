//! Vouchers: so much off an order of at least so much, given to a customer and taken by itself when that customer pays.
//!
//! Of those that fit, the one that takes most off is used, then the one that ends first, then the oldest; one to a payment, chosen
//! when the money moves. A full refund gives it back, and it is good again while it is valid. All of that is inferred
//! (commerce SEMANTICS 7 "Redemption"); the bounds of an amount are those of a payment voucher (SEMANTICS 7, `FIX_VOUCHER`).

use super::{Decided, Discounts};
use crate::moment::Moment;
use crate::names::{MerchantId, TradeNumber, UserId, VoucherId};
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::world::World;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// What a voucher may take off, fen.
const OFF: std::ops::RangeInclusive<i64> = 10..=300_000;
/// From which amount on a voucher may be good, fen.
const THRESHOLD: std::ops::RangeInclusive<i64> = 10..=5_000_000;
/// How many vouchers a customer may ever be given (ours).
pub const MOST_VOUCHERS: usize = 1_000;

/// Who bears what a voucher takes off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The merchant, who gets so much less.
    Merchant,
    /// The platform, from its budget.
    Platform,
}

/// A customer was given a voucher.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct VoucherGiven {
    /// Its number.
    pub voucher: VoucherId,
    /// Whose it is.
    pub user: UserId,
    /// What it is called.
    pub name: String,
    /// Who bears it.
    pub by: Payer,
    /// Where it is good; anywhere when absent.
    pub merchant: Option<MerchantId>,
    /// How much it takes off, fen.
    pub off: i64,
    /// From which amount on, fen; what no voucher may reduce does not count.
    pub threshold: i64,
    /// From when on it is good.
    pub from: Moment,
    /// From when on it is not.
    pub until: Moment,
}

/// A voucher as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Voucher {
    /// What was given.
    pub given: VoucherGiven,
    /// When.
    pub at: Moment,
    /// The trade that was paid with it.
    pub used: Option<TradeNumber>,
}

/// How a voucher stands at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its time has not come.
    Early,
    /// It can be used.
    Good,
    /// It was used.
    Used,
    /// Its time is over.
    Expired,
}

impl Keyed for Voucher {
    type Key = VoucherId;
    fn key(&self) -> &VoucherId {
        &self.given.voucher
    }
}

impl Voucher {
    /// How it stands at `now`.
    pub fn stands(&self, now: Moment) -> Standing {
        match &self.used {
            Some(_) => Standing::Used,
            None if now < self.given.from => Standing::Early,
            None if now < self.given.until => Standing::Good,
            None => Standing::Expired,
        }
    }

    /// What it takes off, by who bears it.
    pub fn discounts(&self) -> Discounts {
        match self.given.by {
            Payer::Merchant => Discounts { merchant: self.given.off, platform: 0 },
            Payer::Platform => Discounts { merchant: 0, platform: self.given.off },
        }
    }
}

impl World {
    /// The voucher with this number.
    pub fn voucher(&self, voucher: &VoucherId) -> Option<&Voucher> {
        self.vouchers.get(voucher)
    }

    /// A customer's vouchers, oldest first.
    pub fn vouchers_of(&self, user: &UserId) -> impl Iterator<Item = &Voucher> {
        self.vouchers_by_user.get(user).into_iter().flatten().map(|row| self.vouchers.at(*row))
    }

    /// Decides that a customer is given a voucher.
    ///
    /// # Errors
    /// Unknown customer, a number that is taken, no such merchant, amounts or times that cannot be, or as many as a customer may be given.
    pub fn decide_voucher(&self, given: VoucherGiven, now: Moment) -> Result<Decided<VoucherId>, Refusal> {
        self.customer(&given.user)?;
        let cannot = |why| Err(Refusal::VoucherImpossible(why));
        if self.vouchers.find(&given.voucher).is_some() {
            return cannot("another voucher has its number");
        }
        match &given.merchant {
            Some(merchant) if self.merchants.find(merchant).is_none() => return cannot("there is no such merchant"),
            None if given.by == Payer::Merchant => return cannot("a merchant pays for it and none is named"),
            Some(_) | None => {}
        }
        if !OFF.contains(&given.off) || !THRESHOLD.contains(&given.threshold) {
            return cannot("0.10 to 3000.00 can be taken off, from 0.10 to 50000.00 on");
        }
        if given.off > given.threshold {
            return cannot("it takes off more than the amount from which on it is good");
        }
        if given.until <= given.from || given.until <= now {
            return cannot("it is never good");
        }
        if self.vouchers_by_user.get(&given.user).is_some_and(|all| all.len() >= MOST_VOUCHERS) {
            return cannot("the customer was given 1000 already");
        }
        Ok(Decided::nothing(given.voucher.clone()).with(given, Vec::new()))
    }

    /// The voucher that a payment now takes: `reducible` is what of the order's total vouchers may reduce.
    pub(super) fn voucher_for(&self, buyer: &UserId, seller: &MerchantId, reducible: i64, now: Moment) -> Option<&Voucher> {
        let fits = |voucher: &&Voucher| {
            let given = &voucher.given;
            let is_here = given.merchant.as_ref().is_none_or(|merchant| merchant == seller);
            is_here && given.threshold <= reducible && voucher.stands(now) == Standing::Good
        };
        // of equals the first, which is the oldest
        self.vouchers_of(buyer).filter(fits).min_by_key(|voucher| (Reverse(voucher.given.off), voucher.given.until))
    }
}

/// How events change them.
impl World {
    pub(crate) fn voucher_given(&mut self, at: Moment, given: &VoucherGiven) {
        if self.vouchers.find(&given.voucher).is_some() {
            return;
        }
        let row = self.vouchers.push(Voucher { given: given.clone(), at, used: None });
        self.vouchers_by_user.entry(given.user.clone()).or_default().push(row);
    }

    /// A trade is paid with it, or, without a trade, no longer.
    pub(super) fn use_voucher(&mut self, voucher: &VoucherId, trade: Option<TradeNumber>) {
        if let Some(row) = self.vouchers.find(voucher) {
            self.vouchers.at_mut(row).used = trade;
        }
    }

    /// Makes the index anew that a snapshot does not hold.
    pub(crate) fn index_vouchers(&mut self) {
        self.vouchers_by_user.clear();
        for (row, voucher) in (0..).zip(self.vouchers.iter()) {
            self.vouchers_by_user.entry(voucher.given.user.clone()).or_default().push(row);
        }
    }
}
