//! What the house asks of a provider: an imitated platform. Nothing else of a provider is known outside its crate.
//!
//! Pages and control API speak to a sandbox's platform through this, so that they need not know which one it is.

use crate::call::Call;
use crate::delivery::Sealed;
use crate::fault::Wrong;
use crate::journal::Exchange;
use crate::keys::KeyStore;
use crate::probe::{Message, Probe};
use crate::sandbox::{Sandbox, Unsettled};
use crate::sending::Sealing;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use world::card::Statement;
use world::fault::Rule;
use world::merchant::{AppKind, Era, Security};
use world::names::{AppId, CardNumber, MerchantId, OfferCode, PayCode, ProgrammeId, TradeNumber, UserId, VoucherId};
use world::notice::Notice;
use world::trade::{Answer, Status};
use world::{Moment, World};

/// What a sandbox starts with.
#[derive(Clone, Debug, Default)]
pub struct Founding {
    /// The application's number, when it is to stay what it was; the platform chooses one otherwise.
    pub app: Option<AppId>,
    /// How applications name customers.
    pub era: Era,
    /// Public halves (SPKI, Base64) of the application's and the platform's key; made elsewhere, kept in the key store.
    pub app_key: String,
    /// See `app_key`.
    pub platform_key: String,
    /// Where customers may be sent back to; empty means any address on this machine.
    pub callback: String,
    /// What protects its calls beyond the keys.
    pub security: Arc<Security>,
}

/// An application that is added to a sandbox.
#[derive(Clone, Debug, Default)]
pub struct Registering {
    /// What it is called, and its merchant when that one is new; the platform chooses otherwise.
    pub name: Option<String>,
    /// Whose it is; a new merchant's when absent.
    pub merchant: Option<MerchantId>,
    /// What it is for.
    pub kind: AppKind,
    /// Its keys, callback and era, and its number when it is to stay what it was.
    pub founding: Founding,
}

/// How an application's calls are to be protected. What is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Securing {
    /// Certificate mode, or key mode.
    pub certificates: Option<bool>,
    /// Whether a content key is set, for encrypted calls.
    pub encryption: Option<bool>,
    /// What is replaced by a new one.
    pub renew: Vec<Renew>,
    /// Keys made for this, by their public halves (SPKI, Base64), kept in the key store: those that `renew` asks for take
    /// from here, and the authority takes two when there is none yet.
    pub fresh_keys: Vec<String>,
}

/// What can be replaced by a new one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Renew {
    /// The application's key pair, and its certificate with it; the old key is refused from now on.
    AppKey,
    /// The application's certificate, for the same key; the old one is good until its end.
    AppCert,
    /// The platform's key pair for this application, with its certificate and the content key.
    AlipayKey,
    /// The platform's certificate, for the same key.
    AlipayCert,
    /// The content key.
    AesKey,
}

impl Securing {
    /// How many fresh keys this may take.
    pub fn keys_needed(&self, has_authority: bool) -> usize {
        let pairs = self.renew.iter().filter(|one| matches!(one, Renew::AppKey | Renew::AlipayKey)).count();
        pairs + if self.certificates == Some(true) && !has_authority { 2 } else { 0 }
    }
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
    /// What certificate mode needs, while it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificates: Option<CertificateSheet>,
    /// The content key as Base64, while calls may be encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aes_key: Option<String>,
    /// What it is for.
    pub kind: AppKind,
}

/// The files and serial numbers of certificate mode.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateSheet {
    /// Certificate of the application, PEM.
    pub app_cert: String,
    /// Certificate of the platform and its issuer, PEM.
    pub alipay_cert: String,
    /// The bundle of roots, PEM.
    pub alipay_root_cert: String,
    /// Serial number of `app_cert`.
    pub app_cert_sn: String,
    /// Serial number of `alipay_cert`.
    pub alipay_cert_sn: String,
    /// Serial number of `alipay_root_cert`.
    pub alipay_root_cert_sn: String,
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

