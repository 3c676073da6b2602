//! The code that the platform itself draws for `dqrcode` and `dbarcode`: a new one every second, good for two minutes.
//!
//! Nothing remembers a code: it hides the card and the second it was made under a mask that only this sandbox's seed gives,
//! so `card.query` finds the card again. Twenty digits, the first an 8, so that no till takes it for a payment code.
//! "About 2 minutes" is the source's; 120 seconds and the shape are ours. Sources: card SEMANTICS 7 and 16.8.

use crate::ids;
use world::card::Card;
use world::{Moment, World};

/// How long a code is good, seconds.
pub(crate) const LIFE_SECONDS: i64 = 120;

const MASK_BITS: u32 = 19;
const SECOND_BITS: u32 = 12;
/// What stands beside the mask: the card's row and the low bits of the second.
const HIDDEN: u64 = (1 << (32 + SECOND_BITS)) - 1;

/// A code and when it runs out.
pub(crate) fn make(seed: u64, world: &World, card: &Card, now: Moment) -> Option<(String, Moment)> {
    let row = world.cards().find(&card.number)?;
    let second = now.0.div_euclid(1_000);
    let hidden = (u64::from(row) << SECOND_BITS) | low(second);
    let mask = mask(seed, row, second);
    let code = (mask << (32 + SECOND_BITS)) | (hidden ^ pad(seed, mask));
    Some((format!("8{code:019}"), Moment(second * 1_000).plus_seconds(LIFE_SECONDS)))
}

/// The card behind a code, while the code is good.
pub(crate) fn find(seed: u64, world: &World, code: &str, now: Moment) -> Option<Card> {
    let code: u64 = code.strip_prefix('8').filter(|digits| digits.len() == 19)?.parse().ok()?;
    let came = code >> (32 + SECOND_BITS);
    let hidden = (code ^ pad(seed, came)) & HIDDEN;
    let row = u32::try_from(hidden >> SECOND_BITS).ok().filter(|row| (*row as usize) < world.cards().len())?;
    let today = now.0.div_euclid(1_000);
    let mut good = (0..LIFE_SECONDS).map(|age| today - age);
    let second = good.find(|second| low(*second) == hidden & ((1 << SECOND_BITS) - 1))?;
    (mask(seed, row, second) == came).then(|| world.cards().at(row))
}

fn low(second: i64) -> u64 {
    second.rem_euclid(1 << SECOND_BITS).unsigned_abs()
}

fn mask(seed: u64, row: u32, second: i64) -> u64 {
    ids::drawn(seed, "dynamic code", &[&row.to_le_bytes(), &second.to_le_bytes()]) >> (64 - MASK_BITS)
}

fn pad(seed: u64, mask: u64) -> u64 {
    ids::drawn(seed, "dynamic code pad", &[&mask.to_le_bytes()]) & HIDDEN
}
