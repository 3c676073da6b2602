//! Stories whose merchant can be told the time: waiting costs steps, not seconds, and everybody meets the same moments.

use crate::stand_in::{BEGIN_MS, Stopped, Told, serve, stopped};
use scenarios::run::Outcome;
use scenarios::telling::{Paint, tell};
use scenarios::{PlayOptions, Run, Story, Target, play};

async fn played(points_after_ms: i64, next_ms: Option<[Option<i64>; 2]>, ending: &str) -> (Run, Vec<Told>) {
    let Stopped { platform, merchant, told } = stopped(points_after_ms, next_ms);
    let text =
        format!("Feature: F\n  Scenario: S\n    Given the customer \"Li Lei\"\n    When Li Lei scans the join poster and agrees\n{ending}");
    let story = Story::read("f.feature", &text).unwrap();
    let target = Target::at(&serve(platform).await, serve(merchant).await);
    let run = play(&story, &target, &PlayOptions::default()).await;
    let told = told.lock().unwrap().clone();
    (run, told)
}

/// What the shop was told, counted from the beginning, each moment once.
fn heard(told: &[Told]) -> Vec<i64> {
    let mut moments: Vec<i64> =
        told.iter().filter_map(|told| if let Told::Shop(now) = told { Some(now - BEGIN_MS) } else { None }).collect();
    moments.dedup();
    moments
}

#[tokio::test]
async fn a_minute_of_waiting_is_steps_and_ends_at_the_second_it_came_true() {
    let (run, told) = played(60_000, None, "    Then within 75 s the card of Li Lei shows 35 points\n").await;
    assert!(run.passed(), "{}", tell(&run, Paint::Plain));
    assert_eq!(heard(&told), (0..=60).map(|second| second * 1_000).collect::<Vec<_>>(), "in steps, because nobody says what comes");
}

#[tokio::test]
async fn where_both_say_when_something_is_due_time_goes_there_at_once() {
    let dues = Some([Some(40_000), Some(60_500)]);
    let (run, told) = played(60_500, dues, "    Then within 75 s the card of Li Lei shows 35 points\n").await;
    assert!(run.passed(), "{}", tell(&run, Paint::Plain));
    assert_eq!(heard(&told), [0, 39_999, 40_000, 60_500]);
    let (run, told) = played(600_000, Some([None, None]), "    And 10 min pass\n    Then the card of Li Lei shows 35 points\n").await;
    assert!(run.passed(), "{}", tell(&run, Paint::Plain));
    assert_eq!(heard(&told), [0, 600_000], "nothing waits for anything");
}

#[tokio::test]
async fn both_clocks_show_the_same_when_the_platform_sends_something() {
    let (_, told) = played(75_000, Some([Some(40_000), None]), "    Then within 75 s the card of Li Lei shows 35 points\n").await;
    let place = |wanted: Told| told.iter().position(|told| *told == wanted).unwrap();
    assert!(place(Told::Shop(BEGIN_MS + 39_999)) < place(Told::Platform(BEGIN_MS + 40_000)), "{told:?}");
}

#[tokio::test]
async fn what_is_due_sooner_than_a_stride_comes_at_its_end_so_that_a_long_span_has_few_steps() {
    let dues = Some([None, Some(10)]);
    let (run, told) = played(3_600_000, dues, "    And 60 min pass\n    Then the card of Li Lei shows 35 points\n").await;
    assert!(run.passed(), "{}", tell(&run, Paint::Plain));
    assert_eq!(heard(&told), [0, 30_000, 3_600_000]);
}

#[tokio::test]
async fn a_bound_that_passes_is_told_as_virtual_time() {
    let (run, told) = played(90_000, None, "    Then within 75 s the card of Li Lei shows 35 points\n").await;
    let Outcome::Failed(failure) = &run.trouble().unwrap().outcome else { panic!("{run:?}") };
    assert_eq!(failure.seen, "the card showed 0 when 75 s of virtual time had passed");
    assert_eq!(heard(&told).last(), Some(&75_000));
}

#[tokio::test]
async fn time_that_passes_passes_for_platform_and_shop_and_steps_know_when_they_began() {
    let (run, told) = played(600_000, None, "    And 10 min pass\n    Then the card of Li Lei shows 35 points\n").await;
    assert!(run.passed(), "{}", tell(&run, Paint::Plain));
    assert_eq!(heard(&told), (0..=120).map(|stride| stride * 5_000).collect::<Vec<_>>());
    let began: Vec<Option<i64>> = run.steps().map(|step| step.at_ms).collect();
    assert_eq!(began, [Some(BEGIN_MS), Some(BEGIN_MS), Some(BEGIN_MS), Some(BEGIN_MS + 600_000)]);
}
