//! Idempotency: what is remembered of each posting, 38 bytes and its place in the hash index, so that a repeated id
//! gets the first result and a reused one is refused.
//!
//! Keys stand in order of their sequence. Beyond a declared count the oldest whole pages may move out to a
//! [`KeyIndex`]; what happens later to a posting whose key is out (it is reversed, its hold is settled) waits here
//! as a late fate until that has moved out as well. See `why-do-old-keys-leave-memory.md`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::digest;
use crate::index::Index;
use crate::pages::Pages;
use crate::posting::{AccountId, Kind, Posting, PostingId, Sequence};

/// How much of a content's digest is kept.
pub(crate) const KEPT_OF_CONTENT: u64 = (1 << 41) - 1;
const PAGE: usize = 1024;

/// What became of a posting.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Fate {
    /// It stands; a hold is open.
    Standing = 0,
    /// A transfer or confirmation: it was reversed.
    Reversed = 1,
    /// A hold: it was confirmed.
    Confirmed = 2,
    /// A hold: it was released.
    Released = 3,
    /// A hold: it expired.
    Expired = 4,
}

impl Fate {
    /// What a later posting of this kind makes of the posting it refers to; nothing for the other kinds.
    pub const fn made_by(later: Kind) -> Option<Self> {
        match later {
            Kind::Reverse => Some(Self::Reversed),
            Kind::Confirm => Some(Self::Confirmed),
            Kind::Release => Some(Self::Released),
            Kind::Expire => Some(Self::Expired),
            Kind::Transfer | Kind::Hold | Kind::LotExpiry | Kind::StatedUp | Kind::StatedDown => None,
        }
    }

    /// The fate of a stored number, or nothing for one this version does not know.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Standing),
            1 => Some(Self::Reversed),
            2 => Some(Self::Confirmed),
            3 => Some(Self::Released),
            4 => Some(Self::Expired),
            _ => None,
        }
    }
}

/// All that the ledger needs to know of a posting it no longer remembers itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyRecord {
    /// The posting.
    pub id: PostingId,
    /// Its place among all.
    pub sequence: Sequence,
    /// What it did.
    pub kind: Kind,
    /// The account that gave.
    pub debit: AccountId,
    /// The account that received.
    pub credit: AccountId,
    /// How much.
    pub amount: i64,
    /// Digest of the rest of its content ([`KeyRecord::of`] computes it; 41 bits).
    pub content: u64,
    /// What became of it.
    pub fate: Fate,
}

impl KeyRecord {
    /// The record of a posting's row, with the fate that later rows made of it: an index kept as a table of
    /// postings needs to store nothing else.
    pub fn of(sequence: Sequence, posting: &Posting, fate: Fate) -> Self {
        let Posting { id, kind, debit, credit, amount, .. } = *posting;
        Self { id, sequence, kind, debit, credit, amount, content: content_of(posting), fate }
    }
}

/// The index of keys could not be read: whether the posting was made is unknown, so nothing is decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the index of older postings could not be read")
    }
}

impl std::error::Error for Unreadable {}

/// Where keys live that left memory. It is asked for every id not in memory, so it should have a quick *no*
/// (a filter in memory, for instance).
pub trait KeyIndex: Send + Sync + fmt::Debug {
    /// The record of this id, if it was handed out by [`crate::Ledger::keys_to_move`].
    ///
    /// # Errors
    /// [`Unreadable`] when it cannot tell; the instruction is then refused and may be sent again.
    fn lookup(&self, id: PostingId) -> Result<Option<KeyRecord>, Unreadable>;
}

/// Keys on their way out of memory: store all of it, then call [`crate::Ledger::forget_keys`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KeysToMove {
    /// The oldest keys in memory, in order of their sequence; whole pages of 1 024.
    pub keys: Vec<KeyRecord>,
    /// What became of postings whose keys moved out earlier.
    pub fates: Vec<(PostingId, Fate)>,
}

impl KeysToMove {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.fates.is_empty()
    }
}

/// The digest kept of what is not kept itself: business code, reference, stated total, expiry.
pub(crate) fn content_of(posting: &Posting) -> u64 {
    digest::of_content(posting.code, posting.refers_to, posting.stated, posting.until) & KEPT_OF_CONTENT
}

/// A key in memory. Packed: the four bytes an alignment of eight or more would waste are a tenth of it.
#[derive(Clone, Copy, Default, Debug)]
#[repr(C, packed(2))]
pub(crate) struct Key {
    id: u128,
    amount: i64,
    debit: u32,
    credit: u32,
    /// Kind in 4 bits, fate in 3, then the low 25 of the content's digest; the other 16 follow.
    mark: u32,
    more: u16,
}

const _: () = assert!(size_of::<Key>() == 38, "fifty million of them are counted on");

