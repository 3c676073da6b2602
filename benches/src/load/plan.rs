//! The plan: when each call begins and what it is about, made from a seed before anything is called.
//!
//! Arrivals are independent of each other, as customers are (a Poisson process whose rate follows the profile's shape). Several
//! processes share one plan by its cards: each takes those whose number leaves its own remainder, so that no card is in two hands.

use super::act::Kind;
use super::profile::{Draw, Profile};
use crate::ledger::Numbers;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How fast calls come.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// So many a second, planned: the open model.
    PerSecond(f64),
    /// The next one as soon as a connection is free: says what can be reached, and nothing about latency at a rate.
    AsAnswered,
}

/// Which part of a shared plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Part {
    /// Which one, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl Part {
    /// All of it.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Whether this part has a card.
    pub(crate) fn has(self, subject: u32) -> bool {
        subject % self.of == self.number - 1
    }
}

impl std::str::FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = text.split_once('/').and_then(|(number, of)| Some(Self { number: number.parse().ok()?, of: of.parse().ok()? }));
        read.filter(|part| (1..=part.of).contains(&part.number) && part.of <= 64)
            .ok_or_else(|| format!("`{text}` is no part: the second of three is 2/3"))
    }
}

/// A call that is planned.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Arrival {
    /// Its number in the whole plan, from 0.
    pub(crate) number: u32,
    /// When it begins, counted from the run's beginning.
    pub(crate) at: Duration,
    pub(crate) kind: Kind,
    /// The card's or customer's place among those of the run.
    pub(crate) subject: u32,
}

/// What is planned.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Plan {
    pub(crate) profile: Profile,
    pub(crate) rate: Rate,
    pub(crate) span: Duration,
    pub(crate) seed: u64,
    /// Cards, or customers: at least one.
    pub(crate) subjects: u32,
    pub(crate) part: Part,
}

/// The most calls of one plan: their numbers are also the totals they state.
pub(crate) const MOST: u32 = 50_000_000;

impl Plan {
    /// The arrivals of this part, in the order of their times.
    pub(crate) fn arrivals(&self) -> impl Iterator<Item = Arrival> + use<> {
        let part = self.part;
        Arrivals::new(*self).filter(move |arrival| part.has(arrival.subject))
    }
}

/// The arrivals of the whole plan.
struct Arrivals {
    plan: Plan,
    numbers: Numbers,
    /// Seconds since the beginning.
    at: f64,
    next: u32,
    /// Odd and without a common divisor with the number of subjects: steps through all of them.
    stride: u64,
}

impl Arrivals {
    fn new(plan: Plan) -> Self {
        // two generators of neighbouring seeds would run behind each other on the same way
        let mut numbers = Numbers(Numbers(plan.seed).draw());
        let subjects = u64::from(plan.subjects);
        let mut stride = (numbers.draw() % subjects) | 1;
        while divisor(stride, subjects) != 1 {
            stride += 2;
        }
        Self { plan, numbers, at: 0.0, next: 0, stride }
    }

    fn subject(&mut self) -> u32 {
        let subjects = self.plan.subjects;
        match self.plan.profile.draw {
            Draw::Any => self.numbers.below(subjects),
            // the square of an even draw: a tenth of the cards get a third of the calls
            Draw::Uneven => {
                let (one, all) = (u64::from(self.numbers.below(subjects)), u64::from(subjects));
                u32::try_from(one * one / all).expect("below the number of subjects")
            }
            Draw::EachOnce => {
                let place = (u128::from(self.next) * u128::from(self.stride)) % u128::from(subjects);
                u32::try_from(place).expect("below the number of subjects")
            }
            Draw::One => 0,
        }
    }

    fn kind(&mut self) -> Kind {
        let mix = self.plan.profile.mix;
        let mut drawn = self.numbers.below(mix.iter().map(|(_, parts)| parts).sum());
        for (kind, parts) in mix {
            match drawn.checked_sub(*parts) {
                Some(rest) => drawn = rest,
                None => return *kind,
            }
        }
        unreachable!("what is drawn lies below the sum of all parts")
    }
}

