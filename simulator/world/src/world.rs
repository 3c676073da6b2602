//! The state of a sandbox, and how things are looked up in it. How events change it stands in `world/`.

mod cards;
mod fold;

use crate::agreement::{Agreed, Agreement};
use crate::benefit::Benefit;
use crate::card::{Card, Front, Purchase, PurchaseKey, State};
use crate::clock::Clock;
use crate::consent::{Grant, Submission, Token};
use crate::customer::Customer;
use crate::delegation::{Delegation, DelegationOffer};
use crate::dense::Dense;
use crate::due::What;
use crate::event::SandboxOpened;
use crate::fault::Faults;
use crate::image::Image;
use crate::index::Index;
use crate::joining::Asked;
use crate::merchant::{App, Merchant};
use crate::message::Message;
use crate::moment::Moment;
use crate::names::{AppId, CardNumber, MerchantId, PayCode, ProgrammeId, RefreshToken, UserId};
use crate::notice::{Notice, Waiting};
use crate::programme::{Programme, ProgrammeModified};
use crate::refusal::Refusal;
use crate::switch::Switch;
use crate::table::Table;
use crate::trade::Trade;
use crate::trade::code::Shown;
use crate::trade::offer::Offer;
use crate::trade::voucher::Voucher;
use crate::trade::wallet::Habits;
use ledger::Ledger;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A sandbox's state.
#[derive(Clone, Default)]
pub struct World {
    pub(crate) origin: Option<SandboxOpened>,
    pub(crate) clock: Clock,
    pub(crate) last: Moment,
    pub(crate) merchants: Table<Merchant>,
    pub(crate) apps: Table<Arc<App>>,
    pub(crate) customers: Dense<Customer>,
    pub(crate) images: Table<Image>,
    pub(crate) programmes: Table<Programme>,
    pub(crate) submissions: Table<Submission>,
    pub(crate) grants: Table<Grant>,
    pub(crate) tokens: Table<Token>,
    pub(crate) tokens_by_refresh: Index,
    pub(crate) delegation_offers: Table<DelegationOffer>,
    pub(crate) delegations: Table<Delegation>,
    pub(crate) cards: Dense<Card>,
    pub(crate) cards_by_external: Index,
    pub(crate) cards_by_holder: Index,
    pub(crate) cards_by_serial: Index,
    pub(crate) purchases: Table<Purchase>,
    pub(crate) messages: Table<Message>,
    pub(crate) benefits: Table<Benefit>,
    pub(crate) agreements: Table<Agreement>,
    pub(crate) notices: Table<Notice>,
    pub(crate) openings: Table<Asked>,
    /// Rows of the openings that have not come to an end, by programme and customer.
    pub(crate) pending: BTreeMap<(ProgrammeId, UserId), u32>,
    /// Where applications are reached.
    pub(crate) gateways: BTreeMap<AppId, String>,
    pub(crate) switches: BTreeSet<Switch>,
    pub(crate) faults: Faults,
    /// Programmes' changes that were put off, by their number, with their time.
    pub(crate) changes: BTreeMap<u32, (Moment, ProgrammeModified)>,
    /// What falls due, first due first.
    pub(crate) agenda: BTreeSet<(Moment, What)>,
    pub(crate) trades: Table<Trade>,
    pub(crate) trades_by_order: Index,
    /// Rows of customers' newest trades, by rows of customers.
    pub(crate) last_trades: BTreeMap<u32, u32>,
    /// Payments and refunds by merchant and time.
    pub(crate) movements: BTreeSet<(u32, Moment, u32, u32)>,
    pub(crate) pay_codes: Table<Shown>,
    /// Customers' codes that were not used, oldest first.
    pub(crate) unspent_codes: BTreeMap<UserId, Vec<PayCode>>,
    pub(crate) offers: Table<Offer>,
    pub(crate) offers_by_order: Index,
    /// Codes of orders that were not taken back, with their ends, by rows of merchants; those that ran out long ago may be missing.
    pub(crate) living_offers: BTreeMap<u32, BTreeSet<(Moment, u32)>>,
    pub(crate) vouchers: Table<Voucher>,
    /// Rows of customers' vouchers, oldest first.
    pub(crate) vouchers_by_user: BTreeMap<UserId, Vec<u32>>,
    pub(crate) habits: Table<Habits>,
    /// How often merchants took money out.
    pub(crate) withdrawals: BTreeMap<MerchantId, u64>,
    /// Notices that wait.
    pub(crate) waiting: Waiting,
    pub(crate) ledger: Ledger,
}

