//! The minute's form of the hour that is kept in `results/`: a durable platform under a steady rate stays within its bounds, and its
//! books are in order afterwards. The rate is one that a debug build bears; no time is asserted.

use benches::ledger::machine::used_by;
use benches::load::{Address, Mode, Order, Part, Profile, Rate, run, tell};
use engine::journal::{BYTE_LIMIT, EXCHANGE_LIMIT};
use server::house::{House, Plan};
use std::time::Duration;

/// The write-ahead file: one pass of the keeper beside what may come during it.
const WRITE_AHEAD: u64 = 32 << 20;
/// What a process may grow by beside the journal: caches that fill, histograms, what the allocator keeps.
const BESIDE: u64 = 64 << 20;

#[test]
fn a_minute_of_steady_calls_stays_within_the_declared_bounds_and_leaves_the_books_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], data: Some(folder.path().to_owned()), seed: Some(1), ..Plan::default() };
    let house = runtime.block_on(House::open(&plan)).unwrap();
    let order = |sandbox: Option<&str>, span| Order {
        address: Address { target: house.base(), token: None, sandbox: sandbox.map(str::to_owned) },
        profile: Profile::named("totals").unwrap(),
        rate: Rate::PerSecond(200.0),
        span: Duration::from_secs(span),
        subjects: 1_000,
        connections: 16,
        mode: Mode::Live,
        seed: 1,
        part: Part::WHOLE,
        start_at: None,
        till: None,
        keep: true,
    };
    let resident = || used_by(std::process::id()).map_or(0, |used| used.resident);
    // what begins is no part of what goes on
    let first = run(&order(None, 10)).unwrap();
    assert!(first.holds() && first.done() > 0, "{}", tell(&first));
    let before = resident();
    let names = house.engine().names();
    let made = names.iter().find(|name| name.starts_with("load-")).unwrap();
    let report = run(&order(Some(made), 50)).unwrap();
    assert!(report.holds() && report.done() > 0 && report.codes.is_empty(), "{}", tell(&report));

    let grown = resident().saturating_sub(before);
    assert!(grown <= BYTE_LIMIT as u64 + BESIDE, "{} MiB more than after the first seconds", grown >> 20);
    let sandbox = house.engine().sandbox(made).unwrap();
    let kept = sandbox.journal().after(0, usize::MAX, |_| true).exchanges.len();
    assert!(kept > 0 && kept <= EXCHANGE_LIMIT, "{kept} exchanges");
    let ahead = std::fs::metadata(folder.path().join("kabao.db-wal")).unwrap().len();
    assert!(ahead <= WRITE_AHEAD, "{} MiB of write-ahead file", ahead >> 20);
    for sandbox in house.engine().log().sandboxes().unwrap() {
        let verdict = house.engine().log().verify(&sandbox).unwrap();
        assert!(matches!(verdict, log::Verdict::Whole { .. }), "{sandbox}: {verdict:?}");
    }
    runtime.block_on(house.close());
}
