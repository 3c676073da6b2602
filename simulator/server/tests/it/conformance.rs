//! The proof that rules bite, against the binary: sound merchant and every defect, each in a sandbox of its own.
//!
//! `cargo run -p kabao-conformance --example matrix` records what is seen here for conformance's own tests.

use crate::place::Place;
use conformance::matrix::{Row, matrix};
use conformance::practice::Defect;
use conformance::report::{Report, Reporter, Terminal};
use scenarios::telling::{Paint, tell};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sound_merchant_keeps_every_rule_and_each_defect_breaks_its_own() {
    let place = Place::in_memory(&["--seed", "7"]);
    let begun = Instant::now();
    let rows = matrix(&place.base).await.unwrap();
    assert_eq!(rows.len(), Defect::ALL.len() + 1);
    let wrong: Vec<&Row> = rows.iter().filter(|row| !row.problems.is_empty()).collect();
    assert!(wrong.is_empty(), "{}", wrong.iter().map(|row| told(row)).collect::<String>());
    assert!(begun.elapsed() < Duration::from_mins(1), "the matrix took {:?}", begun.elapsed());
    place.stop();
}

fn told(row: &Row) -> String {
    let name = row.defect.map_or("sound", Defect::name);
    let stories: String = row.runs.iter().map(|run| tell(run, Paint::Plain)).collect();
    let report = Terminal::default().report(&Report { runs: &row.runs, judged: &row.judged });
    format!("\n=== {name}\n{stories}\n{report}\n{}\n", row.problems.join("\n"))
}
