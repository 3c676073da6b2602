//! The matrix of defects against a real platform in the same process: sound → every rule holds; each defect → its own rule and
//! its declared consequences, and nothing else. What was seen is judged again from what was kept, and must say the same.
//!
//! `KABAO_ROWS=OAU-001,client.utc_timestamp cargo test -p kabao-conformance --test matrix -- --nocapture` plays some rows alone;
//! with `KABAO_JOBS=1` the processor time of a row is its own.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

use conformance::matrix::{Row, Rows, UNPROVOKED};
use conformance::profile::{self, Profile};
use conformance::report::{Report, Reporter, Terminal};
use conformance::{Breach, Terms, judge_by};
use scenarios::Run as Bundle;
use scenarios::telling::{Paint, tell};
use server::house::{House, Plan};
use std::time::{Duration, Instant};

/// How many rows are played at once.
const JOBS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sound_merchant_keeps_every_rule_and_each_defect_breaks_its_own() {
    let rows = std::env::var("KABAO_ROWS").map_or_else(|_| Rows::all(), |words| Rows::named(&words).unwrap());
    let jobs = std::env::var("KABAO_JOBS").map_or(JOBS, |jobs| jobs.parse().unwrap());
    let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(7), ..Plan::default() };
    let house = House::open(&plan).await.unwrap();
    let (began, mut used) = (Instant::now(), processor());
    let whole = used;
    let mut told = |row: &Row| {
        let before = std::mem::replace(&mut used, processor());
        let (wall, own) = (row.took.as_millis(), used.saturating_sub(before).as_millis());
        let slowest = row.runs.iter().max_by_key(|run| run.took_ms);
        let slowest = slowest.map_or_else(String::new, |run| format!("{} in {} ms", run.story.path, run.took_ms));
        println!("{wall:>7} ms wall {own:>7} ms processor {:>3} runs  {}, slowest {slowest}", row.runs.len(), row.name());
    };
    let rows = rows.play(&house.base(), jobs, &mut told).await;
    println!("{} rows: {:?} wall, {:?} processor, {jobs} at once", rows.len(), began.elapsed(), processor().saturating_sub(whole));
    house.close().await;
    let wrong: Vec<String> = rows.iter().filter_map(problems).collect();
    assert!(!rows.is_empty() && wrong.is_empty(), "{} of {} rows are not as they should be\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// What is not right about a row, with what the merchant did and how it is played again.
fn problems(row: &Row) -> Option<String> {
    let mut problems = row.problems.clone();
    problems.extend(row.judged.breached().filter_map(|one| one.breach()).flat_map(unproved));
    let kept: Vec<Bundle> = serde_json::from_str(&serde_json::to_string(&row.runs).unwrap()).unwrap();
    let terms = Terms { ids: conformance::rules::all().map(|rule| rule.id).collect(), ..Terms::default() };
    if judge_by(&kept, &terms) != row.judged {
        problems.push("judged again from what was kept it says something else".to_owned());
    }
    problems.extend(row.runs.iter().filter_map(exposed));
    if row.defect.is_none() && std::env::var_os("KABAO_ROWS").is_none() {
        problems.extend(profile::ALL.iter().filter_map(|profile| unproved_profile(profile, &row.runs)));
    }
    if problems.is_empty() {
        return None;
    }
    let stories: String = row.runs.iter().filter(|run| !run.passed()).map(|run| tell(run, Paint::Plain)).collect();
    let report = Terminal::default().report(&Report { runs: &row.runs, judged: &row.judged });
    let again = format!("KABAO_ROWS={} cargo test -p kabao-conformance --test matrix", row.name());
    Some(format!("\n=== {}\n{stories}\n{report}\n  !! {}\n  again: {again}\n", row.name(), problems.join("\n  !! ")))
}

/// What of people and keys was kept although nobody but them should know it.
fn exposed(run: &Bundle) -> Option<String> {
    let text = serde_json::to_string(&(&run.exchanges, &run.strays, &run.events)).unwrap();
    let secret = ["Li Lei", "Han Meimei", "李雷", "韩梅梅", "authusrB", "1380013", "1390013", "PRIVATE KEY"];
    let found = secret.into_iter().find(|secret| text.contains(secret))?;
    let at = text.find(found)?;
    let around: String = text[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
    Some(format!("what was kept of {} holds {found}: {around}", run.story.path))
}

/// What the sound merchant's run of a profile's own stories lacks to be green.
fn unproved_profile(profile: &'static Profile, runs: &[Bundle]) -> Option<String> {
    let terms = Terms { profiles: vec![profile], ..Terms::default() };
    let own: Vec<Bundle> = runs.iter().filter(|run| terms.stories().iter().any(|story| run.story.path.ends_with(story))).cloned().collect();
    let judged = judge_by(&own, &terms);
    let open = judged.judgements.iter().filter(|one| one.required && one.not_exercised().is_some());
    let open: Vec<&str> = open.map(|one| one.id.as_str()).filter(|id| UNPROVOKED.iter().all(|(known, _)| known != id)).collect();
    (!open.is_empty()).then(|| format!("the stories of {} leave {open:?} open", profile.name))
}

/// What a breach lacks of proof and help.
fn unproved(breach: &Breach) -> Vec<String> {
    let mut lacks = Vec::new();
    if breach.expected.is_empty() || breach.observed.is_empty() || breach.evidence.exchanges.is_empty() || breach.evidence.facts.is_empty()
    {
        lacks.push(format!("it is not proved: {breach:?}"));
    }
    let chinese = |text: &str| text.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character));
    for (hint, is_chinese) in [(&breach.hint.en, false), (&breach.hint.zh, true)] {
        if !(10..=200).contains(&hint.chars().count()) || chinese(hint) != is_chinese {
            lacks.push(format!("a hint of {} characters: {hint}", hint.chars().count()));
        }
    }
    lacks
}

/// The processor time of this process, threads that ended included; none where the system does not tell.
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_the_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = behind_the_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    // hundredths of a second on every Linux
    Duration::from_millis(ticks * 10)
}