/// A merchant is asked to let a provider's application call in its place.
#[derive(Clone, Debug, Default)]
pub struct Delegating {
    /// The provider's application.
    pub provider: String,
    /// What kinds of applications it asks for.
    pub application_type: String,
    /// Where to send the merchant.
    pub redirect_uri: Option<String>,
    /// Handed back as it came.
    pub state: Option<String>,
    /// The merchant's applications that it is about.
    pub apps: Vec<String>,
    /// The calls that are allowed; empty means all.
    pub calls: Vec<String>,
    /// What the merchant does.
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
    /// The trade it asks to be paid, when it does.
    pub trade: Option<String>,
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
    /// The card that was opened at once, in the flow in which the platform asks the merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<String>,
}

/// Whether customers can join a programme in one of its flows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// What is missing, in plain words; nothing when they can.
    pub missing: Vec<String>,
    /// The link that customers open, when they can.
    pub link: Option<String>,
}

/// A programme's flows side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flows {
    /// The merchant opens the card after the customer came back to it.
    pub classic: Readiness,
    /// The platform asks the merchant.
    pub fast: Readiness,
    /// What the two ask for or do differently.
    pub differs: Vec<String>,
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

/// A payment code as the customer shows it.
#[derive(Clone, Debug, Serialize)]
pub struct ShownCode {
    /// What a scanner reads.
    pub code: PayCode,
    /// From when on it is worth nothing.
    pub expires: Moment,
}

/// A trade, after a customer did something about it.
#[derive(Clone, Debug, Serialize)]
pub struct Answered {
    /// The trade.
    pub trade: TradeNumber,
    /// Where it stands now.
    pub status: Status,
}

/// A call that a merchant's program makes of its platform.
#[derive(Clone, Debug, Default)]
pub struct MerchantCall {
    /// The platform's method.
    pub method: String,
    /// What it asks for.
    pub content: Value,
    /// How the program names itself in the request's head.
    pub program: String,
}

/// What a merchant's program knows of a call of its own.
#[derive(Clone, Debug)]
pub struct Heard {
    /// What it asked for.
    pub asked: Value,
    /// What the platform's answer says; without an answer that came whole and may be believed, why there is none. Whether such a
    /// call had its effect is not known.
    pub says: Result<Value, String>,
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

/// Who signs notices to merchants and knows when they are sent again.
pub trait Courier: Send + Sync {
    /// A notice as it goes over the wire: signed, with the answer that takes it.
    ///
    /// # Errors
    /// Why it cannot be signed, in plain words.
    fn seal_notice(&self, sandbox: &Sandbox, notice: &Notice, how: Sealing<'_>) -> Result<Sealed, String>;

    /// In how many seconds a notice that was tried so many times in vain is tried again; nothing when that was the last time.
    fn try_again_after(&self, notice: &Notice, tried: usize) -> Option<i64>;

    /// What a request to a merchant says, as rules about it read it: its parameters, unless the platform puts more into them.
    fn reads<'r>(&self, parameters: &'r [(String, String)]) -> Box<dyn Reads + 'r> {
        Box::new(parameters)
    }
}

/// A request to a merchant, read.
pub trait Reads {
    /// The value at a path such as `biz_content.success`.
    fn value(&self, path: &str) -> Option<String>;

    /// Whether it names a card by this number.
    fn is_about_card(&self, number: &str) -> bool;
}

/// A request in which nothing is inside the parameters, and no card named.
impl Reads for &[(String, String)] {
    fn value(&self, path: &str) -> Option<String> {
        self.iter().find(|(name, _)| name == path).map(|(_, value)| value.clone())
    }

    fn is_about_card(&self, _: &str) -> bool {
        false
    }
}

/// An imitated platform.
pub trait Provider: Courier {
    /// Its name: of the folder, the crate, the stories and the rules.
    fn name(&self) -> &'static str;

