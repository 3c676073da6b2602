//! Measures durable postings a second against a raw preallocated journal with `fdatasync`, in one interleaved run.
//!
//! Both sides do the same work in memory first (a new idempotency key, two balances), as the study did; then one writes
//! 200 bytes a posting and syncs, the other appends to the log. Run it with `--release`, optionally with a directory and
//! the seconds of a slice. Source: PERFORMANCE section 3, issue 4 ("What it must show").

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints its table and ends when it cannot go on")]
#![expect(clippy::cast_precision_loss, reason = "rates are shown, not kept")]

use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use ledger::{AccountId, Kind, Millis, Posting, PostingId, Row};
use log::{Appended, Batch, Claim, Entry, Log as _, Sqlite};
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const ACCOUNTS: usize = 1_000_000;
const ROUNDS: usize = 5;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let place = arguments.next().unwrap_or_else(|| ".".into());
    let slice = Duration::from_secs_f64(arguments.next().map_or(0.5, |seconds| seconds.parse().unwrap()));
    let directory = tempfile::tempdir_in(place).unwrap();
    let mut journal = Journal::new(&directory.path().join("journal"));
    let mut store = Store::new(&directory.path().join("kabao.db"));
    let sizes: Vec<usize> = match arguments.next() {
        Some(size) => vec![size.parse().unwrap()],
        None => vec![1, 16, 128, 1024, 8192],
    };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    println!(
        "{:>6} {:>12} {:>12} {:>6} {:>16}   {:<34} log",
        "batch", "journal/s", "log/s", "ratio", "CPU ns each", "commit us p50 p99 worst: journal"
    );
    for size in sizes {
        let mut ratios = Vec::new();
        let mut rates = (Vec::new(), Vec::new());
        let mut waits = (Vec::new(), Vec::new());
        let mut busy = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let pool: Vec<Vec<Posting>> =
                (0..(400_000 / size).min(4_000)).map(|_| (0..size).map(|_| posting(&mut rng)).collect()).collect();
            // Memory that grows would be measured on whichever side it happens.
            journal.books.seen.clear();
            store.books.seen.clear();
            let one = run(&pool, slice, &mut waits.0, |postings| journal.append(postings));
            let other = run(&pool, slice, &mut waits.1, |postings| store.append(postings));
            if round == 0 {
                waits = (Vec::new(), Vec::new());
                continue;
            }
            rates.0.push(one.0);
            rates.1.push(other.0);
            ratios.push(other.0 / one.0);
            busy.0.push(one.1);
            busy.1.push(other.1);
        }
        println!(
            "{size:>6} {:>12.0} {:>12.0} {:>6.2} {:>10.0} {:>5.0}   {:<34} {}",
            median(&mut rates.0),
            median(&mut rates.1),
            median(&mut ratios),
            median(&mut busy.0),
            median(&mut busy.1),
            spread(&mut waits.0),
            spread(&mut waits.1),
        );
    }
}

/// Postings a second, and nanoseconds of a processor for each.
fn run(pool: &[Vec<Posting>], slice: Duration, waits: &mut Vec<Duration>, mut append: impl FnMut(&[Posting])) -> (f64, f64) {
    let (start, before) = (Instant::now(), busy());
    let mut done = 0;
    for postings in pool {
        let asked = Instant::now();
        append(postings);
        waits.push(asked.elapsed());
        done += postings.len();
        if start.elapsed() > slice {
            break;
        }
    }
    (done as f64 / start.elapsed().as_secs_f64(), busy().saturating_sub(before).as_secs_f64() * 1e9 / done as f64)
}

