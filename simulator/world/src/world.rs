//! The state of a sandbox, and how each event changes it.
//!
//! The fold is the one way state changes, live and on replay alike, and cannot fail: a decision has already checked
//! whatever could be wrong. What is looked up here and missing is a log of another version or a bug, and is ignored row by row
//! rather than guessed at.

use crate::agreement::{Agreed, Agreement};
use crate::benefit::Benefit;
use crate::card::{Card, CardOpened, CardTransferred, Leave, More, Purchase, PurchaseKey, PurchaseRecorded, State, Statement};
use crate::clock::Clock;
use crate::consent::{Grant, Submission, Token, TokenEnd};
use crate::customer::Customer;
use crate::due::What;
use crate::event::{Event, SandboxOpened};
use crate::image::Image;
use crate::joining::Asked;
use crate::merchant::{App, Merchant};
use crate::message::{Message, MessageSent};
use crate::moment::Moment;
use crate::names::{AppId, AuthCode, CardNumber, MerchantId, ProgrammeId, RefreshToken, UserId};
use crate::notice::Notice;
use crate::packed::Packed;
use crate::programme::{Programme, ProgrammeCreated, ProgrammeModified};
use crate::refusal::Refusal;
use crate::switch::{Switch, SwitchTurned};
use crate::table::{Index, Table};
use compact_str::CompactString;
use ledger::Ledger;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;
use std::sync::Arc;

/// How long a form may still be asked for: a code's day, a refresh token's 30 days, and the 15 days of what it gives at the end.
const SUBMISSION_SECONDS: i64 = 46 * 24 * 3_600;

/// A sandbox's state.
#[derive(Clone, Default)]
pub struct World {
    pub(crate) origin: Option<SandboxOpened>,
    pub(crate) clock: Clock,
    pub(crate) last: Moment,
    pub(crate) merchants: Table<Merchant>,
    pub(crate) apps: Table<App>,
    pub(crate) customers: Table<Customer>,
    pub(crate) images: Table<Image>,
    pub(crate) programmes: Table<Programme>,
    pub(crate) submissions: Table<Submission>,
    pub(crate) grants: Table<Grant>,
    pub(crate) tokens: Table<Token>,
    pub(crate) tokens_by_refresh: Index,
    pub(crate) cards: Table<Card>,
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
    /// Programmes' changes that were put off, by their number, with their time.
    pub(crate) changes: BTreeMap<u32, (Moment, ProgrammeModified)>,
    /// What falls due, first due first.
    pub(crate) agenda: BTreeSet<(Moment, What)>,
    /// Notices that wait, by when they are due.
    pub(crate) outbox: BTreeSet<(Moment, u32)>,
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
    pub fn apps(&self) -> &Table<App> {
        &self.apps
    }

    /// All customers.
    pub fn customers(&self) -> &Table<Customer> {
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
    pub fn cards(&self) -> &Table<Card> {
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
    pub fn customer(&self, user: &UserId) -> Result<&Customer, Refusal> {
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
    pub fn holder_of(&self, card: &Card) -> &Customer {
        self.customers.at(card.holder)
    }

    /// A card of a merchant's, in whatever state.
    ///
    /// # Errors
    /// [`Refusal::UnknownCard`], also for another merchant's.
    pub fn card_of(&self, merchant: &MerchantId, number: &CardNumber) -> Result<&Card, Refusal> {
        self.cards
            .get(number)
            .filter(|card| self.programmes.at(card.programme).merchant == *merchant)
            .ok_or_else(|| Refusal::UnknownCard(number.to_string()))
    }

    /// The card of a programme with this number of the merchant's: the one that is held, else the last that had it.
    pub fn card_by_external(&self, programme: &ProgrammeId, external: &str) -> Option<&Card> {
        let programme = self.programmes.find(programme)?;
        let rank = |row: u32| {
            let card = self.cards.at(row);
            (card.programme == programme && card.external == external).then_some(card.state == State::Held)
        };
        self.cards_by_external.best(&(programme, external), rank).map(|row| self.cards.at(row))
    }

    /// The card of a programme that a customer holds or held last.
    pub fn card_by_holder(&self, programme: &ProgrammeId, user: &UserId) -> Option<&Card> {
        let (programme, holder) = (self.programmes.find(programme)?, self.customers.find(user)?);
        self.card_row_by_holder(programme, holder).map(|card| self.cards.at(card))
    }

    /// The newest card a merchant opened under this serial number.
    pub fn card_by_serial(&self, merchant: &MerchantId, serial: &str) -> Option<&Card> {
        let rank = |row: u32| {
            let card = self.cards.at(row);
            (card.serial == serial && self.programmes.at(card.programme).merchant == *merchant).then_some(())
        };
        self.cards_by_serial.best(&serial, rank).map(|row| self.cards.at(row))
    }

    /// The cards a customer holds or held, oldest first.
    pub fn cards_of<'a>(&'a self, user: &UserId) -> Vec<&'a Card> {
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
            let card = self.cards.at(row);
            let rank = match card.state {
                State::Held => 2,
                State::Closed => 1,
                State::Released => 0,
            };
            (card.programme == programme && card.holder == holder).then_some(rank)
        };
        self.cards_by_holder.best(&(programme, holder), rank)
    }
}

