//! A quick *no* for ids that were never kept: a Bloom filter in memory, one line of the processor's cache an id.
//!
//! Sixteen bits an id make one wrong *perhaps* in some hundreds; it only costs a look into the file. It never grows beyond
//! [`MOST_BLOCKS`]: an older sandbox gets more wrong *perhapses*, not more memory.

use std::sync::atomic::{AtomicU64, Ordering};

/// Words of 64 bits that one id is looked for in.
const BLOCK: usize = 8;
/// Bits set for an id.
const BITS: u32 = 6;
/// Ids a block is meant for.
const IDS: u64 = 32;
/// Blocks of the smallest filter: 64 KiB.
const LEAST_BLOCKS: u64 = 1 << 10;
/// Blocks of the largest filter: 64 MiB.
const MOST_BLOCKS: u64 = 1 << 20;

pub(super) struct Filter {
    words: Box<[AtomicU64]>,
}

impl Filter {
    /// One with room for so many ids, and for as many again.
    pub(super) fn for_ids(ids: u64) -> Self {
        let blocks = (2 * ids / IDS).next_power_of_two().clamp(LEAST_BLOCKS, MOST_BLOCKS);
        let words = usize::try_from(blocks).expect("at most a million") * BLOCK;
        Self { words: (0..words).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Whether so many ids are more than it was made for, and a larger one can be made.
    pub(super) fn is_small_for(&self, ids: u64) -> bool {
        let blocks = (self.words.len() / BLOCK) as u64;
        ids > blocks * IDS && blocks < MOST_BLOCKS
    }

    pub(super) fn add(&self, id: u128) {
        let (block, bits) = self.place(id);
        for (word, bit) in bits {
            self.words[block + word].fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// False: it was never added.
    pub(super) fn may_hold(&self, id: u128) -> bool {
        let (block, mut bits) = self.place(id);
        bits.all(|(word, bit)| self.words[block + word].load(Ordering::Relaxed) & bit != 0)
    }

    /// Where a block begins, and the words and bits in it.
    #[expect(clippy::cast_possible_truncation, reason = "both halves of the id, and of the product, are used")]
    fn place(&self, id: u128) -> (usize, impl Iterator<Item = (usize, u64)>) {
        let fold = |a: u64, b: u64| {
            let product = u128::from(a) * u128::from(b);
            product as u64 ^ (product >> 64) as u64
        };
        // one half after the other: a product of both would be nothing for 2^64 ids
        let low = fold(id as u64 ^ 0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93);
        let one = fold(low ^ (id >> 64) as u64 ^ 0xa076_1d64_78bd_642f, 0x9e37_79b9_7f4a_7c15);
        let other = fold(one ^ 0xd6e8_feb8_6659_fd93, 0xa076_1d64_78bd_642f);
        let blocks = self.words.len() / BLOCK;
        let block = (one as usize & (blocks - 1)) * BLOCK;
        // nine bits of the other number choose a word and a bit in it, six times over
        let bits = (0..BITS).map(move |n| {
            let nine = other >> (n * 9) & 0x1ff;
            ((nine >> 6) as usize, 1 << (nine & 63))
        });
        (block, bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_found_and_little_else() {
        let filter = Filter::for_ids(20_000);
        // as bad as ids get: one behind the other
        (0..40_000).for_each(|id| filter.add(id));
        assert!((0..40_000).all(|id| filter.may_hold(id)));
        let wrong = (1_000_000..1_100_000).filter(|&id| filter.may_hold(id)).count();
        assert!(wrong < 1_000, "{wrong} of 100000");
        assert!(!filter.is_small_for(40_000) && filter.is_small_for(200_000));
    }

    #[test]
    fn it_stops_growing() {
        let largest = Filter::for_ids(u64::MAX / 4);
        assert_eq!(largest.words.len() * 8, 64 << 20);
        assert!(!largest.is_small_for(u64::MAX));
    }
}
