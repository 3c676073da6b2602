//! What a customer agreed to beside the scopes of a token: a button pressed in a mini program opens one field to one application.
//!
//! It holds until consent is withdrawn. Source: card SEMANTICS 13.

use crate::moment::Moment;
use crate::names::{AppId, UserId};
use crate::table::Keyed;
use serde::{Deserialize, Serialize};

/// Who agreed to what, with whom.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Agreed {
    /// The customer.
    pub user: UserId,
    /// The application.
    pub app: AppId,
    /// What it may read, in the provider's word.
    pub scope: String,
}

/// An agreement as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Agreement {
    /// Who agreed to what, with whom.
    pub agreed: Agreed,
    /// When it was last given.
    pub at: Moment,
    /// Whether it still holds.
    pub holds: bool,
}

impl Keyed for Agreement {
    type Key = Agreed;
    fn key(&self) -> &Agreed {
        &self.agreed
    }
}
