//! How long notices to healthy merchants take while others' merchants are dead: ten thousand targets, one in a hundred of them
//! dead, beside the same with those alive, in turns within one run.
//!
//! `cargo bench -p kabao-benches --bench notices [-- --targets N --rate N --seconds N --rounds N --out PATH]`. A latency goes
//! from the moment at which a notice was planned, so that waiting anywhere counts, until its last byte is at the merchant:
//! deciding, the durable commit, signing (RSA, each its own) and the way there. Dead merchants take the connection and say
//! nothing, send their answer byte by byte, or refuse it, a third each, and are tried again every two seconds.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made should stop loudly")]
#![expect(clippy::print_stdout, reason = "the table is the result")]

use benches::ledger::machine::Machine;
use engine::journal::{AnswerBytes, RequestBytes};
use engine::provider::Courier;
use engine::sending::Sealing;
use engine::{Engine, KeyStore, NewSandbox, Sandbox, Sealed};
use serde::Serialize;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wire::alipay::{DeclaredCharset, NoticeRule, SignType, seal_notice};
use wire::keys::SigningKey;
use wire::signer::Signer;
use world::clock::Clock;
use world::merchant::Merchant;
use world::notice::{Notice, NoticeMade};

/// Signs as the platform does; tries dead merchants again every two seconds.
struct Post {
    key: SigningKey,
    signer: Signer,
}

impl Courier for Post {
    fn seal_notice(&self, _: &Sandbox, notice: &Notice, _: Sealing<'_>) -> Result<Sealed, String> {
        let pairs = notice.made.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let sealed = seal_notice(pairs, &DeclaredCharset::default(), SignType::Rsa2, NoticeRule::V1, &self.key, &self.signer);
        let sealed = sealed.map_err(|error| error.to_string())?;
        let headers = vec![("content-type".to_owned(), sealed.content_type)];
        let request = RequestBytes { method: "POST".to_owned(), target: notice.made.url.clone(), headers, body: sealed.body };
        let verdict = |answer: &AnswerBytes| if &answer.body[..] == b"success" { Ok(()) } else { Err("not taken") };
        Ok(Sealed { provider: "bench", method: "notice".to_owned(), request, verdict })
    }

    fn try_again_after(&self, _: &Notice, tried: usize) -> Option<i64> {
        (tried < 3).then_some(2)
    }
}

/// When each notice came to its merchant, by its number.
type Arrivals = Arc<Mutex<Vec<Option<Instant>>>>;

/// Reads one request, says when it was whole, answers.
async fn hear(mut stream: TcpStream, arrivals: Arrivals) -> Option<()> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4_096]);
    loop {
        let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok())?;
        if body.len() >= length {
            let number: usize = body.strip_prefix("n=")?.split('&').next()?.parse().ok()?;
            arrivals.lock().unwrap()[number].get_or_insert_with(Instant::now);
            break;
        }
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nsuccess").await.ok()
}

/// Ports on every address of the loopback network: of healthy merchants, of silent ones, of those that send byte by byte.
async fn merchants(arrivals: Arrivals) -> [u16; 3] {
    let healthy = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let silent = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let slow = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let ports = [&healthy, &silent, &slow].map(|listener| listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = healthy.accept().await.unwrap();
            tokio::spawn(hear(stream, arrivals.clone()));
        }
    });
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = silent.accept().await.unwrap();
            tokio::spawn(async move { while stream.read(&mut [0; 4_096]).await.is_ok_and(|read| read > 0) {} });
        }
    });
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = slow.accept().await.unwrap();
            tokio::spawn(async move {
                while stream.write_all(b"H").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            });
        }
    });
    ports
}

/// What is measured.
#[derive(Clone, Copy, Serialize)]
struct Plan {
    targets: usize,
    dead: usize,
    rate: usize,
    seconds: usize,
    rounds: usize,
}

/// Latencies of healthy merchants in a part of the run, microseconds.
#[derive(Serialize)]
struct Part {
    dead_beside: bool,
    notices: usize,
    p50_us: u64,
    p99_us: u64,
    worst_us: u64,
}

fn part(dead_beside: bool, mut took: Vec<u64>) -> Part {
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    Part { dead_beside, notices: took.len(), p50_us: at(50), p99_us: at(99), worst_us: at(100) }
}

#[derive(Serialize)]
struct Found {
    plan: Plan,
    machine: Machine,
    release_build: bool,
    rounds: Vec<Part>,
    without_dead: Part,
    with_dead: Part,
}

struct Run {
    sandbox: Arc<Sandbox>,
    arrivals: Arrivals,
    ports: [u16; 3],
    plan: Plan,
    made: usize,
}

impl Run {
    fn make(&mut self, target: usize, port: u16) -> usize {
        let number = self.made;
        self.made += 1;
        self.arrivals.lock().unwrap().push(None);
        let host = Ipv4Addr::new(127, 1, u8::try_from(target / 250).unwrap(), u8::try_from(target % 250 + 1).unwrap());
        let own = [("n", number.to_string()), ("total_amount", "88.88".to_owned()), ("trade_status", "TRADE_SUCCESS".to_owned())];
        let parameters: Vec<_> = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let made = |due| NoticeMade {
            notice: format!("n{number}").as_str().into(),
            app: "app".into(),
            kind: "trade_status_sync".to_owned(),
            url: format!("http://{host}:{port}/notify"),
            parameters,
            due,
        };
        self.sandbox.run(|call| call.record(made(call.now()))).unwrap();
        number
    }

