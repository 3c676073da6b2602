//! The hash index from an id to its place in an arena; the ids themselves stay in the arena.
//!
//! Ten entries share a line of the processor's cache: 16 bits of hash and the place each, so a look-up costs one miss
//! where `hashbrown::HashTable` costs two. The 16 bits also say where in its shard an entry belongs, so growing reads
//! no ids (a million scattered reads otherwise), and shards grow by three eighths, not all at the same time: about nine
//! bytes an entry, and no posting waits for the move of more than a few thousand. Past some twenty million entries
//! more of the 16 bits go into finding the line and false hits, which cost a look at the arena, become more frequent.

const SHARDS: usize = 4096;
const SLOTS: usize = 10;
/// Four times one in 16-bit lanes.
const LANES: u64 = 0x0001_0001_0001_0001;

#[derive(Clone, Copy, Default, Debug)]
#[repr(C, align(64))]
struct Line {
    /// Two bytes a slot, 0 for an empty one. Filled slots come first.
    tags: [u8; 2 * SLOTS],
    filled: u8,
    /// Whether something that belongs here stands further on.
    overflowed: bool,
    places: [u32; SLOTS],
}

const _: () = assert!(size_of::<Line>() == 64, "one line of the cache");

impl Line {
    /// A bit per slot, in steps of 16, for the slots that may have the tag: the lowest bit is right, higher ones
    /// are to be checked.
    #[inline]
    fn hits(word: u64, tag: u64) -> u64 {
        let other = word ^ (tag * LANES);
        other.wrapping_sub(LANES) & !other & (LANES << 15)
    }

    /// The tags, four to a word; the last two lanes of the last word are no slots.
    #[inline]
    fn words(&self) -> [u64; 3] {
        let (words, rest) = self.tags.split_at(16);
        let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        let last = u32::from_le_bytes(rest.try_into().expect("four bytes"));
        [word(&words[..8]), word(&words[8..]), u64::from(last)]
    }

    #[inline]
    fn tag(&self, slot: usize) -> u64 {
        u64::from(u16::from_le_bytes([self.tags[2 * slot], self.tags[2 * slot + 1]]))
    }

    #[inline]
    fn set(&mut self, slot: usize, tag: u64, place: u32) {
        let [low, high, ..] = tag.to_le_bytes();
        (self.tags[2 * slot], self.tags[2 * slot + 1]) = (low, high);
        self.places[slot] = place;
    }
}

#[derive(Clone, Default, Debug)]
struct Shard {
    lines: Vec<Line>,
    len: usize,
    /// Entries taken out since the lines were last filled.
    removed: usize,
}

impl Shard {
    /// Where entries of a tag belong: tags are spread over the lines in order.
    #[inline]
    fn home(&self, tag: u64) -> usize {
        ((tag * self.lines.len() as u64) >> 16) as usize
    }

    #[inline]
    fn after(&self, line: usize) -> usize {
        if line + 1 == self.lines.len() { 0 } else { line + 1 }
    }

    /// Line and slot of the entry.
    #[inline]
    fn find(&self, tag: u64, is_it: impl Fn(u32) -> bool) -> Option<(usize, usize)> {
        let mut at = self.home(tag);
        // no further than once around: every line may have overflowed at some time
        for _ in 0..self.lines.len() {
            let line = &self.lines[at];
            for (number, word) in line.words().into_iter().enumerate() {
                let mut hits = Line::hits(word, tag);
                while hits != 0 {
                    let slot = number * 4 + hits.trailing_zeros() as usize / 16;
                    if slot < usize::from(line.filled) && is_it(line.places[slot]) {
                        return Some((at, slot));
                    }
                    hits &= hits - 1;
                }
            }
            if !line.overflowed {
                return None;
            }
            at = self.after(at);
        }
        None
    }

    #[inline]
    fn put(&mut self, tag: u64, place: u32) {
        let mut at = self.home(tag);
        while usize::from(self.lines[at].filled) == SLOTS {
            self.lines[at].overflowed = true;
            at = self.after(at);
        }
        let line = &mut self.lines[at];
        let slot = usize::from(line.filled);
        line.set(slot, tag, place);
        line.filled += 1;
        self.len += 1;
    }

    fn remove(&mut self, tag: u64, place: u32) {
        let Some((at, slot)) = self.find(tag, |other| other == place) else { return };
        let line = &mut self.lines[at];
        let last = usize::from(line.filled) - 1;
        line.set(slot, line.tag(last), line.places[last]);
        line.set(last, 0, 0);
        line.filled -= 1;
        self.len -= 1;
        self.removed += 1;
        // lines once overflowed stay marked, and searches for what is not there would go on and on
        if self.removed >= 2 * self.lines.len() {
            self.resize(self.lines.len());
        }
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.len * 20 >= self.lines.len() * SLOTS * 17
    }

    /// By three eighths; `phase` (below 3) keeps shards of about one size from growing together.
    #[cold]
    fn grow(&mut self, phase: usize) {
        let now = self.lines.len();
        let next = now + (now * 3 / 8).max(1);
        self.resize(if now < 8 && next >= 8 { 8 + phase } else { next });
    }

    fn resize(&mut self, lines: usize) {
        let old = std::mem::replace(&mut self.lines, vec![Line::default(); lines]);
        (self.len, self.removed) = (0, 0);
        for line in &old {
            for slot in 0..usize::from(line.filled) {
                self.put(line.tag(slot), line.places[slot]);
            }
        }
    }
}

/// How many entries are kept as a plain list: most sandboxes, and nearly all sets of open holds, never need shards.
const FEW: usize = 64;

/// From hashes to places. Allocates nothing while empty.
#[derive(Clone, Default, Debug)]
pub(crate) struct Index {
    /// All entries while they are few, then nothing.
    few: Vec<(u64, u32)>,
    /// Nothing while entries are few.
    shards: Box<[Shard]>,
}