impl Iterator for Arrivals {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let Plan { profile, rate, span, subjects, .. } = self.plan;
        let each_once = profile.draw == Draw::EachOnce;
        if self.next == MOST || (each_once && self.next == subjects) {
            return None;
        }
        if let Rate::PerSecond(rate) = rate {
            // where every card comes once, the rate says how long it takes
            let passed = if each_once { f64::from(self.next) / f64::from(subjects) } else { self.at / span.as_secs_f64() };
            self.at += waiting(&mut self.numbers) / (rate * profile.shape.at(passed.min(1.0)));
            if !each_once && self.at >= span.as_secs_f64() {
                return None;
            }
        }
        let (kind, subject) = (self.kind(), self.subject());
        let arrival = Arrival { number: self.next, at: Duration::from_secs_f64(self.at), kind, subject };
        self.next += 1;
        Some(arrival)
    }
}

/// How long nobody comes when one a second comes on average, seconds.
fn waiting(numbers: &mut Numbers) -> f64 {
    // 52 bits fit a double exactly; never 0, whose logarithm has no end
    let drawn = (numbers.draw() >> 12) + 1;
    #[expect(clippy::cast_precision_loss, reason = "52 bits")]
    let part = drawn as f64 / (1_u64 << 52) as f64;
    -part.ln()
}

fn divisor(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { divisor(other, one % other) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn plan(name: &str) -> Plan {
        let profile = Profile::named(name).unwrap();
        let (rate, span) = (Rate::PerSecond(1_000.0), Duration::from_secs(10));
        Plan { profile, rate, span, seed: 1, subjects: 500, part: Part::WHOLE }
    }

    #[test]
    fn the_same_seed_plans_the_same_and_another_something_else() {
        let all = |seed| Plan { seed, ..plan("steady") }.arrivals().collect::<Vec<_>>();
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
    }

    #[test]
    fn as_many_come_as_were_asked_for_one_after_the_other_and_all_in_time() {
        let all: Vec<_> = plan("steady").arrivals().collect();
        // ten thousand independent arrivals are within five standard deviations, 500
        assert!((9_500..10_500).contains(&all.len()), "{}", all.len());
        assert!(all.windows(2).all(|pair| pair[0].at <= pair[1].at && pair[0].number + 1 == pair[1].number));
        assert!(all.last().unwrap().at < Duration::from_secs(10));
        let updates = all.iter().filter(|arrival| arrival.kind == Kind::Update).count();
        assert!((5_600..6_400).contains(&updates), "{updates}");
    }

    #[test]
    fn a_rush_has_its_peak_in_the_middle() {
        let all: Vec<_> = plan("morning-rush").arrivals().collect();
        let within = |from: u64, to: u64| all.iter().filter(|arrival| (from..to).contains(&arrival.at.as_secs())).count();
        assert!(within(4, 6) > 2 * within(0, 2), "{} against {}", within(4, 6), within(0, 2));
    }

    #[test]
    fn where_each_comes_once_none_is_missing_and_the_rate_says_how_long_it_takes() {
        for subjects in [1, 2, 500, 1_024] {
            let all: Vec<_> = Plan { subjects, ..plan("initial-sync") }.arrivals().collect();
            let seen: HashSet<u32> = all.iter().map(|arrival| arrival.subject).collect();
            assert_eq!((all.len(), seen.len()), (subjects as usize, subjects as usize));
        }
    }

    #[test]
    fn parts_share_the_plan_and_no_card_is_in_two_hands() {
        let whole: Vec<_> = plan("steady").arrivals().collect();
        let mut parts: Vec<_> =
            (1..=3).flat_map(|number| Plan { part: Part { number, of: 3 }, ..plan("steady") }.arrivals().collect::<Vec<_>>()).collect();
        parts.sort_by_key(|arrival| arrival.number);
        assert_eq!(parts, whole);
    }

    #[test]
    fn a_part_is_read_as_it_is_said() {
        assert_eq!("2/3".parse(), Ok(Part { number: 2, of: 3 }));
        for wrong in ["0/3", "4/3", "3", "1/0", "1/65", "a/b"] {
            assert!(wrong.parse::<Part>().is_err(), "{wrong}");
        }
    }
}
