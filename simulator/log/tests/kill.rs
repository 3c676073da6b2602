//! A process that appends is killed at random moments; what it had acknowledged is there, once, and the chain verifies.
//!
//! The process is this test again, with a directory in its environment. Ten kills by default, `KABAO_LONG=1` for two
//! hundred. The seed is printed; it fixes what is written and when the kill comes, not what the machine does between.

#![expect(clippy::unwrap_used, reason = "what cannot go on in a test ends it")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use log::{Appended, Batch, Broken, Claim, Log, SandboxId, Sequence, Sqlite, Verdict};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use workload::{Maker, expected, read, seed, store};

mod workload;

const DIRECTORY: &str = "KABAO_LOG_KILLED_IN";
const NAMES: [&str; 3] = ["a", "b", "c"];

/// What a sandbox holds at a place depends on the place alone, so both processes know it.
fn batch_at(name: &str, claim: Claim) -> Batch {
    let mut maker = Maker::new(name, claim.next.0);
    if claim.next.0.is_multiple_of(5) { maker.bulk(claim, 400) } else { maker.batch(claim) }
}

#[test]
fn whatever_was_acknowledged_before_a_kill_is_there_once() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        append_until_killed(&PathBuf::from(directory));
    }
    let kills = if std::env::var_os("KABAO_LONG").is_some() { 200 } else { 10 };
    let seed: u64 = seed();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut directory = tempfile::tempdir().unwrap();
    let mut answered = [0; NAMES.len()];
    let mut most = answered;
    for kill in 0..kills {
        if kill % 10 == 9 {
            // All of it is read after each kill; from here on it is a young file again.
            (directory, answered) = (tempfile::tempdir().unwrap(), [0; NAMES.len()]);
        }
        let when = format!("seed {seed}, kill {kill}");
        let told = run_and_kill(directory.path(), Duration::from_millis(rng.random_range(30..250)), &when);
        for (answered, told) in answered.iter_mut().zip(told) {
            *answered = told.max(*answered);
        }
        for (most, answered) in most.iter_mut().zip(answered) {
            *most = answered.max(*most);
        }
        check(directory.path(), answered, &when);
    }
    assert!(most.iter().all(|most| *most > 0), "seed {seed}: nothing was ever acknowledged: {most:?}");
}

/// Starts the process, lets it acknowledge something, kills it after a while; gives the last acknowledged sequences.
fn run_and_kill(directory: &Path, after: Duration, when: &str) -> [u64; NAMES.len()] {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "whatever_was_acknowledged_before_a_kill_is_there_once"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut told = [0; NAMES.len()];
    let mut note = |line: &str| {
        let mut words = line.split(' ');
        if words.next() == Some("stored") {
            let (name, last): (usize, u64) = (words.next().unwrap().parse().unwrap(), words.next().unwrap().parse().unwrap());
            told[name] = last.max(told[name]);
        }
    };
    let first = lines.by_ref().find(|line| line.starts_with("stored")).unwrap_or_else(|| panic!("{when}: it ended by itself"));
    note(&first);
    let until = Instant::now() + after;
    for line in lines.by_ref() {
        note(&line);
        if Instant::now() > until {
            break;
        }
    }
    child.kill().unwrap();
    // What it had written to the pipe before counts as acknowledged as well.
    lines.for_each(|line| note(&line));
    child.wait().unwrap();
    told
}

fn check(directory: &Path, answered: [u64; NAMES.len()], when: &str) {
    let log = Sqlite::open(&directory.join("kabao.db")).unwrap_or_else(|broken| panic!("{when}: {broken}"));
    for (name, answered) in NAMES.iter().zip(answered) {
        let id = SandboxId::from(*name);
        let claim = log.claim(&id).unwrap_or_else(|broken| panic!("{when}: {broken}"));
        assert!(claim.next.0 > answered, "{when}: {name} ends before event {}, {answered} was acknowledged", claim.next);
        let mut at = Claim { next: Sequence::FIRST, ..claim };
        let mut batches = Vec::new();
        while at.next < claim.next {
            batches.push(batch_at(name, at));
            at.next = batches.last().unwrap().next();
        }
        assert_eq!(at.next, claim.next, "{when}: it ends within a batch");
        assert!(read(&log, &id, Sequence::FIRST) == expected(&batches), "{when}: {name} holds something else");
        match log.verify(&id).unwrap() {
            Verdict::Whole { .. } => {}
            Verdict::Damaged(damage) => panic!("{when}: {name}: {damage}"),
        }
        if let Some(snapshot) = log.read_snapshot(&id).unwrap() {
            let chunks = snapshot.chunks.map(|chunk| chunk.unwrap()).collect::<Vec<_>>();
            assert!(chunks == picture(snapshot.next), "{when}: {name}");
        }
    }
}

fn picture(next: Sequence) -> Vec<Vec<u8>> {
    (0..8).map(|chunk| next.0.to_le_bytes().repeat(1000 * chunk)).collect()
}

/// The process that is killed: two threads append and acknowledge, a third takes snapshots and drops sandboxes.
fn append_until_killed(directory: &Path) -> ! {
    let log = &Sqlite::open(&directory.join("kabao.db")).unwrap();
    let result: Result<(), Broken> = std::thread::scope(|scope| {
        for (number, name) in NAMES.iter().enumerate().skip(1) {
            scope.spawn(move || appender(log, number, name));
        }
        scope.spawn(move || {
            for round in 0.. {
                let name = format!("passing {round}");
                let mut claim = log.claim(&name[..].into()).unwrap();
                for _ in 0..5 {
                    let batch = batch_at(&name, claim);
                    store(log, &mut claim, &batch);
                }
                log.drop_sandbox(&name[..].into()).unwrap();
            }
        });
        appender(log, 0, NAMES[0])
    });
    panic!("{result:?}");
}

fn appender(log: &Sqlite, number: usize, name: &str) -> Result<(), Broken> {
    let id = SandboxId::from(name);
    let mut claim = log.claim(&id)?;
    loop {
        let mut group = Vec::new();
        for _ in 0..3 {
            let batch = batch_at(name, claim);
            claim.next = batch.next();
            group.push(batch);
        }
        for answer in log.append(&group)? {
            let Appended::Stored(chain) = answer else { panic!("{answer:?}") };
            claim.chain = chain;
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "stored {number} {}", claim.next.0 - 1).unwrap();
        out.flush().unwrap();
        drop(out);
        if claim.next.0.is_multiple_of(7) {
            log.write_snapshot(&id, claim.next, claim.chain, &mut picture(claim.next).into_iter())?;
        }
    }
}

#[test]
fn a_file_in_use_is_refused_with_the_process_that_holds_it() {
    let directory = workload::directory();
    let path = directory.path().join("kabao.db");
    let held = Sqlite::open(&path).unwrap();
    let Err(refused) = Sqlite::open(&path) else { panic!("two may write to one file") };
    assert!(matches!(refused, Broken::InUse { .. }));
    assert!(refused.to_string().contains(&format!("(process {})", std::process::id())), "{refused}");
    drop(held);
    // a child that another test has just made holds the lock, too, until it becomes its own program
    let given_up = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while let Err(refused) = Sqlite::open(&path) {
        assert!(std::time::Instant::now() < given_up, "{refused}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}
