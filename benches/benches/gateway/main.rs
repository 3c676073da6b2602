//! The gateway beside what one would hold it against, in turns within one run: a bare server that parses and verifies, the raw rate at
//! which this machine signs, and a stub server of other people.
//!
//! `cargo bench -p kabao-benches --bench gateway [-- --cards N --requests N --seconds N --rounds N --connections N --peer HOST:PORT]`;
//! with `--million`, `--hour` or `--surge` one of the figures of the whole instead (`figures.rs`).
//! Servers are processes of their own on the same cores; the caller takes its share of them. `alipay.marketing.card.update` is
//! durable and its answer is one constant; `alipay.marketing.card.query` asks for a card that was never asked for, so each answer is
//! new and has to be signed: more requests than all rounds together call for, so that none is asked for twice.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made should stop loudly")]
#![expect(clippy::print_stdout, reason = "the table is the result")]

mod bare;
mod client;
mod figures;
#[path = "../shop/mod.rs"]
mod shop;

use benches::ledger::machine::{Machine, used_by};
use benches::load;
use client::{Ready, call};
use server::house::{House, Plan};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
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
    if given("--hour") {
        if !figures::hour(&asked(100_000, 3_600)) {
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
    };
    // filling a folder is blocking work
    let folder = tempfile::tempdir().unwrap();
    shop::fill(&folder.path().join("shop"), plan.cards as u64);
    runtime.block_on(measure(&plan, folder.path()));
}

