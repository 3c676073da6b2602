//! Short, stable, fast digests of ids and contents. They are equal on every machine and in every version, because
//! snapshots hold some of them. They are not cryptographic: tampering is for the log's hash chain to show.

use std::hash::{BuildHasher, Hasher};

use crate::posting::{Millis, PostingId};

const A: u64 = 0x9e37_79b9_7f4a_7c15;
const B: u64 = 0xd6e8_feb8_6659_fd93;
const C: u64 = 0xa076_1d64_78bd_642f;

/// The 128-bit product folded to 64 bits: every bit of either side reaches every bit of the result.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "both halves of the product are used")]
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128) * (b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Where an id stands in a hash index.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "both halves of the id are used")]
pub(crate) const fn of_id(id: u128) -> u64 {
    // one half after the other: a product of both would be nothing for 2^64 ids
    fold(fold(id as u64 ^ A, B) ^ (id >> 64) as u64 ^ C, A)
}

/// What of a posting's content stands beside kind, accounts and amount.
#[inline]
pub(crate) fn of_content(code: u16, refers_to: Option<PostingId>, stated: Option<i64>, until: Option<Millis>) -> u64 {
    let mut digest = fold(u64::from(code) ^ A, B);
    if let Some(PostingId(id)) = refers_to {
        digest = fold(digest ^ of_id(id), C);
    }
    if let Some(stated) = stated {
        digest = fold(digest ^ stated.cast_unsigned(), A ^ B);
    }
    if let Some(Millis(until)) = until {
        digest = fold(digest ^ until.cast_unsigned(), B ^ C);
    }
    digest
}

/// The checksum of a chunk of a snapshot.
pub(crate) fn of_bytes(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let digest = words.iter().fold(A, |digest, word| fold(digest ^ u64::from_be_bytes(*word), B));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    fold(fold(digest ^ u64::from_be_bytes(last), C) ^ bytes.len() as u64, A)
}

/// A posting's id made by the ledger itself: for the expiry, posted as `sequence`, of what `of` made.
/// `again` is 0 unless a client happened to use that very id.
pub(crate) const fn derived_id(of: PostingId, sequence: u64, again: u64) -> PostingId {
    let high = fold(of_id(of.0) ^ sequence, B ^ again);
    let low = fold(high ^ C, of_id(of.0 ^ 1) ^ again) ^ sequence;
    PostingId(((high as u128) << 64) | low as u128)
}

/// A hasher for small maps keyed by ids and places, the same in every run.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stable(u64);

impl BuildHasher for Stable {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(A)
    }
}

impl Hasher for Stable {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = fold(self.0 ^ of_bytes(bytes), C);
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = fold(self.0 ^ u64::from(number), C);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = fold(self.0 ^ number, C);
    }

    fn write_u128(&mut self, number: u128) {
        self.0 = fold(self.0 ^ of_id(number), C);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn neighbouring_ids_do_not_meet() {
        let digests: BTreeSet<_> = (0..20_000).flat_map(|id| [of_id(id), of_id(id << 64), of_id(id << 100)]).collect();
        assert_eq!(digests.len(), 3 * 20_000 - 2, "id 0 is there three times");
    }

    #[test]
    fn every_field_of_a_content_counts() {
        let id = Some(PostingId(5));
        let digests = [
            of_content(5, None, None, None),
            of_content(6, None, None, None),
            of_content(5, id, None, None),
            of_content(5, None, Some(5), None),
            of_content(5, None, None, Some(Millis(5))),
            of_content(5, id, Some(5), None),
            of_content(5, id, None, Some(Millis(5))),
            of_content(5, None, Some(5), Some(Millis(5))),
            of_content(5, None, Some(0), None),
        ];
        assert_eq!(digests.iter().collect::<BTreeSet<_>>().len(), digests.len());
    }

    #[test]
    fn a_flipped_bit_or_another_length_changes_the_checksum() {
        let bytes = [7_u8; 21];
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut other = bytes;
                other[place] ^= 1 << bit;
                assert_ne!(of_bytes(&other), of_bytes(&bytes));
            }
        }
        assert_ne!(of_bytes(&[0; 8]), of_bytes(&[0; 9]));
    }

    #[test]
    fn digests_are_the_same_in_every_version() {
        assert_eq!(of_id(1), 3_639_343_151_601_447_788);
        assert_eq!(of_bytes(b"kabao"), 13_483_405_124_906_728_796);
        assert_eq!(of_content(7, Some(PostingId(1)), Some(2), Some(Millis(3))), 12_015_591_434_113_527_010);
        assert_eq!(derived_id(PostingId(1), 2, 0), PostingId(70_761_327_804_524_916_363_651_121_339_569_352_249));
    }
}
