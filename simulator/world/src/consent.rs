//! Consent: forms submitted, authorisation codes, and the tokens they are exchanged for.
//!
//! A code is spent by its first use, even when that use fails; a token lives as long as it says, and dies when it is
//! replaced or consent is withdrawn. Source: gateway PROTOCOL E, card SEMANTICS 5 and 12.

use crate::moment::Moment;
use crate::names::{AccessToken, AppId, AuthCode, ProgrammeId, RefreshToken, SubmissionId, UserId};
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::world::World;
use serde::{Deserialize, Serialize};

/// A form that a customer filled and sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Submission {
    /// The platform's id of it, handed to the merchant's callback.
    pub id: SubmissionId,
    /// The programme joined.
    pub programme: ProgrammeId,
    /// Who filled it.
    pub user: UserId,
    /// The application the customer authorised.
    pub app: AppId,
    /// Field code and value, in the order the platform reports them.
    pub answers: Vec<(String, String)>,
    /// When it was sent.
    pub at: Moment,
}

/// A one-time code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// The code.
    pub code: AuthCode,
    /// Who gave it.
    pub user: UserId,
    /// The application it was given to.
    pub app: AppId,
    /// What it covers.
    pub scopes: Vec<String>,
    /// The form behind it, when it comes from one.
    pub submission: Option<SubmissionId>,
    /// When it was given.
    pub at: Moment,
    /// When it runs out.
    pub expires: Moment,
    /// When it was used.
    pub spent: Option<Moment>,
    /// Whether its time came while it was unused.
    #[serde(default)]
    pub ran_out: bool,
}

/// Why a token no longer works.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenEnd {
    /// A refresh replaced it.
    Replaced,
    /// Whoever gave it withdrew it.
    Withdrawn,
}

/// An access token and its refresh token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Token {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token that came with it.
    pub refresh: RefreshToken,
    /// Whose data it opens.
    pub user: UserId,
    /// Who may use it.
    pub app: AppId,
    /// What it covers.
    pub scopes: Vec<String>,
    /// The form behind it, when it comes from one.
    pub submission: Option<SubmissionId>,
    /// Start of its life.
    pub from: Moment,
    /// End of the access token's life.
    pub expires: Moment,
    /// End of the refresh token's life.
    pub refresh_expires: Moment,
    /// Why it ended early, if it did.
    pub ended: Option<TokenEnd>,
    /// Whether the access token's time came.
    #[serde(default)]
    pub ran_out: bool,
    /// Whether the refresh token's time came.
    #[serde(default)]
    pub refresh_ran_out: bool,
}

impl Keyed for Submission {
    type Key = SubmissionId;
    fn key(&self) -> &SubmissionId {
        &self.id
    }
}

impl Keyed for Grant {
    type Key = AuthCode;
    fn key(&self) -> &AuthCode {
        &self.code
    }
}

impl Keyed for Token {
    type Key = AccessToken;
    fn key(&self) -> &AccessToken {
        &self.access
    }
}

impl Grant {
    /// Whether `app` may exchange the code at `now`.
    ///
    /// # Errors
    /// Why it may not: spent, run out, or issued to another application.
    pub fn redeem(&self, app: &AppId, now: Moment) -> Result<(), Refusal> {
        if self.app != *app {
            return Err(Refusal::OtherApp { owner: self.app.to_string() });
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

impl Token {
    /// Whether `app` may use the access token at `now`.
    ///
    /// # Errors
    /// Why it may not.
    pub fn admit(&self, app: &AppId, now: Moment) -> Result<(), Refusal> {
        if self.app != *app {
            return Err(Refusal::TokenInvalid("it was issued to another application"));
        }
        match self.ended {
            Some(TokenEnd::Replaced) => Err(Refusal::TokenInvalid("a refresh replaced it")),
            Some(TokenEnd::Withdrawn) => Err(Refusal::TokenInvalid("the customer withdrew consent")),
            None if now >= self.expires => Err(Refusal::TokenInvalid("it ran out")),
            None => Ok(()),
        }
    }

    /// Whether `app` may renew with the refresh token at `now`.
    ///
    /// # Errors
    /// Why it may not.
    pub fn renew(&self, app: &AppId, now: Moment) -> Result<(), Refusal> {
        if self.app != *app {
            return Err(Refusal::OtherApp { owner: self.app.to_string() });
        }
        match self.ended {
            Some(TokenEnd::Replaced) => Err(Refusal::RefreshTokenReplaced),
            Some(TokenEnd::Withdrawn) => Err(Refusal::UnknownRefreshToken),
            None if now >= self.refresh_expires => Err(Refusal::RefreshTokenExpired),
            None => Ok(()),
        }
    }

    /// When neither half of the pair is of use any more.
    pub fn ends(&self) -> Moment {
        self.expires.max(self.refresh_expires)
    }

    /// Whether the token covers `scope`.
    pub fn covers(&self, scope: &str) -> bool {
        self.scopes.iter().any(|covered| covered == scope)
    }
}

/// A code was used, whether or not anything came of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CodeSpent {
    /// The code.
    pub code: AuthCode,
}

/// A token was renewed: the old pair is replaced by the new one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TokenRenewed {
    /// The access token that dies.
    pub old: AccessToken,
    /// The pair that lives on.
    pub new: Token,
}

/// A customer withdrew consent from an application.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConsentWithdrawn {
    /// Who.
    pub user: UserId,
    /// From which application.
    pub app: AppId,
}

/// How long codes, tokens and submissions are remembered after they ran out, so that a late use is told why it fails: 2 days.
const REMEMBERED_MS: i64 = 2 * 24 * 3_600 * 1_000;

impl World {
    /// Whether a customer allows an application something that lasts: by a token that works or can be renewed, or an agreement.
    pub fn consents(&self, user: &UserId, app: &AppId, now: Moment) -> bool {
        let mut tokens = self.tokens.iter().filter(|token| token.user == *user && token.app == *app);
        let mut agreements = self.agreements.iter().filter(|one| one.agreed.user == *user && one.agreed.app == *app);
        tokens.any(|token| token.ended.is_none() && token.refresh_expires > now) || agreements.any(|agreement| agreement.holds)
    }

    /// Decides to forget codes (of payments and orders, too), tokens and submissions that ran out long ago; nothing when there is none.
    pub fn decide_forgetting(&self, now: Moment) -> Option<GrantsForgotten> {
        let before = Moment(now.0.saturating_sub(REMEMBERED_MS));
        let old_grant = self.grants().iter().any(|grant| grant.expires < before);
        let old_token = self.tokens().iter().any(|token| token.ends() < before);
        (old_grant || old_token || self.has_old_codes(before) || self.has_old_delegations(before)).then_some(GrantsForgotten { before })
    }
}

/// Codes, tokens and submissions that ran out before a moment were forgotten.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GrantsForgotten {
    /// What ran out before this is gone.
    pub before: Moment,
}