/// What is measured.
struct Measure {
    cards: usize,
    requests: usize,
    seconds: usize,
    rounds: usize,
    connections: usize,
    /// A server of other people that answers a constant to `POST /hello`.
    peer: Option<SocketAddr>,
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
        Self::begun(Command::new(std::env::current_exe().unwrap()).args(arguments))
    }

    /// On a core that this process leaves alone from now on.
    fn start_on_last_core(arguments: &[&str]) -> Self {
        let cores = std::thread::available_parallelism().unwrap().get();
        assert!(cores > 1, "one core for the platform and one for who calls it");
        let own = std::process::id().to_string();
        let others = format!("0-{}", cores - 2);
        assert!(Command::new("taskset").args(["-a", "-c", "-p", &others, &own]).stdout(Stdio::null()).status().unwrap().success());
        let last = (cores - 1).to_string();
        Self::begun(Command::new("taskset").args(["-c", &last]).arg(std::env::current_exe().unwrap()).args(arguments))
    }

    fn begun(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
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
    let one = &|number: usize| {
        let request = ClientRequest::new(shop::APP, method, now).biz_content(&business(number));
        let out = request.sign(&key).unwrap();
        Ready { target: format!("/gateway.do?{}", out.query), body: out.body }
    };
    std::thread::scope(|scope| {
        let half = count / 2;
        let first = scope.spawn(move || (0..half).map(one).collect::<Vec<_>>());
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

/// How long one signature and one verification take on one core, microseconds.
fn one_of_each(span: Duration) -> (f64, f64) {
    let key = pool::signing_key(0);
    let content = "x".repeat(600).into_bytes();
    let sign = key.sign_text(Digest::Sha256, &content);
    let time = |work: &dyn Fn()| {
        let (begun, mut times) = (Instant::now(), 0_u64);
        while begun.elapsed() < span {
            work();
            times += 1;
        }
        1e6 / rate(times, begun.elapsed())
    };
    let signing = time(&|| drop(std::hint::black_box(key.sign_text(Digest::Sha256, &content))));
    let verifying = time(&|| assert!(key.verifying().verifies_text(Digest::Sha256, &content, sign.as_bytes())));
    (signing, verifying)
}

/// Someone who answers, and what was seen of it.
struct Contender<'a> {
    name: &'static str,
    address: SocketAddr,
    process: Option<u32>,
    requests: &'a Arc<Vec<Ready>>,
    good: &'static str,
    next: Arc<AtomicUsize>,
    rates: Vec<f64>,
    processor_us: Vec<f64>,
}

impl Contender<'_> {
    async fn slice(&mut self, plan: &Measure) {
        let look = || self.process.and_then(used_by).map(|used| used.processor);
        let before = look();
        let span = Duration::from_secs(plan.seconds as u64);
        let slice = call(self.address, self.requests, &self.next, self.good, plan.connections, span).await;
        let after = look();
        assert!(slice.wrong == 0, "{}: {} wrong answers, such as {}", self.name, slice.wrong, slice.example.unwrap_or_default());
        self.rates.push(rate(slice.calls, slice.took));
        if let Some((before, after)) = before.zip(after) {
            self.processor_us.push(after.saturating_sub(before).as_secs_f64() * 1e6 / rate(slice.calls, Duration::from_secs(1)));
        }
        println!(
            "{:<24} {:>8.0}/s  p50 {:>6} us  p99 {:>6} us  server CPU {:>6.1} us",
            self.name,
            self.rates.last().unwrap(),
            slice.times.value_at_quantile(0.5),
            slice.times.value_at_quantile(0.99),
            self.processor_us.last().copied().unwrap_or_default()
        );
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

async fn measure(plan: &Measure, folder: &Path) {
    let update = |number: usize| {
        format!(
            r#"{{"target_card_no":"{}","target_card_no_type":"BIZ_CARD","occur_time":"2026-11-22 12:00:00","card_info":{{"point":"{}","level":"VIP1"}}}}"#,
            shop::card((number % plan.cards) as u64),
            number % 7_919 + 1
        )
    };
    let query =
        |number: usize| format!(r#"{{"target_card_no":"{}","target_card_no_type":"BIZ_CARD"}}"#, shop::card((number % plan.cards) as u64));
    let updates = Arc::new(signed(plan.requests, "alipay.marketing.card.update", update));
    let queries = Arc::new(signed(plan.requests, "alipay.marketing.card.query", query));
    let hello = Arc::new(vec![Ready { target: "/hello".to_owned(), body: bytes::Bytes::from_static(b"{}") }]);
    let house = Server::start(&["--house", folder.join("shop").to_str().unwrap()]);
    let bare = Server::start(&["--bare"]);
    let contender = |name, server: &Server, requests, good| Contender {
        name,
        address: server.address,
        process: Some(server.process.id()),
        requests,
        good,
        next: Arc::default(),
        rates: Vec::new(),
        processor_us: Vec::new(),
    };
    let mut contenders = vec![
        contender("bare, verifies", &bare, &updates, "\"10000\""),
        contender("card.update, durable", &house, &updates, "\"10000\""),
        contender("card.query, unique", &house, &queries, "\"10000\""),
    ];
    if let Some(address) = plan.peer {
        let peer = Contender { address, process: None, ..contender("peer, plain stub", &bare, &hello, "10000") };
        contenders.push(peer);
    }
    println!("{:?}", Machine::here(folder));
    let (mut sign_rates, mut singles) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        sign_rates.push(sign_rate(Duration::from_secs(1)));
        singles.push(one_of_each(Duration::from_millis(300)));
        println!(
            "round {round}: sign rate of all cores {:.0}/s, one signature {:.0} us, one verification {:.1} us",
            sign_rates[round], singles[round].0, singles[round].1
        );
        let count = contenders.len();
        for turn in 0..count {
            contenders[(round + turn) % count].slice(plan).await;
        }
    }
    summary(&contenders, &sign_rates, &singles);
    at_seventy_percent(&contenders[1]).await;
}

/// Medians over rounds, and the promised ratios, each round's own first.
fn summary(contenders: &[Contender<'_>], sign_rates: &[f64], singles: &[(f64, f64)]) {
    println!();
    for contender in contenders {
        println!(
            "{:<24} {:>8.0}/s  server CPU {:>6.1} us a call",
            contender.name,
            median(&contender.rates),
            median(&contender.processor_us)
        );
    }
    let [bare, update, query, ..] = contenders else { return };
    let over = |one: &[f64], other: &[f64]| median(&one.iter().zip(other).map(|(one, other)| one / other).collect::<Vec<_>>());
    println!("card.update / bare             {:.2}  (goal 0.6)", over(&update.rates, &bare.rates));
    println!("card.query / raw sign rate     {:.2}  (goal 0.75)", over(&query.rates, sign_rates));
    let beyond: Vec<f64> = query.processor_us.iter().zip(singles).map(|(all, (sign, verify))| all - sign - verify).collect();
    println!("card.query beyond sign, verify {:.0} us of server CPU  (goal 60)", median(&beyond));
    let beyond: Vec<f64> = update.processor_us.iter().zip(singles).map(|(all, (_, verify))| all - verify).collect();
    println!("card.update beyond verify      {:.0} us of server CPU  (goal 60)", median(&beyond));
    if let Some(peer) = contenders.get(3) {
        println!("card.update / peer             {:.1}  (goal 5)", over(&update.rates, &peer.rates));
    }
}

/// Planned calls at 70 % of the rate that was reached, requests signed before: what one of a hundred takes at most.
async fn at_seventy_percent(update: &Contender<'_>) {
    let order = load::Order {
        address: load::Address { target: format!("http://{}", update.address), token: None, sandbox: Some("demo".to_owned()) },
        profile: load::Profile::named("initial-sync").unwrap(),
        rate: load::Rate::PerSecond(median(&update.rates) * 0.7),
        span: Duration::from_secs(10),
        subjects: 100_000,
        connections: 256,
        mode: load::Mode::PreSigned,
        seed: 1,
        part: load::Part::WHOLE,
        start_at: None,
        till: None,
        keep: false,
    };
    let report = tokio::task::spawn_blocking(move || load::run(&order)).await.unwrap().unwrap();
    println!("\nat 70 % of that rate (goal p99 5 ms):\n{}", load::tell(&report));
}
