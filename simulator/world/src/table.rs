//! Rows by key, copy-on-write: a snapshot of a million rows costs a few thousand reference counts.
//!
//! Rows stand in small pages that grow as they fill, because rows own memory (a page is copied row by row when it is written
//! to after a snapshot) and a sandbox must cost little while it holds little; the ledger's flat, preallocated pages would
//! be wrong here. Cards and customers are too many even for that: they stand in a [`crate::dense::Dense`]. Rows are never removed one by one; what runs out is removed by [`Table::retain`], which rebuilds. Iteration
//! is in the order of arrival, so everything folded from the same events lists the same way.

use hashbrown::{DefaultHashBuilder, HashTable};
use serde::{Serialize, de::DeserializeOwned};
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

/// A row that has a key of its own.
pub trait Keyed {
    /// What the row is found by.
    type Key: Hash + Eq;

    /// The row's key.
    fn key(&self) -> &Self::Key;
}

/// A row that is also kept by who looked at it.
impl<T: Keyed> Keyed for Arc<T> {
    type Key = T::Key;

    fn key(&self) -> &T::Key {
        (**self).key()
    }
}

/// An index over rows kept elsewhere: row numbers with half of their keys' hashes, no copies of keys. So it grows without a look at
/// the rows, which are millions and have gone cold, while everybody waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    rows: HashTable<Entry>,
    hasher: DefaultHashBuilder,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    row: u32,
    half: u32,
}

impl Entry {
    /// What it is found by: its half of a hash twice, because a place is taken from one end of it and a tag from the other.
    fn hash(self) -> u64 {
        u64::from(self.half) << 32 | u64::from(self.half)
    }
}

impl Index {
    fn entry(&self, key: &impl Hash, row: u32) -> Entry {
        Entry { row, half: (self.hasher.hash_one(key) >> 32) as u32 }
    }

    /// A row whose hash is that of `key` and that `matches`.
    pub(crate) fn find(&self, key: &impl Hash, mut matches: impl FnMut(u32) -> bool) -> Option<u32> {
        let sought = self.entry(key, 0);
        self.rows.find(sought.hash(), |entry| entry.half == sought.half && matches(entry.row)).map(|entry| entry.row)
    }

    /// Of all rows under `key` that `rank` gives a rank, the one of the highest rank, the latest among equals. So what is
    /// found does not depend on the order in which rows were entered, which a restored snapshot does not know.
    pub(crate) fn best<R: Ord>(&self, key: &impl Hash, rank: impl Fn(u32) -> Option<R>) -> Option<u32> {
        let sought = self.entry(key, 0);
        let alike = self.rows.iter_hash(sought.hash()).filter(|entry| entry.half == sought.half);
        alike.filter_map(|entry| Some((rank(entry.row)?, entry.row))).max().map(|(_, row)| row)
    }

    /// Adds `row` under `key`.
    pub(crate) fn insert(&mut self, key: &impl Hash, row: u32) {
        let entry = self.entry(key, row);
        self.rows.insert_unique(entry.hash(), entry, |other| other.hash());
    }

    /// An index over rows 0, 1, 2 … that have these keys. Rows are entered in the order of their places in the index: a
    /// million entered in another order would wait for memory a million times.
    pub(crate) fn over(keys: impl Iterator<Item = impl Hash>) -> Self {
        let mut index = Self::default();
        let mut entries: Vec<Entry> = keys.zip(0..).map(|(key, row)| index.entry(&key, row)).collect();
        index.rows.reserve(entries.len(), |other| other.hash());
        let places = index.rows.num_buckets() as u64;
        entries.sort_unstable_by_key(|entry| entry.hash() & places.wrapping_sub(1));
        for entry in entries {
            index.rows.insert_unique(entry.hash(), entry, |other| other.hash());
        }
        index
    }

    /// Takes `row` out from under `key`.
    pub(crate) fn remove(&mut self, key: &impl Hash, row: u32) {
        if let Ok(entry) = self.rows.find_entry(self.entry(key, row).hash(), |other| other.row == row) {
            entry.remove();
        }
    }
}

/// Rows to a page.
const PAGE: usize = 64;