    /// Records a new sandbox's first merchant and application.
    fn found(&self, call: &mut Call<'_>, founding: &Founding);

    /// Records one more application, and its merchant when that is a new one.
    ///
    /// # Errors
    /// [`Stopped`] when there is no such merchant.
    fn register(&self, call: &mut Call<'_>, registering: &Registering) -> Result<AppId, Stopped>;

    /// The applications of a sandbox with what their owners need.
    fn apps(&self, sandbox: &Sandbox, keys: &KeyStore) -> Vec<AppSheet>;

    /// The `count`-th number that an application of a sandbox of this seed may have: a copy's applications take those that are free.
    fn app_number(&self, seed: u64, count: u64) -> AppId;

    /// Sets how an application's calls are protected.
    ///
    /// # Errors
    /// [`Stopped`] when there is no such application or too few keys were made.
    fn secure(&self, call: &mut Call<'_>, keys: &KeyStore, app: &AppId, ask: &Securing) -> Result<(), Stopped>;

    /// Looks whether a rule for faults can be kept: within bounds, and naming methods and codes that there are.
    ///
    /// # Errors
    /// [`Wrong`] in words for whoever wrote it.
    fn check_fault(&self, rule: &Rule) -> Result<(), Wrong>;

    /// A user number for a new customer of the sandbox.
    fn new_user(&self, call: &mut Call<'_>) -> UserId;

    /// A customer without a card of this programme gets one, without being asked and without anybody being told: a membership that was
    /// there before a test began.
    ///
    /// # Errors
    /// [`Stopped`] with why there is no card.
    fn enrol(&self, call: &mut Call<'_>, programme: &ProgrammeId, user: &UserId, stated: &Statement) -> Result<CardNumber, Stopped>;

    /// A number for a new voucher.
    fn new_voucher(&self, call: &mut Call<'_>) -> VoucherId;

    /// The customer's id under each application that sees one.
    fn open_ids(&self, sandbox: &Sandbox, user: &UserId) -> BTreeMap<String, String>;

    /// A programme's flows side by side; nothing for one that is not there.
    fn flows(&self, world: &World, programme: &ProgrammeId) -> Option<Flows>;

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

    /// A merchant is asked to let a provider call in its place, and decides.
    ///
    /// # Errors
    /// [`Stopped`] with what the page shows.
    fn delegate(&self, sandbox: &Sandbox, asking: &Delegating) -> Result<Joined, Stopped>;

    /// A merchant takes that back.
    ///
    /// # Errors
    /// [`Stopped`] when nothing stands between the two applications.
    fn end_delegation(&self, sandbox: &Sandbox, provider: &AppId, app: &AppId) -> Result<(), Stopped>;

    /// A customer takes back what an application was allowed; both are there.
    ///
    /// # Errors
    /// [`Stopped`] when the store does not answer.
    fn withdraw_consent(&self, sandbox: &Sandbox, user: &UserId, app: &AppId) -> Result<(), Stopped>;

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

    /// A customer opens the payment code, or shows the face at a merchant's device: then the code is good there only.
    ///
    /// # Errors
    /// [`Stopped`] when there is no such customer or merchant.
    fn pay_code(&self, sandbox: &Sandbox, user: &UserId, face_at: Option<&MerchantId>) -> Result<ShownCode, Stopped>;

    /// A customer answers a trade that waits: one above the limit, one that was scanned, one that a mini program made.
    ///
    /// # Errors
    /// [`Stopped`] with what the phone shows.
    fn confirm(&self, sandbox: &Sandbox, user: &UserId, trade: &TradeNumber, answer: Answer) -> Result<Answered, Stopped>;

    /// A customer scans an order's code and answers at once.
    ///
    /// # Errors
    /// [`Stopped`] with what the phone shows.
    fn scan(&self, sandbox: &Sandbox, user: &UserId, code: &OfferCode, answer: Answer) -> Result<Answered, Stopped>;

    /// A merchant's program calls the platform: signed with the application's key as an SDK does it, and answered by the gateway like
    /// any call that comes over the network. Gives the exchange's number in the sandbox's journal.
    ///
    /// # Errors
    /// [`Stopped`] when the application is not there or its private key is not kept here.
    fn call(&self, sandbox: &Sandbox, app: &AppId, call: &MerchantCall) -> Result<u64, Stopped>;

    /// What the program makes of such an exchange: of the bytes that really went out, once their signature was verified.
    fn heard(&self, sandbox: &Sandbox, exchange: &Exchange) -> Heard;

    /// A message of a tester's own to an address of an application.
    ///
    /// # Errors
    /// Why it cannot be signed, in plain words.
    fn message(&self, sandbox: &Sandbox, app: &AppId, url: &str, message: &Message) -> Result<Probe, String>;

    /// The check that the platform makes of an application's gateway.
    ///
    /// # Errors
    /// Why it cannot be made, in plain words.
    fn gateway_check(&self, sandbox: &Sandbox, app: &AppId) -> Result<Probe, String>;

    /// An exchange taken apart for reading: parameters and answer as JSON. Unredacted.
    fn view(&self, exchange: &Exchange) -> Value;
}
