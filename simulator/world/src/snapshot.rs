//! A world as chunks of bytes, and back.
//!
//! Taking one is a clone of reference counts (tables are copy-on-write), so calls are not stalled; turning it into bytes is
//! done on another thread, and indexes are made anew on reading. A chunk starts with the number of the part it belongs to.

use crate::agreement::Agreement;
use crate::benefit::Benefit;
use crate::card::Purchase;
use crate::consent::{Grant, Submission, Token};
use crate::customer::Customer;
use crate::delegation::{Delegation, DelegationOffer};
use crate::dense::{self, Dense};
use crate::image::Image;
use crate::joining::Asked;
use crate::merchant::{App, Merchant};
use crate::message::Message;
use crate::notice::Notice;
use crate::programme::Programme;
use crate::table;
use crate::trade::Trade;
use crate::trade::code::Shown;
use crate::trade::offer::Offer;
use crate::trade::voucher::Voucher;
use crate::trade::wallet::Habits;
use crate::world::World;
use ledger::Ledger;
use serde::{Deserialize, Serialize};
use std::mem::take;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// The layout of the chunks; another number means another version of kabao wrote them.
pub const LAYOUT: u32 = 15;

/// How many chunks of ledger and customers may wait for the thread that reads them.
const CHUNKS_AHEAD: usize = 8;

/// Why a snapshot cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// Another version of kabao wrote it: the log itself has to be read from its beginning.
    #[error("the snapshot is in layout {0}, this version reads {LAYOUT}")]
    OtherLayout(u32),
    /// It is cut or garbled.
    #[error("the snapshot is damaged: {0}")]
    Damaged(String),
}

const FACTS: u8 = 0;
const MERCHANTS: u8 = 1;
const APPS: u8 = 2;
const CUSTOMERS: u8 = 3;
const IMAGES: u8 = 4;
const PROGRAMMES: u8 = 5;
const SUBMISSIONS: u8 = 6;
const GRANTS: u8 = 7;
const TOKENS: u8 = 8;
const CARDS: u8 = 9;
const PURCHASES: u8 = 10;
const LEDGER: u8 = 11;
const MESSAGES: u8 = 12;
const BENEFITS: u8 = 13;
const AGREEMENTS: u8 = 14;
const NOTICES: u8 = 15;
const OPENINGS: u8 = 16;
const TRADES: u8 = 17;
const PAY_CODES: u8 = 18;
const OFFERS: u8 = 19;
const HABITS: u8 = 20;
const DELEGATION_OFFERS: u8 = 21;
const DELEGATIONS: u8 = 22;
const VOUCHERS: u8 = 23;

/// A world as it stood at one moment: what a snapshot is written from.
pub struct Frozen {
    facts: Vec<u8>,
    merchants: table::Frozen<Merchant>,
    apps: table::Frozen<Arc<App>>,
    customers: dense::Frozen,
    images: table::Frozen<Image>,
    programmes: table::Frozen<Programme>,
    submissions: table::Frozen<Submission>,
    grants: table::Frozen<Grant>,
    tokens: table::Frozen<Token>,
    cards: dense::Frozen,
    purchases: table::Frozen<Purchase>,
    messages: table::Frozen<Message>,
    benefits: table::Frozen<Benefit>,
    agreements: table::Frozen<Agreement>,
    notices: table::Frozen<Notice>,
    openings: table::Frozen<Asked>,
    trades: table::Frozen<Trade>,
    pay_codes: table::Frozen<Shown>,
    offers: table::Frozen<Offer>,
    vouchers: table::Frozen<Voucher>,
    habits: table::Frozen<Habits>,
    delegation_offers: table::Frozen<DelegationOffer>,
    delegations: table::Frozen<Delegation>,
    ledger: ledger::Snapshot,
}

