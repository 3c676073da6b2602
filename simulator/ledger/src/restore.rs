//! A snapshot's chunks read back to a ledger. Every chunk is checked before it is believed, and what it says is checked
//! against the chunks before it; indexes and the queue of due work are built anew.

use std::collections::BTreeMap;
use std::fmt;

use crate::account::{Account, Terms, TermsList};
use crate::books::OpenHold;
use crate::digest;
use crate::keys::{Fate, Key, Keys};
use crate::ledger::Ledger;
use crate::pages::Pages;
use crate::posting::{AccountId, Millis, PostingId};
use crate::purse::{Lot, Purse};
use crate::slab::Slab;
use crate::snapshot::{CHECKSUM, HEADER, NAME, Section, VERSION};
use crate::unit::Unit;

/// Why chunks are not a whole snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Corrupt {
    /// The chunk is not one of a ledger's snapshot.
    NotASnapshot {
        /// Which chunk, from 0.
        chunk: usize,
    },
    /// It was written by another version.
    Version {
        /// That version.
        version: u8,
    },
    /// Bytes were changed, or the chunk does not follow the one before.
    Damaged {
        /// Which chunk, from 0.
        chunk: usize,
    },
    /// The bytes are as written but contradict one another.
    Contradiction {
        /// Which chunk, from 0.
        chunk: usize,
    },
    /// The last chunk is not there, or something follows it.
    Incomplete,
}

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASnapshot { chunk } => write!(f, "chunk {chunk} is not of a ledger's snapshot"),
            Self::Version { version } => write!(f, "written in format {version}, this version reads {VERSION}"),
            Self::Damaged { chunk } => write!(f, "chunk {chunk} is damaged or out of place"),
            Self::Contradiction { chunk } => write!(f, "chunk {chunk} contradicts the chunks before it"),
            Self::Incomplete => f.write_str("the snapshot does not end where its last chunk does"),
        }
    }
}

impl std::error::Error for Corrupt {}

impl Ledger {
    /// The ledger of a snapshot's chunks, in their order. Give it its key index again with
    /// [`Ledger::with_keys_beyond`].
    ///
    /// # Errors
    /// [`Corrupt`] when the chunks are not exactly what [`Snapshot::chunks`] gave.
    pub fn restore<C: AsRef<[u8]>>(chunks: impl IntoIterator<Item = C>) -> Result<Self, Corrupt> {
        let mut restoring = Restoring::default();
        for (place, chunk) in chunks.into_iter().enumerate() {
            restoring.chunk(place, chunk.as_ref())?;
        }
        restoring.finish()
    }
}

/// Takes the fields of an item from the front.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_first_chunk::<N>().expect("items have their section's length");
        self.0 = rest;
        *taken
    }

    fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.take())
    }

    fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.take())
    }

    fn i64(&mut self) -> i64 {
        i64::from_be_bytes(self.take())
    }

    fn posting(&mut self) -> PostingId {
        PostingId::from_bytes(self.take())
    }
}

/// A ledger being put together from its chunks.
#[derive(Default)]
struct Restoring {
    accounts: Pages<Account>,
    terms: TermsList,
    purses: Slab<Purse>,
    holds: Slab<OpenHold>,
    keys: Pages<Key>,
    gone: u64,
    late: BTreeMap<PostingId, Fate>,
    checksum: u64,
    section: Option<Section>,
}

