//! Thousands of random shopping days against a naive shop: paying, confirming, refusing, polling, cancelling, closing, refunding,
//! time passing and restarts, every answer and every balance compared. Source: issue 5 "What it must show".
//!
//! Some dozens of days by default, `KABAO_LONG=1` many more; `KABAO_SEED` plays one day again. Deliberately broken twins of the world
//! show that each kind of harm would be seen.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod audit;
mod bargain;
mod deciding;
mod giving_back;
mod naive;
mod purse;
mod step;
mod town;

use naive::Naive;
use step::Dice;
use town::{Defect, Town};
use world::Moment;

/// Steps to a day.
const STEPS: usize = 250;

/// Plays one day; what differs first, with the steps that led there.
fn day(seed: u64, defect: Option<Defect>) -> Result<[usize; 2], String> {
    // a year in which a trade of the last of February has its day
    let now = Moment::parse(if seed.is_multiple_of(2) { "2027-11-21 23:59:58" } else { "2028-02-29 12:00:00" }).unwrap();
    let (mut dice, mut town, mut model) = (Dice(seed), Town::new(now, defect), Naive::new(now));
    let mut told = [0; 2];
    let mut played = Vec::new();
    for _ in 0..STEPS {
        let step = dice.step(&model);
        let answered = town.play(&step, &model);
        let expected = model.play(&step);
        let line = format!("{step:?}\n    answered {answered:?}\n    expected {expected:?}");
        told[usize::from(expected.is_err())] += 1;
        let harm = if answered == expected { audit::balances(&town.world, &model).err() } else { Some("the answers differ".to_owned()) };
        played.push(line);
        if let Some(harm) = harm {
            let last = played.split_off(played.len().saturating_sub(12)).join("\n");
            return Err(format!("KABAO_SEED={seed}: {harm}; the last steps:\n{last}"));
        }
    }
    audit::history(&town.world, town.history.iter().map(|(_, event, _)| event)).map_err(|harm| format!("KABAO_SEED={seed}: {harm}"))?;
    Ok(told)
}

#[test]
fn every_answer_and_every_balance_is_that_of_the_naive_shop() {
    let asked = std::env::var_os("KABAO_SEED").and_then(|seed| seed.to_str()?.parse::<u64>().ok());
    let days = if std::env::var_os("KABAO_LONG").is_some() { 4_000 } else { 60 };
    let seeds = asked.map_or(0..days, |seed| seed..seed + 1);
    let mut told = [0; 2];
    for seed in seeds {
        match day(seed, None) {
            Ok(of_day) => (0..2).for_each(|kind| told[kind] += of_day[kind]),
            Err(harm) => panic!("{harm}"),
        }
    }
    assert!(asked.is_some() || (told[0] > 3_000 && told[1] > 3_000), "too little was asked, or too little refused: {told:?}");
}

#[test]
fn every_broken_twin_is_found_out() {
    for defect in Defect::ALL {
        let found = (0..60).any(|seed| day(seed, Some(defect)).is_err());
        assert!(found, "nobody noticed {defect:?}");
    }
}
