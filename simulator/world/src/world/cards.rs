//! How events change cards: opened, stated anew, moved to another programme or merchant, spoken of, bought with.

use super::World;
use crate::card::{Card, CardOpened, CardTransferred, More, Purchase, PurchaseKey, PurchaseRecorded, State, Statement};
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
        self.state(row, &transferred.stated);
        self.cards.at_mut(row).more.change(|more| {
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

    /// Enters a card under its holder and its number of the merchant's, beside whatever stands there.
    pub(super) fn index(&mut self, row: u32) {
        let cards = &self.cards;
        let holder = |row: u32| (cards.at(row).programme, cards.at(row).holder);
        self.cards_by_holder.insert(&holder(row), row, |other, hasher| hasher.hash_one(holder(other)));
        let external = |row: u32| (cards.at(row).programme, cards.at(row).external.as_str());
        self.cards_by_external.insert(&external(row), row, |other, hasher| hasher.hash_one(external(other)));
    }

    pub(super) fn unindex(&mut self, row: u32) {
        let card = self.cards.at(row);
        self.cards_by_holder.remove(&(card.programme, card.holder), row);
        self.cards_by_external.remove(&(card.programme, card.external.as_str()), row);
    }

    pub(super) fn move_card(&mut self, row: u32, programme: u32) {
        self.unindex(row);
        self.cards.at_mut(row).programme = programme;
        self.index(row);
    }

    pub(super) fn state(&mut self, row: u32, stated: &Statement) {
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

    pub(super) fn send(&mut self, at: Moment, row: u32, sent: &MessageSent) {
        let previous = self.cards.at(row).more.get().last_message;
        let newest = self.messages.push(Message { sent: sent.clone(), at, previous });
        self.cards.at_mut(row).more.change(|more| more.last_message = Some(newest));
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