impl Frozen {
    /// The whole state as chunks of a few hundred kibibytes. What is written is let go at once, so they are given once.
    pub fn chunks(&mut self) -> impl Iterator<Item = Vec<u8>> {
        let ledger = self.ledger.chunks().map(|chunk| tagged(LEDGER, chunk));
        let customers = take(&mut self.customers).chunks().map(|chunk| tagged(CUSTOMERS, chunk));
        let cards = take(&mut self.cards).chunks().map(|chunk| tagged(CARDS, chunk));
        std::iter::once(tagged(FACTS, take(&mut self.facts)))
            .chain(take(&mut self.merchants).chunks().map(|chunk| tagged(MERCHANTS, chunk)))
            .chain(take(&mut self.apps).chunks().map(|chunk| tagged(APPS, chunk)))
            .chain(take(&mut self.images).chunks().map(|chunk| tagged(IMAGES, chunk)))
            .chain(take(&mut self.programmes).chunks().map(|chunk| tagged(PROGRAMMES, chunk)))
            .chain(take(&mut self.submissions).chunks().map(|chunk| tagged(SUBMISSIONS, chunk)))
            .chain(take(&mut self.grants).chunks().map(|chunk| tagged(GRANTS, chunk)))
            .chain(take(&mut self.tokens).chunks().map(|chunk| tagged(TOKENS, chunk)))
            // in turn, because two threads read them
            .chain(in_turn(ledger.chain(customers), cards))
            .chain(take(&mut self.purchases).chunks().map(|chunk| tagged(PURCHASES, chunk)))
            .chain(take(&mut self.messages).chunks().map(|chunk| tagged(MESSAGES, chunk)))
            .chain(take(&mut self.benefits).chunks().map(|chunk| tagged(BENEFITS, chunk)))
            .chain(take(&mut self.agreements).chunks().map(|chunk| tagged(AGREEMENTS, chunk)))
            .chain(take(&mut self.notices).chunks().map(|chunk| tagged(NOTICES, chunk)))
            .chain(take(&mut self.openings).chunks().map(|chunk| tagged(OPENINGS, chunk)))
            .chain(take(&mut self.trades).chunks().map(|chunk| tagged(TRADES, chunk)))
            .chain(take(&mut self.pay_codes).chunks().map(|chunk| tagged(PAY_CODES, chunk)))
            .chain(take(&mut self.offers).chunks().map(|chunk| tagged(OFFERS, chunk)))
            .chain(take(&mut self.vouchers).chunks().map(|chunk| tagged(VOUCHERS, chunk)))
            .chain(take(&mut self.habits).chunks().map(|chunk| tagged(HABITS, chunk)))
            .chain(take(&mut self.delegation_offers).chunks().map(|chunk| tagged(DELEGATION_OFFERS, chunk)))
            .chain(take(&mut self.delegations).chunks().map(|chunk| tagged(DELEGATIONS, chunk)))
    }
}

impl World {
    /// The state as it stands now, at the cost of reference counts.
    pub fn freeze(&self) -> Frozen {
        let room = Room { customers: self.customers.len(), cards: self.cards.len() };
        Frozen {
            facts: postcard::to_stdvec(&(
                LAYOUT,
                &self.origin,
                &self.clock,
                self.last,
                &self.switches,
                &self.changes,
                &self.gateways,
                &self.withdrawals,
                // as text: rules are of many shapes, of which postcard knows none
                serde_json::to_string(&self.faults).expect("faults are plain data"),
                room,
            ))
            .expect("facts are plain data"),
            merchants: self.merchants.freeze(),
            apps: self.apps.freeze(),
            customers: self.customers.freeze(),
            images: self.images.freeze(),
            programmes: self.programmes.freeze(),
            submissions: self.submissions.freeze(),
            grants: self.grants.freeze(),
            tokens: self.tokens.freeze(),
            cards: self.cards.freeze(),
            purchases: self.purchases.freeze(),
            messages: self.messages.freeze(),
            benefits: self.benefits.freeze(),
            agreements: self.agreements.freeze(),
            notices: self.notices.freeze(),
            openings: self.openings.freeze(),
            trades: self.trades.freeze(),
            pay_codes: self.pay_codes.freeze(),
            offers: self.offers.freeze(),
            vouchers: self.vouchers.freeze(),
            habits: self.habits.freeze(),
            delegation_offers: self.delegation_offers.freeze(),
            delegations: self.delegations.freeze(),
            ledger: self.ledger.snapshot(),
        }
    }

