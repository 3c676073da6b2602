//! Rows by key, packed: for cards and customers, of which there are millions.
//!
//! A row is kept as the bytes a snapshot writes, some rows end to end in a page that is shared until it is written to. No text
//! has an allocation of its own, nothing is paid for what a row lacks, and a page that a snapshot still holds is copied in one
//! piece. The price: who looks at a row gets a value of its own. Smaller kinds stand in a [`crate::table::Table`].
//! A row's key must be its first field: it is found by its bytes.

use crate::index::Index;
use crate::table::Keyed;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::hash::BuildHasher;
use std::marker::PhantomData;
use std::sync::Arc;

/// Rows to a page.
const ROWS: usize = 64;
/// Bytes that a full page gets beyond its rows once one of them grows, so that not each of them moves it.
const ROOM: usize = 256;
/// Bytes of a key that is looked for without a place of its own in memory.
const SHORT_KEY: usize = 64;
/// How many pages go into one chunk of a snapshot.
const CHUNK_PAGES: usize = 32;

/// Some rows end to end.
#[derive(Debug, Default)]
struct Page {
    bytes: Vec<u8>,
    /// Where each row ends.
    ends: Vec<u32>,
}

impl Clone for Page {
    fn clone(&self) -> Self {
        let mut bytes = Vec::with_capacity(self.bytes.len() + ROOM);
        bytes.extend_from_slice(&self.bytes);
        Self { bytes, ends: self.ends.clone() }
    }
}

impl Page {
    fn span(&self, row: usize) -> (usize, usize) {
        (row.checked_sub(1).map_or(0, |before| self.ends[before] as usize), self.ends[row] as usize)
    }

    fn row(&self, row: usize) -> &[u8] {
        let (from, to) = self.span(row);
        &self.bytes[from..to]
    }

    fn push(&mut self, row: &[u8]) {
        self.bytes.extend_from_slice(row);
        self.ends.push(end(self.bytes.len()));
        if self.ends.len() == ROWS {
            self.bytes.shrink_to_fit();
        }
    }

    fn replace(&mut self, row: usize, new: &[u8]) {
        let ((from, to), len) = (self.span(row), self.bytes.len());
        let end_now = from + new.len();
        if end_now > to {
            let more = end_now - to;
            if self.bytes.capacity() < len + more {
                self.bytes.reserve_exact(more + ROOM);
            }
            self.bytes.resize(len + more, 0);
        }
        self.bytes.copy_within(to..len, end_now);
        self.bytes.truncate(len - to + end_now);
        self.bytes[from..end_now].copy_from_slice(new);
        for end_of in &mut self.ends[row..] {
            *end_of = end(*end_of as usize - to + end_now);
        }
    }
}

fn end(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("what a request can bring is bounded far below four gigabytes a page")
}

fn packed(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("rows are plain data")
}

/// Rows by key, packed.
#[derive(Clone, Debug)]
pub struct Dense<T> {
    pages: Vec<Arc<Page>>,
    len: usize,
    index: Index,
    holds: PhantomData<fn() -> T>,
}

impl<T> Default for Dense<T> {
    fn default() -> Self {
        Self { pages: Vec::new(), len: 0, index: Index::default(), holds: PhantomData }
    }
}

impl<T> Dense<T> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn bytes(&self, row: usize) -> &[u8] {
        self.pages[row / ROWS].row(row % ROWS)
    }

    fn keep(&mut self, row: &[u8]) {
        if self.pages.last().is_none_or(|page| page.ends.len() == ROWS) {
            self.pages.push(Arc::default());
        }
        Arc::make_mut(self.pages.last_mut().expect("one was added when there was none")).push(row);
        self.len += 1;
    }

    /// The first fields of a row, read where they stand: `F`'s fields are the first ones of `T`.
    pub(crate) fn front<'a, F: Deserialize<'a>>(&'a self, row: u32) -> F {
        let (front, _) = postcard::take_from_bytes(self.bytes(row as usize)).expect("a row begins with its first fields");
        front
    }

    /// The rows as they stand now; costs a reference count a page.
    pub(crate) fn freeze(&self) -> Frozen {
        Frozen(self.pages.clone())
    }
}