/// Rows in pages that are shared until written to.
#[derive(Clone, Debug)]
struct Rows<T> {
    pages: Vec<Arc<Vec<T>>>,
    len: usize,
}

impl<T: Clone> Rows<T> {
    fn push(&mut self, row: T) {
        if let Some(page) = self.pages.last_mut().filter(|page| page.len() < PAGE) {
            Arc::make_mut(page).push(row);
        } else {
            // the first page grows with what it holds, those after it are made whole
            let mut page = Vec::with_capacity(if self.pages.is_empty() { 1 } else { PAGE });
            page.push(row);
            self.pages.push(Arc::new(page));
        }
        self.len += 1;
    }

    fn at(&self, row: usize) -> &T {
        &self.pages[row / PAGE][row % PAGE]
    }

    fn at_mut(&mut self, row: usize) -> &mut T {
        &mut Arc::make_mut(&mut self.pages[row / PAGE])[row % PAGE]
    }
}

/// Rows by key.
#[derive(Clone, Debug)]
pub struct Table<T> {
    rows: Rows<T>,
    index: Index,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Rows { pages: Vec::new(), len: 0 }, index: Index::default() }
    }
}

impl<T: Keyed + Clone> Table<T> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.len == 0
    }

    /// The number of the row with this key.
    pub fn find(&self, key: &T::Key) -> Option<u32> {
        self.index.find(key, |row| self.at(row).key() == key)
    }

    /// The row with this key.
    pub fn get(&self, key: &T::Key) -> Option<&T> {
        self.find(key).map(|row| self.at(row))
    }

    /// The row with this number.
    pub fn at(&self, row: u32) -> &T {
        self.rows.at(row as usize)
    }

    /// The row with this number, to be changed. Its key must stay as it is.
    pub(crate) fn at_mut(&mut self, row: u32) -> &mut T {
        self.rows.at_mut(row as usize)
    }

    /// Adds a row and gives its number.
    pub(crate) fn push(&mut self, row: T) -> u32 {
        let number = u32::try_from(self.rows.len).expect("a sandbox holds fewer than four billion rows of a kind");
        self.rows.push(row);
        let rows = &self.rows;
        self.index.insert(rows.at(number as usize).key(), number);
        number
    }

    /// All rows, in the order of arrival.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.pages.iter().flat_map(|page| page.iter())
    }

    /// Keeps only the rows that `keep` says; row numbers change.
    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        let kept: Vec<T> = self.iter().filter(|row| keep(row)).cloned().collect();
        *self = Self::default();
        for row in kept {
            self.push(row);
        }
    }
}

/// How many pages go into one chunk of a snapshot.
const CHUNK_PAGES: usize = 16;

/// A table's rows as they stood at one moment, without its index.
#[derive(Clone, Debug)]
pub(crate) struct Frozen<T>(Vec<Arc<Vec<T>>>);

impl<T> Default for Frozen<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Table<T> {
    /// The rows as they stand now; costs a reference count a page.
    pub(crate) fn freeze(&self) -> Frozen<T> {
        Frozen(self.rows.pages.clone())
    }
}

impl<T: Serialize> Frozen<T> {
    /// The rows as chunks of bytes. A page is let go when it is written: what changes meanwhile is in memory twice for that long.
    pub(crate) fn chunks(self) -> impl Iterator<Item = Vec<u8>> {
        let mut pages = self.0.into_iter();
        std::iter::from_fn(move || {
            let some: Vec<_> = pages.by_ref().take(CHUNK_PAGES).collect();
            let rows: Vec<&T> = some.iter().flat_map(|page| page.iter()).collect();
            (!rows.is_empty()).then(|| postcard::to_stdvec(&rows).expect("rows are plain data"))
        })
    }
}

impl<T: Keyed + Clone + DeserializeOwned> Table<T> {
    /// Adds the rows of one chunk; they are found only after [`Table::find_all`].
    pub(crate) fn take_chunk(&mut self, chunk: &[u8]) -> Result<(), postcard::Error> {
        for row in postcard::from_bytes::<Vec<T>>(chunk)? {
            self.rows.push(row);
        }
        Ok(())
    }

    /// Makes the index anew, over all rows.
    pub(crate) fn find_all(&mut self) {
        self.index = Index::over(self.iter().map(Keyed::key));
    }
}
