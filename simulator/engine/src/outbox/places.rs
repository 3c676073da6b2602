//! The places for notices under way: how many at once in all, of a sandbox, to a target, and to those that kept us waiting.
//!
//! A place comes back when it is dropped, however its delivery ended. What is kept of slow targets is bounded, oldest out first.

use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Notices under way at once.
const AT_ONCE: usize = 256;
/// Of these, those to targets that kept us waiting.
const SLOW_AT_ONCE: usize = 64;
/// Notices under way of one sandbox: a test whose merchants all hang leaves places to the others.
const AT_ONE_SANDBOX: usize = 128;
/// Notices under way to one target, over all sandboxes.
const AT_ONE_TARGET: usize = 16;
/// The most targets of which it is remembered that they kept us waiting.
const SLOW_KNOWN: usize = 100_000;

/// The places for notices under way.
#[derive(Default)]
pub(super) struct Places(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    all: usize,
    slow: usize,
    by_sandbox: HashMap<String, usize>,
    by_target: HashMap<String, usize>,
    by_line: HashMap<(String, String), usize>,
    /// Targets that kept us waiting the last time, and in which order.
    known_slow: HashMap<String, u64>,
    slow_since: BTreeMap<u64, String>,
    seen_slow: u64,
}

/// A place that is taken; it is free again when this is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    line: (String, String),
    slow: bool,
}

impl Places {
    pub(super) fn are_all_taken(&self) -> bool {
        self.0.lock().all >= AT_ONCE
    }

    /// A place for a notice to a target, of which a sandbox may have so many at once.
    pub(super) fn take(self: &Arc<Self>, sandbox: &str, target: &str, at_once: usize) -> Option<Place> {
        let mut taken = self.0.lock();
        let line = (sandbox.to_owned(), target.to_owned());
        let slow = taken.known_slow.contains_key(target);
        let has_place = taken.all < AT_ONCE
            && !(slow && taken.slow >= SLOW_AT_ONCE)
            && taken.by_sandbox.get(sandbox).is_none_or(|count| *count < AT_ONE_SANDBOX)
            && taken.by_target.get(target).is_none_or(|count| *count < AT_ONE_TARGET)
            && taken.by_line.get(&line).is_none_or(|count| *count < at_once);
        if !has_place {
            return None;
        }
        taken.all += 1;
        taken.slow += usize::from(slow);
        *taken.by_sandbox.entry(sandbox.to_owned()).or_default() += 1;
        *taken.by_target.entry(target.to_owned()).or_default() += 1;
        *taken.by_line.entry(line.clone()).or_default() += 1;
        Some(Place { places: self.clone(), line, slow })
    }
}

impl Place {
    /// Gives the place back, knowing whether the target kept us waiting.
    pub(super) fn leave(self, slow: bool) {
        let mut taken = self.places.0.lock();
        let taken = &mut *taken;
        if let Some(since) = taken.known_slow.remove(&self.line.1) {
            taken.slow_since.remove(&since);
        }
        if slow {
            taken.seen_slow += 1;
            taken.known_slow.insert(self.line.1.clone(), taken.seen_slow);
            taken.slow_since.insert(taken.seen_slow, self.line.1.clone());
        }
        if taken.known_slow.len() > SLOW_KNOWN
            && let Some((_, oldest)) = taken.slow_since.pop_first()
        {
            taken.known_slow.remove(&oldest);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock();
        taken.all -= 1;
        taken.slow -= usize::from(self.slow);
        let taken = &mut *taken;
        give_back(&mut taken.by_sandbox, &self.line.0);
        give_back(&mut taken.by_target, &self.line.1);
        give_back(&mut taken.by_line, &self.line);
    }
}

fn give_back<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(places: &Arc<Places>, sandbox: &str, count: usize) -> Vec<Place> {
        (0..count).map_while(|number| places.take(sandbox, &format!("{sandbox} {number}"), 1)).collect()
    }

    #[test]
    fn one_sandbox_cannot_take_the_places_of_all() {
        let places = Arc::<Places>::default();
        let first = many(&places, "a", AT_ONCE);
        assert_eq!(first.len(), AT_ONE_SANDBOX);
        let second = many(&places, "b", AT_ONCE);
        assert_eq!(second.len(), AT_ONCE - AT_ONE_SANDBOX);
        assert!(places.are_all_taken() && places.take("c", "c", 1).is_none());
        drop(first);
        assert!(places.take("c", "c", 1).is_some() && places.take("a", "a", 1).is_some());
    }

    #[test]
    fn a_target_has_its_own_bound_and_those_that_kept_us_waiting_share_one() {
        let places = Arc::<Places>::default();
        let to_one: Vec<_> = (0..AT_ONCE).map_while(|number| places.take(&number.to_string(), "one", 1)).collect();
        assert_eq!(to_one.len(), AT_ONE_TARGET);
        drop(to_one);
        for place in many(&places, "a", SLOW_AT_ONCE + 1) {
            place.leave(true);
        }
        let slow = many(&places, "a", SLOW_AT_ONCE + 1);
        assert_eq!(slow.len(), SLOW_AT_ONCE);
        assert!(places.take("a", "a quick one", 1).is_some());
        // who answered quickly once is no longer among them
        for place in slow {
            place.leave(false);
        }
        assert_eq!(many(&places, "a", SLOW_AT_ONCE).len(), SLOW_AT_ONCE);
    }

    #[test]
    fn of_slow_targets_the_oldest_is_forgotten_first() {
        let places = Arc::<Places>::default();
        for number in 0..=SLOW_KNOWN {
            places.take("a", &number.to_string(), 1).unwrap_or_else(|| panic!("no place for {number}")).leave(true);
        }
        let taken = places.0.lock();
        assert_eq!((taken.known_slow.len(), taken.slow_since.len()), (SLOW_KNOWN, SLOW_KNOWN));
        assert!(!taken.known_slow.contains_key("0") && taken.known_slow.contains_key(&SLOW_KNOWN.to_string()));
    }
}