/// Time this thread has spent on a processor.
fn busy() -> Duration {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(schedule.split(' ').next().unwrap().parse().unwrap())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn spread(waits: &mut [Duration]) -> String {
    waits.sort();
    let at = |share: usize| waits[(waits.len() - 1) * share / 100].as_micros();
    format!("{} {} {}", at(50), at(99), at(100))
}

fn posting(rng: &mut ChaCha8Rng) -> Posting {
    let account = |number: usize| AccountId(number as u128 * 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835 % u128::MAX);
    Posting {
        id: PostingId(u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())),
        kind: Kind::Transfer,
        debit: account(rng.random_range(0..ACCOUNTS)),
        credit: account(rng.random_range(0..ACCOUNTS)),
        amount: rng.random_range(1..100),
        code: 7,
        at: Millis(1_790_000_000_000),
        refers_to: None,
        stated: None,
        until: None,
    }
}

/// Ids are random already.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, _: &[u8]) {}
    fn write_u128(&mut self, id: u128) {
        let bytes = id.to_le_bytes();
        self.0 = u64::from_le_bytes(bytes[..8].try_into().unwrap()) ^ u64::from_le_bytes(bytes[8..].try_into().unwrap());
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

type Map<V> = HashMap<u128, V, BuildHasherDefault<Spread>>;

/// What a ledger does at the least: each id once, two balances.
struct Books {
    seen: Map<u64>,
    balances: Map<i64>,
}

impl Books {
    fn new() -> Self {
        Self {
            seen: Map::with_capacity_and_hasher(1 << 20, BuildHasherDefault::default()),
            balances: Map::with_capacity_and_hasher(ACCOUNTS, BuildHasherDefault::default()),
        }
    }

    fn post(&mut self, posting: &Posting) {
        let next = self.seen.len() as u64;
        assert!(self.seen.insert(posting.id.0, next).is_none());
        *self.balances.entry(posting.debit.0).or_default() -= posting.amount;
        *self.balances.entry(posting.credit.0).or_default() += posting.amount;
    }
}

struct Journal {
    books: Books,
    file: File,
    at: u64,
    bytes: Vec<u8>,
}

const JOURNAL: u64 = 1 << 30;

impl Journal {
    fn new(path: &Path) -> Self {
        let mut file = File::create(path).unwrap();
        for _ in 0..JOURNAL >> 20 {
            file.write_all(&vec![0; 1 << 20]).unwrap();
        }
        file.sync_all().unwrap();
        Self { books: Books::new(), file, at: 0, bytes: Vec::new() }
    }

    fn append(&mut self, postings: &[Posting]) {
        self.bytes.clear();
        for posting in postings {
            self.books.post(posting);
            let end = self.bytes.len() + 200;
            posting.encode(&mut self.bytes);
            self.bytes.resize(end, 0x5a);
        }
        if self.at + self.bytes.len() as u64 > JOURNAL {
            self.at = 0;
        }
        self.file.write_all_at(&self.bytes, self.at).unwrap();
        self.at += self.bytes.len() as u64;
        self.file.sync_data().unwrap();
    }
}

struct Store {
    books: Books,
    log: Sqlite,
    claim: Claim,
}

impl Store {
    fn new(path: &Path) -> Self {
        let log = Sqlite::open(path).unwrap();
        let claim = log.claim(&"bench".into()).unwrap();
        // The write-ahead log is grown in the background.
        std::thread::sleep(Duration::from_millis(500));
        Self { books: Books::new(), log, claim }
    }

    fn append(&mut self, postings: &[Posting]) {
        let rows = postings
            .iter()
            .map(|posting| {
                self.books.post(posting);
                Row::Posting(*posting)
            })
            .collect();
        let batch = Batch {
            sandbox: "bench".into(),
            epoch: self.claim.epoch,
            first: self.claim.next,
            at_virtual_ms: 1_790_000_000_000,
            at_real_ms: 1_790_000_000_000,
            entries: vec![Entry { kind: "ledger.posted", body: "{}".into(), rows }],
            blobs: Vec::new(),
        };
        assert!(matches!(self.log.append(std::slice::from_ref(&batch)).unwrap()[..], [Appended::Stored(_)]));
        self.claim.next = batch.next();
    }
}
