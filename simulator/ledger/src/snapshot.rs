//! The ledger at one moment, taken in microseconds and written out at leisure on any thread, in checked chunks.
//!
//! The bytes are canonical: two ledgers with the same state give the same chunks, however they came to it.
//! A chunk: `kbledger`, version 1, section 1, part 4, items 4, the items, checksum 8 (over the chunk and the checksum
//! before it, so that no chunk can be missing, exchanged or of another snapshot). All numbers highest byte first.

use std::collections::BTreeMap;
use std::fmt;
use std::iter;

use crate::account::{Account, Terms, TermsList};
use crate::books::OpenHold;
use crate::digest;
use crate::keys::{Fate, Key, Keys};
use crate::ledger::Ledger;
use crate::pages::Pages;
use crate::posting::{AccountId, Millis, PostingId, Sequence};
use crate::purse::{Lot, Purse};
use crate::slab::Slab;
use crate::unit::Unit;

const NAME: &[u8; 8] = b"kbledger";
const VERSION: u8 = 1;
const HEADER: usize = 18;
const CHECKSUM: usize = 8;

/// The most bytes a chunk has.
pub const MOST_IN_A_CHUNK: usize = 1 << 20;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
enum Section {
    Head = 1,
    Terms = 2,
    Accounts = 3,
    Lots = 4,
    Spent = 5,
    Holds = 6,
    Parts = 7,
    Keys = 8,
    Late = 9,
    End = 10,
}

impl Section {
    const ALL: [Self; 10] =
        [Self::Head, Self::Terms, Self::Accounts, Self::Lots, Self::Spent, Self::Holds, Self::Parts, Self::Keys, Self::Late, Self::End];

    /// How many bytes an item has.
    const fn item(self) -> usize {
        match self {
            Self::Head => 8,
            Self::Terms | Self::Late => 17,
            Self::Accounts | Self::Parts => 28,
            Self::Lots => 56,
            Self::Spent => 32,
            Self::Holds => 51,
            Self::Keys => 38,
            Self::End => 0,
        }
    }
}

/// The ledger as it stood when [`Ledger::snapshot`] was called.
#[derive(Clone, Debug)]
pub struct Snapshot {
    accounts: Pages<Account>,
    terms: Pages<Terms, 64>,
    purses: Slab<Purse>,
    holds: Slab<OpenHold>,
    keys: Pages<Key>,
    gone: u64,
    late: BTreeMap<PostingId, Fate>,
}

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
    /// The state of this moment. Cheap: later writes copy the pages they touch, not this.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            accounts: self.accounts.clone(),
            terms: self.terms.list().clone(),
            purses: self.purses.clone(),
            holds: self.holds.clone(),
            keys: self.keys.in_memory().clone(),
            gone: self.keys.gone(),
            late: self.keys.late().clone(),
        }
    }

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

impl Snapshot {
    /// The sequence of the last posting in it.
    pub fn sequence(&self) -> Sequence {
        Sequence(self.gone + self.keys.len() as u64)
    }

    /// The snapshot as bytes, a chunk of at most [`MOST_IN_A_CHUNK`] at a time.
    pub fn chunks(&self) -> impl Iterator<Item = Vec<u8>> {
        let head = pack(Section::Head, iter::once(self.gone.to_be_bytes()));
        let terms = pack(Section::Terms, self.terms.iter().map(terms_item));
        let accounts = pack(Section::Accounts, self.accounts.iter().map(account_item));
        let lots = pack(Section::Lots, self.lots().map(|(owner, _, lot)| lot_item(owner, lot)));
        let spent = self.lots().flat_map(|(owner, number, lot)| {
            lot.spent
                .iter()
                .map(move |&(by, part)| item::<_, 32>([&owner.to_be_bytes(), &number.to_be_bytes(), &by.to_bytes(), &part.to_be_bytes()]))
        });
        let spent = pack(Section::Spent, spent);
        let mut open: Vec<&OpenHold> = self.holds.iter().map(|(_, hold)| hold).collect();
        open.sort_unstable_by_key(|hold| hold.sequence);
        let holds = pack(Section::Holds, open.clone().into_iter().map(hold_item));
        let parts = (0_u32..).zip(open).flat_map(|(number, hold)| {
            hold.parts.iter().map(move |&(made_by, part)| item::<_, 28>([&number.to_be_bytes(), &made_by.to_bytes(), &part.to_be_bytes()]))
        });
        let parts = pack(Section::Parts, parts);
        let keys = pack(Section::Keys, self.keys.iter().map(|key| key.to_bytes()));
        let late = self.late.iter().map(|(id, &fate)| item::<_, 17>([&id.to_bytes(), &[fate as u8]]));
        let late = pack(Section::Late, late);
        let end = pack(Section::End, iter::once([0_u8; 0]));
        let all = head.chain(terms).chain(accounts).chain(lots).chain(spent).chain(holds).chain(parts);
        all.chain(keys).chain(late).chain(end).enumerate().scan(0, |before, (part, chunk)| {
            let chunk = seal(chunk, part, *before);
            *before = checksum_of(&chunk);
            Some(chunk)
        })
    }

