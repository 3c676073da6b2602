//! The proof that rules bite: the sound practice merchant keeps every rule, each defect breaks its own rule and no other but
//! its declared consequences. Needs a running platform; every scenario gets a sandbox and a merchant of its own, as in `kabao play`.
//!
//! A defect lives through a common visit and through the stories that provoke what it breaks; the sound merchant through all of them.

use crate::judge::{Judged, judge_by};
use crate::practice::{Defect, PracticeShops};
use crate::rule::{Rule, Verdict};
use crate::rules;
use crate::run::Run;
use crate::terms::Terms;
use scenarios::{Playbill, Run as Bundle, Season, Venue};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What every merchant lives through.
const VISIT: &str = "alipay/shop_visit.feature";
/// How long one row may take, real time: far more than it does, so that no machine is too slow.
const ROW_TIME: Duration = Duration::from_mins(10);
/// What the sandboxes of the sound merchant are made from; each defect has a number of its own behind it, because the platform
/// shows calls that belong to no sandbox to all, and the same seed gives the same card numbers.
const SEED: u64 = 8_600_000;

/// Rules that no story provokes on the sound merchant, and why.
pub const UNPROVOKED: &[(&str, &str)] = &[("TPL-004", "the practice merchant's template has no actions")];

/// Which rows are played.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    defects: Vec<Defect>,
    /// The rules that the sound merchant has to show; it is not played without any.
    sound: Vec<&'static Rule>,
}

/// One merchant, played and judged.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is wrong with it; nothing for the sound one.
    pub defect: Option<Defect>,
    /// What was played.
    pub runs: Vec<Bundle>,
    /// What the rules say.
    pub judged: Judged,
    /// What is not as it should be, one line each; empty when the row is right.
    pub problems: Vec<String>,
    /// How long it took, real time.
    pub took: Duration,
}

impl Rows {
    /// The sound merchant and every defect.
    pub fn all() -> Self {
        Self { defects: Defect::ALL.to_vec(), sound: rules::all().collect() }
    }

    /// The rows of these rules, areas and defects, separated by commas, such as `OAU-001,SPI,client.utc_timestamp`; `sound` is the
    /// sound merchant alone with every story. A rule's rows are its defects, and the sound merchant with its story.
    ///
    /// # Errors
    /// A word that names none of them.
    pub fn named(words: &str) -> Result<Self, String> {
        let mut rows = Self::default();
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let named: Vec<&Rule> = rules::all().filter(|rule| word == rule.id || word == rule.area()).collect();
            match Defect::named(word) {
                Some(defect) => rows.defects.push(defect),
                None if word == "sound" => rows.sound.extend(rules::all()),
                None if named.is_empty() => return Err(format!("{word:?} is no rule, no area and no defect")),
                None => {
                    let breaks = |defect: &&Defect| named.iter().any(|rule| rule.id == defect.breaks());
                    rows.defects.extend(Defect::ALL.iter().filter(breaks));
                    rows.sound.extend(named);
                }
            }
        }
        rows.sound.sort_unstable_by_key(|rule| rule.id);
        rows.sound.dedup_by_key(|rule| rule.id);
        rows.defects.sort_unstable();
        rows.defects.dedup();
        Ok(rows)
    }

    /// Plays them against the platform at this address, so many at once, and compares; `told` hears of each as it ends.
    pub async fn play(&self, platform: &str, jobs: usize, told: &mut (dyn FnMut(&Row) + Send)) -> Vec<Row> {
        let sound = (!self.sound.is_empty()).then_some(None);
        // the sound one has the most to live through and is begun first
        // a call under a stranger's application is shown to all, and card numbers of two sandboxes can be the same: it comes last, alone
        let alone = |defect: &Defect| *defect == Defect::MixesAppIds;
        let beside = self.defects.iter().copied().filter(|defect| !alone(defect));
        let mut waiting = sound.into_iter().chain(beside.map(Some));
        let mut last = self.defects.iter().copied().filter(alone).map(Some);
        let mut under_way = JoinSet::new();
        let mut rows = Vec::new();
        loop {
            while under_way.len() < jobs.max(1)
                && let Some(defect) = waiting.next()
            {
                under_way.spawn(row(platform.to_owned(), defect, self.sound.clone()));
            }
            if under_way.is_empty()
                && let Some(defect) = last.next()
            {
                under_way.spawn(row(platform.to_owned(), defect, self.sound.clone()));
            }
            let Some(ended) = under_way.join_next().await else { break };
            let row = ended.expect("a row is judged whatever happens, it does not panic");
            told(&row);
            rows.push(row);
        }
        rows.sort_by_key(|row| row.defect);
        rows
    }
}

impl Row {
    /// The defect's name, or `sound`.
    pub fn name(&self) -> &'static str {
        self.defect.map_or("sound", Defect::name)
    }
}

/// Plays and judges one merchant; the sound one has to show these rules.
async fn row(platform: String, defect: Option<Defect>, shown: Vec<&'static Rule>) -> Row {
    let began = Instant::now();
    let stories: Vec<String> = match defect {
        Some(defect) => stories_of(defect),
        None => stories(shown.iter().filter_map(|rule| rule.provoked_by)),
    };
    let bill = Playbill::open(stories.iter().map(String::as_str)).expect("every story of the library reads, a test says so");
    let shops = Arc::new(PracticeShops { defects: defect.into_iter().collect() });
    let place = Defect::ALL.iter().position(|known| Some(*known) == defect).map_or(0, |place| place as u64 + 1);
    let seed = SEED + place;
    let mut season = Season::new(Venue::Own { platform, shops, jobs: 1 }, seed, format!("--seed {seed}"));
    season.whole = ROW_TIME;
    let runs = season.play(&bill, &mut |_| ()).await;
    season.sweep().await;
    let judged = judge_by(&runs, &every_rule());
    let problems = compare(defect, &shown, &runs, &judged);
    Row { defect, runs, judged, problems, took: began.elapsed() }
}