impl Restoring {
    fn chunk(&mut self, place: usize, chunk: &[u8]) -> Result<(), Corrupt> {
        let (body, checksum) = chunk.split_last_chunk::<CHECKSUM>().ok_or(Corrupt::NotASnapshot { chunk: place })?;
        let (header, items) = body.split_first_chunk::<HEADER>().ok_or(Corrupt::NotASnapshot { chunk: place })?;
        let mut header = Fields(header);
        if header.take::<8>() != *NAME {
            return Err(Corrupt::NotASnapshot { chunk: place });
        }
        let [version, section] = header.take();
        if version != VERSION {
            return Err(Corrupt::Version { version });
        }
        let damaged = Corrupt::Damaged { chunk: place };
        let checksum = u64::from_be_bytes(*checksum);
        if digest::of_bytes(body) ^ self.checksum.rotate_left(1) != checksum || header.u32() as usize != place {
            return Err(damaged);
        }
        self.checksum = checksum;
        let section = usize::from(section).checked_sub(1).and_then(|n| Section::ALL.get(n)).copied();
        let section = section.ok_or(damaged)?;
        let count = header.u32() as usize;
        if self.section == Some(Section::End) {
            return Err(Corrupt::Incomplete);
        }
        if self.section > Some(section) || count.checked_mul(section.item()) != Some(items.len()) {
            return Err(damaged);
        }
        self.section = Some(section);
        for item in items.chunks_exact(section.item().max(1)) {
            self.item(section, Fields(item)).ok_or(Corrupt::Contradiction { chunk: place })?;
        }
        Ok(())
    }

    fn item(&mut self, section: Section, mut item: Fields<'_>) -> Option<()> {
        match section {
            Section::Head => self.gone = item.u64(),
            Section::Terms => {
                let [unit] = item.take();
                let terms = Terms { unit: Unit::from_code(unit)?, floor: item.i64(), ceiling: item.i64() };
                let next = self.terms.list().len();
                (self.terms.number_of(terms) as usize == next).then_some(())?;
            }
            Section::Accounts => {
                let id = AccountId::from_bytes(item.take());
                let account = Account { id, balance: item.i64(), terms: item.u32(), purse: 0 };
                self.terms.list().get(account.terms as usize)?;
                self.accounts.push(account);
            }
            Section::Lots => {
                let owner = item.u32();
                let lot = Lot {
                    made_by: item.posting(),
                    sequence: item.u64(),
                    until: Millis(item.i64()),
                    issuer: item.u32(),
                    queued: false,
                    remaining: item.i64(),
                    frozen: item.i64(),
                    spent: Vec::new(),
                };
                self.accounts.get(lot.issuer as usize)?;
                self.purse(owner)?.lots.push(lot);
            }
            Section::Spent => {
                let (owner, number) = (item.u32(), item.u32());
                let lot = self.purse(owner)?.lots.get_mut(number as usize)?;
                lot.spent.push((item.posting(), item.i64()));
            }
            Section::Holds => {
                let mut hold = OpenHold {
                    id: item.posting(),
                    sequence: item.u64(),
                    debit: item.u32(),
                    credit: item.u32(),
                    amount: item.i64(),
                    code: u16::from_be_bytes(item.take()),
                    until: None,
                    parts: Vec::new(),
                };
                let [has_until] = item.take();
                hold.until = (has_until == 1).then_some(Millis(item.i64()));
                let giver = self.purse(hold.debit)?;
                giver.held = giver.held.checked_add(hold.amount)?;
                let taker = self.purse(hold.credit)?;
                taker.coming = taker.coming.checked_add(hold.amount)?;
                self.holds.add(hold);
            }
            Section::Parts => {
                let hold = self.holds.get_mut(item.u32())?;
                hold.parts.push((item.posting(), item.i64()));
            }
            Section::Keys => {
                self.keys.push(Key::from_bytes(&item.take(), self.accounts.len())?);
            }
            Section::Late => {
                let id = item.posting();
                let [fate] = item.take();
                self.late.insert(id, Fate::from_code(fate)?);
            }
            Section::End => {}
        }
        Some(())
    }

    fn purse(&mut self, place: u32) -> Option<&mut Purse> {
        let account = self.accounts.get_mut(place as usize)?;
        if account.purse == 0 {
            account.purse = self.purses.add(Purse::default()) + 1;
        }
        self.purses.get_mut(account.purse - 1)
    }

    fn finish(self) -> Result<Ledger, Corrupt> {
        if self.section != Some(Section::End) {
            return Err(Corrupt::Incomplete);
        }
        let keys = Keys::restored(self.keys, self.gone, self.late);
        Ok(Ledger::restored(self.accounts, self.terms, self.purses, self.holds, keys))
    }
}