    /// Each lot with its owner's place and its number among the owner's.
    fn lots(&self) -> impl Iterator<Item = (u32, u32, &Lot)> {
        let purses = (0_u32..).zip(self.accounts.iter()).filter(|(_, account)| account.purse > 0);
        purses.flat_map(|(place, account)| {
            let purse = self.purses.get(account.purse - 1).expect("the account's purse is in its slot");
            (0_u32..).zip(&purse.lots).map(move |(number, lot)| (place, number, lot))
        })
    }
}

/// Fields put together to an item.
fn item<const F: usize, const N: usize>(fields: [&[u8]; F]) -> [u8; N] {
    let mut bytes = [0; N];
    let mut end = 0;
    for field in fields {
        bytes[end..end + field.len()].copy_from_slice(field);
        end += field.len();
    }
    debug_assert_eq!(end, N, "the section says how long its items are");
    bytes
}

fn terms_item(terms: &Terms) -> [u8; 17] {
    item([&[terms.unit.code()], &terms.floor.to_be_bytes(), &terms.ceiling.to_be_bytes()])
}

fn account_item(account: &Account) -> [u8; 28] {
    item([&account.id.to_bytes(), &account.balance.to_be_bytes(), &account.terms.to_be_bytes()])
}

fn lot_item(owner: u32, lot: &Lot) -> [u8; 56] {
    item([
        &owner.to_be_bytes(),
        &lot.made_by.to_bytes(),
        &lot.sequence.to_be_bytes(),
        &lot.until.0.to_be_bytes(),
        &lot.issuer.to_be_bytes(),
        &lot.remaining.to_be_bytes(),
        &lot.frozen.to_be_bytes(),
    ])
}

fn hold_item(hold: &OpenHold) -> [u8; 51] {
    item([
        &hold.id.to_bytes(),
        &hold.sequence.to_be_bytes(),
        &hold.debit.to_be_bytes(),
        &hold.credit.to_be_bytes(),
        &hold.amount.to_be_bytes(),
        &hold.code.to_be_bytes(),
        &[u8::from(hold.until.is_some())],
        &hold.until.unwrap_or_default().0.to_be_bytes(),
    ])
}

/// Items to chunks: section, number of items, and the bytes with room left in front for the header.
fn pack<const N: usize>(section: Section, mut items: impl Iterator<Item = [u8; N]>) -> impl Iterator<Item = (Section, u32, Vec<u8>)> {
    debug_assert_eq!(section.item(), N);
    let most = (MOST_IN_A_CHUNK - HEADER - CHECKSUM) / N.max(1);
    iter::from_fn(move || {
        let mut chunk = vec![0; HEADER];
        let mut count = 0;
        for item in items.by_ref().take(most) {
            chunk.extend_from_slice(&item);
            count += 1;
        }
        (count > 0).then_some((section, count, chunk))
    })
}

fn seal((section, count, mut chunk): (Section, u32, Vec<u8>), part: usize, before: u64) -> Vec<u8> {
    let part = u32::try_from(part).expect("fewer than four billion chunks");
    let header: [u8; HEADER] = item([NAME, &[VERSION, section as u8], &part.to_be_bytes(), &count.to_be_bytes()]);
    chunk[..HEADER].copy_from_slice(&header);
    let checksum = digest::of_bytes(&chunk) ^ before.rotate_left(1);
    chunk.extend_from_slice(&checksum.to_be_bytes());
    chunk
}

fn checksum_of(chunk: &[u8]) -> u64 {
    chunk.last_chunk().map_or(0, |checksum| u64::from_be_bytes(*checksum))
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