/// The fold.
impl World {
    /// Takes in what happened at `at`, with the ledger rows that belong to it, just decided on this very state.
    ///
    /// # Panics
    /// When a row was not decided on this state: a bug.
    pub fn apply(&mut self, at: Moment, event: &Event, rows: &[ledger::Row]) {
        self.replay(at, event, rows).expect("rows were decided on this very state");
    }

    /// Takes in what a log says happened.
    ///
    /// # Errors
    /// [`ledger::Misfit`] when a ledger row cannot follow those before it: the log is not whole.
    pub fn replay(&mut self, at: Moment, event: &Event, rows: &[ledger::Row]) -> Result<(), ledger::Misfit> {
        self.last = at;
        for row in rows {
            self.ledger.replay(row)?;
        }
        self.fold(at, event);
        Ok(())
    }

    fn fold(&mut self, at: Moment, event: &Event) {
        match event {
            Event::SandboxOpened(origin) => {
                self.clock = origin.clock;
                self.origin = Some(origin.clone());
            }
            Event::ClockSet(clock) => {
                self.clock = *clock;
                // setting the clock is the one thing that may move it back: what was before no longer holds it
                self.last = match clock {
                    Clock::Stopped { at } => *at,
                    Clock::Running { .. } => Moment::default(),
                };
            }
            Event::MerchantRegistered(merchant) => drop(self.merchants.push(merchant.clone())),
            Event::AppRegistered(app) => drop(self.apps.push(app.clone())),
            Event::AppKeysSet(set) => self.change_app(&set.app, |app| {
                app.app_key.clone_from(&set.app_key);
                app.platform_key.clone_from(&set.platform_key);
            }),
            Event::AppCallbackSet(set) => self.change_app(&set.app, |app| app.callback.clone_from(&set.callback)),
            Event::AppSecured(set) => self.change_app(&set.app, |app| app.security = Arc::new(set.security.clone())),
            Event::CustomerRegistered(customer) => drop(self.customers.push(customer.clone())),
            Event::ImageStored(image) => drop(self.images.push(image.clone())),
            Event::ProgrammeCreated(created) => self.create_programme(at, created),
            Event::ProgrammeModified(modified) => self.modify_programme(at, modified),
            Event::FormSet(set) => self.change_programme(&set.programme, |programme| {
                programme.form = Some(set.form.clone());
                programme.invited = Some(at);
            }),
            Event::LinkMade(made) => self.change_programme(&made.programme, |programme| {
                programme.invited = Some(at);
                programme.link = Some(made.link.clone());
            }),
            Event::FormSubmitted(submission) => drop(self.submissions.push(submission.clone())),
            Event::ConsentGiven(grant) => {
                let row = self.grants.push(grant.clone());
                self.arm_grant(row);
            }
            Event::CodeSpent(spent) => self.spend(at, &spent.code),
            Event::TokenIssued(token) => self.keep_token(token.clone()),
            Event::TokenRenewed(renewed) => {
                if let Some(row) = self.tokens.find(&renewed.old) {
                    self.tokens.at_mut(row).ended.get_or_insert(TokenEnd::Replaced);
                    self.arm_token(row);
                }
                self.keep_token(renewed.new.clone());
            }
            Event::ConsentWithdrawn(withdrawn) => self.withdraw(&withdrawn.user, &withdrawn.app),
            Event::GrantsForgotten(forgotten) => self.forget(forgotten.before),
            Event::OpeningAsked(asked) => self.ask_opening(at, asked),
            Event::OpeningEnded(ended) => self.end_opening(ended),
            Event::GatewaySet(set) if set.gateway.is_empty() => drop(self.gateways.remove(&set.app)),
            Event::GatewaySet(set) => drop(self.gateways.insert(set.app.clone(), set.gateway.clone())),
            Event::CardOpened(opened) => self.open(at, opened),
            Event::CardRestated(restated) => self.change_card(&restated.card, |world, row| {
                if let Some(programme) = restated.moved_to.as_ref().and_then(|id| world.programmes.find(id)) {
                    world.move_card(row, programme);
                }
                world.state(row, &restated.stated);
                world.cards.at_mut(row).more.change(|more| more.occurred = Some(restated.occurred));
            }),
            Event::CardTransferred(transferred) => self.change_card(&transferred.card, |world, row| world.transfer(row, transferred)),
            Event::CardReleased(released) => self.change_card(&released.card, |world, row| {
                world.disarm_card(row);
                let card = world.cards.at_mut(row);
                card.state = if released.leave == Leave::Cancelled { State::Closed } else { State::Released };
                card.more.change(|more| more.deletion = Some((released.serial.clone().unwrap_or_default(), released.receipt.clone())));
            }),
            Event::PurchaseRecorded(recorded) => self.change_card(&recorded.card, |world, row| world.record(row, recorded)),
            Event::MessageSent(sent) => self.change_card(&sent.card, |world, row| world.send(at, row, sent)),
            Event::BenefitCreated(benefit) => drop(self.benefits.push(benefit.clone())),
            Event::BenefitModified(modified) => {
                if let Some(row) = self.benefits.find(&modified.0.id) {
                    *self.benefits.at_mut(row) = modified.0.clone();
                }
            }
            Event::BenefitRemoved(removed) => self.benefits.retain(|benefit| benefit.id != removed.benefit),
            Event::Agreed(agreed) => self.agree(at, agreed),
            Event::SwitchTurned(turned) => self.turn(*turned),
            Event::CodeRanOut(ran_out) => self.code_ran_out(ran_out),
            Event::TokenRanOut(ran_out) => self.token_ran_out(ran_out),
            Event::CardExpired(expired) => self.change_card(&expired.card, Self::card_expired),
            Event::ChangePutOff(put_off) => self.put_off(put_off),
            Event::ChangeApplied(applied) => self.come(at, applied),
            Event::NoticeMade(made) => self.make_notice(at, made),
            Event::NoticeTried(tried) => self.try_notice(at, tried),
            Event::LedgerDue(_) | Event::LedgerPosted(_) => {}
        }
    }

