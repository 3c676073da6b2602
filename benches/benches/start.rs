//! How long a start takes, and what a card costs in memory: an empty house, and one with a million cards from its snapshot.
//!
//! `cargo bench -p kabao-benches --bench start [-- --cards N]`. Each start is a fresh process (this program again), measured from
//! the process's own first instruction to the address being bound and the state being there. Promises: 0.2 s empty, 2 s and 400 bytes a
//! card with a million.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made should stop loudly")]
#![expect(clippy::print_stdout, reason = "the table is the result")]

use engine::chance::Chance;
use engine::people;
use engine::{Engine, KeyStore, NewSandbox, Sandbox};
use server::house::{DEMO, House, Plan};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;
use world::accounts::instructions;
use world::card::{CardOpened, Statement};
use world::clock::Clock;
use world::customer::Customer;
use world::merchant::{App, AppKind, Era, Merchant};
use world::names::MerchantId;
use world::programme::{CodeKind, Numbering, ProgrammeCreated, Terms};
use world::{Figure, Moment};

const MERCHANT: &str = "2088000000000001";
const PROGRAMME: &str = "20261121000000000000001000300111";
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

fn fill(folder: &Path, cards: u64) {
    std::fs::create_dir_all(folder).unwrap();
    let log = Arc::new(log::Sqlite::open(&folder.join("kabao.db")).unwrap());
    let keys = Arc::new(KeyStore::open(None).unwrap());
    let key = |index| keys.published(index).verifying().spki_base64();
    let (app_key, platform_key) = (key(0), key(1));
    let engine = Arc::new(Engine::open(log, keys.clone()).unwrap());
    let new = NewSandbox { name: DEMO.to_owned(), seed: 1, published_keys: true, clock: Clock::default() };
    let sandbox = engine
        .create(&new, |call| {
            call.record(Merchant { id: MERCHANT.into(), name: "茶馆".to_owned() });
            call.record(App {
                id: "9021000000000001".into(),
                merchant: MERCHANT.into(),
                name: "till".to_owned(),
                app_key,
                platform_key,
                callback: String::new(),
                era: Era::UserId,
                security: std::sync::Arc::default(),
                kind: AppKind::Merchant,
            });
            call.record(programme());
        })
        .unwrap();
    for number in 0..cards {
        join(&sandbox, number, number % 1_000 == 999);
    }
    engine.move_old_keys(&sandbox).unwrap();
    engine.snapshot(&sandbox).unwrap();
}

fn programme() -> ProgrammeCreated {
    ProgrammeCreated {
        programme: PROGRAMME.into(),
        merchant: MERCHANT.into(),
        app: "9021000000000001".into(),
        request_id: "r1".to_owned(),
        document: "{}".into(),
        terms: Terms {
            numbering: Numbering { prefix: "tea".to_owned(), digits: 12 },
            columns: vec!["POINT".to_owned()],
            levels: vec!["VIP1".to_owned()],
            rules: Vec::new(),
            code: CodeKind::StaticQr,
            notify_url: None,
            notify_app: None,
        },
    }
}

/// One customer joins with a card and some points; waits for the disk when told.
fn join(sandbox: &Sandbox, number: u64, wait: bool) {
    let user = format!("2088{number:012}");
    let stated = Statement {
        level: Some("VIP1".to_owned()),
        points: Some(Figure { hundredths: i64::try_from(number % 5_000).unwrap() * 100, decimals: 0 }),
        ..Statement::default()
    };
    let ran = sandbox
        .run(|call| {
            let profile = people::invent(&mut Chance::of(1, "person", number));
            call.record(Customer::new(user.as_str(), &profile));
            let card = CardOpened {
                card: format!("tea{number:010}00").into(),
                programme: PROGRAMME.into(),
                user: user.as_str().into(),
                external: format!("M{number:09}"),
                serial: format!("S20261121{number:09}"),
                opening: number,
                opened: Moment(1_700_000_000_000),
                valid_until: None,
                stated: stated.clone(),
                channel: None,
                channel_id: None,
                member: None,
            };
            let merchant: MerchantId = MERCHANT.into();
            let postings = instructions(&card.card, &merchant, &stated, || call.posting_id());
            call.record_and_post(card, &postings).unwrap();
        })
        .unwrap();
    if wait {
        ran.settled_blocking().unwrap();
    }
}
