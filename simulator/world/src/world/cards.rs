//! How events change cards: opened, stated anew, moved to another programme or merchant, spoken of, bought with.

use super::World;
use crate::card::{Card, CardOpened, CardTransferred, Front, More, Purchase, PurchaseKey, PurchaseRecorded, State, Statement};
use crate::due::rows;
use crate::index::Index;
use crate::message::{Message, MessageSent};
use crate::moment::Moment;
use crate::names::CardNumber;
use crate::packed::Packed;
use compact_str::CompactString;
use std::hash::BuildHasher;

/// Cards in the fold.
impl World {
    pub(super) fn change_card(&mut self, number: &CardNumber, change: impl FnOnce(&mut Self, u32)) {
        if let Some(row) = self.cards.find(number) {
            change(self, row);
        }
    }

    pub(super) fn transfer(&mut self, row: u32, transferred: &CardTransferred) {
        if let Some(programme) = self.programmes.find(&transferred.to) {
            self.move_card(row, programme);
        }
        self.state(row, &transferred.stated, |more| {
            more.occurred = Some(transferred.occurred);
            more.transfer = Some((transferred.serial.clone(), transferred.digest));
        });
    }

    pub(super) fn open(&mut self, at: Moment, opened: &CardOpened) {
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
        let row = self.keep_card(&card);
        self.arm_card(row);
        self.state(row, &opened.stated, |_| {});
    }

    /// Adds a card to its table and to the indexes.
    pub(crate) fn keep_card(&mut self, card: &Card) -> u32 {
        let row = self.cards.push(card);
        self.index(row);
        let cards = &self.cards;
        let serial = |row: u32| cards.front::<Front<'_>>(row).serial;
        self.cards_by_serial.insert(&serial(row), row, |other, hasher| hasher.hash_one(serial(other)));
        row
    }

    /// Enters a card under its holder and its number of the merchant's, beside whatever stands there.
    pub(super) fn index(&mut self, row: u32) {
        let cards = &self.cards;
        self.cards_by_holder.insert(&holder(cards.front(row)), row, |other, hasher| hasher.hash_one(holder(cards.front(other))));
        self.cards_by_external.insert(&external(cards.front(row)), row, |other, hasher| hasher.hash_one(external(cards.front(other))));
    }

    pub(super) fn unindex(&mut self, row: u32) {
        self.cards_by_holder.remove(&holder(self.cards.front(row)), row);
        self.cards_by_external.remove(&external(self.cards.front(row)), row);
    }

    /// Makes the indexes over the cards anew, that by number excepted.
    pub(super) fn index_cards(&mut self) {
        let cards = &self.cards;
        let fronts = || rows(cards.len()).map(|row| cards.front::<Front<'_>>(row));
        self.cards_by_holder = Index::over(fronts().map(holder));
        self.cards_by_external = Index::over(fronts().map(external));
        self.cards_by_serial = Index::over(fronts().map(|front| front.serial));
    }

    pub(super) fn move_card(&mut self, row: u32, programme: u32) {
        self.unindex(row);
        self.cards.change(row, |card| card.programme = programme);
        self.index(row);
    }

    /// Takes in what was stated, and what else changes of the card's rarer parts.
    pub(super) fn state(&mut self, row: u32, stated: &Statement, also: impl FnOnce(&mut More)) {
        if stated.valid_until.is_some() {
            self.disarm_card(row);
        }
        let moves = stated.external.as_ref().is_some_and(|external| self.cards.front::<Front<'_>>(row).external != external);
        if moves {
            self.unindex(row);
        }
        self.cards.change(row, |card| {
            restate(card, stated);
            card.more.change(|more| {
                if stated.valid_until.is_some() {
                    more.expired = false;
                }
                restate_rarer(more, stated);
                also(more);
            });
        });
        if moves {
            self.index(row);
        }
        if stated.valid_until.is_some() {
            self.arm_card(row);
        }
    }

    pub(super) fn send(&mut self, at: Moment, row: u32, sent: &MessageSent) {
        let previous = self.cards.at(row).more.get().last_message;
        let newest = self.messages.push(Message { sent: sent.clone(), at, previous });
        self.cards.change(row, |card| card.more.change(|more| more.last_message = Some(newest)));
    }

    pub(super) fn record(&mut self, row: u32, recorded: &PurchaseRecorded) {
        let previous = self.cards.at(row).more.get().last_purchase;
        let purchase = Purchase {
            key: PurchaseKey { card: row, trade: recorded.trade.clone() },
            at: recorded.at,
            record: recorded.record.clone(),
            previous,
        };
        let newest = self.purchases.push(purchase);
        if recorded.newest {
            self.state(row, &recorded.stated, |more| (more.last_purchase, more.synced) = (Some(newest), Some(recorded.at)));
        } else {
            self.cards.change(row, |card| card.more.change(|more| more.last_purchase = Some(newest)));
        }
    }
}

fn holder(front: Front<'_>) -> (u32, u32) {
    (front.programme, front.holder)
}

fn external(front: Front<'_>) -> (u32, &str) {
    (front.programme, front.external)
}

fn restate(card: &mut Card, stated: &Statement) {
    if let Some(until) = stated.valid_until {
        card.valid_until = Some(until);
    }
    if let Some(external) = &stated.external {
        card.external = external.as_str().into();
    }
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
}

fn restate_rarer(more: &mut More, stated: &Statement) {
    if let Some(lines) = &stated.front_lines {
        more.front_lines.clone_from(lines);
    }
    if stated.portrait.is_some() {
        more.portrait.clone_from(&stated.portrait);
    }
    if stated.custom.is_some() {
        more.custom.clone_from(&stated.custom);
    }
    if stated.merchant_code.is_some() {
        more.merchant_code.clone_from(&stated.merchant_code);
    }
}