    fn change_app(&mut self, id: &AppId, change: impl FnOnce(&mut App)) {
        if let Some(row) = self.apps.find(id) {
            change(self.apps.at_mut(row));
        }
    }

    fn change_programme(&mut self, id: &ProgrammeId, change: impl FnOnce(&mut Programme)) {
        if let Some(row) = self.programmes.find(id) {
            change(self.programmes.at_mut(row));
        }
    }

    fn turn(&mut self, turned: SwitchTurned) {
        if turned.on {
            self.switches.insert(turned.switch);
        } else {
            self.switches.remove(&turned.switch);
        }
    }

    fn spend(&mut self, at: Moment, code: &AuthCode) {
        if let Some(row) = self.grants.find(code) {
            self.grants.at_mut(row).spent.get_or_insert(at);
            self.arm_grant(row);
        }
    }

    fn transfer(&mut self, row: u32, transferred: &CardTransferred) {
        if let Some(programme) = self.programmes.find(&transferred.to) {
            self.move_card(row, programme);
        }
        self.state(row, &transferred.stated);
        self.cards.at_mut(row).more.change(|more| {
            more.occurred = Some(transferred.occurred);
            more.transfer = Some((transferred.serial.clone(), transferred.digest));
        });
    }

    pub(crate) fn modify_programme(&mut self, at: Moment, modified: &ProgrammeModified) {
        self.change_programme(&modified.programme, |programme| {
            let numbering = programme.terms.numbering.clone();
            programme.document.clone_from(&modified.document);
            programme.terms.clone_from(&modified.terms);
            programme.terms.numbering = numbering;
            programme.modified = at;
        });
    }

