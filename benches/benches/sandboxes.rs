//! How long making a sandbox takes, over the real log on this machine's disk: alone, and with others being made beside it.
//!
//! `cargo bench -p kabao-benches --bench sandboxes [-- --count N]`. The promise is 20 ms for one. What is measured is
//! `Engine::create` until it is durable; HTTP adds well under a millisecond to it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made should stop loudly")]
#![expect(clippy::print_stdout, reason = "the table is the result")]

use engine::{Engine, KeyStore, NewSandbox};
use std::sync::Arc;
use std::time::{Duration, Instant};
use world::clock::Clock;
use world::merchant::Merchant;

/// Makers at once in the second measurement.
const MAKERS: usize = 16;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let count = arguments.iter().position(|argument| argument == "--count").and_then(|at| arguments.get(at + 1));
    let count: usize = count.map_or(1_000, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let log = log::Sqlite::open(&folder.path().join("kabao.db")).unwrap();
    let engine = Engine::open(Arc::new(log), Arc::new(KeyStore::open(None).unwrap())).unwrap();
    println!("| making a sandbox | median ms | p99 ms | worst ms |\n| --- | --- | --- | --- |");
    tell("alone", (0..count).map(|number| make(&engine, &format!("a{number}"))).collect());
    let together = std::thread::scope(|scope| {
        let makers: Vec<_> = (0..MAKERS)
            .map(|maker| {
                let engine = &engine;
                scope.spawn(move || (maker..count).step_by(MAKERS).map(|number| make(engine, &format!("b{number}"))).collect::<Vec<_>>())
            })
            .collect();
        makers.into_iter().flat_map(|maker| maker.join().unwrap()).collect()
    });
    tell(&format!("{MAKERS} at once"), together);
}

/// Makes one, and says how long it took until it was durable.
fn make(engine: &Engine, name: &str) -> Duration {
    let new = NewSandbox { name: name.to_owned(), seed: 7, published_keys: true, clock: Clock::default() };
    let begun = Instant::now();
    engine.create(&new, |call| call.record(Merchant { id: "2088000000000001".into(), name: "tea house".to_owned() })).unwrap();
    begun.elapsed()
}

fn tell(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let ms = |at: usize| took[at.min(took.len() - 1)].as_secs_f64() * 1_000.0;
    println!("| {what} | {:.2} | {:.2} | {:.2} |", ms(took.len() / 2), ms(took.len() * 99 / 100), ms(took.len() - 1));
}
