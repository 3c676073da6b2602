//! Stories as load: a scenario tagged `@load(rate=…,duration=…)` is begun at planned moments, each time in a sandbox of its own with a
//! merchant of its own, and has to come true every time.

use super::super::play::{Where, misread};
use super::super::runtime;
use super::{NoLoad, Planned, Rate, ended};
use crate::exit::Ended;
use benches::load::{Pieces, Report, pieces};
use scenarios::misread::Place;
use scenarios::run::{Outcome, PlayedStep};
use scenarios::story::Line;
use scenarios::{Playbill, Run, Season, library};
use std::sync::Arc;
use std::time::Duration;

/// How many are under way at once when nothing is said.
const AT_ONCE: usize = 16;

/// Whether a profile's name means a story.
pub(super) fn is_meant(name: &str) -> bool {
    name.contains(".feature")
}

/// Plays it as its tag or the command line says.
pub(super) fn run(name: &str, planned: &Planned) -> Result<Report, Ended> {
    let (name, rate, span) = plan(name, planned)?;
    let bill = Playbill::open([name.as_str()]).map_err(|faults| misread(&faults))?;
    let place = Where::with(planned.target.clone(), planned.merchant.clone()).read()?;
    let at_once = planned.connections.unwrap_or(AT_ONCE);
    let order = Pieces { name, rate, span, at_once, seed: planned.seed };
    runtime()?.block_on(async move {
        let again = format!("--seed {}{}", order.seed, place.again());
        let stage = place.open(at_once).await?;
        let season = Arc::new(Season::new(stage.venue.clone(), order.seed, again));
        let (one, bill) = (season.clone(), Arc::new(bill));
        let shows = card_facts(&bill);
        let report = pieces(&order, move |number| {
            let (mut season, bill) = ((*one).clone(), bill.clone());
            season.seed = season.seed.wrapping_add(u64::from(number));
            let shows = shows.clone();
            async move {
                let runs = season.play(&bill, &mut |_| {}).await;
                match runs.iter().find(|run| !run.passed()) {
                    Some(run) => Err(why(run)),
                    None => Ok(runs.iter().flat_map(Run::steps).filter(|step| shows.contains(&step.place)).map(took).collect()),
                }
            }
        });
        let report = report.await;
        season.sweep().await;
        stage.close().await;
        report.map_err(ended)
    })
}

/// The scenario, how many begin a second and for how long.
fn plan(name: &str, planned: &Planned) -> Result<(String, f64, Duration), Ended> {
    let (story, line) = library::open(name).map_err(|faults| misread(&faults))?;
    let scenarios = line.map_or_else(|| story.scenarios.iter().collect(), |line| story.at(line));
    let chosen = scenarios.iter().find(|scenario| scenario.load.is_some()).or(scenarios.first());
    let Some(scenario) = chosen else { return Err(Ended::usage(format!("{name} has no scenario"))) };
    let line = scenario.example.unwrap_or(scenario.place).line;
    let load = scenario.load;
    let rate = match planned.rate {
        Some(Rate::PerSecond(rate)) => Some(rate),
        Some(Rate::AsAnswered) => return Err(ended(NoLoad::Plan("a story is begun at a rate, not as fast as it ends".to_owned()))),
        None => load.map(|load| f64::from(load.count) / load.per.as_secs_f64()),
    };
    let span = planned.duration.or(load.map(|load| load.duration));
    let (Some(rate), Some(span)) = (rate, span) else {
        let said = "no scenario of it says how much: write @load(rate=5/s,duration=30s) above one, or give --rate and --duration";
        return Err(Ended::usage(format!("{name}: {said}")));
    };
    let file = name.rsplit_once(':').filter(|(_, line)| line.parse::<usize>().is_ok()).map_or(name, |(file, _)| file);
    Ok((format!("{file}:{line}"), rate, span))
}

/// Where a customer looks at a card and waits until it shows something.
fn card_facts(bill: &Playbill) -> Arc<Vec<Place>> {
    let steps = scenarios::steps();
    let waits = |line: &&Line| line.within.is_some() && steps[line.step].english.starts_with("the card of");
    Arc::new(bill.scenarios().flat_map(|scenario| &scenario.lines).filter(waits).map(|line| line.place).collect())
}

/// How long it took until a sentence came true.
fn took(step: &PlayedStep) -> Duration {
    Duration::from_millis(step.took_ms)
}

/// The sentence that did not come true.
fn why(run: &Run) -> String {
    let Some(step) = run.trouble() else { return "it did not come to its end".to_owned() };
    let more = match &step.outcome {
        Outcome::Failed(failure) => format!(": expected {}, seen {}", failure.expected, failure.seen),
        Outcome::NotPlayable(why) | Outcome::Broken(why) => format!(": {why}"),
        Outcome::Passed | Outcome::Skipped => String::new(),
    };
    format!("{} {}{more}", step.keyword, step.sentence)
}

#[cfg(test)]
mod tests {
    use super::super::tests::planned;
    use super::*;

    const VISIT: &str = "alipay/shop_visit.feature";

    #[test]
    fn how_much_is_said_by_the_tag_or_by_the_command_line() {
        let read = |words: &str| {
            let planned = planned(words);
            plan(planned.profile.as_deref().unwrap(), &planned).map_err(|ended| ended.to_string())
        };
        let (name, rate, span) = read(VISIT).unwrap();
        assert!(name.starts_with(&format!("{VISIT}:")), "{name}");
        assert_eq!((rate, span), (2.0, Duration::from_secs(10)));
        let (_, rate, span) = read(&format!("{VISIT} --rate 0.5 --duration 60s")).unwrap();
        assert_eq!((rate, span), (0.5, Duration::from_mins(1)));
        assert!(read("alipay/pay/counter.feature").unwrap_err().contains("@load(rate="));
        assert!(read(&format!("{VISIT} --rate max")).unwrap_err().contains("at a rate"));
    }

    #[test]
    fn a_story_is_begun_again_and_again_and_comes_true_every_time() {
        let report = run(VISIT, &planned(&format!("{VISIT} --rate 4 --duration 1s --connections 2"))).unwrap();
        assert!(report.holds() && report.done() > 0 && report.codes.is_empty(), "{:?} {:?}", report.proof, report.codes);
        assert_eq!(report.lag.count(), report.done(), "each visit ends with a look at the card");
    }
}
