//! Payment codes: what a customer shows and a till reads. A code lives a minute and pays once; a few codes shown before stay good
//! for their own minute, as on a phone that was just refreshed. A face token is such a code, good at one merchant only.
//!
//! What a code looks like is the provider's business. Life and single use: commerce SEMANTICS 3 and 14 (the minute is inferred).

use super::Decided;
use crate::moment::Moment;
use crate::names::{MerchantId, PayCode, TradeNumber, UserId};
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::world::World;
use serde::{Deserialize, Serialize};

/// How long a code may be used, seconds.
pub const LIFE_SECONDS: i64 = 60;

/// How many codes of one customer are good at a time: one more makes the oldest worthless (inferred).
pub const GOOD_AT_A_TIME: usize = 8;
/// At every so many codes, those that are good for nothing any more are dropped.
const SWEPT_AT: usize = 4_096;

/// A customer shows a code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PayCodeShown {
    /// The code.
    pub code: PayCode,
    /// Who shows it.
    pub user: UserId,
    /// From when on it is worth nothing.
    pub expires: Moment,
    /// The only merchant it is good at; any when absent.
    #[serde(default)]
    pub merchant: Option<MerchantId>,
}

/// A code was used, whether or not anything came of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PayCodeSpent {
    /// The code.
    pub code: PayCode,
    /// The trade that waits for its customer because of it.
    #[serde(default)]
    pub waits: Option<TradeNumber>,
}

/// A code as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shown {
    /// What was shown.
    pub shown: PayCodeShown,
    /// Whether it was used.
    pub spent: bool,
}

impl Keyed for Shown {
    type Key = PayCode;
    fn key(&self) -> &PayCode {
        &self.shown.code
    }
}

impl World {
    /// Decides that a customer shows a code, good at one merchant only when one is given; tells until when it is good.
    ///
    /// # Errors
    /// Unknown customer, or a code that was shown before.
    pub fn decide_code(&self, user: &UserId, code: PayCode, merchant: Option<MerchantId>, now: Moment) -> Result<Decided<Moment>, Refusal> {
        self.customer(user)?;
        if self.pay_codes.find(&code).is_some() {
            return Err(Refusal::PayCodeInvalid("it was shown before"));
        }
        let expires = now.plus_seconds(LIFE_SECONDS);
        Ok(Decided::nothing(expires).with(PayCodeShown { code, user: user.clone(), expires, merchant }, Vec::new()))
    }

    /// The code a customer showed last, while it is good.
    pub fn pay_code_of(&self, user: &UserId, now: Moment) -> Option<&PayCodeShown> {
        let newest = self.unspent_codes.get(user)?.last()?;
        self.pay_codes.get(newest).map(|shown| &shown.shown).filter(|shown| now < shown.expires)
    }

    /// The code, if `merchant` may use it at `now`.
    ///
    /// # Errors
    /// Unknown, used, too old, or another merchant's.
    pub(super) fn admit_code(&self, code: &PayCode, merchant: &MerchantId, now: Moment) -> Result<&PayCodeShown, Refusal> {
        let Shown { shown, spent } = self.pay_codes.get(code).ok_or(Refusal::PayCodeInvalid("nobody showed such a code"))?;
        if *spent {
            return Err(Refusal::PayCodeInvalid("it was used before"));
        }
        if now >= shown.expires {
            return Err(Refusal::PayCodeInvalid("it was shown more than a minute ago"));
        }
        if shown.merchant.as_ref().is_some_and(|only| only != merchant) {
            return Err(Refusal::OtherMerchantsToken);
        }
        Ok(shown)
    }

    pub(crate) fn code_shown(&mut self, at: Moment, shown: &PayCodeShown) {
        if self.pay_codes.find(&shown.code).is_some() {
            return;
        }
        if !self.pay_codes.is_empty() && self.pay_codes.len().is_multiple_of(SWEPT_AT) {
            self.pay_codes.retain(|shown| !shown.spent && at < shown.shown.expires);
            self.list_codes();
        }
        self.pay_codes.push(Shown { shown: shown.clone(), spent: false });
        let unspent = self.unspent_codes.entry(shown.user.clone()).or_default();
        unspent.push(shown.code.clone());
        if unspent.len() > GOOD_AT_A_TIME {
            let oldest = unspent[0].clone();
            self.code_spent(&oldest);
        }
    }

    /// A code was used, and a trade may wait because of it.
    pub(crate) fn code_used(&mut self, used: &PayCodeSpent) {
        self.code_spent(&used.code);
        if let Some(row) = used.waits.as_ref().and_then(|trade| self.trades.find(trade)) {
            self.trades.at_mut(row).more.change(|more| {
                if more.codes.len() == GOOD_AT_A_TIME {
                    more.codes.remove(0);
                }
                more.codes.push(used.code.clone());
            });
        }
    }

    fn code_spent(&mut self, code: &PayCode) {
        let Some(row) = self.pay_codes.find(code) else { return };
        let shown = self.pay_codes.at_mut(row);
        shown.spent = true;
        let user = shown.shown.user.clone();
        if let Some(unspent) = self.unspent_codes.get_mut(&user) {
            unspent.retain(|unspent| unspent != code);
            if unspent.is_empty() {
                self.unspent_codes.remove(&user);
            }
        }
    }

    /// Lists customers' unspent codes anew.
    pub(crate) fn list_codes(&mut self) {
        self.unspent_codes.clear();
        for Shown { shown, .. } in self.pay_codes.iter().filter(|shown| !shown.spent) {
            self.unspent_codes.entry(shown.user.clone()).or_default().push(shown.code.clone());
        }
    }
}
