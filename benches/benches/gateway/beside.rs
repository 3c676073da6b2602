//! The contenders, in turns within one run: a bare server that verifies, the gateway with a durable and with a unique answer, a plain
//! answer of ours, and a stub server of other people. Goals are ratios of one round each, and medians over rounds.
//!
//! Our plain answer is the icon of our pages: a constant of a few hundred bytes, without signature, ledger or disk, through the listener, the router
//! and the guards that all pages have. `/_kabao/health` would not be one: it asks the store.

use super::client::{Ready, call};
use super::processes::Server;
use super::shop;
use super::signing::{one_of_each, rate, sign_rate, signed};
use benches::ledger::machine::{Machine, used_by};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

/// What is measured.
pub(crate) struct Measure {
    pub(crate) cards: usize,
    pub(crate) requests: usize,
    pub(crate) seconds: usize,
    pub(crate) rounds: usize,
    pub(crate) connections: usize,
    /// A server of other people that answers a constant to `POST /hello`.
    pub(crate) peer: Option<SocketAddr>,
    /// Its process, when its processor time is to be told.
    pub(crate) peer_process: Option<u32>,
}

pub(crate) async fn measure(plan: &Measure, folder: &Path) {
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
    let constant = Arc::new(vec![Ready::get("/favicon.ico".to_owned())]);
    let hello = Arc::new(vec![Ready::post("/hello".to_owned(), bytes::Bytes::from_static(b"{}"))]);
    let house = Server::start(&["--house", folder.join("shop").to_str().unwrap()]);
    let bare = Server::start(&["--bare"]);
    let contender = |name, server: &Server, requests, good| Contender {
        name,
        address: server.address,
        process: Some(server.id()),
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
        contender("our plain answer", &house, &constant, "<svg"),
    ];
    if let Some(address) = plan.peer {
        let process = plan.peer_process;
        assert!(process.is_none_or(|process| used_by(process).is_some()), "no process {process:?} is there to look at");
        let peer = Contender { address, process, ..contender("peer, plain stub", &bare, &hello, "10000") };
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
            "{:<24} {:>8.0}/s  p50 {:>6} us  p99 {:>6} us  {}",
            self.name,
            self.rates.last().unwrap(),
            slice.times.value_at_quantile(0.5),
            slice.times.value_at_quantile(0.99),
            processor(self.processor_us.last().copied())
        );
    }
}

/// What a server used for a call, as far as its process is known.
fn processor(us: Option<f64>) -> String {
    us.map_or_else(|| "server CPU unknown".to_owned(), |us| format!("server CPU {us:>6.1} us"))
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Medians over rounds, and the promised ratios, each round's own first.
fn summary(contenders: &[Contender<'_>], sign_rates: &[f64], singles: &[(f64, f64)]) {
    println!();
    for contender in contenders {
        println!(
            "{:<24} {:>8.0}/s  {} a call",
            contender.name,
            median(&contender.rates),
            processor((!contender.processor_us.is_empty()).then(|| median(&contender.processor_us)))
        );
    }
    let [bare, update, query, plain, peer @ ..] = contenders else { return };
    let over = |one: &[f64], other: &[f64]| median(&one.iter().zip(other).map(|(one, other)| one / other).collect::<Vec<_>>());
    println!("card.update / bare             {:.2}  (goal 0.6)", over(&update.rates, &bare.rates));
    println!("card.query / raw sign rate     {:.2}  (goal 0.75)", over(&query.rates, sign_rates));
    let beyond: Vec<f64> = query.processor_us.iter().zip(singles).map(|(all, (sign, verify))| all - sign - verify).collect();
    println!("card.query beyond sign, verify {:.0} us of server CPU  (goal 60)", median(&beyond));
    let beyond: Vec<f64> = update.processor_us.iter().zip(singles).map(|(all, (_, verify))| all - verify).collect();
    println!("card.update beyond verify      {:.0} us of server CPU  (goal 60)", median(&beyond));
    for peer in peer {
        println!("our plain answer / peer        {:.1}  (goal 5)", over(&plain.rates, &peer.rates));
        println!("card.update / peer             {:.2}  (no goal: signed and durable beside a constant)", over(&update.rates, &peer.rates));
    }
}
