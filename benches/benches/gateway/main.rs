//! The gateway beside what one would hold it against, in turns within one run: a bare server that parses and verifies, the raw rate at
//! which this machine signs, and a stub server of other people.
//!
//! `cargo bench -p kabao-benches --bench gateway [-- --cards N --requests N --seconds N --rounds N --connections N --peer HOST:PORT --peer-pid PID]`;
//! with `--million`, `--seventy`, `--hour` or `--surge` one of the figures of the whole instead (`figures.rs`).
//! Servers are processes of their own on the same cores; the caller takes its share of them. `alipay.marketing.card.update` is
//! durable and its answer is one constant; `alipay.marketing.card.query` asks for a card that was never asked for, so each answer is
//! new and has to be signed: more requests than all rounds together call for, so that none is asked for twice.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made should stop loudly")]
#![expect(clippy::print_stdout, reason = "the table is the result")]

mod bare;
mod beside;
mod client;
mod figures;
mod processes;
#[path = "../shop/mod.rs"]
mod shop;
mod signing;

use beside::{Measure, measure};
use processes::say_ready;
use server::house::{House, Plan};
use std::path::{Path, PathBuf};
use wire::pool;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if let Some(folder) = after("--house") {
        return runtime.block_on(house(Path::new(folder)));
    }
    if arguments.iter().any(|argument| argument == "--bare") {
        return runtime.block_on(bare::serve(pool::signing_key(0).verifying().clone()));
    }
    let number = |name: &str, otherwise: usize| after(name).map_or(otherwise, |text| text.parse().unwrap());
    let given = |name: &str| arguments.iter().any(|argument| argument == name);
    let asked = |cards: usize, seconds: usize| figures::Asked {
        cards: u32::try_from(number("--cards", cards)).unwrap(),
        seconds: number("--seconds", seconds) as u64,
        profile: after("--profile").map_or("totals", String::as_str).to_owned(),
        rate: after("--rate").map_or(2_000.0, |rate| rate.parse().unwrap()),
        out: after("--out").map(PathBuf::from),
    };
    if given("--million") {
        return figures::million(&asked(1_000_000, 60));
    }
    if given("--seventy") {
        return figures::seventy(&asked(200_000, 60));
    }
    if given("--hour") {
        if !figures::long(&asked(100_000, 3_600)) {
            std::process::exit(1);
        }
        return;
    }
    if given("--surge") {
        return figures::surge(&asked(200_000, 30));
    }
    let plan = Measure {
        cards: number("--cards", 100_000),
        requests: number("--requests", 100_000),
        seconds: number("--seconds", 3),
        rounds: number("--rounds", 5),
        connections: number("--connections", 64),
        peer: after("--peer").map(|address| address.parse().unwrap()),
        peer_process: after("--peer-pid").map(|process| process.parse().unwrap()),
    };
    // filling a folder is blocking work
    let folder = tempfile::tempdir().unwrap();
    shop::fill(&folder.path().join("shop"), plan.cards as u64);
    runtime.block_on(measure(&plan, folder.path()));
}

async fn house(folder: &Path) {
    let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], data: Some(folder.to_owned()), seed: Some(1), ..Plan::default() };
    let house = House::open(&plan).await.unwrap();
    house.keys_made().await;
    say_ready(house.addresses[0]);
    std::future::pending::<()>().await;
}
