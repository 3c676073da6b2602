//! Everything that can happen in a sandbox. State is the fold of these, and nothing else.
//!
//! Each kind has a stable name, by which the log keeps it, and a body, kept as JSON. A body only ever grows by fields
//! that have a default: old logs must stay readable.

use crate::agreement::Agreed;
use crate::benefit::{Benefit, BenefitModified, BenefitRemoved};
use crate::card::{CardOpened, CardReleased, CardRestated, CardTransferred, PurchaseRecorded};
use crate::clock::Clock;
use crate::consent::{CodeSpent, ConsentWithdrawn, Grant, GrantsForgotten, Submission, Token, TokenRenewed};
use crate::customer::Customer;
use crate::delegation::{Delegation, DelegationOffer, DelegationWithdrawn};
use crate::due::{CardExpired, CodeRanOut, TokenRanOut};
use crate::fault::{FaultMade, FaultMet, FaultRemoved};
use crate::image::Image;
use crate::joining::{GatewaySet, OpeningAsked, OpeningEnded};
use crate::merchant::{App, AppCallbackSet, AppKeysSet, AppSecured, Merchant};
use crate::message::MessageSent;
use crate::notice::{NoticeMade, NoticePutOff, NoticeTried, NoticesDropped};
use crate::programme::{ChangeApplied, ChangePutOff, FormSet, LinkMade, ProgrammeCreated, ProgrammeModified};
use crate::switch::SwitchTurned;
use crate::trade::code::{PayCodeShown, PayCodeSpent};
use crate::trade::offer::{OfferMade, OfferWithdrawn};
use crate::trade::voucher::VoucherGiven;
use crate::trade::wallet::{LimitSet, WalletChanged, Withdrawn};
use crate::trade::{TradeAsked, TradeClosed, TradeDeclined, TradeFinished, TradeMade, TradePaid, TradeRefunded};
use serde::{Deserialize, Serialize};

/// A sandbox came to be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SandboxOpened {
    /// Its name.
    pub name: String,
    /// What its ids and random values are made from.
    pub seed: u64,
    /// Whether its keys come from the published pool of test keys.
    pub published_keys: bool,
    /// How its time runs from the start.
    #[serde(default)]
    pub clock: Clock,
}

/// Ledger rows were posted through the control API, without an event of the world's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LedgerPosted {
    /// How many rows stand with this event.
    pub rows: usize,
}

/// Holds that nobody settled, and lots past their day, were posted back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LedgerDue(pub LedgerPosted);

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($body:ty) = $kind:literal),+ $(,)?) => {
        /// Something that happened.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum Event {
            $($(#[$doc])* $variant($body),)+
        }

        impl Event {
            /// The kinds there are, by the names the log keeps them under.
            pub const KINDS: &'static [&'static str] = &[$($kind),+];

            /// The name of this event's kind.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)+ }
            }

            /// The body as JSON text.
            pub fn body(&self) -> String {
                match self { $(Self::$variant(body) => serde_json::to_string(body),)+ }.expect("event bodies are plain data")
            }

            /// Reads an event back from its kind and body.
            ///
            /// # Errors
            /// [`Unreadable`] when the kind is unknown or the body is not of that kind.
            pub fn read(kind: &str, body: &str) -> Result<Self, Unreadable> {
                match kind {
                    $($kind => serde_json::from_str(body).map(Self::$variant).map_err(|error| Unreadable { kind: kind.to_owned(), reason: error.to_string() }),)+
                    _ => Err(Unreadable { kind: kind.to_owned(), reason: "this version knows no such kind".to_owned() }),
                }
            }
        }

        $(impl From<$body> for Event {
            fn from(body: $body) -> Self {
                Self::$variant(body)
            }
        })+
    };
}

/// An event in the log that this version cannot read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("event of kind `{kind}`: {reason}")]
pub struct Unreadable {
    /// Its kind.
    pub kind: String,
    /// What is wrong with it.
    pub reason: String,
}

