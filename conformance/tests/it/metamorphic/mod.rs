//! Verdicts under changes of the run that change nothing about the merchant: a sound run cut off anywhere, with holes, beside
//! another's, moved in time, under other numbers, in another order, written down and read again.
//!
//! The sound practice merchant plays the library's stories once, in memory; every test changes these same runs. `KABAO_SEED` chooses
//! other places to cut and other pairs; a failure names the seed.

mod change;
mod cut;

use conformance::judge::Judgement;
use conformance::practice::{Defect, PracticeShops};
use conformance::{Judged, Terms, judge_by, rules};
use scenarios::sight::Sight;
use scenarios::{Playbill, Run as Bundle, Season, Venue};
use server::house::{House, Plan};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// Cuts and holes tried of each run; `KABAO_TRIES` tries more.
fn tries() -> usize {
    std::env::var("KABAO_TRIES").map_or(1, |tries| tries.parse().unwrap())
}

/// The sound merchant's runs, played once.
fn sound() -> &'static [Bundle] {
    static RUNS: OnceLock<Vec<Bundle>> = OnceLock::new();
    RUNS.get_or_init(|| {
        let stories: BTreeSet<String> = rules::all().filter_map(|rule| rule.provoked_by).map(|story| format!("library/{story}")).collect();
        let runs = play(&stories, None);
        assert!(runs.iter().all(|run| run.passed() && run.incomplete.is_none()), "the sound merchant plays every story to its end");
        runs
    })
}

/// Runs in which rules are breached.
fn wrong() -> &'static [Bundle] {
    static RUNS: OnceLock<Vec<Bundle>> = OnceLock::new();
    RUNS.get_or_init(|| {
        let defects = [Defect::UnknownIsFailure, Defect::NewestFirst, Defect::ReadsRefundAsPayment];
        let runs = defects.into_iter().flat_map(|defect| {
            let rule = rules::all().find(|rule| rule.id == defect.breaks()).unwrap();
            play(&[format!("library/{}", rule.provoked_by.unwrap())].into(), Some(defect))
        });
        let kept = [Defect::UtcTimestamp, Defect::NewSerialOnRetry].map(|defect| crate::recorded::recording(Some(defect)));
        runs.chain(kept).collect()
    })
}

fn play(stories: &BTreeSet<String>, defect: Option<Defect>) -> Vec<Bundle> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let house = House::open(&Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(10), ..Plan::default() }).await.unwrap();
        let shops = Arc::new(PracticeShops { defects: defect.into_iter().collect() });
        let bill = Playbill::open(stories.iter().map(String::as_str)).unwrap();
        let venue = Venue::Own { platform: house.base(), shops, jobs: 2 };
        let runs = Season::new(venue, 1_010, String::new()).play(&bill, &mut |_| ()).await;
        house.close().await;
        runs
    })
}

/// Numbers that a seed gives.
struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    fn new() -> Self {
        let seed = std::env::var("KABAO_SEED").map_or(10, |seed| seed.parse().unwrap());
        Self { seed, state: seed }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        usize::try_from((mixed ^ (mixed >> 29)) % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

fn judged(bundles: &[Bundle]) -> Judged {
    judge_by(bundles, &Terms { ids: rules::all().map(|rule| rule.id).collect(), ..Terms::default() })
}

/// The verdicts on a run before it was changed, judged once.
fn as_it_was(run: &Bundle) -> &'static Judged {
    static JUDGED: OnceLock<Vec<(String, Judged)>> = OnceLock::new();
    let name = |run: &Bundle| format!("{} {}", run.sandbox, run.story.path);
    let all = JUDGED.get_or_init(|| sound().iter().chain(wrong()).map(|run| (name(run), judged(std::slice::from_ref(run)))).collect());
    &all.iter().find(|(known, _)| *known == name(run)).expect("one of the runs that were played").1
}

/// What is breached, or where the kit failed, each with what was seen.
fn wrongs(judged: &Judged) -> Vec<String> {
    let wrong = |one: &Judgement| {
        let breach = one.breach().map(|breach| format!("{} {:?}", breach.observed, breach.evidence.facts));
        breach.or(one.kit_error().map(str::to_owned))
    };
    judged.judgements.iter().filter_map(|one| Some(format!("{}: {}", one.id, wrong(one)?))).collect()
}

/// Every rule's verdict in a word.
fn words(judged: &Judged) -> BTreeMap<String, &'static str> {
    let word = |one: &Judgement| match (one.breach(), one.not_exercised(), one.kit_error()) {
        (Some(_), ..) => "is breached",
        (_, Some(_), _) => "is not exercised",
        (.., Some(_)) => "fails",
        _ => "holds",
    };
    judged.judgements.iter().map(|one| (one.id.clone(), word(one))).collect()
}