/// Looking things up.
impl World {
    /// The sandbox's name and seed.
    pub fn origin(&self) -> Option<&SandboxOpened> {
        self.origin.as_ref()
    }

    /// How virtual time runs.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Virtual time of the last event.
    pub fn last(&self) -> Moment {
        self.last
    }

    /// All merchants.
    pub fn merchants(&self) -> &Table<Merchant> {
        &self.merchants
    }

    /// All applications.
    pub fn apps(&self) -> &Table<Arc<App>> {
        &self.apps
    }

    /// All customers.
    pub fn customers(&self) -> &Dense<Customer> {
        &self.customers
    }

    /// All pictures.
    pub fn images(&self) -> &Table<Image> {
        &self.images
    }

    /// All programmes.
    pub fn programmes(&self) -> &Table<Programme> {
        &self.programmes
    }

    /// All form submissions still kept.
    pub fn submissions(&self) -> &Table<Submission> {
        &self.submissions
    }

    /// All authorisation codes still kept.
    pub fn grants(&self) -> &Table<Grant> {
        &self.grants
    }

    /// All tokens still kept.
    pub fn tokens(&self) -> &Table<Token> {
        &self.tokens
    }

    /// All cards.
    pub fn cards(&self) -> &Dense<Card> {
        &self.cards
    }

    /// All messages about cards.
    pub fn messages(&self) -> &Table<Message> {
        &self.messages
    }

    /// All external benefits.
    pub fn benefits(&self) -> &Table<Benefit> {
        &self.benefits
    }

    /// All notices.
    pub fn notices(&self) -> &Table<Notice> {
        &self.notices
    }

    /// All openings in which the platform asked the merchant.
    pub fn openings(&self) -> &Table<Asked> {
        &self.openings
    }

    /// Where an application is reached, when its owner said so.
    pub fn gateway_of(&self, app: &AppId) -> Option<&str> {
        self.gateways.get(app).map(String::as_str)
    }

    /// Whether a customer agreed to this, and did not take it back.
    pub fn agrees(&self, agreed: &Agreed) -> bool {
        self.agreements.get(agreed).is_some_and(|agreement| agreement.holds)
    }

    /// Whether a switch is on.
    pub fn is_on(&self, switch: Switch) -> bool {
        self.switches.contains(&switch)
    }

    /// What shall go wrong.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Lets the ledger keep about `limit` idempotency keys in memory and ask `index` for those it forgot.
    pub fn keep_keys_beyond(&mut self, limit: usize, index: std::sync::Arc<dyn ledger::KeyIndex>) {
        self.ledger = std::mem::take(&mut self.ledger).with_keys_beyond(limit, index);
    }

    /// Lets the ledger forget keys that its index keeps durably now.
    pub fn forget_keys(&mut self, moved: &ledger::KeysToMove) {
        self.ledger.forget_keys(moved);
    }

    /// The customer with this account.
    ///
    /// # Errors
    /// [`Refusal::UnknownCustomer`].
    pub fn customer(&self, user: &UserId) -> Result<Customer, Refusal> {
        self.customers.get(user).ok_or_else(|| Refusal::UnknownCustomer(user.to_string()))
    }

    /// A programme of a merchant's.
    ///
    /// # Errors
    /// [`Refusal::UnknownProgramme`], also for another merchant's.
    pub fn programme_of(&self, merchant: &MerchantId, id: &ProgrammeId) -> Result<&Programme, Refusal> {
        self.programmes.get(id).filter(|programme| programme.merchant == *merchant).ok_or_else(|| Refusal::UnknownProgramme(id.clone()))
    }

    /// The programme a merchant created with this request id.
    pub fn programme_by_request(&self, merchant: &MerchantId, request_id: &str) -> Option<&Programme> {
        self.programmes.iter().find(|programme| programme.merchant == *merchant && programme.request_id == request_id)
    }

    /// The programme a card is of.
    pub fn programme_at(&self, row: u32) -> &Programme {
        self.programmes.at(row)
    }

    /// The customer who holds a card.
    pub fn holder_of(&self, card: &Card) -> Customer {
        self.customers.at(card.holder)
    }