    fn change_card(&mut self, number: &CardNumber, change: impl FnOnce(&mut Self, u32)) {
        if let Some(row) = self.cards.find(number) {
            change(self, row);
        }
    }

    fn create_programme(&mut self, at: Moment, created: &ProgrammeCreated) {
        self.programmes.push(Programme {
            id: created.programme.clone(),
            merchant: created.merchant.clone(),
            app: created.app.clone(),
            request_id: created.request_id.clone(),
            document: created.document.clone(),
            terms: created.terms.clone(),
            created: at,
            modified: at,
            form: None,
            invited: None,
            issued: 0,
            link: None,
        });
    }

    pub(crate) fn keep_token(&mut self, token: Token) {
        let row = self.tokens.push(token);
        let tokens = &self.tokens;
        self.tokens_by_refresh.insert(&tokens.at(row).refresh, row, |other, hasher| hasher.hash_one(&tokens.at(other).refresh));
        self.arm_token(row);
    }

    fn withdraw(&mut self, user: &UserId, app: &AppId) {
        for row in 0..u32::try_from(self.tokens.len()).expect("fewer than four billion tokens") {
            let token = self.tokens.at(row);
            if token.user == *user && token.app == *app && token.ended.is_none() {
                self.tokens.at_mut(row).ended = Some(TokenEnd::Withdrawn);
                self.arm_token(row);
            }
        }
        for row in 0..u32::try_from(self.agreements.len()).expect("fewer than four billion agreements") {
            let agreed = &self.agreements.at(row).agreed;
            if agreed.user == *user && agreed.app == *app {
                self.agreements.at_mut(row).holds = false;
            }
        }
    }

    fn agree(&mut self, at: Moment, agreed: &Agreed) {
        match self.agreements.find(agreed) {
            Some(row) => {
                let agreement = self.agreements.at_mut(row);
                (agreement.at, agreement.holds) = (at, true);
            }
            None => drop(self.agreements.push(Agreement { agreed: agreed.clone(), at, holds: true })),
        }
    }

    fn forget(&mut self, before: Moment) {
        self.grants.retain(|grant| grant.expires >= before);
        self.submissions.retain(|submission| submission.at.plus_seconds(SUBMISSION_SECONDS) >= before);
        let kept: Vec<Token> = self.tokens.iter().filter(|token| token.ends() >= before).cloned().collect();
        self.tokens = Table::default();
        self.tokens_by_refresh = Index::default();
        for token in kept {
            self.keep_token(token);
        }
        self.arm_consent();
    }

    fn open(&mut self, at: Moment, opened: &CardOpened) {
        let (Some(programme), Some(holder)) = (self.programmes.find(&opened.programme), self.customers.find(&opened.user)) else { return };
        self.programmes.at_mut(programme).issued += 1;
        let card = Card {
            number: opened.card.clone(),
            external: opened.external.as_str().into(),
            serial: opened.serial.as_str().into(),
            level: CompactString::default(),
            programme,
            holder,
            opened: opened.opened,
            issued: at,
            valid_until: opened.valid_until,
            opening: opened.opening,
            points_shown: None,
            balance_shown: None,
            state: State::Held,
            more: Packed::of(&More {
                channel: opened.channel.clone(),
                channel_id: opened.channel_id.clone(),
                member: opened.member.clone(),
                ..More::default()
            }),
        };
        let row = self.keep_card(card);
        self.arm_card(row);
        self.state(row, &opened.stated);
    }