    /// One part of a round: as many notices to healthy merchants as the plan says, each at its planned moment.
    fn part(&mut self, round: usize, dead_beside: bool) -> Vec<u64> {
        let Plan { targets, dead, rate, seconds, .. } = self.plan;
        let refusing = 1;
        let (begun, count) = (Instant::now(), rate * seconds);
        let mut planned = Vec::with_capacity(count);
        for turn in 0..count {
            let at = begun + Duration::from_secs(1) * u32::try_from(turn).unwrap() / u32::try_from(rate).unwrap();
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            // one in a hundred, spread over the part: dead in one half, healthy in the other, which so has as much to do
            for target in turn * dead / count..(turn + 1) * dead / count {
                self.make(target, if dead_beside { [self.ports[1], self.ports[2], refusing][target % 3] } else { self.ports[0] });
            }
            let target = dead + (round * count + turn) % (targets - dead);
            planned.push((self.make(target, self.ports[0]), at));
        }
        let has_come = |number: usize| self.arrivals.lock().unwrap()[number].is_some();
        while !planned.iter().all(|(number, _)| has_come(*number)) {
            assert!(begun.elapsed() < Duration::from_mins(5), "a healthy merchant was never told");
            std::thread::sleep(Duration::from_millis(5));
        }
        // the dead are given up before the other half begins
        while self.sandbox.look(|world, _| world.next_notice().is_some()) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let arrivals = self.arrivals.lock().unwrap();
        let took = |(number, at): (usize, Instant)| arrivals[number].unwrap().saturating_duration_since(at).as_micros();
        planned.into_iter().map(|one| u64::try_from(took(one)).unwrap()).collect()
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let text = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1)).cloned();
    let number = |name: &str, otherwise: usize| text(name).map_or(otherwise, |value| value.parse().unwrap());
    let targets = number("--targets", 10_000);
    let (rate, seconds, rounds) = (number("--rate", 400), number("--seconds", 5), number("--rounds", 5));
    let plan = Plan { targets, dead: targets / 100, rate, seconds, rounds };
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::here(folder.path());
    let log = log::Sqlite::open(&folder.path().join("kabao.db")).unwrap();
    let engine = Arc::new(Engine::open(Arc::new(log), Arc::new(KeyStore::open(None).unwrap())).unwrap());
    let new = NewSandbox { name: "b".to_owned(), seed: 7, published_keys: true, clock: Clock::default() };
    let found = |call: &mut engine::Call<'_>| call.record(Merchant { id: "2088000000000001".into(), name: "tea house".to_owned() });
    let sandbox = engine.create(&new, found).unwrap();
    let arrivals = Arrivals::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let ports = runtime.block_on(merchants(arrivals.clone()));
    engine.attend(Arc::new(Post { key: wire::pool::signing_key(1), signer: Signer::new(0) }));
    let mut run = Run { sandbox, arrivals, ports, plan, made: 0 };
    let (mut halves, mut all) = (Vec::new(), [Vec::new(), Vec::new()]);
    // once for nothing, so that neither half pays for what is done once
    run.part(0, false);
    for round in 0..rounds {
        for dead_beside in if round % 2 == 0 { [false, true] } else { [true, false] } {
            let took = run.part(round, dead_beside);
            all[usize::from(dead_beside)].extend_from_slice(&took);
            halves.push(part(dead_beside, took));
        }
    }
    let [without, with] = all;
    let (without_dead, with_dead) = (part(false, without), part(true, with));
    let found = Found { plan, machine, release_build: !cfg!(debug_assertions), rounds: halves, without_dead, with_dead };
    let page = page(&found);
    println!("{page}");
    if let Some(out) = text("--out") {
        std::fs::write(format!("{out}.md"), page).unwrap();
        std::fs::write(format!("{out}.json"), serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
}

fn page(found: &Found) -> String {
    let Found { plan, machine, .. } = found;
    let mut page = format!(
        "# Notices while merchants are dead\n\n{} targets, {} of them dead (silent, byte by byte, refusing; tried again every 2 s); {} notices a second to the healthy ones and one to each of the others, alive or dead, in every part, \
         {} s a part, {} rounds in turns, each notice signed (RSA2) and durable before it is sent. Milliseconds from the planned moment until it is at the merchant.\n\n\
         {} × {}, {} MiB, {}, {}; load before {} %{}.\n\n| dead beside | notices | p50 | p99 | worst |\n| --- | --- | --- | --- | --- |\n",
        plan.targets,
        plan.dead,
        plan.rate,
        plan.seconds,
        plan.rounds,
        machine.processors,
        machine.model,
        machine.memory_mib,
        machine.system,
        machine.file_system,
        machine.load_before_percent,
        if found.release_build { "" } else { "; not built for speed: no measurement" },
    );
    let ms = |us: u64| format!("{}.{:02}", us / 1_000, us % 1_000 / 10);
    let mut row = |name: &str, part: &Part| {
        writeln!(page, "| {name} | {} | {} | {} | {} |", part.notices, ms(part.p50_us), ms(part.p99_us), ms(part.worst_us)).unwrap();
    };
    row("**none**", &found.without_dead);
    row("**one in a hundred**", &found.with_dead);
    for part in &found.rounds {
        row(if part.dead_beside { "one in a hundred" } else { "none" }, part);
    }
    page
}