    /// A card of a merchant's, in whatever state.
    ///
    /// # Errors
    /// [`Refusal::UnknownCard`], also for another merchant's.
    pub fn card_of(&self, merchant: &MerchantId, number: &CardNumber) -> Result<Card, Refusal> {
        self.cards
            .get(number)
            .filter(|card| self.programmes.at(card.programme).merchant == *merchant)
            .ok_or_else(|| Refusal::UnknownCard(number.to_string()))
    }

    /// The card of a programme with this number of the merchant's: the one that is held, else the last that had it.
    pub fn card_by_external(&self, programme: &ProgrammeId, external: &str) -> Option<Card> {
        let programme = self.programmes.find(programme)?;
        let rank = |row: u32| {
            let front: Front<'_> = self.cards.front(row);
            (front.programme == programme && front.external == external).then(|| self.cards.at(row).state == State::Held)
        };
        self.cards_by_external.best(&(programme, external), rank).map(|row| self.cards.at(row))
    }

    /// The card of a programme that a customer holds or held last.
    pub fn card_by_holder(&self, programme: &ProgrammeId, user: &UserId) -> Option<Card> {
        let (programme, holder) = (self.programmes.find(programme)?, self.customers.find(user)?);
        self.card_row_by_holder(programme, holder).map(|card| self.cards.at(card))
    }

    /// The newest card a merchant opened under this serial number.
    pub fn card_by_serial(&self, merchant: &MerchantId, serial: &str) -> Option<Card> {
        let rank = |row: u32| {
            let front: Front<'_> = self.cards.front(row);
            (front.serial == serial && self.programmes.at(front.programme).merchant == *merchant).then_some(())
        };
        self.cards_by_serial.best(&serial, rank).map(|row| self.cards.at(row))
    }

    /// The cards a customer holds or held, oldest first.
    pub fn cards_of(&self, user: &UserId) -> Vec<Card> {
        let Some(holder) = self.customers.find(user) else { return Vec::new() };
        let programmes = 0..u32::try_from(self.programmes.len()).expect("fewer than four billion programmes");
        let mut rows: Vec<u32> = programmes.filter_map(|programme| self.card_row_by_holder(programme, holder)).collect();
        rows.sort_unstable();
        rows.into_iter().map(|row| self.cards.at(row)).collect()
    }

    /// The token with this refresh token.
    pub fn token_by_refresh(&self, refresh: &RefreshToken) -> Option<&Token> {
        let row = self.tokens_by_refresh.find(refresh, |row| self.tokens.at(row).refresh == *refresh)?;
        Some(self.tokens.at(row))
    }

    /// The access token, if `app` may use it at `now`.
    ///
    /// # Errors
    /// [`Refusal::TokenInvalid`] with the reason.
    pub fn admit(&self, access: &str, app: &AppId, now: Moment) -> Result<&Token, Refusal> {
        let token = self.tokens.get(&access.into()).ok_or(Refusal::TokenInvalid("unknown"))?;
        token.admit(app, now)?;
        Ok(token)
    }

    /// The purchase on a card with this trade number.
    pub fn purchase(&self, card: &CardNumber, trade: &str) -> Option<&Purchase> {
        self.purchases.get(&PurchaseKey { card: self.cards.find(card)?, trade: trade.to_owned() })
    }

    /// The purchases on a card, newest first.
    pub fn purchases_of<'a>(&'a self, card: &Card) -> impl Iterator<Item = &'a Purchase> + 'a {
        let newest = card.more.get().last_purchase;
        std::iter::successors(newest.map(|row| self.purchases.at(row)), |purchase| purchase.previous.map(|row| self.purchases.at(row)))
    }

    /// The messages about a card, newest first.
    pub fn messages_of<'a>(&'a self, card: &Card) -> impl Iterator<Item = &'a Message> + 'a {
        let newest = card.more.get().last_message;
        std::iter::successors(newest.map(|row| self.messages.at(row)), |message| message.previous.map(|row| self.messages.at(row)))
    }

    /// The card that counts for a customer and programme: one that is held, else one closed for good, else the last released.
    pub(crate) fn card_row_by_holder(&self, programme: u32, holder: u32) -> Option<u32> {
        let rank = |row: u32| {
            let front: Front<'_> = self.cards.front(row);
            (front.programme == programme && front.holder == holder).then(|| match self.cards.at(row).state {
                State::Held => 2,
                State::Closed => 1,
                State::Released => 0,
            })
        };
        self.cards_by_holder.best(&(programme, holder), rank)
    }
}