impl<T: Keyed<Key: Serialize + DeserializeOwned> + Serialize + DeserializeOwned> Dense<T> {
    /// The number of the row with this key.
    pub fn find(&self, key: &T::Key) -> Option<u32> {
        let mut short = [0; SHORT_KEY];
        let long;
        let key = if let Ok(key) = postcard::to_slice(key, &mut short) {
            &*key
        } else {
            long = packed(key);
            &long[..]
        };
        // a key tells its own length, so none is the beginning of another
        self.index.find(&key, |row| self.bytes(row as usize).starts_with(key))
    }

    /// The row with this key.
    pub fn get(&self, key: &T::Key) -> Option<T> {
        self.find(key).map(|row| self.at(row))
    }

    /// The row with this number.
    pub fn at(&self, row: u32) -> T {
        postcard::from_bytes(self.bytes(row as usize)).expect("rows were packed here, or read once when they came in a snapshot")
    }

    /// All rows, in the order of arrival.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = T> + ExactSizeIterator {
        let rows = 0..u32::try_from(self.len).expect("rows are numbered with 32 bits");
        rows.map(|row| self.at(row))
    }

    fn key_of(&self, row: usize) -> &[u8] {
        let bytes = self.bytes(row);
        let (_, rest) = postcard::take_from_bytes::<T::Key>(bytes).expect("a row begins with its key");
        &bytes[..bytes.len() - rest.len()]
    }

    /// Adds a row and gives its number.
    pub(crate) fn push(&mut self, row: &T) -> u32 {
        let number = u32::try_from(self.len).expect("a sandbox holds fewer than four billion rows of a kind");
        self.keep(&packed(row));
        let mut index = std::mem::take(&mut self.index);
        index.insert(&self.key_of(number as usize), number, |other, hasher| hasher.hash_one(self.key_of(other as usize)));
        self.index = index;
        number
    }

    /// Changes the row with this number. Its key must stay as it is.
    pub(crate) fn change<R>(&mut self, row: u32, change: impl FnOnce(&mut T) -> R) -> R {
        let (mut value, place) = (self.at(row), row as usize);
        let result = change(&mut value);
        let new = packed(&value);
        if self.bytes(place) != new {
            Arc::make_mut(&mut self.pages[place / ROWS]).replace(place % ROWS, &new);
        }
        result
    }

    /// Adds the rows of one chunk; they are found only after [`Dense::find_all`].
    pub(crate) fn take_chunk(&mut self, chunk: &[u8]) -> Result<(), postcard::Error> {
        let (count, mut rest) = postcard::take_from_bytes::<usize>(chunk)?;
        for _ in 0..count {
            // read, so that a row that cannot be is found now and not by a call
            let (_, behind) = postcard::take_from_bytes::<T>(rest)?;
            self.keep(&rest[..rest.len() - behind.len()]);
            rest = behind;
        }
        Ok(())
    }

    /// Makes the index anew, over all rows.
    pub(crate) fn find_all(&mut self) {
        self.index = Index::over((0..self.len).map(|row| self.key_of(row)));
    }
}

/// A table's rows as they stood at one moment, without its index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frozen(Vec<Arc<Page>>);