events! {
    /// The sandbox came to be.
    SandboxOpened(SandboxOpened) = "sandbox_opened",
    /// Its clock was set.
    ClockSet(Clock) = "clock_set",
    /// A merchant opened an account.
    MerchantRegistered(Merchant) = "merchant_registered",
    /// A merchant registered an application.
    AppRegistered(App) = "app_registered",
    /// An application's keys were set.
    AppKeysSet(AppKeysSet) = "app_keys_set",
    /// An application's callback was set.
    AppCallbackSet(AppCallbackSet) = "app_callback_set",
    /// An application's certificates or encryption were set.
    AppSecured(AppSecured) = "app_secured",
    /// A person opened an account.
    CustomerRegistered(Customer) = "customer_registered",
    /// A picture was stored.
    ImageStored(Image) = "image_stored",
    /// A card programme was created.
    ProgrammeCreated(ProgrammeCreated) = "programme_created",
    /// A card programme was changed.
    ProgrammeModified(ProgrammeModified) = "programme_modified",
    /// A joining form was set.
    FormSet(FormSet) = "form_set",
    /// A joining link was made.
    LinkMade(LinkMade) = "link_made",
    /// A customer sent a joining form.
    FormSubmitted(Submission) = "form_submitted",
    /// A customer gave an application a one-time code.
    ConsentGiven(Grant) = "consent_given",
    /// A code was used.
    CodeSpent(CodeSpent) = "code_spent",
    /// A token was issued.
    TokenIssued(Token) = "token_issued",
    /// A token was renewed.
    TokenRenewed(TokenRenewed) = "token_renewed",
    /// A customer withdrew consent.
    ConsentWithdrawn(ConsentWithdrawn) = "consent_withdrawn",
    /// A customer let an application read one more thing.
    Agreed(Agreed) = "agreed",
    /// A merchant offered a provider to call in its place.
    DelegationOffered(DelegationOffer) = "delegation_offered",
    /// A provider may call in a merchant's place; what stood between the two before is replaced.
    Delegated(Delegation) = "delegated",
    /// A merchant withdrew a delegation.
    DelegationWithdrawn(DelegationWithdrawn) = "delegation_withdrawn",
    /// What ran out long ago was forgotten.
    GrantsForgotten(GrantsForgotten) = "grants_forgotten",
    /// A merchant was asked for a card.
    OpeningAsked(OpeningAsked) = "opening_asked",
    /// Asking a merchant for a card ended.
    OpeningEnded(OpeningEnded) = "opening_ended",
    /// Where an application is reached was set.
    GatewaySet(GatewaySet) = "gateway_set",
    /// A card was opened.
    CardOpened(CardOpened) = "card_opened",
    /// A card's values were stated anew.
    CardRestated(CardRestated) = "card_restated",
    /// A card went to another merchant's programme.
    CardTransferred(CardTransferred) = "card_transferred",
    /// A card left the wallet.
    CardReleased(CardReleased) = "card_released",
    /// A purchase was reported.
    PurchaseRecorded(PurchaseRecorded) = "purchase_recorded",
    /// A message was sent to a card's holder.
    MessageSent(MessageSent) = "message_sent",
    /// An external benefit was attached to a programme.
    BenefitCreated(Benefit) = "benefit_created",
    /// An external benefit got new content.
    BenefitModified(BenefitModified) = "benefit_modified",
    /// An external benefit was taken away.
    BenefitRemoved(BenefitRemoved) = "benefit_removed",
    /// A switch of the sandbox was turned.
    SwitchTurned(SwitchTurned) = "switch_turned",
    /// A code ran out unused.
    CodeRanOut(CodeRanOut) = "code_ran_out",
    /// A token ran out.
    TokenRanOut(TokenRanOut) = "token_ran_out",
    /// A card's validity ended.
    CardExpired(CardExpired) = "card_expired",
    /// A programme's change was put off.
    ChangePutOff(ChangePutOff) = "programme_change_put_off",
    /// A programme's change that was put off came.
    ChangeApplied(ChangeApplied) = "programme_change_applied",
    /// A notice is to be sent.
    NoticeMade(NoticeMade) = "notice_made",
    /// A notice was tried.
    NoticeTried(NoticeTried) = "notice_tried",
    /// A wallet got or lost money from outside.
    WalletChanged(WalletChanged) = "wallet_changed",
    /// Up to which amount a customer pays without being asked was set.
    LimitSet(LimitSet) = "pay_limit_set",
    /// A merchant took money out.
    Withdrawn(Withdrawn) = "settlement_withdrawn",
    /// A customer showed a payment code.
    PayCodeShown(PayCodeShown) = "pay_code_shown",
    /// A payment code was used.
    PayCodeSpent(PayCodeSpent) = "pay_code_spent",
    /// An order got a code to be scanned.
    OfferMade(OfferMade) = "order_code_made",
    /// An order's code was taken back.
    OfferWithdrawn(OfferWithdrawn) = "order_code_withdrawn",
    /// A trade came to be.
    TradeMade(TradeMade) = "trade_made",
    /// A customer who had said no was asked again.
    TradeAsked(TradeAsked) = "trade_asked",
    /// A customer said no.
    TradeDeclined(TradeDeclined) = "trade_declined",
    /// A trade was paid.
    TradePaid(TradePaid) = "trade_paid",
    /// A trade was closed.
    TradeClosed(TradeClosed) = "trade_closed",
    /// Money was given back.
    TradeRefunded(TradeRefunded) = "trade_refunded",
    /// A customer was given a voucher.
    VoucherGiven(VoucherGiven) = "voucher_given",
    /// A trade is over for good.
    TradeFinished(TradeFinished) = "trade_finished",
    /// A notice was put off.
    NoticePutOff(NoticePutOff) = "notice_put_off",
    /// Notices that waited are not sent any more.
    NoticesDropped(NoticesDropped) = "notices_dropped",
    /// A fault was asked for.
    FaultMade(FaultMade) = "fault_made",
    /// A fault was taken away.
    FaultRemoved(FaultRemoved) = "fault_removed",
    /// A call came that faults are about.
    FaultMet(FaultMet) = "fault_met",
    /// The ledger's own time came.
    LedgerDue(LedgerDue) = "ledger_due",
    /// Rows were posted to the ledger directly.
    LedgerPosted(LedgerPosted) = "ledger_posted",
}