    /// Adds a card to its table and to the indexes.
    pub(crate) fn keep_card(&mut self, card: Card) -> u32 {
        let row = self.cards.push(card);
        self.index(row);
        let cards = &self.cards;
        let serial = |row: u32| cards.at(row).serial.as_str();
        self.cards_by_serial.insert(&serial(row), row, |other, hasher| hasher.hash_one(serial(other)));
        row
    }

    /// Makes the indexes that are not a table's own anew.
    pub(crate) fn index_all(&mut self) {
        self.cards_by_holder = Index::over(self.cards.iter().map(|card| (card.programme, card.holder)));
        self.cards_by_external = Index::over(self.cards.iter().map(|card| (card.programme, card.external.as_str())));
        self.cards_by_serial = Index::over(self.cards.iter().map(|card| card.serial.as_str()));
        self.tokens_by_refresh = Index::over(self.tokens.iter().map(|token| &token.refresh));
    }

    /// Enters a card under its holder and its number of the merchant's, beside whatever stands there.
    fn index(&mut self, row: u32) {
        let cards = &self.cards;
        let holder = |row: u32| (cards.at(row).programme, cards.at(row).holder);
        self.cards_by_holder.insert(&holder(row), row, |other, hasher| hasher.hash_one(holder(other)));
        let external = |row: u32| (cards.at(row).programme, cards.at(row).external.as_str());
        self.cards_by_external.insert(&external(row), row, |other, hasher| hasher.hash_one(external(other)));
    }

    fn unindex(&mut self, row: u32) {
        let card = self.cards.at(row);
        self.cards_by_holder.remove(&(card.programme, card.holder), row);
        self.cards_by_external.remove(&(card.programme, card.external.as_str()), row);
    }

    fn move_card(&mut self, row: u32, programme: u32) {
        self.unindex(row);
        self.cards.at_mut(row).programme = programme;
        self.index(row);
    }

    fn state(&mut self, row: u32, stated: &Statement) {
        if let Some(until) = stated.valid_until {
            self.disarm_card(row);
            let card = self.cards.at_mut(row);
            card.valid_until = Some(until);
            card.more.change(|more| more.expired = false);
            self.arm_card(row);
        }
        if let Some(external) = &stated.external
            && self.cards.at(row).external != external.as_str()
        {
            self.unindex(row);
            self.cards.at_mut(row).external = external.as_str().into();
            self.index(row);
        }
        let card = self.cards.at_mut(row);
        if let Some(level) = &stated.level {
            card.level = level.as_str().into();
        }
        if let Some(points) = stated.points {
            card.points_shown = Some(points.decimals);
        }
        if let Some(balance) = stated.balance {
            card.balance_shown = Some(balance.decimals);
        }
        if let Some(opened) = stated.opened {
            card.opened = opened;
        }
        if stated.front_lines.is_some() || stated.portrait.is_some() || stated.custom.is_some() || stated.merchant_code.is_some() {
            card.more.change(|more| {
                more.front_lines = stated.front_lines.clone().unwrap_or_else(|| std::mem::take(&mut more.front_lines));
                more.portrait = stated.portrait.clone().or(more.portrait.take());
                more.custom = stated.custom.clone().or(more.custom.take());
                more.merchant_code = stated.merchant_code.clone().or(more.merchant_code.take());
            });
        }
    }

    fn send(&mut self, at: Moment, row: u32, sent: &MessageSent) {
        let previous = self.cards.at(row).more.get().last_message;
        let newest = self.messages.push(Message { sent: sent.clone(), at, previous });
        self.cards.at_mut(row).more.change(|more| more.last_message = Some(newest));
    }

    fn record(&mut self, row: u32, recorded: &PurchaseRecorded) {
        let previous = self.cards.at(row).more.get().last_purchase;
        let purchase = Purchase {
            key: PurchaseKey { card: row, trade: recorded.trade.clone() },
            at: recorded.at,
            record: recorded.record.clone(),
            previous,
        };
        let newest = self.purchases.push(purchase);
        self.cards.at_mut(row).more.change(|more| {
            more.last_purchase = Some(newest);
            if recorded.newest {
                more.synced = Some(recorded.at);
            }
        });
        if recorded.newest {
            self.state(row, &recorded.stated);
        }
    }
}
