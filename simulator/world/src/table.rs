//! Rows by key, copy-on-write: a snapshot of a million rows costs a few thousand reference counts.
//!
//! Rows stand in small pages that grow as they fill, because rows own memory (a page is copied row by row when it is written
//! to after a snapshot) and a sandbox must cost little while it holds little; the ledger's flat, preallocated pages would
//! be wrong here. Cards and customers are too many even for that: they stand in a [`crate::dense::Dense`]. Rows are never removed one by one; what runs out is removed by [`Table::retain`], which rebuilds. Iteration
//! is in the order of arrival, so everything folded from the same events lists the same way.

use crate::index::Index;
use serde::{Serialize, de::DeserializeOwned};
use std::hash::{BuildHasher as _, Hash};
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
        self.index.insert(rows.at(number as usize).key(), number, |other, hasher| hasher.hash_one(rows.at(other as usize).key()));
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
