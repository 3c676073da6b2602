//! Work that nobody waits for.

use std::time::{Duration, Instant};

/// How many times as long as a piece took is rested after it, at most how long each time.
const REST: u32 = 3;
const LONGEST_REST: Duration = Duration::from_millis(100);
/// How long background work rests in all at most, so that it comes to an end whatever others do.
pub(crate) const MOST_REST: Duration = Duration::from_secs(10);

/// The pace of work in pieces that gives way to calls: on a machine that is nearly full it would take the last of it, and calls
/// queue for as long as it lasts.
pub(crate) struct Unhurried {
    since: Instant,
    rest: Duration,
}

impl Unhurried {
    /// Work that begins now and rests for so long at most.
    pub(crate) fn resting(at_most: Duration) -> Self {
        Self { since: Instant::now(), rest: at_most }
    }

    /// Rests after what was done since the last rest.
    pub(crate) fn rest(&mut self) {
        std::thread::sleep(self.after(self.since.elapsed()));
        self.since = Instant::now();
    }

    /// Pieces that are asked for one after the other, with a rest before each: what became of the last one is done by then.
    pub(crate) fn over<I: Iterator>(mut self, mut pieces: I) -> impl Iterator<Item = I::Item> {
        std::iter::from_fn(move || {
            self.rest();
            pieces.next()
        })
    }

    /// How long a piece that took so long is rested after.
    fn after(&mut self, took: Duration) -> Duration {
        let rest = (REST * took).min(LONGEST_REST).min(self.rest);
        self.rest -= rest;
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_followed_by_three_times_its_rest_as_long_as_there_is_some() {
        let ms = Duration::from_millis;
        let mut work = Unhurried::resting(ms(150));
        assert_eq!([work.after(ms(4)), work.after(ms(50)), work.after(ms(50)), work.after(ms(50))], [ms(12), ms(100), ms(38), ms(0)]);
        let begun = Instant::now();
        let work = Unhurried::resting(ms(1_000)).over((1..3).map(|piece| std::thread::sleep(ms(5 * piece))));
        assert_eq!(work.count(), 2);
        assert!(begun.elapsed() >= 4 * ms(15), "it took {:?}", begun.elapsed());
    }
}