/// What shows a defect: the visit, its rule's story, those of its consequences, and stories of its own.
fn stories_of(defect: Defect) -> Vec<String> {
    let broken = expected_of(defect);
    let provoke = rules::all().filter(|rule| broken.contains(rule.id)).filter_map(|rule| rule.provoked_by);
    stories(provoke.chain(defect.shown_by().iter().copied()))
}

/// The visit and these, each once, as a playbill names them.
fn stories(provoke: impl Iterator<Item = &'static str>) -> Vec<String> {
    let others: BTreeSet<&str> = provoke.filter(|story| *story != VISIT).collect();
    std::iter::once(VISIT).chain(others).map(|story| format!("library/{story}")).collect()
}

/// The rules that are breached by a merchant with this defect.
fn expected_of(defect: Defect) -> BTreeSet<&'static str> {
    defect.consequences().iter().copied().chain([defect.breaks()]).collect()
}

fn every_rule() -> Terms {
    Terms { ids: rules::all().map(|rule| rule.id).collect(), ..Terms::default() }
}

/// What is not as it should be. The sound merchant has to show the rules `shown`.
pub fn compare(defect: Option<Defect>, shown: &[&Rule], runs: &[Bundle], judged: &Judged) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(why) = &judged.trouble {
        problems.push(format!("the kit broke: {why}"));
    }
    for judgement in &judged.judgements {
        if let Some(why) = judgement.kit_error() {
            problems.push(format!("{}: the kit broke: {why}", judgement.id));
        }
    }
    let expected = defect.map(expected_of).unwrap_or_default();
    for judgement in judged.breached().filter(|judgement| !expected.contains(judgement.id.as_str())) {
        let breach = judgement.breach().expect("only breached ones were taken");
        let proof = &breach.evidence;
        problems.push(format!("{} is breached although the merchant keeps it: {} {proof:?}", judgement.id, breach.observed));
    }
    for id in &expected {
        match judged.verdict(id) {
            Some(Verdict::Breached(_)) => {}
            verdict => problems.push(format!("{id} does not bite: {verdict:?}")),
        }
    }
    problems.extend(defect.and_then(|defect| misjudged(defect, runs)));
    if defect.is_none() {
        let steps = runs.iter().filter_map(|run| Some((run, run.trouble()?)));
        problems.extend(steps.map(|(run, step)| {
            format!("the sound merchant fails {}:{}: {} {:?}", run.story.path, step.place.line, step.sentence, step.outcome)
        }));
        problems.extend(shown.iter().filter_map(|rule| unshown(rule, judged)));
    }
    problems
}

/// What is wrong with what a defect says about itself: that its shop never gives a card to anybody, or that it does.
fn misjudged(defect: Defect, runs: &[Bundle]) -> Option<String> {
    let opened = runs.iter().any(|run| Run::of(run).state.cards.values().any(|card| !card.external.is_empty()));
    let says = |what| format!("{what}: `Defect::stops_the_shop` says the opposite");
    match (opened, defect.stops_the_shop()) {
        (false, false) => Some(says("no card is opened")),
        (true, true) => Some(says("cards are opened")),
        _ => None,
    }
}

/// Why the sound merchant did not show a rule, or stands on the list of those it cannot show although it did.
fn unshown(rule: &Rule, judged: &Judged) -> Option<String> {
    let listed = UNPROVOKED.iter().any(|(id, _)| *id == rule.id);
    match judged.verdict(rule.id) {
        Some(Verdict::NotExercised(why)) if !listed => Some(format!("no story provokes {}: {why}", rule.id)),
        Some(Verdict::Holds) if listed => Some(format!("{} holds: take it off the list of rules that nothing provokes", rule.id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_named_by_rules_areas_and_defects() {
        let rows = Rows::named("SIG-008, OPN-001,client.utc_timestamp,client.utc_timestamp").unwrap();
        assert_eq!(rows.defects, [Defect::NewSerialOnRetry, Defect::UtcTimestamp, Defect::CommentsInJson, Defect::RepeatsAKey]);
        assert_eq!(rows.sound.iter().map(|rule| rule.id).collect::<Vec<_>>(), ["OPN-001", "SIG-008"]);
        assert!(Rows::named("SIG").unwrap().sound.len() > 5);
        assert!(Rows::named("client.utc_timestamp").unwrap().sound.is_empty());
        assert!(Rows::named("OPN-999").unwrap_err().contains("OPN-999"));
    }

    #[test]
    fn what_nothing_provokes_is_a_rule_and_has_a_reason() {
        assert!(UNPROVOKED.is_sorted_by(|one, other| one.0 < other.0), "sort the list, nothing twice");
        for (id, why) in UNPROVOKED {
            assert!(rules::all().any(|rule| rule.id == *id) && why.len() > 20, "{id}: {why}");
        }
    }

    #[test]
    fn a_defect_lives_through_the_visit_and_the_stories_of_what_it_breaks() {
        assert_eq!(
            stories_of(Defect::NewSerialOnRetry),
            ["library/alipay/shop_visit.feature", "library/alipay/opening/lost_reply.feature"]
        );
        assert_eq!(stories_of(Defect::UtcTimestamp), ["library/alipay/shop_visit.feature"]);
    }
}