impl Frozen {
    /// The rows as chunks of bytes, as [`crate::table::Frozen::chunks`] writes them. A page is let go when it is written.
    pub(crate) fn chunks(self) -> impl Iterator<Item = Vec<u8>> {
        let mut pages = self.0.into_iter();
        std::iter::from_fn(move || {
            let some: Vec<_> = pages.by_ref().take(CHUNK_PAGES).collect();
            let rows: usize = some.iter().map(|page| page.ends.len()).sum();
            (rows > 0).then(|| {
                let mut chunk = packed(&rows);
                for page in &some {
                    chunk.extend_from_slice(&page.bytes);
                }
                chunk
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
    struct Row {
        key: String,
        text: String,
        list: Vec<u64>,
    }

    impl Keyed for Row {
        type Key = String;
        fn key(&self) -> &String {
            &self.key
        }
    }

    fn row(number: usize, text: &str) -> Row {
        Row { key: format!("k{number}"), text: text.to_owned(), list: vec![number as u64; number % 3] }
    }

    /// Rows that are added, and what some become; a copy is taken now and then.
    fn steps() -> impl Strategy<Value = Vec<(usize, String, bool)>> {
        proptest::collection::vec((0..400_usize, "[a-z茶]{0,40}", proptest::bool::weighted(0.05)), 0..600)
    }

    proptest! {
        #[test]
        fn it_holds_what_a_list_holds_and_a_copy_what_was_there_when_it_was_taken(steps in steps()) {
            let (mut dense, mut list) = (Dense::<Row>::default(), Vec::<Row>::new());
            let mut copies = Vec::new();
            for (place, text, copy) in steps {
                if place < list.len() {
                    list[place].text.clone_from(&text);
                    dense.change(u32::try_from(place).unwrap(), |row| row.text = text);
                } else {
                    list.push(row(list.len(), &text));
                    dense.push(list.last().unwrap());
                }
                if copy {
                    copies.push((dense.freeze(), list.clone()));
                }
            }
            copies.push((dense.freeze(), list.clone()));
            for (number, row) in (0..).zip(&list) {
                prop_assert_eq!((dense.find(&row.key), dense.get(&row.key)), (Some(number), Some(row.clone())));
            }
            prop_assert_eq!(dense.find(&"k".to_owned()), None);
            for (frozen, list) in copies {
                let mut again = Dense::<Row>::default();
                for chunk in frozen.chunks() {
                    prop_assert_eq!(&postcard::to_stdvec(&postcard::from_bytes::<Vec<Row>>(&chunk).unwrap()).unwrap(), &chunk);
                    again.take_chunk(&chunk).unwrap();
                }
                again.find_all();
                prop_assert!(again.iter().eq(list.iter().cloned()));
                prop_assert!(list.iter().all(|row| again.get(&row.key).as_ref() == Some(row)));
            }
        }
    }

    #[test]
    fn a_snapshot_lets_go_of_each_page_when_it_is_written() {
        let mut dense = Dense::<Row>::default();
        for number in 0..3 * ROWS * CHUNK_PAGES {
            dense.push(&row(number, "x"));
        }
        let held = |dense: &Dense<Row>| dense.pages.iter().filter(|page| Arc::strong_count(page) > 1).count();
        let mut chunks = dense.freeze().chunks();
        assert_eq!(held(&dense), 3 * CHUNK_PAGES);
        assert!(chunks.next().is_some());
        assert_eq!(held(&dense), 2 * CHUNK_PAGES);
        assert_eq!(chunks.count(), 2);
    }

    #[test]
    fn a_cut_chunk_is_refused() {
        let mut dense = Dense::<Row>::default();
        dense.push(&row(1, "tea"));
        let chunk = dense.freeze().chunks().next().unwrap();
        for len in 0..chunk.len() {
            assert!(Dense::<Row>::default().take_chunk(&chunk[..len]).is_err(), "{len} bytes of {} were taken", chunk.len());
        }
    }

    #[test]
    fn the_first_fields_are_read_where_they_stand() {
        #[derive(Deserialize)]
        struct Front<'a> {
            key: &'a str,
            text: &'a str,
        }
        let mut dense = Dense::<Row>::default();
        dense.push(&row(1, "tea"));
        let front: Front<'_> = dense.front(0);
        assert_eq!((front.key, front.text), ("k1", "tea"));
    }
}
