//! How each event changes the state.
//!
//! The fold is the one way state changes, live and on replay alike, and cannot fail: a decision has already checked
//! whatever could be wrong. What is looked up here and missing is a log of another version or a bug, and is ignored row by row
//! rather than guessed at.

use super::World;
use crate::agreement::{Agreed, Agreement};
use crate::card::{Leave, State};
use crate::clock::Clock;
use crate::consent::{Token, TokenEnd};
use crate::event::Event;
use crate::index::Index;
use crate::merchant::App;
use crate::message::PointsTold;
use crate::moment::Moment;
use crate::names::{AppId, AuthCode, ProgrammeId, UserId};
use crate::programme::{Programme, ProgrammeCreated, ProgrammeModified};
use crate::switch::SwitchTurned;
use crate::table::Table;
use std::hash::BuildHasher;
use std::sync::Arc;

/// How long a form may still be asked for: a code's day, a refresh token's 30 days, and the 15 days of what it gives at the end.
const SUBMISSION_SECONDS: i64 = 46 * 24 * 3_600;

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

    #[expect(clippy::too_many_lines, reason = "one arm an event")]
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
            Event::AppRegistered(app) => drop(self.apps.push(Arc::new(app.clone()))),
            Event::AppKeysSet(set) => self.change_app(&set.app, |app| {
                app.app_key.clone_from(&set.app_key);
                app.platform_key.clone_from(&set.platform_key);
            }),
            Event::AppCallbackSet(set) => self.change_app(&set.app, |app| app.callback.clone_from(&set.callback)),
            Event::AppSecured(set) => self.change_app(&set.app, |app| app.security = Arc::new(set.security.clone())),
            Event::CustomerRegistered(customer) => drop(self.customers.push(customer)),
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
            Event::DelegationOffered(offer) => drop(self.delegation_offers.push(offer.clone())),
            Event::Delegated(delegation) => self.delegate(at, delegation),
            Event::DelegationWithdrawn(gone) => self.end_delegation(at, &gone.provider, &gone.app, TokenEnd::Withdrawn),
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
                world.state(row, &restated.stated, |more| {
                    more.occurred = Some(restated.occurred);
                    if let Some(changed) = restated.told {
                        PointsTold { at, changed }.join(&mut more.points_told);
                    }
                });
            }),
            Event::CardTransferred(transferred) => self.change_card(&transferred.card, |world, row| world.transfer(row, transferred)),
            Event::CardReleased(released) => self.change_card(&released.card, |world, row| {
                world.disarm_card(row);
                world.cards.change(row, |card| {
                    card.state = if released.leave == Leave::Cancelled { State::Closed } else { State::Released };
                    card.more.change(|more| more.deletion = Some((released.serial.clone().unwrap_or_default(), released.receipt.clone())));
                });
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
            Event::WalletChanged(changed) => self.wallet_changed(at, changed),
            Event::LimitSet(set) => self.limit_set(set),
            Event::Withdrawn(withdrawn) => self.withdrawn(withdrawn),
            Event::PayCodeShown(shown) => self.code_shown(at, shown),
            Event::PayCodeSpent(spent) => self.code_used(spent),
            Event::OfferMade(made) => self.offer_made(at, made),
            Event::OfferWithdrawn(withdrawn) => self.offer_withdrawn(withdrawn),
            Event::TradeMade(made) => self.trade_made(at, made),
            Event::TradeAsked(asked) => self.trade_declined(&asked.trade, false),
            Event::TradeDeclined(declined) => self.trade_declined(&declined.trade, true),
            Event::TradePaid(paid) => self.trade_paid(at, paid),
            Event::TradeClosed(closed) => self.trade_closed(at, closed),
            Event::TradeRefunded(refunded) => self.trade_refunded(at, refunded),
            Event::VoucherGiven(given) => self.voucher_given(at, given),
            Event::TradeFinished(finished) => self.trade_finished(at, finished),
            Event::NoticePutOff(put_off) => self.put_notice_off(put_off),
            Event::NoticesDropped(_) => self.drop_notices(),
            Event::FaultMade(made) => self.faults.make(at, made),
            Event::FaultRemoved(removed) => self.faults.remove(*removed),
            Event::FaultMet(met) => self.faults.meet(at, met),
            Event::LedgerDue(_) | Event::LedgerPosted(_) => {}
        }
    }

    fn change_app(&mut self, id: &AppId, change: impl FnOnce(&mut App)) {
        if let Some(row) = self.apps.find(id) {
            change(Arc::make_mut(self.apps.at_mut(row)));
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
        self.spend_offer(at, code);
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
        self.forget_codes(before);
        self.forget_delegations(before);
        self.arm_consent();
    }

    /// Makes the indexes that are not a table's own anew.
    pub(crate) fn index_all(&mut self) {
        self.index_cards();
        self.tokens_by_refresh = Index::over(self.tokens.iter().map(|token| &token.refresh));
        self.index_trades();
        self.index_vouchers();
    }
}