impl Key {
    #[expect(clippy::cast_possible_truncation, reason = "the digest's 41 bits are split into 25 and 16")]
    pub(crate) fn new(posting: &Posting, debit: u32, credit: u32) -> Self {
        let content = content_of(posting);
        let mark = u32::from(posting.kind.code()) << 28 | (content & 0x1ff_ffff) as u32;
        Self { id: posting.id.0, amount: posting.amount, debit, credit, mark, more: (content >> 25) as u16 }
    }

    pub(crate) fn id(&self) -> PostingId {
        PostingId(self.id)
    }

    fn with_fate(self, fate: Fate) -> Self {
        Self { mark: self.mark & !(7 << 25) | (fate as u32) << 25, ..self }
    }

    pub(crate) fn found(self, sequence: u64) -> Found {
        Found {
            sequence,
            kind: Kind::from_code((self.mark >> 28) as u8).expect("the mark was made from a kind"),
            debit: self.debit,
            credit: self.credit,
            amount: self.amount,
            content: u64::from(self.mark & 0x1ff_ffff) | u64::from(self.more) << 25,
            fate: Fate::from_code((self.mark >> 25 & 7) as u8).expect("the mark was made from a fate"),
        }
    }

    pub(crate) fn to_bytes(self) -> [u8; 38] {
        let mut bytes = [0; 38];
        bytes[..16].copy_from_slice(&{ self.id }.to_be_bytes());
        bytes[16..24].copy_from_slice(&{ self.amount }.to_be_bytes());
        bytes[24..28].copy_from_slice(&{ self.debit }.to_be_bytes());
        bytes[28..32].copy_from_slice(&{ self.credit }.to_be_bytes());
        bytes[32..36].copy_from_slice(&{ self.mark }.to_be_bytes());
        bytes[36..].copy_from_slice(&{ self.more }.to_be_bytes());
        bytes
    }

    /// The key of its bytes, unless they name an unknown kind, fate or account (places from `accounts` on).
    pub(crate) fn from_bytes(bytes: &[u8; 38], accounts: usize) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (amount, rest) = rest.split_first_chunk::<8>()?;
        let (words, rest) = rest.split_first_chunk::<12>()?;
        let [debit, credit, mark] =
            [&words[..4], &words[4..8], &words[8..]].map(|word| u32::from_be_bytes(word.try_into().expect("four bytes")));
        let more = u16::from_be_bytes(rest.try_into().ok()?);
        let kind = u8::try_from(mark >> 28).ok().and_then(Kind::from_code);
        let fate = u8::try_from(mark >> 25 & 7).ok().and_then(Fate::from_code);
        let known = (debit as usize) < accounts && (credit as usize) < accounts;
        let key = Self { id: u128::from_be_bytes(*id), amount: i64::from_be_bytes(*amount), debit, credit, mark, more };
        (kind.is_some() && fate.is_some() && known).then_some(key)
    }
}

/// A key as the rules see it, wherever it was; accounts by their places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) sequence: u64,
    pub(crate) kind: Kind,
    pub(crate) debit: u32,
    pub(crate) credit: u32,
    pub(crate) amount: i64,
    pub(crate) content: u64,
    pub(crate) fate: Fate,
}

/// All keys in memory, the way to those that are not, and what became of the latter.
#[derive(Clone, Default, Debug)]
pub(crate) struct Keys {
    inside: Pages<Key, PAGE>,
    index: Index,
    /// How many keys before the first one here have left.
    gone: u64,
    late: BTreeMap<PostingId, Fate>,
    beyond: Option<(usize, Arc<dyn KeyIndex>)>,
}

impl Keys {
    pub(crate) fn restored(keys: Pages<Key, PAGE>, gone: u64, late: BTreeMap<PostingId, Fate>) -> Self {
        let mut restored = Self { index: Index::with_room_for(keys.len()), inside: Pages::new(), gone, late, beyond: None };
        for (place, key) in keys.iter().enumerate() {
            restored.index.insert(digest::of_id(key.id), stored(gone, place));
        }
        restored.inside = keys;
        restored
    }

    pub(crate) fn keep_at_most(&mut self, limit: usize, index: Arc<dyn KeyIndex>) {
        self.beyond = Some((limit, index));
    }

    pub(crate) fn in_memory(&self) -> &Pages<Key, PAGE> {
        &self.inside
    }

    pub(crate) fn gone(&self) -> u64 {
        self.gone
    }

    pub(crate) fn late(&self) -> &BTreeMap<PostingId, Fate> {
        &self.late
    }

    /// The sequence of the last posting.
    #[inline]
    pub(crate) fn sequence(&self) -> u64 {
        self.gone + self.inside.len() as u64
    }

