//! Merchants and their applications: who may call, with which keys, and where customers are sent back to.
//!
//! Only public halves of keys stand here; private halves are the engine's key store's business.

use crate::names::{AppId, MerchantId};
use crate::table::Keyed;
use serde::{Deserialize, Serialize};

/// A merchant's account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Merchant {
    /// The account's number.
    pub id: MerchantId,
    /// Its name, as customers see it.
    pub name: String,
}

/// How an application's calls name the customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Era {
    /// By the platform-wide user id only, as applications made before 2023.
    #[default]
    UserId,
    /// By the id under the application only.
    OpenId,
    /// By both, as while an application migrates.
    Both,
}

/// An application.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct App {
    /// The application's number.
    pub id: AppId,
    /// Whose it is.
    pub merchant: MerchantId,
    /// Its name, as the consent page shows it.
    pub name: String,
    /// Public key of the application (SPKI DER, Base64): requests are verified with it. Empty while none is set.
    pub app_key: String,
    /// Public key of the platform for this application (SPKI DER, Base64): answers are signed with its private half.
    pub platform_key: String,
    /// Where customers may be sent back to after consent; empty means any address on the merchant's machine.
    pub callback: String,
    /// How its calls name customers.
    pub era: Era,
}

impl Keyed for Merchant {
    type Key = MerchantId;
    fn key(&self) -> &MerchantId {
        &self.id
    }
}

impl Keyed for App {
    type Key = AppId;
    fn key(&self) -> &AppId {
        &self.id
    }
}

/// An application's keys were set or replaced.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AppKeysSet {
    /// The application.
    pub app: AppId,
    /// New public key of the application.
    pub app_key: String,
    /// New public key of the platform.
    pub platform_key: String,
}

/// An application's callback was set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AppCallbackSet {
    /// The application.
    pub app: AppId,
    /// The address.
    pub callback: String,
}
