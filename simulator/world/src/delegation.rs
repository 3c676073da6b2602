//! Delegation: a merchant lets a service provider's application call in the place of one of its own.
//!
//! The merchant offers by a one-time code, the provider takes the offer up and has a token for each application named in it. A
//! token stands until it is replaced by a newer one or the merchant withdraws. Source: commerce SEMANTICS 11.

use crate::consent::TokenEnd;
use crate::moment::Moment;
use crate::names::{AccessToken, AppId, AuthCode, MerchantId, RefreshToken};
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::world::World;
use serde::{Deserialize, Serialize};

/// A merchant offered a provider to call in its place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DelegationOffer {
    /// The one-time code that takes it up.
    pub code: AuthCode,
    /// The provider's application.
    pub provider: AppId,
    /// Who offers.
    pub merchant: MerchantId,
    /// The merchant's applications that it is about.
    pub apps: Vec<AppId>,
    /// The calls that are allowed, by the provider platform's names; empty means all.
    #[serde(default)]
    pub calls: Vec<String>,
    /// When the code runs out.
    pub expires: Moment,
    /// When it was used.
    #[serde(default)]
    pub spent: Option<Moment>,
}

/// A provider may call in the place of an application.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Delegation {
    /// The token that its calls carry.
    pub token: AccessToken,
    /// The token that renews it.
    pub refresh: RefreshToken,
    /// The provider's application.
    pub provider: AppId,
    /// The merchant's application.
    pub app: AppId,
    /// The merchant.
    pub merchant: MerchantId,
    /// The calls that are allowed; empty means all.
    #[serde(default)]
    pub calls: Vec<String>,
    /// When it began.
    pub from: Moment,
    /// When its refresh token runs out.
    pub refresh_expires: Moment,
    /// When and why it ended, if it did.
    #[serde(default)]
    pub ended: Option<(Moment, TokenEnd)>,
}

/// A merchant withdrew a delegation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DelegationWithdrawn {
    /// The provider's application.
    pub provider: AppId,
    /// The merchant's application.
    pub app: AppId,
}

impl Keyed for DelegationOffer {
    type Key = AuthCode;
    fn key(&self) -> &AuthCode {
        &self.code
    }
}

impl Keyed for Delegation {
    type Key = AccessToken;
    fn key(&self) -> &AccessToken {
        &self.token
    }
}

impl DelegationOffer {
    /// Whether `provider` may take the offer up at `now`.
    ///
    /// # Errors
    /// Why it may not: made to another application, spent, or run out.
    pub fn take_up(&self, provider: &AppId, now: Moment) -> Result<(), Refusal> {
        if self.provider != *provider {
            return Err(Refusal::OtherApp { owner: self.provider.to_string() });
        }
        if let Some(at) = self.spent {
            return Err(Refusal::CodeSpent { at: at.text() });
        }
        if now >= self.expires {
            return Err(Refusal::CodeExpired { at: self.expires.text() });
        }
        Ok(())
    }
}

impl Delegation {
    /// Whether it stands.
    pub fn holds(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether it covers a call.
    pub fn covers(&self, call: &str) -> bool {
        self.calls.is_empty() || self.calls.iter().any(|covered| covered == call)
    }

    /// Whether `provider` may renew it at `now`.
    ///
    /// # Errors
    /// Why it may not.
    pub fn renew(&self, provider: &AppId, now: Moment) -> Result<(), Refusal> {
        if self.provider != *provider {
            return Err(Refusal::OtherApp { owner: self.provider.to_string() });
        }
        match self.ended {
            Some((_, TokenEnd::Replaced)) => Err(Refusal::RefreshTokenReplaced),
            Some((_, TokenEnd::Withdrawn)) => Err(Refusal::DelegationGone),
            None if now >= self.refresh_expires => Err(Refusal::RefreshTokenExpired),
            None => Ok(()),
        }
    }
}

/// Looking up.
impl World {
    /// All offers still kept.
    pub fn delegation_offers(&self) -> &crate::table::Table<DelegationOffer> {
        &self.delegation_offers
    }

    /// All delegations still kept, those that ended too.
    pub fn delegations(&self) -> &crate::table::Table<Delegation> {
        &self.delegations
    }

    /// The delegation with this refresh token.
    pub fn delegation_by_refresh(&self, refresh: &str) -> Option<&Delegation> {
        self.delegations.iter().find(|delegation| delegation.refresh.as_str() == refresh)
    }

    /// The delegation that stands between a provider's application and a merchant's.
    pub fn delegation_between(&self, provider: &AppId, app: &AppId) -> Option<&Delegation> {
        self.delegations.iter().find(|one| one.holds() && one.provider == *provider && one.app == *app)
    }
}

/// How it changes the state.
impl World {
    pub(crate) fn delegate(&mut self, at: Moment, delegation: &Delegation) {
        self.end_delegation(at, &delegation.provider, &delegation.app, TokenEnd::Replaced);
        self.delegations.push(delegation.clone());
    }

    pub(crate) fn end_delegation(&mut self, at: Moment, provider: &AppId, app: &AppId, why: TokenEnd) {
        let token = self.delegation_between(provider, app).map(|one| one.token.clone());
        if let Some(row) = token.and_then(|token| self.delegations.find(&token)) {
            self.delegations.at_mut(row).ended = Some((at, why));
        }
    }

    pub(crate) fn spend_offer(&mut self, at: Moment, code: &AuthCode) {
        if let Some(row) = self.delegation_offers.find(code) {
            self.delegation_offers.at_mut(row).spent.get_or_insert(at);
        }
    }

    /// Whether anything about delegations ended before a moment.
    pub(crate) fn has_old_delegations(&self, before: Moment) -> bool {
        self.delegation_offers.iter().any(|offer| offer.expires < before) || self.delegations.iter().any(|one| is_old(one, before))
    }

    pub(crate) fn forget_delegations(&mut self, before: Moment) {
        self.delegation_offers.retain(|offer| offer.expires >= before);
        self.delegations.retain(|one| !is_old(one, before));
    }
}

fn is_old(delegation: &Delegation, before: Moment) -> bool {
    delegation.ended.is_some_and(|(at, _)| at < before)
}