    /// Reads a state back, on two threads: ledger and customers on one, cards and the rest on the other, about half each.
    ///
    /// # Errors
    /// The reader's own error as it came; [`Unread`] when the chunks are not a state this version can read.
    pub fn restore<E>(mut chunks: impl Iterator<Item = Result<Vec<u8>, E>>) -> Result<Result<Self, Unread>, E> {
        let Some(first) = chunks.next().transpose()? else { return Ok(Err(Unread::Damaged("it is empty".to_owned()))) };
        let (mut world, room) = match read_facts(&first) {
            Ok(facts) => facts,
            Err(damaged) => return Ok(Err(damaged)),
        };
        std::thread::scope(|scope| {
            let (aside, waiting) = std::sync::mpsc::sync_channel(CHUNKS_AHEAD);
            let beside = scope.spawn(move || read_beside(waiting));
            let mut taken = Ok(());
            for chunk in chunks {
                let chunk = chunk?;
                match chunk.first().copied() {
                    Some(LEDGER | CUSTOMERS) => {
                        // whoever gave up says why when it is joined
                        if aside.send(chunk).is_err() {
                            break;
                        }
                    }
                    Some(part) => taken = world.take(part, &chunk[1..]),
                    None => taken = Err(Unread::Damaged("an empty chunk".to_owned())),
                }
                if taken.is_err() {
                    break;
                }
            }
            drop(aside);
            world.find_all();
            let read = beside.join().expect("reading gives errors, it does not panic");
            Ok(taken.and(read).and_then(|(ledger, customers)| {
                let mut world = Self { customers, ledger, ..world };
                if (world.customers.len(), world.cards.len()) != (room.customers, room.cards) {
                    return Err(Unread::Damaged("it has not as many rows as it says".to_owned()));
                }
                world.arm_all();
                Ok(world)
            }))
        })
    }

    fn take(&mut self, part: u8, bytes: &[u8]) -> Result<(), Unread> {
        match part {
            MERCHANTS => self.merchants.take_chunk(bytes).map_err(unreadable)?,
            APPS => self.apps.take_chunk(bytes).map_err(unreadable)?,
            IMAGES => self.images.take_chunk(bytes).map_err(unreadable)?,
            PROGRAMMES => self.programmes.take_chunk(bytes).map_err(unreadable)?,
            SUBMISSIONS => self.submissions.take_chunk(bytes).map_err(unreadable)?,
            GRANTS => self.grants.take_chunk(bytes).map_err(unreadable)?,
            TOKENS => self.tokens.take_chunk(bytes).map_err(unreadable)?,
            CARDS => self.cards.take_chunk(bytes).map_err(unreadable)?,
            PURCHASES => self.purchases.take_chunk(bytes).map_err(unreadable)?,
            MESSAGES => self.messages.take_chunk(bytes).map_err(unreadable)?,
            BENEFITS => self.benefits.take_chunk(bytes).map_err(unreadable)?,
            AGREEMENTS => self.agreements.take_chunk(bytes).map_err(unreadable)?,
            NOTICES => self.notices.take_chunk(bytes).map_err(unreadable)?,
            OPENINGS => self.openings.take_chunk(bytes).map_err(unreadable)?,
            TRADES => self.trades.take_chunk(bytes).map_err(unreadable)?,
            PAY_CODES => self.pay_codes.take_chunk(bytes).map_err(unreadable)?,
            OFFERS => self.offers.take_chunk(bytes).map_err(unreadable)?,
            VOUCHERS => self.vouchers.take_chunk(bytes).map_err(unreadable)?,
            HABITS => self.habits.take_chunk(bytes).map_err(unreadable)?,
            DELEGATION_OFFERS => self.delegation_offers.take_chunk(bytes).map_err(unreadable)?,
            DELEGATIONS => self.delegations.take_chunk(bytes).map_err(unreadable)?,
            other => return Err(Unread::Damaged(format!("a part numbered {other} is unknown"))),
        }
        Ok(())
    }
}

