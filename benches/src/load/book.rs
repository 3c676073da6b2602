//! What must be true afterwards, kept while the calls are made: for each card the totals that can stand last, for each arrival
//! what the platform said of it.
//!
//! Two calls about one card may be under way at once, and then nobody here knows which comes second: both totals are possible. A
//! total is out once another was asked for after it had been answered, and that one was done. What is unknown stays possible.

use super::plan::Arrival;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

/// What the platform said of an arrival.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Said {
    /// It was not asked yet.
    Nothing = 0,
    /// Done.
    Done = 1,
    /// Nobody knows.
    Unknown = 2,
    /// Refused: nothing happened.
    Refused = 3,
}

/// A total that a card may show at the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stated {
    number: u32,
    /// When its call was sent, and when it was answered, microseconds since the beginning; `u64::MAX` while it is not.
    sent: u64,
    answered: u64,
    done: bool,
}

/// Cards in parts with a lock each.
const SHARDS: u32 = 64;

/// The book of a run.
pub(crate) struct Book {
    cards: Vec<Mutex<Vec<Vec<Stated>>>>,
    said: Vec<AtomicU8>,
}

impl Book {
    /// For so many cards and arrivals.
    pub(crate) fn of(cards: u32, arrivals: u32) -> Self {
        let shard = |shard: u32| Mutex::new(vec![Vec::new(); (cards.saturating_sub(shard)).div_ceil(SHARDS) as usize]);
        let said = std::iter::repeat_with(|| AtomicU8::new(Said::Nothing as u8)).take(arrivals as usize);
        Self { cards: (0..SHARDS).map(shard).collect(), said: said.collect() }
    }

    fn card<R>(&self, card: u32, work: impl FnOnce(&mut Vec<Stated>) -> R) -> R {
        let mut shard = self.cards[(card % SHARDS) as usize].lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut shard[(card / SHARDS) as usize])
    }

    /// A card's total is about to be stated.
    pub(crate) fn states(&self, arrival: &Arrival, sent: u64) {
        self.card(arrival.subject, |stated| stated.push(Stated { number: arrival.number, sent, answered: u64::MAX, done: false }));
    }

    /// It came to an end.
    pub(crate) fn stated(&self, arrival: &Arrival, said: Said, answered: u64) {
        self.card(arrival.subject, |stated| {
            let Some(place) = stated.iter().position(|one| one.number == arrival.number) else { return };
            match said {
                Said::Refused => drop(stated.remove(place)),
                Said::Unknown | Said::Nothing => {}
                Said::Done => {
                    let sent = stated[place].sent;
                    (stated[place].answered, stated[place].done) = (answered, true);
                    stated.retain(|one| one.answered >= sent);
                }
            }
        });
    }

    /// What the platform said of an arrival.
    pub(crate) fn say(&self, number: u32, said: Said) {
        self.said[number as usize].store(said as u8, Ordering::Relaxed);
    }

    /// What it said.
    pub(crate) fn said(&self, number: u32) -> Said {
        match self.said.get(number as usize).map_or(0, |said| said.load(Ordering::Relaxed)) {
            1 => Said::Done,
            2 => Said::Unknown,
            3 => Said::Refused,
            _ => Said::Nothing,
        }
    }

    /// How many arrivals there are.
    pub(crate) fn arrivals(&self) -> u32 {
        u32::try_from(self.said.len()).unwrap_or(u32::MAX)
    }

    /// Whether a card may show this number's total; `None` is the one from before the run.
    pub(crate) fn may_show(&self, card: u32, number: Option<u32>) -> bool {
        self.card(card, |stated| match number {
            Some(number) => stated.iter().any(|one| one.number == number),
            None => !stated.iter().any(|one| one.done),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::act::Kind;
    use super::*;
    use std::time::Duration;

    fn arrival(number: u32) -> Arrival {
        Arrival { number, at: Duration::ZERO, kind: Kind::Update, subject: 70 }
    }

    fn book(steps: &[(u32, u64, u64, Said)]) -> Book {
        let book = Book::of(100, 10);
        for &(number, sent, ..) in steps {
            book.states(&arrival(number), sent);
        }
        for &(number, _, answered, said) in steps {
            book.stated(&arrival(number), said, answered);
        }
        book
    }

    fn possible(book: &Book) -> Vec<Option<u32>> {
        [None, Some(0), Some(1), Some(2)].into_iter().filter(|number| book.may_show(70, *number)).collect()
    }

    #[test]
    fn of_two_that_did_not_overlap_only_the_second_can_stand() {
        assert_eq!(possible(&book(&[(0, 0, 10, Said::Done), (1, 11, 20, Said::Done)])), [Some(1)]);
    }

    #[test]
    fn of_two_that_overlapped_either_can_stand() {
        assert_eq!(possible(&book(&[(0, 0, 12, Said::Done), (1, 11, 20, Said::Done)])), [Some(0), Some(1)]);
    }

    #[test]
    fn what_is_unknown_stays_possible_and_what_was_refused_does_not() {
        assert_eq!(possible(&book(&[(0, 0, 5, Said::Unknown)])), [None, Some(0)]);
        assert_eq!(possible(&book(&[(0, 0, 5, Said::Unknown), (1, 8, 9, Said::Done)])), [Some(0), Some(1)]);
        assert_eq!(possible(&book(&[(0, 0, 5, Said::Refused)])), [None]);
    }

    #[test]
    fn what_cannot_stand_last_any_more_is_not_kept_however_long_the_run() {
        let book = Book::of(100, 10_000);
        for number in 0..10_000 {
            let arrival = Arrival { number, at: Duration::ZERO, kind: Kind::Update, subject: number % 100 };
            book.states(&arrival, u64::from(number) * 10);
            book.stated(&arrival, Said::Done, u64::from(number) * 10 + 5);
            book.say(number, Said::Done);
        }
        let kept: usize = (0..100).map(|card| book.card(card, |stated| stated.len())).sum();
        assert_eq!(
            (kept, size_of::<Stated>(), book.said.len() * size_of::<AtomicU8>()),
            (100, 24, 10_000),
            "a byte a call, one total a card"
        );
    }

    #[test]
    fn a_card_that_nobody_stated_shows_what_it_showed() {
        assert_eq!(possible(&book(&[])), [None]);
    }
}
