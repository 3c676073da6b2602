//! The kinds of load that are built in: what is called, on which cards, and how arrivals are spread over the time.
//!
//! They are days of a shop, not limits of a machine: rate, time and cards come from whoever runs them.

use super::act::Kind;

/// A kind of load.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Profile {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it stands for, in a line.
    pub tells: &'static str,
    pub(crate) shape: Shape,
    pub(crate) draw: Draw,
    /// What is called, in parts of the whole.
    pub(crate) mix: &'static [(Kind, u32)],
}

/// How the rate runs over the time, in parts of the whole rate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// The same all the time.
    Steady,
    /// A fifth at first, up to all of it in the middle, and down again.
    Rush,
    /// A tenth at first; after a third of the time all of it at once, fading to a fifth.
    Burst,
    /// A quarter, then for the middle third of the time all of it, then a quarter again.
    Surge,
}

/// Which card each call is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Draw {
    /// Any.
    Any,
    /// Some much more often than others, as members come.
    Uneven,
    /// Every card once, in an order that looks drawn; then it is over.
    EachOnce,
    /// Always the same one.
    One,
}

/// What a shop says of its cards in a day: a purchase reports itself and states the new total.
const SYNC: &[(Kind, u32)] = &[(Kind::Update, 6), (Kind::Purchase, 3), (Kind::Query, 1)];

impl Profile {
    /// All, in the order in which they are listed.
    pub const ALL: &[Self] = &[
        Self {
            name: "steady",
            tells: "card sync all day: totals, purchases, some look-ups",
            shape: Shape::Steady,
            draw: Draw::Any,
            mix: SYNC,
        },
        Self {
            name: "totals",
            tells: "totals and look-ups all day: nothing new comes to be that would have to be kept",
            shape: Shape::Steady,
            draw: Draw::Any,
            mix: &[(Kind::Update, 8), (Kind::Query, 2)],
        },
        Self {
            name: "initial-sync",
            tells: "every card is stated once, as when a shop begins",
            shape: Shape::Steady,
            draw: Draw::EachOnce,
            mix: &[(Kind::Update, 1)],
        },
        Self {
            name: "nightly-resync",
            tells: "every card is stated once, with everything it shows",
            shape: Shape::Steady,
            draw: Draw::EachOnce,
            mix: &[(Kind::Resync, 1)],
        },
        Self {
            name: "morning-rush",
            tells: "regulars come between eight and nine: a fifth, all, a fifth",
            shape: Shape::Rush,
            draw: Draw::Uneven,
            mix: SYNC,
        },
        Self {
            name: "hot-card",
            tells: "one card is stated again and again",
            shape: Shape::Steady,
            draw: Draw::One,
            mix: &[(Kind::Update, 2), (Kind::Purchase, 1)],
        },
        Self {
            name: "look-ups",
            tells: "tills look cards up; every answer has to be signed",
            shape: Shape::Steady,
            draw: Draw::Any,
            mix: &[(Kind::Query, 1)],
        },
        Self {
            name: "surge",
            tells: "look-ups at a quarter of the rate, all of it, a quarter again: what is beyond the platform's capacity is to be shed",
            shape: Shape::Surge,
            draw: Draw::Any,
            mix: &[(Kind::Query, 1)],
        },
        Self {
            name: "campaign",
            tells: "a campaign begins and people join all at once: a code is exchanged, a card opened",
            shape: Shape::Burst,
            draw: Draw::EachOnce,
            mix: &[(Kind::Join, 1)],
        },
        Self {
            name: "payments",
            tells: "customers show codes at many tills and are charged",
            shape: Shape::Steady,
            draw: Draw::Any,
            mix: &[(Kind::Pay, 1)],
        },
        Self {
            name: "notices",
            tells: "a storm on the merchant: notices that this sandbox sent before come again, byte for byte; wants --sandbox, and --till to see what the merchant made of them",
            shape: Shape::Steady,
            draw: Draw::Any,
            mix: &[(Kind::Notice, 1)],
        },
    ];

    /// What a story is planned by; nobody asks for it by name.
    pub(crate) const STORY: Self =
        Self { name: "story", tells: "a story, again and again", shape: Shape::Steady, draw: Draw::One, mix: &[(Kind::Story, 1)] };

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|profile| profile.name == name).copied()
    }

    /// Whether it goes on for as long as one likes; else it is over when every card has come.
    pub fn is_endless(&self) -> bool {
        self.draw != Draw::EachOnce
    }

    /// Whether the rate is the same all the time.
    pub(crate) fn is_steady(&self) -> bool {
        self.shape == Shape::Steady
    }

    /// Whether this is among what it does.
    pub(crate) fn has(&self, which: impl Fn(Kind) -> bool) -> bool {
        self.mix.iter().any(|(kind, _)| which(*kind))
    }
}

impl Shape {
    /// The part of the rate after this part of the time.
    pub(crate) fn at(self, passed: f64) -> f64 {
        match self {
            Self::Steady => 1.0,
            Self::Rush => 0.2 + 0.8 * (1.0 - (2.0 * passed - 1.0).abs()),
            Self::Burst if passed < 1.0 / 3.0 => 0.1,
            Self::Burst => 1.0 - 0.8 * (passed - 1.0 / 3.0) * 1.5,
            Self::Surge if (1.0 / 3.0..2.0 / 3.0).contains(&passed) => 1.0,
            Self::Surge => 0.25,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_has_a_name_of_its_own_and_something_to_do() {
        for profile in Profile::ALL {
            assert_eq!(Profile::named(profile.name), Some(*profile), "{}", profile.name);
            assert!(profile.mix.iter().map(|(_, parts)| parts).sum::<u32>() > 0, "{}", profile.name);
        }
        assert_eq!(Profile::named("unheard-of"), None);
    }

    #[test]
    fn shapes_stay_between_nothing_and_the_whole_rate() {
        for shape in [Shape::Steady, Shape::Rush, Shape::Burst, Shape::Surge] {
            for step in 0..=100 {
                let part = shape.at(f64::from(step) / 100.0);
                assert!(part > 0.0 && part <= 1.0, "{shape:?} at {step} %: {part}");
            }
        }
        assert!(Shape::Rush.at(0.5) > Shape::Rush.at(0.1) && Shape::Burst.at(0.4) > Shape::Burst.at(0.3));
    }
}
