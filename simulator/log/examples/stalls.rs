//! Measures how long appends wait while the log does something large: a snapshot, a drop; and how fast it reads.
//!
//! One thread appends small groups all the time and notes each wait. Run it with `--release`, optionally with a directory
//! and the megabytes of the snapshot. Source: issue 2 ("snapshots … without stalling calls for more than 50 ms").

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints its table and ends when it cannot go on")]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ledger::{AccountId, Kind, Millis, Posting, PostingId, Row};
use log::{Appended, Batch, Claim, Entry, Log as _, Sequence, Sqlite};

const POSTINGS: u128 = 2_000_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let place = arguments.next().unwrap_or_else(|| ".".into());
    let megabytes: usize = arguments.next().map_or(300, |megabytes| megabytes.parse().unwrap());
    let directory = tempfile::tempdir_in(place).unwrap();
    let path = directory.path().join("kabao.db");
    let log = timed("open, new file", || Sqlite::open(&path).unwrap());
    let large = timed("2 million postings, batches of 8 192", || fill(&log));
    let small = log.claim(&"small".into()).unwrap();
    let mut at = small;
    at = during(&log, at, "nothing else", || std::thread::sleep(Duration::from_secs(2)));
    at = during(&log, at, "a snapshot", || {
        let mut chunks = (0..megabytes * 4).map(|n| vec![u8::try_from(n & 255).unwrap(); 256 << 10]);
        timed("  snapshot written", || log.write_snapshot(&"large".into(), large.next, large.chain, &mut chunks).unwrap());
    });
    at = during(&log, at, "another snapshot, the first one removed", || {
        let mut chunks = (0..megabytes * 4).map(|n| vec![u8::try_from(n & 255).unwrap(); 256 << 10]);
        timed("  snapshot written", || log.write_snapshot(&"large".into(), large.next, large.chain, &mut chunks).unwrap());
        std::thread::sleep(Duration::from_secs(2));
    });
    timed("snapshot read", || log.read_snapshot(&"large".into()).unwrap().unwrap().chunks.for_each(|chunk| drop(chunk.unwrap())));
    let mut rows = 0;
    timed("scan of 2 million postings", || {
        log.scan(&"large".into(), Sequence::FIRST, &mut |record| {
            rows += record.rows.len();
            ControlFlow::Continue(())
        })
        .unwrap();
    });
    assert_eq!(rows as u128, POSTINGS);
    timed("rows of one account among them", || {
        log.account(&"large".into(), AccountId(77), None, &mut |_, _| ControlFlow::Continue(())).unwrap();
    });
    timed("verify", || println!("{:?}", log.verify(&"large".into()).unwrap()));
    timed("close", || drop(log));
    show(&path);
    let log = timed("open, large file", || Sqlite::open(&path).unwrap());
    timed("claim", || log.claim(&"large".into()).unwrap());
    at = Claim { epoch: log.claim(&"small".into()).unwrap().epoch, ..at };
    let dropping = || {
        timed("  drop answered", || log.drop_sandbox(&"large".into()).unwrap());
        let watch = rusqlite::Connection::open(&path).unwrap();
        timed("  space given back", || {
            while watch.query_row("SELECT count(*) FROM sandbox WHERE dropped = 1", [], |row| row.get::<_, i64>(0)).unwrap() > 0 {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
    };
    during(&log, at, "a drop", dropping);
    show(&path);
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    println!("{what}: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    done
}

fn show(path: &Path) {
    println!("file: {} MB", std::fs::metadata(path).unwrap().len() >> 20);
}

fn posting(id: u128) -> Row {
    Row::Posting(Posting {
        id: PostingId(id.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)),
        kind: Kind::Transfer,
        debit: AccountId(id % 100_000),
        credit: AccountId(id % 99_991),
        amount: 5,
        code: 1,
        at: Millis(1_790_000_000_000),
        refers_to: None,
        stated: None,
        until: None,
    })
}

fn batch(sandbox: &str, claim: Claim, ids: std::ops::Range<u128>) -> Batch {
    Batch {
        sandbox: sandbox.into(),
        epoch: claim.epoch,
        first: claim.next,
        at_virtual_ms: 1_790_000_000_000,
        at_real_ms: 1_790_000_000_000,
        entries: vec![Entry { kind: "card.updated", body: "{\"points\":35}".into(), rows: ids.map(posting).collect() }],
        blobs: Vec::new(),
    }
}

fn fill(log: &Sqlite) -> Claim {
    let mut claim = log.claim(&"large".into()).unwrap();
    for start in (0..POSTINGS).step_by(8192) {
        let batch = batch("large", claim, start..(start + 8192).min(POSTINGS));
        let Appended::Stored(chain) = log.append(std::slice::from_ref(&batch)).unwrap()[0] else { panic!("not stored") };
        claim = Claim { next: batch.next(), chain, ..claim };
    }
    claim
}

/// Appends groups of sixteen calls while `work` runs; prints how long they waited.
fn during(log: &Sqlite, mut claim: Claim, what: &str, work: impl FnOnce()) -> Claim {
    let stop = &AtomicBool::new(false);
    std::thread::scope(|scope| {
        let appender = scope.spawn(move || {
            let mut waits = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let mut group = Vec::new();
                for id in 0..16 {
                    let batch = batch("small", claim, id..id + 1);
                    claim.next = batch.next();
                    group.push(batch);
                }
                let start = Instant::now();
                assert!(log.append(&group).unwrap().iter().all(|answer| matches!(answer, Appended::Stored(_))));
                waits.push(start.elapsed());
            }
            waits.sort();
            (claim, waits)
        });
        work();
        stop.store(true, Ordering::Relaxed);
        let (claim, waits) = appender.join().unwrap();
        let at = |share: usize| waits[(waits.len() - 1) * share / 1000].as_secs_f64() * 1e3;
        println!(
            "during {what}: {} groups, ms p50 {:.2}, p99 {:.2}, p99.9 {:.2}, worst {:.2}",
            waits.len(),
            at(500),
            at(990),
            at(999),
            at(1000)
        );
        claim
    })
}
