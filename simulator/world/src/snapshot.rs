//! A world as chunks of bytes, and back.
//!
//! Taking one is a clone of reference counts (tables are copy-on-write), so calls are not stalled; turning it into bytes is
//! done on another thread, and indexes are made anew on reading. A chunk starts with the number of the part it belongs to.

use crate::card::{Card, Purchase};
use crate::consent::{Grant, Submission, Token};
use crate::customer::Customer;
use crate::image::Image;
use crate::merchant::{App, Merchant};
use crate::programme::Programme;
use crate::table;
use crate::world::World;
use ledger::Ledger;

/// The layout of the chunks; another number means another version of kabao wrote them.
pub const LAYOUT: u32 = 2;

/// The most rows room is made for on a snapshot's word alone: a damaged number must not ask for all memory.
const ROOM_LIMIT: usize = 16 << 20;

/// A snapshot that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the snapshot is damaged: {0}")]
pub struct Damaged(String);

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

/// A world as it stood at one moment: what a snapshot is written from.
pub struct Frozen {
    facts: Vec<u8>,
    merchants: table::Frozen<Merchant>,
    apps: table::Frozen<App>,
    customers: table::Frozen<Customer>,
    images: table::Frozen<Image>,
    programmes: table::Frozen<Programme>,
    submissions: table::Frozen<Submission>,
    grants: table::Frozen<Grant>,
    tokens: table::Frozen<Token>,
    cards: table::Frozen<Card>,
    purchases: table::Frozen<Purchase>,
    ledger: ledger::Snapshot,
}

impl Frozen {
    /// The whole state as chunks of a few hundred kibibytes.
    pub fn chunks(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        // the ledger first: whoever reads can give it to another thread and go on with the rest
        std::iter::once(tagged(FACTS, self.facts.clone()))
            .chain(self.ledger.chunks().map(|chunk| tagged(LEDGER, chunk)))
            .chain(self.merchants.chunks().map(|chunk| tagged(MERCHANTS, chunk)))
            .chain(self.apps.chunks().map(|chunk| tagged(APPS, chunk)))
            .chain(self.customers.chunks().map(|chunk| tagged(CUSTOMERS, chunk)))
            .chain(self.images.chunks().map(|chunk| tagged(IMAGES, chunk)))
            .chain(self.programmes.chunks().map(|chunk| tagged(PROGRAMMES, chunk)))
            .chain(self.submissions.chunks().map(|chunk| tagged(SUBMISSIONS, chunk)))
            .chain(self.grants.chunks().map(|chunk| tagged(GRANTS, chunk)))
            .chain(self.tokens.chunks().map(|chunk| tagged(TOKENS, chunk)))
            .chain(self.cards.chunks().map(|chunk| tagged(CARDS, chunk)))
            .chain(self.purchases.chunks().map(|chunk| tagged(PURCHASES, chunk)))
    }
}

impl World {
    /// The state as it stands now, at the cost of reference counts.
    pub fn freeze(&self) -> Frozen {
        Frozen {
            facts: postcard::to_stdvec(&(LAYOUT, &self.origin, &self.clock, self.last, self.customers.len(), self.cards.len()))
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
            ledger: self.ledger.snapshot(),
        }
    }

    /// Reads a state back.
    ///
    /// # Errors
    /// [`Damaged`] when a chunk is cut, garbled or of another version.
    pub fn restore(chunks: impl Iterator<Item = Vec<u8>>) -> Result<Self, Damaged> {
        let (mut restoring, mut ledger) = (Restoring::default(), Vec::new());
        for chunk in chunks {
            ledger.extend(restoring.take(chunk)?);
        }
        Ok(restoring.finish(read_ledger(ledger)?))
    }
}

/// The ledger of a snapshot, from its chunks.
///
/// # Errors
/// [`Damaged`] when they are not those of one ledger.
pub fn read_ledger(chunks: impl IntoIterator<Item = Vec<u8>>) -> Result<Ledger, Damaged> {
    Ledger::restore(chunks).map_err(|error| Damaged(error.to_string()))
}

/// A world that is being read, all but its ledger.
#[derive(Default)]
pub struct Restoring(World);

impl Restoring {
    /// Takes the next chunk in; gives it back, without its tag, when it is the ledger's.
    ///
    /// # Errors
    /// [`Damaged`] when the chunk is cut, garbled or of another version.
    pub fn take(&mut self, mut chunk: Vec<u8>) -> Result<Option<Vec<u8>>, Damaged> {
        let world = &mut self.0;
        let part = *chunk.first().ok_or_else(|| Damaged("an empty chunk".to_owned()))?;
        let bytes = &chunk[1..];
        match part {
            FACTS => {
                let (layout, origin, clock, last, customers, cards): (u32, _, _, _, usize, usize) =
                    postcard::from_bytes(bytes).map_err(unreadable)?;
                if layout != LAYOUT {
                    return Err(Damaged(format!("written in layout {layout}, this version reads {LAYOUT}")));
                }
                (world.origin, world.clock, world.last) = (origin, clock, last);
                world.make_room(customers.min(ROOM_LIMIT), cards.min(ROOM_LIMIT));
            }
            MERCHANTS => world.merchants.extend_from_chunk(bytes).map_err(unreadable)?,
            APPS => world.apps.extend_from_chunk(bytes).map_err(unreadable)?,
            CUSTOMERS => world.customers.extend_from_chunk(bytes).map_err(unreadable)?,
            IMAGES => world.images.extend_from_chunk(bytes).map_err(unreadable)?,
            PROGRAMMES => world.programmes.extend_from_chunk(bytes).map_err(unreadable)?,
            SUBMISSIONS => world.submissions.extend_from_chunk(bytes).map_err(unreadable)?,
            GRANTS => world.grants.extend_from_chunk(bytes).map_err(unreadable)?,
            TOKENS => {
                for token in postcard::from_bytes::<Vec<Token>>(bytes).map_err(unreadable)? {
                    world.keep_token(token);
                }
            }
            CARDS => {
                for card in postcard::from_bytes::<Vec<Card>>(bytes).map_err(unreadable)? {
                    world.keep_card(card);
                }
            }
            PURCHASES => world.purchases.extend_from_chunk(bytes).map_err(unreadable)?,
            LEDGER => {
                chunk.remove(0);
                return Ok(Some(chunk));
            }
            other => return Err(Damaged(format!("a part numbered {other} is unknown"))),
        }
        Ok(None)
    }

    /// The world, with its ledger.
    pub fn finish(self, ledger: Ledger) -> World {
        World { ledger, ..self.0 }
    }
}

fn tagged(part: u8, mut chunk: Vec<u8>) -> Vec<u8> {
    chunk.insert(0, part);
    chunk
}

#[expect(clippy::needless_pass_by_value, reason = "used as a map_err function")]
fn unreadable(error: postcard::Error) -> Damaged {
    Damaged(error.to_string())
}
