//! The ledger at one moment, taken in microseconds and written out at leisure on any thread, in checked chunks.
//!
//! The bytes are canonical: two ledgers with the same state give the same chunks, however they came to it.
//! A chunk: `kbledger`, version 1, section 1, part 4, items 4, the items, checksum 8 (over the chunk and the checksum
//! before it, so that no chunk can be missing, exchanged or of another snapshot). All numbers highest byte first.

use std::collections::BTreeMap;
use std::iter;
use std::mem;

use crate::account::{Account, Terms};
use crate::books::OpenHold;
use crate::digest;
use crate::keys::{Fate, Key};
use crate::ledger::Ledger;
use crate::pages::Pages;
use crate::posting::{PostingId, Sequence};
use crate::purse::{Lot, Purse};
use crate::slab::Slab;

pub(crate) const NAME: &[u8; 8] = b"kbledger";
pub(crate) const VERSION: u8 = 1;
pub(crate) const HEADER: usize = 18;
pub(crate) const CHECKSUM: usize = 8;

/// The most bytes a chunk has.
pub const MOST_IN_A_CHUNK: usize = 1 << 20;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub(crate) enum Section {
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
    pub(crate) const ALL: [Self; 10] =
        [Self::Head, Self::Terms, Self::Accounts, Self::Lots, Self::Spent, Self::Holds, Self::Parts, Self::Keys, Self::Late, Self::End];

    /// How many bytes an item has.
    pub(crate) const fn item(self) -> usize {
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
}

impl Snapshot {
    /// The sequence of the last posting in it; to be asked before its chunks are taken.
    pub fn sequence(&self) -> Sequence {
        Sequence(self.gone + self.keys.len() as u64)
    }

    /// The snapshot as bytes, a chunk of at most [`MOST_IN_A_CHUNK`] at a time. Accounts and keys are let go as they are
    /// written, so this gives all of it once: what is written to meanwhile is not in memory twice for longer than that.
    pub fn chunks(&mut self) -> impl Iterator<Item = Vec<u8>> {
        let (accounts, keys) = (mem::take(&mut self.accounts), mem::take(&mut self.keys));
        let owners: Vec<(u32, u32)> =
            (0_u32..).zip(accounts.iter()).filter_map(|(place, account)| Some((place, account.purse.checked_sub(1)?))).collect();
        let snapshot = &*self;
        let head = pack(Section::Head, iter::once(snapshot.gone.to_be_bytes()));
        let terms = pack(Section::Terms, snapshot.terms.iter().map(terms_item));
        let accounts = pack(Section::Accounts, accounts.into_items().map(|account| account_item(&account)));
        let lots = pack(Section::Lots, snapshot.lots(owners.clone()).map(|(owner, _, lot)| lot_item(owner, lot)));
        let spent = snapshot.lots(owners).flat_map(|(owner, number, lot)| {
            lot.spent
                .iter()
                .map(move |&(by, part)| item::<_, 32>([&owner.to_be_bytes(), &number.to_be_bytes(), &by.to_bytes(), &part.to_be_bytes()]))
        });
        let spent = pack(Section::Spent, spent);
        let mut open: Vec<&OpenHold> = snapshot.holds.iter().map(|(_, hold)| hold).collect();
        open.sort_unstable_by_key(|hold| hold.sequence);
        let holds = pack(Section::Holds, open.clone().into_iter().map(hold_item));
        let parts = (0_u32..).zip(open).flat_map(|(number, hold)| {
            hold.parts.iter().map(move |&(made_by, part)| item::<_, 28>([&number.to_be_bytes(), &made_by.to_bytes(), &part.to_be_bytes()]))
        });
        let parts = pack(Section::Parts, parts);
        let keys = pack(Section::Keys, keys.into_items().map(Key::to_bytes));
        let late = snapshot.late.iter().map(|(id, &fate)| item::<_, 17>([&id.to_bytes(), &[fate as u8]]));
        let late = pack(Section::Late, late);
        let end = pack(Section::End, iter::once([0_u8; 0]));
        let all = head.chain(terms).chain(accounts).chain(lots).chain(spent).chain(holds).chain(parts);
        all.chain(keys).chain(late).chain(end).enumerate().scan(0, |before, (part, chunk)| {
            let chunk = seal(chunk, part, *before);
            *before = checksum_of(&chunk);
            Some(chunk)
        })
    }

    /// Each lot with its owner's place and its number among the owner's, given the owners' places and the slots of their purses.
    fn lots(&self, owners: Vec<(u32, u32)>) -> impl Iterator<Item = (u32, u32, &Lot)> {
        owners.into_iter().flat_map(|(place, slot)| {
            let purse = self.purses.get(slot).expect("the account's purse is in its slot");
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
