//! The gateway beside what one would hold it against, in turns within one run: a bare server that parses and verifies, the raw rate at
//! which this machine signs, and a stub server of other people.
//!
//! `cargo bench -p kabao-benches --bench gateway [-- --cards N --requests N --seconds N --rounds N --connections N --wiremock JAR --out PATH]`.
//! Servers are processes of their own on the same cores; the caller takes its share of them. `alipay.marketing.card.update` is
//! durable and its answer is one constant; `alipay.marketing.card.query` asks for a card that was never asked for, so each answer is
//! new and has to be signed.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made should stop loudly")]
#![expect(clippy::print_stdout, reason = "the table is the result")]

mod bare;
mod client;
#[path = "../shop/mod.rs"]
mod shop;

use benches::ledger::machine::{Machine, used_by};
use client::{Ready, call};
use server::house::{House, Plan};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};
use wire::alipay::client::ClientRequest;
use wire::keys::{Digest, SigningKey};
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
    let plan = Measure {
        cards: number("--cards", 100_000),
        requests: number("--requests", 20_000),
        seconds: number("--seconds", 3),
        rounds: number("--rounds", 5),
        connections: number("--connections", 64),
    };
    runtime.block_on(measure(&plan));
}

/// What is measured.
struct Measure {
    cards: usize,
    requests: usize,
    seconds: usize,
    rounds: usize,
    connections: usize,
}

fn say_ready(address: SocketAddr) {
    println!("{address}");
}

async fn house(folder: &Path) {
    let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], data: Some(folder.to_owned()), seed: Some(1), ..Plan::default() };
    let house = House::open(&plan).await.unwrap();
    house.keys_made().await;
    say_ready(house.addresses[0]);
    std::future::pending::<()>().await;
}

/// A server in a process of its own, ended with the value.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut process =
            Command::new(std::env::current_exe().unwrap()).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, address: line.trim().parse().unwrap() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Requests signed by the shop, on both cores.
fn signed(count: usize, method: &str, business: impl Fn(usize) -> String + Sync) -> Vec<Ready> {
    let key = pool::signing_key(0);
    let now = jiff::Timestamp::now().as_millisecond();
    let one = |number: usize| {
        let request = ClientRequest::new(shop::APP, method, now).biz_content(&business(number));
        let out = request.sign(&key).unwrap();
        Ready { target: format!("/gateway.do?{}", out.query), body: out.body }
    };
    std::thread::scope(|scope| {
        let half = count / 2;
        let first = scope.spawn(|| (0..half).map(one).collect::<Vec<_>>());
        let second: Vec<_> = (half..count).map(one).collect();
        first.join().unwrap().into_iter().chain(second).collect()
    })
}

/// How many signatures a second all cores make.
fn sign_rate(span: Duration) -> f64 {
    let threads = std::thread::available_parallelism().unwrap().get();
    let key: SigningKey = pool::signing_key(0);
    let begun = Instant::now();
    let made: u64 = std::thread::scope(|scope| {
        let work: Vec<_> = (0..threads)
            .map(|thread| {
                let key = &key;
                scope.spawn(move || {
                    let mut made = 0_u64;
                    while begun.elapsed() < span {
                        let content = format!("{thread}-{made}-{}", "x".repeat(500));
                        std::hint::black_box(key.sign_text(Digest::Sha256, content.as_bytes()));
                        made += 1;
                    }
                    made
                })
            })
            .collect();
        work.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    rate(made, begun.elapsed())
}

#[expect(clippy::cast_precision_loss, reason = "calls a second are far below where a double is exact")]
fn rate(calls: u64, took: Duration) -> f64 {
    calls as f64 / took.as_secs_f64()
}

async fn measure(plan: &Measure) {
    let folder = tempfile::tempdir().unwrap();
    shop::fill(&folder.path().join("shop"), plan.cards as u64);
    let update = |number: usize| {
        format!(
            r#"{{"target_card_no":"{}","target_card_no_type":"BIZ_CARD","occur_time":"2026-11-22 12:00:00","card_info":{{"point":"{}","level":"VIP1"}}}}"#,
            shop::card((number % plan.cards) as u64),
            number % 7_919 + 1
        )
    };
    let query = |number: usize| {
        format!(r#"{{"target_card_no":"{}","target_card_no_type":"BIZ_CARD"}}"#, shop::card((number % plan.cards) as u64))
    };
    let updates = Arc::new(signed(plan.requests, "alipay.marketing.card.update", update));
    let queries = Arc::new(signed(plan.requests, "alipay.marketing.card.query", query));
    let house = Server::start(&["--house", folder.path().join("shop").to_str().unwrap()]);
    let bare = Server::start(&["--bare"]);
    let contenders = [
        ("bare, verifies", &bare, &updates, "\"10000\""),
        ("card.update, durable", &house, &updates, "\"10000\""),
        ("card.query, unique", &house, &queries, "\"10000\""),
    ];
    let next: Vec<_> = contenders.iter().map(|_| Arc::new(AtomicUsize::new(0))).collect();
    let span = Duration::from_secs(plan.seconds as u64);
    let mut rates: Vec<Vec<f64>> = contenders.iter().map(|_| Vec::new()).collect();
    println!("{:?}", Machine::here(folder.path()));
    for round in 0..plan.rounds {
        println!("sign rate {:.0}/s", sign_rate(Duration::from_secs(1)));
        for turn in 0..contenders.len() {
            let place = (round + turn) % contenders.len();
            let (name, server, requests, good) = contenders[place];
            let before = used_by(server.process.id()).unwrap();
            let slice = call(server.address, requests, &next[place], good, plan.connections, span).await;
            let after = used_by(server.process.id()).unwrap();
            let each = (after.processor - before.processor).as_secs_f64() * 1e6 / slice.calls as f64;
            rates[place].push(rate(slice.calls, slice.took));
            println!(
                "{name:<24} {:>8.0}/s  p50 {:>6} us  p99 {:>6} us  server CPU {each:>6.1} us  wrong {} {}",
                rate(slice.calls, slice.took),
                slice.times.value_at_quantile(0.5),
                slice.times.value_at_quantile(0.99),
                slice.wrong,
                slice.example.unwrap_or_default()
            );
        }
    }
}