impl World {
    /// Makes the indexes over everything a snapshot holds but the customers.
    fn find_all(&mut self) {
        self.merchants.find_all();
        self.apps.find_all();
        self.images.find_all();
        self.programmes.find_all();
        self.submissions.find_all();
        self.grants.find_all();
        self.tokens.find_all();
        self.cards.find_all();
        self.purchases.find_all();
        self.messages.find_all();
        self.benefits.find_all();
        self.agreements.find_all();
        self.notices.find_all();
        self.openings.find_all();
        self.trades.find_all();
        self.pay_codes.find_all();
        self.offers.find_all();
        self.vouchers.find_all();
        self.habits.find_all();
        self.delegation_offers.find_all();
        self.delegations.find_all();
        self.index_all();
    }
}

/// How many rows came.
#[derive(Serialize, Deserialize)]
struct Room {
    customers: usize,
    cards: usize,
}

fn read_facts(chunk: &[u8]) -> Result<(World, Room), Unread> {
    let Some((&FACTS, facts)) = chunk.split_first() else {
        return Err(Unread::Damaged("it does not begin with its facts".to_owned()));
    };
    let (layout, rest) = postcard::take_from_bytes::<u32>(facts).map_err(unreadable)?;
    if layout != LAYOUT {
        return Err(Unread::OtherLayout(layout));
    }
    let (origin, clock, last, switches, changes, gateways, withdrawals, faults, room) = postcard::from_bytes(rest).map_err(unreadable)?;
    let faults: String = faults;
    let faults = serde_json::from_str(&faults).map_err(|error| Unread::Damaged(error.to_string()))?;
    Ok((World { origin, clock, last, gateways, switches, faults, changes, withdrawals, ..World::default() }, room))
}

/// Reads what stands beside: the ledger, then the customers.
fn read_beside(waiting: Receiver<Vec<u8>>) -> Result<(Ledger, Dense<Customer>), Unread> {
    let mut waiting = waiting.into_iter().peekable();
    let of_ledger = std::iter::from_fn(|| waiting.next_if(|chunk| chunk.first() == Some(&LEDGER)).map(|chunk| chunk[1..].to_vec()));
    let ledger = Ledger::restore(of_ledger).map_err(|error| Unread::Damaged(error.to_string()))?;
    let mut customers = Dense::default();
    for chunk in waiting {
        let Some((&CUSTOMERS, rows)) = chunk.split_first() else {
            return Err(Unread::Damaged("the ledger does not come before the customers".to_owned()));
        };
        customers.take_chunk(rows).map_err(unreadable)?;
    }
    customers.find_all();
    Ok((ledger, customers))
}

/// Items of both in turn, and the rest of the longer one.
fn in_turn<T>(mut one: impl Iterator<Item = T>, mut other: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    let mut others_turn = false;
    std::iter::from_fn(move || {
        others_turn = !others_turn;
        if others_turn { one.next().or_else(|| other.next()) } else { other.next().or_else(|| one.next()) }
    })
}

fn tagged(part: u8, mut chunk: Vec<u8>) -> Vec<u8> {
    chunk.insert(0, part);
    chunk
}

#[expect(clippy::needless_pass_by_value, reason = "used as a map_err function")]
fn unreadable(error: postcard::Error) -> Unread {
    Unread::Damaged(error.to_string())
}