    #[inline]
    fn place_of(&self, id: PostingId) -> Option<usize> {
        let (keys, gone) = (&self.inside, self.gone);
        let found = self.index.find(digest::of_id(id.0), |other| keys[place(gone, other)].id() == id);
        found.map(|stored| place(gone, stored))
    }

    #[inline]
    pub(crate) fn in_memory_key(&self, id: PostingId) -> Option<Found> {
        self.place_of(id).map(|place| self.inside[place].found(self.gone + place as u64 + 1))
    }

    /// Reads the part of the index where an id would stand.
    #[inline]
    pub(crate) fn touch(&self, id: PostingId) -> u64 {
        self.index.touch(digest::of_id(id.0))
    }

    /// The key of an id, in memory or beyond; `find` says where an account is.
    #[inline]
    pub(crate) fn get(&self, id: PostingId, find: impl Fn(AccountId) -> Option<u32>) -> Result<Option<Found>, Unreadable> {
        match (self.in_memory_key(id), &self.beyond) {
            (Some(found), _) => Ok(Some(found)),
            (None, None) => Ok(None),
            (None, Some((_, index))) => self.ask(&**index, id, find),
        }
    }

    #[cold]
    fn ask(&self, index: &dyn KeyIndex, id: PostingId, find: impl Fn(AccountId) -> Option<u32>) -> Result<Option<Found>, Unreadable> {
        // an index may already hold postings that are still in memory, or be ahead of a ledger being replayed
        let Some(record) = index.lookup(id)?.filter(|record| record.sequence.0 <= self.gone) else {
            return Ok(None);
        };
        Ok(Some(Found {
            sequence: record.sequence.0,
            kind: record.kind,
            debit: find(record.debit).ok_or(Unreadable)?,
            credit: find(record.credit).ok_or(Unreadable)?,
            amount: record.amount,
            content: record.content,
            fate: self.late.get(&id).copied().unwrap_or(record.fate),
        }))
    }

    /// Remembers the next posting.
    #[inline]
    pub(crate) fn add(&mut self, key: Key) {
        let stored = stored(self.gone, self.inside.push(key));
        self.index.insert(digest::of_id(key.id), stored);
    }

    pub(crate) fn set_fate(&mut self, id: PostingId, fate: Fate) {
        match self.place_of(id) {
            Some(place) => self.inside[place] = self.inside[place].with_fate(fate),
            None => drop(self.late.insert(id, fate)),
        }
    }

    /// How many keys are in memory beyond the limit.
    pub(crate) fn over(&self) -> usize {
        self.beyond.as_ref().map_or(0, |(limit, _)| self.inside.len().saturating_sub(*limit))
    }

    pub(crate) fn to_move(&self, skip: usize, most: usize, account: impl Fn(u32) -> AccountId) -> KeysToMove {
        if self.beyond.is_none() {
            return KeysToMove::default();
        }
        let skip = skip.next_multiple_of(PAGE);
        let end = skip + self.over().saturating_sub(skip).min(most) / PAGE * PAGE;
        let keys = (skip..end).map(|place| {
            let key = self.inside[place];
            let found = key.found(self.gone + place as u64 + 1);
            KeyRecord {
                id: key.id(),
                sequence: Sequence(found.sequence),
                kind: found.kind,
                debit: account(found.debit),
                credit: account(found.credit),
                amount: found.amount,
                content: found.content,
                fate: found.fate,
            }
        });
        let fates = if skip == 0 { self.late.iter().map(|(&id, &fate)| (id, fate)).collect() } else { Vec::new() };
        KeysToMove { keys: keys.collect(), fates }
    }

    pub(crate) fn forget(&mut self, moved: &KeysToMove) {
        for (id, fate) in &moved.fates {
            if self.late.get(id) == Some(fate) {
                self.late.remove(id);
            }
        }
        // only what is still the front, and with the fate that was stored, else the caller is told again
        for page in moved.keys.chunks_exact(PAGE) {
            let first = page[0].sequence.0;
            if first != self.gone + 1 || self.inside.len() < PAGE {
                return;
            }
            for (place, record) in page.iter().enumerate() {
                let (key, stored) = (self.inside[place], stored(self.gone, place));
                self.index.remove(digest::of_id(key.id), stored);
                let fate = key.found(0).fate;
                if fate != record.fate {
                    self.late.insert(key.id(), fate);
                }
            }
            self.gone += self.inside.drop_first_pages(1) as u64;
        }
    }
}

/// The index holds 32 bits of a key's absolute place; the window in memory is always narrower.
#[expect(clippy::cast_possible_truncation, reason = "wrapping is meant: differences within the window stay right")]
fn stored(gone: u64, place: usize) -> u32 {
    gone.wrapping_add(place as u64) as u32
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "wrapping is meant: differences within the window stay right")]
fn place(gone: u64, stored: u32) -> usize {
    stored.wrapping_sub(gone as u32) as usize
}
