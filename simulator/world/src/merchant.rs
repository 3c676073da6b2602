//! Merchants and their applications: who may call, with which keys, and where customers are sent back to.
//!
//! Only public halves of keys stand here; private halves are the engine's key store's business.

use crate::names::{AppId, MerchantId};
use crate::table::Keyed;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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

/// What an application is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppKind {
    /// For its own merchant.
    #[default]
    Merchant,
    /// For merchants who delegate to it: a service provider's.
    Provider,
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
    /// What protects its calls beyond the two keys.
    #[serde(default)]
    pub security: Arc<Security>,
    /// What it is for.
    #[serde(default)]
    pub kind: AppKind,
}

/// What protects an application's calls beyond its two keys. All of it may be public but what is derived from private keys.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Security {
    /// Its certificates; none while it never was in certificate mode.
    pub certificates: Option<Certificates>,
    /// Which of its content keys encrypts, 0 while none does. A content key is made from the platform's private key and this
    /// number, so that no secret stands here.
    pub content_key: u32,
    /// Public keys of the application that were replaced, newest first.
    pub retired_keys: Vec<String>,
}

/// An application's certificates, each as PEM text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Certificates {
    /// Whether its calls must name them: certificate mode.
    pub required: bool,
    /// Public key of the authority that issues them (SPKI DER, Base64).
    pub authority_key: String,
    /// The bundle of roots.
    pub roots: String,
    /// The certificate of the authority, between roots and leaves.
    pub authority: String,
    /// Of the application, newest first; an older one is good until its end.
    pub app: Vec<String>,
    /// Of the platform, newest first; the first one's key signs answers.
    pub platform: Vec<String>,
    /// How many were issued: each has its own number.
    pub issued: u64,
}

impl App {
    /// Public keys whose private halves may lie in the key store.
    pub fn public_keys(&self) -> Vec<String> {
        let authority = self.security.certificates.as_ref().map(|certificates| certificates.authority_key.clone());
        [self.app_key.clone(), self.platform_key.clone()].into_iter().chain(authority).filter(|key| !key.is_empty()).collect()
    }
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

/// What protects an application's calls was set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AppSecured {
    /// The application.
    pub app: AppId,
    /// All of it, anew.
    pub security: Security,
}
