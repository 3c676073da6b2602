//! Which row a key stands in, for rows that are kept elsewhere: row numbers only, neither keys nor hashes of them.
//!
//! Whoever grows such an index has to look at every row in it, and everybody who wants the sandbox waits meanwhile: 160 ms with 131 000
//! cards. So a large one is in shards, which grow by themselves and not all on the same insertion. Half of each hash beside its row
//! would spare the look, and cost forty bytes a card.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::{BuildHasher as _, Hash};

/// The rows from which on an index is in shards: a small sandbox should not pay for them.
const LARGE: u32 = 8_192;
/// How many a large one has.
const SHARDS: usize = 64;

/// An index over rows kept elsewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// None while it is empty, one while it is small.
    shards: Vec<HashTable<u32>>,
    hasher: DefaultHashBuilder,
}

/// Which of so many shards a hash belongs to, by bits that a shard's own table does not look at.
fn place(hash: u64, shards: usize) -> usize {
    if shards == SHARDS { (hash >> 48) as usize % SHARDS } else { 0 }
}

impl Index {
    fn shard(&self, hash: u64) -> Option<&HashTable<u32>> {
        self.shards.get(place(hash, self.shards.len()))
    }

    /// A row whose hash is that of `key` and that `matches`.
    pub(crate) fn find(&self, key: &impl Hash, mut matches: impl FnMut(u32) -> bool) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        self.shard(hash)?.find(hash, |&row| matches(row)).copied()
    }

    /// Of all rows under `key` that `rank` gives a rank, the one of the highest rank, the latest among equals. So what is
    /// found does not depend on the order in which rows were entered, which a restored snapshot does not know.
    pub(crate) fn best<R: Ord>(&self, key: &impl Hash, rank: impl Fn(u32) -> Option<R>) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        let ranked = self.shard(hash)?.iter_hash(hash).filter_map(|&row| Some((rank(row)?, row)));
        ranked.max().map(|(_, row)| row)
    }

    /// Adds `row` under `key`; `hash_of` gives the hash of a row already there.
    pub(crate) fn insert(&mut self, key: &impl Hash, row: u32, hash_of: impl Fn(u32, &DefaultHashBuilder) -> u64) {
        match self.shards.as_slice() {
            [] => self.shards.push(HashTable::new()),
            [all] if all.len() >= LARGE as usize => {
                let entries = all.iter().map(|&other| (hash_of(other, &self.hasher), other)).collect();
                self.shards = sharded(entries);
            }
            _ => {}
        }
        let hasher = &self.hasher;
        let hash = hasher.hash_one(key);
        let place = place(hash, self.shards.len());
        self.shards[place].insert_unique(hash, row, |&other| hash_of(other, hasher));
    }

    /// An index over rows 0, 1, 2 … that have these keys.
    pub(crate) fn over(keys: impl Iterator<Item = impl Hash>) -> Self {
        let hasher = DefaultHashBuilder::default();
        let entries = keys.zip(0..).map(|(key, row)| (hasher.hash_one(&key), row)).collect();
        Self { shards: sharded(entries), hasher }
    }

    /// Takes `row` out from under `key`.
    pub(crate) fn remove(&mut self, key: &impl Hash, row: u32) {
        let hash = self.hasher.hash_one(key);
        let place = place(hash, self.shards.len());
        let Some(shard) = self.shards.get_mut(place) else { return };
        if let Ok(entry) = shard.find_entry(hash, |&other| other == row) {
            entry.remove();
        }
    }
}

/// Rows with their hashes, in as many shards as so many are worth. They are entered shard by shard: a million entered in another order
/// would wait for memory a million times.
fn sharded(mut entries: Vec<(u64, u32)>) -> Vec<HashTable<u32>> {
    let mut shards = vec![HashTable::new(); if entries.len() < LARGE as usize { 1 } else { SHARDS }];
    let count = shards.len();
    let never = |_: &u32| -> u64 { unreachable!("room was made for all rows") };
    entries.sort_unstable_by_key(|(hash, _)| place(*hash, count));
    for some in entries.chunk_by(|one, other| place(one.0, count) == place(other.0, count)) {
        let shard = &mut shards[place(some[0].0, count)];
        shard.reserve(some.len(), never);
        for (hash, row) in some {
            shard.insert_unique(*hash, *row, never);
        }
    }
    shards
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of a row; three rows share one.
    fn key(row: u32) -> u32 {
        row / 3
    }

    fn holds(index: &Index, rows: u32, gone: impl Fn(u32) -> bool) {
        for row in 0..rows {
            assert_eq!(index.find(&key(row), |found| found == row), (!gone(row)).then_some(row), "row {row} of {rows}");
        }
        for row in (0..rows).step_by(3) {
            let latest = (row..rows.min(row + 3)).rev().find(|row| !gone(*row));
            assert_eq!(index.best(&key(row), |found| (key(found) == key(row)).then_some(())), latest, "key {} of {rows}", key(row));
        }
        assert_eq!(index.find(&u32::MAX, |found| key(found) == u32::MAX), None);
    }

    #[test]
    fn every_row_is_found_while_an_index_grows_into_shards_and_beyond() {
        let mut index = Index::default();
        holds(&index, 0, |_| false);
        let most = 20 * LARGE;
        for row in 0..most {
            index.insert(&key(row), row, |other, hasher| hasher.hash_one(key(other)));
            if row.is_power_of_two() || row.abs_diff(LARGE) < 3 {
                holds(&index, row + 1, |_| false);
            }
        }
        holds(&index, most, |_| false);
        holds(&Index::over((0..most).map(key)), most, |_| false);
    }

    #[test]
    fn what_is_taken_out_is_not_found_and_the_rest_is() {
        for rows in [0, 1, LARGE - 1, LARGE, 3 * LARGE] {
            let mut index = Index::over((0..rows).map(key));
            for row in (0..rows).step_by(2) {
                index.remove(&key(row), row);
            }
            holds(&index, rows, |row| row % 2 == 0);
        }
    }

    #[test]
    fn shards_share_the_rows_and_none_of_them_all_at_once() {
        let index = Index::over(0..64 * LARGE);
        let each = || index.shards.iter().map(HashTable::len);
        let (least, most, fair) = (each().min(), each().max(), LARGE as usize);
        assert_eq!(index.shards.len(), SHARDS);
        assert!(least > Some(fair - fair / 10) && most < Some(fair + fair / 10), "{least:?} to {most:?}");
    }
}