/// Rules whose word is another one.
fn differences(before: &Judged, after: &Judged) -> Vec<String> {
    let (before, after) = (words(before), words(after));
    before.iter().filter(|(id, word)| after[*id] != **word).map(|(id, word)| format!("{id} {word}, then {}", after[id])).collect()
}

#[test]
fn a_sound_run_that_ends_anywhere_breaches_nothing() {
    let mut chance = Chance::new();
    let mut failures = BTreeSet::new();
    for run in sound() {
        for _ in 0..tries() {
            let (place, offset_ms) = (chance.below(run.exchanges.len()), [0, 7_000][chance.below(2)]);
            let found = wrongs(&judged(&[cut::ended_at(run, place, offset_ms)]));
            let line = run.scenarios[0].place.line;
            failures.extend(found.into_iter().map(|wrong| format!("{}:{line} cut behind exchange {place}: {wrong}", run.story.path)));
        }
    }
    assert!(failures.is_empty(), "seed {}\n{}", chance.seed, failures.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_sound_run_of_which_some_was_lost_breaches_nothing() {
    let mut chance = Chance::new();
    let mut failures = BTreeSet::new();
    for run in sound() {
        for _ in 0..tries() {
            let most = [1, 2, 5, 20][chance.below(4)];
            let lost: BTreeSet<usize> = (0..most).map(|_| chance.below(run.exchanges.len())).collect();
            let found = wrongs(&judged(&[cut::with_holes(run, &lost)]));
            failures.extend(found.into_iter().map(|wrong| format!("{} without exchanges {lost:?}: {wrong}", run.story.path)));
        }
    }
    assert!(failures.is_empty(), "seed {}\n{}", chance.seed, failures.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn sound_runs_of_two_sandboxes_are_sound_together_and_show_what_each_of_them_shows() {
    let mut chance = Chance::new();
    let mut failures = BTreeSet::new();
    for run in sound() {
        let other = another(&mut chance, run);
        let both = format!("{} and {}", run.story.path, other.story.path);
        let together = judged(&[run.clone(), other.clone()]);
        failures.extend(wrongs(&together).into_iter().map(|wrong| format!("{both}: {wrong}")));
        failures.extend(lost([run, other], &together).into_iter().map(|id| format!("{both}: {id} held")));
    }
    assert!(failures.is_empty(), "seed {}\n{}", chance.seed, failures.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn sound_runs_of_two_merchants_in_one_sandbox_are_sound_together_and_show_what_each_of_them_shows() {
    let mut chance = Chance::new();
    let mut failures = BTreeSet::new();
    for run in sound() {
        let other = another(&mut chance, run);
        let both = format!("{} and {}", run.story.path, other.story.path);
        let same_numbers = judged(&[change::one_after_the_other(run, other)]);
        failures.extend(wrongs(&same_numbers).into_iter().map(|wrong| format!("{both}: {wrong}")));
        // which of two merchants showed something at the till cannot be told when both gave the same number
        let together = judged(&[change::one_after_the_other(run, &change::with_own_numbers(other))]);
        failures.extend(wrongs(&together).into_iter().map(|wrong| format!("{both} with numbers of its own: {wrong}")));
        failures.extend(lost([run, other], &together).into_iter().map(|id| format!("{both}: {id} held")));
    }
    assert!(failures.is_empty(), "seed {}\n{}", chance.seed, failures.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Another of the sound runs than this one.
fn another<'r>(chance: &mut Chance, run: &Bundle) -> &'r Bundle {
    let others: Vec<&Bundle> = sound().iter().filter(|other| other.sandbox != run.sandbox).collect();
    others[chance.below(others.len())]
}

/// Rules that held in one of the runs and do not in both together.
fn lost(alone: [&Bundle; 2], together: &Judged) -> Vec<String> {
    let together = words(together);
    let held = alone.into_iter().flat_map(|run| words(as_it_was(run))).filter(|(_, word)| *word == "holds");
    held.map(|(id, _)| id).filter(|id| together[id] != "holds").collect()
}

#[test]
fn time_and_numbers_that_are_all_moved_alike_change_no_verdict() {
    for run in sound().iter().chain(wrong()) {
        for (what, changed) in
            [("to the past", change::later(run, -11 * 86_400 - 7)), ("to other numbers", change::with_own_numbers(&change::renamed(run)))]
        {
            assert_ne!(*run, changed, "{} moved {what}", run.story.path);
            let differences = differences(as_it_was(run), &judged(&[changed]));
            assert!(differences.is_empty(), "{} moved {what}: {differences:#?}", run.story.path);
        }
    }
}

#[test]
fn a_run_judged_twice_or_from_what_was_written_gives_the_same_to_the_letter() {
    for run in sound().iter().chain(wrong()) {
        let live = as_it_was(run);
        assert_eq!(*live, judged(std::slice::from_ref(run)));
        assert_eq!(*live, judged(&[Bundle::from_json(&run.to_json()).unwrap()]), "{}", run.story.path);
    }
}

#[test]
fn the_order_of_what_came_at_the_same_moment_and_has_nothing_to_do_with_each_other_changes_no_verdict() {
    for run in sound().iter().chain(wrong()) {
        let before = as_it_was(run);
        let mut backwards = run.clone();
        backwards.exchanges.reverse();
        backwards.events.reverse();
        assert_eq!(*before, judged(&[backwards]), "{}: what is numbered is sorted by its number", run.story.path);
        for changed in change::swapped(run) {
            let differences = differences(before, &judged(&[changed]));
            assert!(differences.is_empty(), "{}: {differences:#?}", run.story.path);
        }
    }
}

#[test]
fn the_wrong_runs_show_breaches_so_that_changes_could_take_them_away() {
    for run in wrong() {
        assert!(as_it_was(run).breached().count() > 0, "{}", run.story.path);
    }
}

#[test]
fn what_was_shown_says_of_people_and_addresses_nothing_that_can_be_tried_out() {
    let is_place = |mark: &str| mark.split('-').count() == 2 && mark.bytes().all(|letter| letter.is_ascii_digit() || letter == b'-');
    let sights = || sound().iter().flat_map(|run| &run.sights);
    // the places count what was asked in a scenario; a digest of it would be confirmed by whoever guesses it
    assert!(sights().all(|sight| sight.mark.is_empty() || is_place(&sight.mark)));
    assert!(sights().filter(|sight| !sight.mark.is_empty()).count() > 500, "tills and pages have marks");
    for sight in sights() {
        // who came is a name of the story's, not of the platform's
        let text = serde_json::to_string(&Sight { who: String::new(), ..sight.clone() }).unwrap();
        let secret = ["Li Lei", "Han Meimei", "李雷", "韩梅梅", "authusrB", "1380013", "1390013", "auth_code=", "PRIVATE KEY"];
        assert!(secret.into_iter().all(|secret| !text.contains(secret)), "{text}");
    }
}
