//! What the house asks of a provider: an imitated platform. Nothing else of a provider is known outside its crate.
//!
//! Pages and control API speak to a sandbox's platform through this, so that they need not know which one it is.

use crate::call::Call;
use crate::journal::Exchange;
use crate::keys::KeyStore;
use crate::sandbox::{Sandbox, Unsettled};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use world::merchant::Era;
use world::names::{CardNumber, UserId};

/// What a sandbox starts with.
#[derive(Clone, Debug, Default)]
pub struct Founding {
    /// How applications name customers.
    pub era: Era,
    /// Public halves (SPKI, Base64) of the application's and the platform's key; made elsewhere, kept in the key store.
    pub app_key: String,
    /// See `app_key`.
    pub platform_key: String,
    /// Where customers may be sent back to; empty means any address on this machine.
    pub callback: String,
}

/// An application as its owner needs it to configure a client.
#[derive(Clone, Debug, Serialize)]
pub struct AppSheet {
    /// The application's number.
    pub app_id: String,
    /// Its name.
    pub name: String,
    /// The merchant's number.
    pub merchant_id: String,
    /// Private key of the application, PKCS#8 PEM.
    pub app_private_key: String,
    /// The same as PKCS#1 PEM.
    pub app_private_key_pkcs1: String,
    /// Public key of the application, Base64.
    pub app_public_key: String,
    /// Public key of the platform, Base64: answers verify with it.
    pub alipay_public_key: String,
    /// Where customers may be sent back to.
    pub callback: String,
    /// Whether the keys are from the published pool: then anyone can sign with them.
    pub published_test_keys: bool,
}

/// What a customer does when asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decide {
    /// Agrees.
    #[default]
    Agree,
    /// Says no.
    Deny,
    /// Closes the page.
    Cancel,
}

/// A customer opens a joining link.
#[derive(Clone, Debug, Default)]
pub struct Joining {
    /// The link, as it was published.
    pub link: String,
    /// What the customer types, by field code; what is missing is filled from the account where the platform does so.
    pub form: BTreeMap<String, String>,
    /// What the customer does.
    pub decide: Decide,
}

/// A customer is asked for consent by an application.
#[derive(Clone, Debug, Default)]
pub struct Asking {
    /// The application.
    pub app: String,
    /// What it asks for.
    pub scopes: Vec<String>,
    /// Where to send the customer.
    pub redirect_uri: Option<String>,
    /// Handed back as it came.
    pub state: Option<String>,
    /// What the customer does.
    pub decide: Decide,
}

/// A mini program on the customer's phone calls its platform.
#[derive(Clone, Debug, Default)]
pub struct ClientCall {
    /// The call's name, such as `my.addCardAuth`.
    pub api: String,
    /// The mini program's application.
    pub app: String,
    /// The link it opens, when it opens one.
    pub url: Option<String>,
    /// What the button asks the customer for, when the call is a button.
    pub scope: Option<String>,
    /// What the customer types, by field code.
    pub form: BTreeMap<String, String>,
    /// What the customer does.
    pub decide: Decide,
}

/// What came of it on the customer's side.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Joined {
    /// Where the browser is sent; absent when it stays (denied, cancelled, or the card is shown).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// The one-time code in that address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_code: Option<String>,
    /// The submission in that address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The card the customer already has, when the page goes there instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub already_holds: Option<String>,
}

/// A card as the customer shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// `qrcode`, `barcode`, `text` or `none`.
    pub kind: String,
    /// What the code holds.
    pub code: String,
    /// When a changing code runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// What the card's page shows, in the platform's words.
    pub face: Value,
}

/// Why a customer's step did not go through: what the phone shows, and the reason for the tester.
#[derive(Clone, Debug, Serialize, thiserror::Error)]
#[error("{shown} ({reason})")]
pub struct Stopped {
    /// A code for programs, such as `ERR010`.
    pub code: String,
    /// What the phone shows, in the platform's words.
    pub shown: String,
    /// The reason, which a real phone does not show.
    pub reason: String,
}

impl From<Unsettled> for Stopped {
    fn from(unsettled: Unsettled) -> Self {
        Self { code: "SYSTEM_ERROR".to_owned(), shown: "系统繁忙，请稍后再试".to_owned(), reason: unsettled.to_string() }
    }
}

impl From<log::Broken> for Stopped {
    fn from(broken: log::Broken) -> Self {
        Unsettled::Broken(broken).into()
    }
}

/// An imitated platform.
pub trait Provider: Send + Sync {
    /// Its name: of the folder, the crate, the stories and the rules.
    fn name(&self) -> &'static str;

    /// Records a new sandbox's first merchant and application.
    fn found(&self, call: &mut Call<'_>, founding: &Founding);

    /// The applications of a sandbox with what their owners need.
    fn apps(&self, sandbox: &Sandbox, keys: &KeyStore) -> Vec<AppSheet>;

    /// A user number for a new customer of the sandbox.
    fn new_user(&self, call: &mut Call<'_>) -> UserId;

    /// The customer's id under each application that sees one.
    fn open_ids(&self, sandbox: &Sandbox, user: &UserId) -> BTreeMap<String, String>;

    /// A customer opens a joining link and decides.
    ///
    /// # Errors
    /// [`Stopped`] with what the phone shows.
    fn join(&self, sandbox: &Sandbox, user: &UserId, joining: &Joining) -> Result<Joined, Stopped>;

    /// A customer is asked for consent and decides.
    ///
    /// # Errors
    /// [`Stopped`] with what the phone shows.
    fn authorize(&self, sandbox: &Sandbox, user: &UserId, asking: &Asking) -> Result<Joined, Stopped>;

    /// A mini program on the customer's phone calls its platform: the object that its callback gets.
    ///
    /// # Errors
    /// [`Stopped`] for a call that is not imitated or an application that is not there.
    fn client_call(&self, sandbox: &Sandbox, user: &UserId, call: &ClientCall) -> Result<Value, Stopped>;

    /// A customer opens a card on the phone.
    ///
    /// # Errors
    /// [`Stopped`] when the card is not in the wallet.
    fn show(&self, sandbox: &Sandbox, user: &UserId, card: &CardNumber) -> Result<Shown, Stopped>;

    /// A customer removes a card from the wallet.
    ///
    /// # Errors
    /// [`Stopped`] when the card is not in the wallet.
    fn remove(&self, sandbox: &Sandbox, user: &UserId, card: &CardNumber) -> Result<(), Stopped>;

    /// An exchange taken apart for reading: parameters and answer as JSON. Unredacted.
    fn view(&self, exchange: &Exchange) -> Value;
}
