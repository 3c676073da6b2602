//! How long a start takes, and what a card costs in memory: an empty house, and one with a million cards from its snapshot.
//!
//! `cargo bench -p kabao-benches --bench start [-- --cards N]`. Each start is a fresh process (this program again), measured from
//! the process's own first instruction to the address being bound and the state being there. Promises: 0.2 s empty, 2 s and 400 bytes a
//! card with a million.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made should stop loudly")]
#![expect(clippy::print_stdout, reason = "the table is the result")]

mod shop;

use server::house::{House, Plan};
use shop::fill;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const RUNS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    if let Some(folder) = after("--child") {
        return child(Path::new(folder));
    }
    let cards: u64 = after("--cards").map_or(1_000_000, |cards| cards.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (empty, full) = (folder.path().join("empty"), folder.path().join("full"));
    measure(&empty);
    let begun = Instant::now();
    fill(&full, cards);
    println!("filled with {cards} cards in {:.1} s", begun.elapsed().as_secs_f64());
    let (mut empties, mut fulls) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        empties.push(measure(&empty));
        fulls.push(measure(&full));
    }
    let median = |runs: &mut Vec<(f64, u64)>| {
        runs.sort_by(|a, b| a.0.total_cmp(&b.0));
        runs[runs.len() / 2]
    };
    let (without, with) = (median(&mut empties), median(&mut fulls));
    let each = (with.1 - without.1) * 1024 / cards;
    println!("| start | median s | worst s | resident MiB |\n| --- | --- | --- | --- |");
    println!("| empty | {:.3} | {:.3} | {} |", without.0, empties[RUNS - 1].0, without.1 >> 10);
    println!("| {cards} cards | {:.3} | {:.3} | {} |", with.0, fulls[RUNS - 1].0, with.1 >> 10);
    println!("resident bytes a card: {each}");
}

fn child(folder: &Path) {
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], data: Some(folder.to_owned()), seed: Some(1), ..Plan::default() };
    let house = runtime.block_on(House::open(&plan)).unwrap();
    let took = begun.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap().split_whitespace().nth(1).unwrap().to_owned();
    println!("{took} {resident}");
    runtime.block_on(house.close());
}

/// Starts a process over `folder`; gives seconds and KiB.
fn measure(folder: &Path) -> (f64, u64) {
    let output = Command::new(std::env::current_exe().unwrap()).args(["--child", folder.to_str().unwrap()]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (took, resident) = text.trim().split_once(' ').unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (took.parse().unwrap(), resident.parse().unwrap())
}