/// Shard and tag of a hash; the tag is never 0.
#[inline]
fn split(hash: u64) -> (usize, u64) {
    ((hash >> 52) as usize, (hash >> 36 & 0xffff).max(1))
}

impl Index {
    /// An index with room for `count` entries.
    pub(crate) fn with_room_for(count: usize) -> Self {
        let mut index = Self::default();
        if count > SHARDS {
            index.make_shards();
            for shard in &mut index.shards {
                shard.resize(count / SHARDS / 7 + 1);
            }
        }
        index
    }

    #[cold]
    fn make_shards(&mut self) {
        self.shards = vec![Shard::default(); SHARDS].into_boxed_slice();
        for (hash, place) in std::mem::take(&mut self.few) {
            self.insert(hash, place);
        }
    }

    #[inline]
    pub(crate) fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let (shard, tag) = split(hash);
        if let Some(shard) = self.shards.get(shard) {
            return shard.find(tag, is_it).map(|(line, slot)| shard.lines[line].places[slot]);
        }
        self.few.iter().find(|&&(other, place)| other == hash && is_it(place)).map(|&(_, place)| place)
    }

    /// Reads the line where a hash belongs. Nothing depends on what is read, so the processor fetches many at once;
    /// a look-up must wait for its line to know where to go on.
    #[inline]
    pub(crate) fn touch(&self, hash: u64) -> u64 {
        let (shard, tag) = split(hash);
        let shard = self.shards.get(shard);
        shard.and_then(|shard| shard.lines.get(shard.home(tag))).map_or(0, |line| u64::from(line.tags[0]))
    }

    /// A place that is almost surely the one, if there is one; the arena is not asked.
    #[inline]
    pub(crate) fn guess(&self, hash: u64) -> Option<u32> {
        self.find(hash, |_| true)
    }

    /// Adds an entry that is known not to be there.
    #[inline]
    pub(crate) fn insert(&mut self, hash: u64, place: u32) {
        if self.shards.is_empty() {
            if self.few.len() < FEW {
                self.few.push((hash, place));
                return;
            }
            self.make_shards();
        }
        let (number, tag) = split(hash);
        let shard = &mut self.shards[number];
        if shard.is_full() {
            shard.grow(number % 3);
        }
        shard.put(tag, place);
    }

    pub(crate) fn remove(&mut self, hash: u64, place: u32) {
        let (shard, tag) = split(hash);
        if let Some(shard) = self.shards.get_mut(shard) {
            shard.remove(tag, place);
        } else if let Some(slot) = self.few.iter().position(|&entry| entry == (hash, place)) {
            self.few.swap_remove(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::digest::of_id;

    fn hash(place: u32) -> u64 {
        of_id(u128::from(place) * 3)
    }

    #[test]
    fn entries_are_found_until_they_are_removed() {
        let mut index = Index::default();
        for place in 0..60_000 {
            index.insert(hash(place), place);
        }
        for place in 0..60_000 {
            assert_eq!(index.find(hash(place), |other| other == place), Some(place));
        }
        assert_eq!(index.find(of_id(1), |other| other == 1), None);
        for place in (0..60_000).step_by(2) {
            index.remove(hash(place), place);
            index.remove(hash(place), place);
        }
        for place in 0..60_000 {
            let found = index.find(hash(place), |other| other == place);
            assert_eq!(found, (place % 2 == 1).then_some(place));
        }
    }

    #[test]
    fn even_entries_of_one_hash_are_all_found() {
        let mut index = Index::default();
        for place in 0..200 {
            index.insert(7, place);
            index.insert(u64::MAX, place);
        }
        assert!((0..200).all(|place| index.find(7, |other| other == place) == Some(place)));
        assert!((0..200).all(|place| index.find(u64::MAX, |other| other == place) == Some(place)));
        (0..100).for_each(|place| index.remove(7, place));
        let left: Vec<_> = (0..200).filter(|&place| index.find(7, |other| other == place).is_some()).collect();
        assert!(left.into_iter().eq(100..200));
    }

    #[test]
    fn what_is_not_there_is_soon_known_however_much_has_come_and_gone() {
        let in_one_shard = |step: u128| of_id(step) >> 12;
        let mut index = Index::default();
        for step in 0..20_000 {
            index.insert(in_one_shard(step), u32::try_from(step).unwrap());
            if let Some(old) = step.checked_sub(80) {
                index.remove(in_one_shard(old), u32::try_from(old).unwrap());
            }
            assert_eq!(index.find(in_one_shard(step + 1_000_000), |place| u128::from(place) == step + 1_000_000), None);
        }
        let shard = &index.shards[0];
        let overflowed = shard.lines.iter().filter(|line| line.overflowed).count();
        assert!(overflowed < shard.lines.len(), "every one of {overflowed} lines says to look further");
    }

    #[test]
    fn an_index_holds_what_a_set_holds_whatever_comes_and_goes() {
        let (mut index, mut set) = (Index::default(), BTreeSet::new());
        for step in 0..60_000 {
            let number = of_id(step);
            // few hashes, so that lines overflow
            let hash = of_id(u128::from(number % 700)) >> 50 << 50 | 3 << 36;
            let place = u32::try_from(number >> 20 & 63).unwrap();
            if set.insert((hash, place)) {
                index.insert(hash, place);
            } else if number & 3 > 0 {
                set.remove(&(hash, place));
                index.remove(hash, place);
            }
            assert_eq!(index.find(hash, |other| other == place).is_some(), set.contains(&(hash, place)));
        }
        assert!(set.iter().all(|&(hash, place)| index.find(hash, |other| other == place) == Some(place)));
    }
}
