//! Every fact a story can look at is looked at where nothing happened: a shop with its template, and two people who do nothing.
//!
//! A fact that is true there says nothing when it is the only one; those that may be are listed with the reason.

use conformance::practice::PracticeShops;
use scenarios::run::Outcome;
use scenarios::vocabulary::Kind;
use scenarios::{Playbill, Season, Venue};
use server::house::{House, Plan};
use std::fmt::Write;
use std::sync::Arc;

/// Facts that hold where nothing happened, and why they may: each says that something did not happen.
const MAY_HOLD: &[(&str, &str)] = &[
    ("{customer} has paid nothing", "after a payment that came to nothing it is the fact itself"),
    ("{customer} holds no member card", "after an opening that was refused it is the fact itself"),
    ("the mini program gets no phone number of {customer}", "it has asked, and was refused"),
    ("the number of members has not grown", "after a joining that came to nothing it is the fact itself"),
    ("the merchant has not called {text}", "after something that asks for no call it is the fact itself"),
    ("the merchant's gateway passes the platform's check", "it asks by itself"),
    ("the merchant has nothing left to do", "stories wait for it; what was done stands in other facts"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_are_not_true_where_nothing_happened() {
    let facts: Vec<_> = scenarios::steps().iter().filter(|step| step.kind == Kind::Fact).collect();
    let mut text = "Feature: Where nothing happened\n".to_owned();
    for fact in &facts {
        let example = fact.example.split_once(" s ").filter(|_| fact.example.starts_with("within ")).map_or(fact.example, |(_, rest)| rest);
        let scene = "    Given the merchant \"tea-house\" with a member card template\n    And the customer \"Li Lei\"\n    And the customer \"Han Meimei\"\n";
        let _ = write!(text, "\n  @aes\n  Scenario: {}\n{scene}    Then {example}\n", fact.english.replace(['{', '}'], "_"));
    }
    let file = tempfile::Builder::new().suffix(".feature").tempfile().unwrap();
    std::fs::write(file.path(), &text).unwrap();
    let bill = Playbill::open([file.path().to_str().unwrap()]).unwrap_or_else(|faults| panic!("{}\n{text}", faults[0]));
    let house = House::open(&Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(15), ..Plan::default() }).await.unwrap();
    let venue = Venue::Own { platform: house.base(), shops: Arc::new(PracticeShops::default()), jobs: 4 };
    let runs = Season::new(venue, 15, String::new()).play(&bill, &mut |_| ()).await;
    house.close().await;
    let mut wrong = Vec::new();
    for (fact, run) in facts.iter().zip(&runs) {
        let steps: Vec<_> = run.steps().collect();
        let (last, before) = steps.split_last().unwrap();
        assert!(before.iter().all(|step| step.outcome == Outcome::Passed), "the scene could not be set: {before:?}");
        let may = MAY_HOLD.iter().any(|(english, _)| *english == fact.english);
        match (&last.outcome, may) {
            (Outcome::Failed(_) | Outcome::Broken(_), false) | (Outcome::Passed, true) => {}
            (outcome, _) => wrong.push(format!("{}: {outcome:?}, listed as one that may hold: {may}", fact.example)),
        }
    }
    assert_eq!(runs.len(), facts.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
