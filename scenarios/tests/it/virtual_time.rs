//! Stories whose merchant can be told the time: waiting costs steps, not seconds, and everybody meets the same moments.

use crate::stand_in::{BEGIN_MS, Stopped, serve, stopped};
use scenarios::run::Outcome;
use scenarios::telling::{Paint, tell};
use scenarios::{PlayOptions, Run, Story, Target, play};
use std::time::{Duration, Instant};

async fn played(points_after_ms: i64, ending: &str) -> (Run, Vec<i64>) {
    let Stopped { platform, merchant, told } = stopped(points_after_ms);
    let text =
        format!("Feature: F\n  Scenario: S\n    Given the customer \"Li Lei\"\n    When Li Lei scans the join poster and agrees\n{ending}");
    let story = Story::read("f.feature", &text).unwrap();
    let target = Target::at(&serve(platform).await, serve(merchant).await);
    let run = play(&story, &target, &PlayOptions::default()).await;
    let told = told.lock().unwrap().clone();
    (run, told)
}

#[tokio::test]
async fn a_minute_of_waiting_takes_no_minute_and_ends_at_the_second_it_came_true() {
    let begun = Instant::now();
    let (run, told) = played(60_000, "    Then within 75 s the card of Li Lei shows 35 points\n").await;
    assert!(run.passed(), "{}", tell(&run, Paint::Plain));
    assert_eq!(told.last(), Some(&(BEGIN_MS + 60_000)));
    assert!(told.is_sorted(), "the shop's clock never went back: {told:?}");
    assert!(begun.elapsed() < Duration::from_secs(30), "75 s of virtual time took {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_bound_that_passes_is_told_as_virtual_time() {
    let (run, told) = played(90_000, "    Then within 75 s the card of Li Lei shows 35 points\n").await;
    let Outcome::Failed(failure) = &run.trouble().unwrap().outcome else { panic!("{run:?}") };
    assert_eq!(failure.seen, "the card showed 0 when 75 s of virtual time had passed");
    assert_eq!(told.last(), Some(&(BEGIN_MS + 75_000)));
}

#[tokio::test]
async fn time_that_passes_passes_for_platform_and_shop_and_steps_know_when_they_began() {
    let (run, told) = played(600_000, "    And 10 min pass\n    Then the card of Li Lei shows 35 points\n").await;
    assert!(run.passed(), "{}", tell(&run, Paint::Plain));
    assert_eq!(told.last(), Some(&(BEGIN_MS + 600_000)));
    let began: Vec<Option<i64>> = run.steps().map(|step| step.at_ms).collect();
    assert_eq!(began, [Some(BEGIN_MS), Some(BEGIN_MS), Some(BEGIN_MS), Some(BEGIN_MS + 600_000)]);
}
