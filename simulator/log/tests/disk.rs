//! Crashes and failing disks at every step of a commit, through SQLite's own file layer (`faulty_disk`).
//!
//! Held after each: what was answered is there, nothing is there twice, what was not answered is there whole or not at
//! all, the chain verifies; and a store that failed to write answers nothing any more. Source: issues 2 and 4.

#![expect(clippy::unwrap_used, reason = "what cannot go on in a test ends it")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use faulty_disk::{Crash, Disk, Fault, Step, after};
use log::{Batch, Broken, Claim, Log, Options, SandboxId, Sequence, Sqlite, Verdict};
use workload::{Maker, directory, expected, read, seed, store};

mod faulty_disk;
mod workload;

/// Everything on the recorded way: no growth ahead of time, checkpoints that also stop the writer.
const OPTIONS: Options = Options { wal_reserve_bytes: 0, wal_limit_bytes: 0, check_limit_bytes: u64::MAX };

fn demo() -> SandboxId {
    "demo".into()
}

fn open(directory: &Path) -> Result<Sqlite, Broken> {
    Sqlite::open_with(&directory.join("kabao.db"), OPTIONS)
}

/// Whatever happened: the file opens, holds the first batches of `all`, at least `answered` of them, and is sound.
fn holds(directory: &Path, all: &[Batch], answered: usize, when: &str) {
    let log = open(directory).unwrap_or_else(|broken| panic!("{when}: {broken}"));
    let found = read(&log, &demo(), Sequence::FIRST);
    let stored = (answered..=all.len()).find(|stored| found == expected(&all[..*stored]));
    let stored = stored.unwrap_or_else(|| panic!("{when}: {} events are no first batches with {answered} answered", found.len()));
    match log.verify(&demo()).unwrap() {
        Verdict::Whole { batches, .. } => assert_eq!(batches, stored as u64, "{when}"),
        Verdict::Damaged(damage) => panic!("{when}: {damage}"),
    }
    for blob in all[..stored].iter().flat_map(|batch| &batch.blobs) {
        assert_eq!(log.blob(blob.hash()).unwrap().as_ref(), Some(blob.bytes()), "{when}");
    }
    if let Some(snapshot) = log.read_snapshot(&demo()).unwrap() {
        let chunks: Vec<u8> = snapshot.chunks.flat_map(|chunk| chunk.unwrap_or_else(|broken| panic!("{when}: {broken}"))).collect();
        assert!(chunks == CHUNK.repeat(3), "{when}");
    }
    // It goes on from there.
    let mut claim = log.claim(&demo()).unwrap();
    assert_eq!(claim.next, all.get(stored).map_or_else(|| all.last().unwrap().next(), |batch| batch.first), "{when}");
    let batch = Maker::new("demo", 99).batch(claim);
    store(&log, &mut claim, &batch);
}

const CHUNK: [u8; 5000] = [7; 5000];

/// Batches of which each takes some different road; told to the disk once answered.
struct Scene {
    disk: Arc<Disk>,
    maker: Maker,
    claim: Claim,
    all: Vec<Batch>,
    answered: usize,
}

impl Scene {
    fn new(disk: &Arc<Disk>, log: &dyn Log, seed: u64) -> Self {
        Self { disk: Arc::clone(disk), maker: Maker::new("demo", seed), claim: log.claim(&demo()).unwrap(), all: Vec::new(), answered: 0 }
    }

    fn append(&mut self, log: &dyn Log, count: usize) -> Result<(), Broken> {
        let start = self.all.len();
        let mut claim = self.claim;
        for index in 0..count {
            let batch = if index % 4 == 3 { self.maker.bulk(claim, 60) } else { self.maker.batch(claim) };
            claim.next = batch.next();
            self.all.push(batch);
        }
        let answers = log.append(&self.all[start..])?;
        assert!(answers.iter().all(|answer| matches!(answer, log::Appended::Stored(_))));
        self.claim = claim;
        self.answered = self.all.len();
        self.disk.answered(self.answered);
        Ok(())
    }

    /// Takes the sandbox over and a snapshot of it.
    fn snapshot(&mut self, log: &dyn Log) -> Result<(), Broken> {
        let claim = log.claim(&demo())?;
        self.claim = claim;
        log.write_snapshot(&demo(), claim.next, claim.chain, &mut vec![CHUNK.to_vec(); 3].into_iter())
    }
}

#[test]
fn a_crash_after_any_step_loses_nothing_that_was_answered() {
    let live = directory();
    let disk = Disk::watch(live.path());
    disk.record();
    let log = open(live.path()).unwrap();
    let mut scene = Scene::new(&disk, &log, seed());
    scene.append(&log, 1).unwrap();
    scene.append(&log, 5).unwrap();
    scene.snapshot(&log).unwrap();
    scene.append(&log, 2).unwrap();
    // The keeper brings everything over and the write-ahead log starts again.
    std::thread::sleep(Duration::from_millis(700));
    scene.append(&log, 2).unwrap();
    scene.snapshot(&log).unwrap();
    scene.append(&log, 1).unwrap();
    drop(log);
    let steps = disk.recorded();
    assert!(steps.iter().any(|step| matches!(step, Step::Write { file, .. } if file == "kabao.db")), "it was checkpointed");
    let after_it = |crash, end: usize| {
        let left = directory();
        for (name, content) in after(&steps[..end], crash) {
            std::fs::write(left.path().join(name), content).unwrap();
        }
        let answered = steps[..end].iter().rev().find_map(|step| if let Step::Answered(n) = step { Some(*n) } else { None }).unwrap_or(0);
        holds(left.path(), &scene.all, answered, &format!("seed {}, {crash:?} after step {end} of {}", seed(), steps.len()));
    };
    for end in 0..=steps.len() {
        for crash in [Crash::Killed, Crash::Torn, Crash::Lost, Crash::Scattered(7 * end as u64 + 1)] {
            let torn = crash == Crash::Torn;
            let write = end > 0 && matches!(steps[end - 1], Step::Write { .. });
            if !torn || write {
                after_it(crash, end);
            }
        }
    }
}

#[test]
fn any_write_or_sync_that_fails_poisons_the_store_and_loses_nothing() {
    for fault in [Fault::Full, Fault::Torn, Fault::Sync, Fault::Dead] {
        let mut struck = 0;
        for n in 0.. {
            let live = directory();
            let disk = Disk::watch(live.path());
            let log = open(live.path()).unwrap();
            let mut scene = Scene::new(&disk, &log, seed());
            scene.append(&log, 2).unwrap();
            disk.fail(fault, n);
            let done = (|| {
                scene.append(&log, 6)?;
                scene.snapshot(&log)?;
                scene.append(&log, 1)
            })();
            let when = format!("{fault:?} at {n}, seed {}", seed());
            if let Err(first) = &done {
                still_refused(&log, &mut scene, first, &when);
            }
            drop(log);
            let hit = disk.mend();
            assert!(hit || done.is_ok(), "{when}: {done:?}");
            holds(live.path(), &scene.all, scene.answered, &when);
            if !hit {
                break;
            }
            struck += 1;
        }
        let least = if matches!(fault, Fault::Full | Fault::Torn) { 20 } else { 4 };
        assert!(struck >= least, "{fault:?} struck {struck} times only");
    }
}

/// Every call of a poisoned store names the first failure.
fn still_refused(log: &dyn Log, scene: &mut Scene, first: &Broken, when: &str) {
    if when.starts_with("Full") {
        let words = first.to_string();
        assert!(words.contains("no room to write") && words.contains("kabao.db"), "{when}: {words}");
    }
    let expected = match first {
        Broken::Poisoned(first) => Broken::Poisoned(Arc::clone(first)),
        first => Broken::Poisoned(first.to_string().into()),
    };
    let pending = scene.all.len();
    let refusals = [
        scene.append(log, 1),
        log.claim(&demo()).map(|_| ()),
        log.scan(&demo(), Sequence::FIRST, &mut |_| panic!("{when}: an answer from a poisoned store")),
        log.blob(log::BlobHash([0; 32])).map(|_| ()),
        log.sandboxes().map(|_| ()),
        log.drop_sandbox(&demo()),
        log.rename(&demo(), &"other".into()),
        log.read_snapshot(&demo()).map(|_| ()),
        log.write_snapshot(&demo(), Sequence::FIRST, log::Chain::START, &mut std::iter::empty()),
        log.verify(&demo()).map(|_| ()),
        log.account(&demo(), ledger::AccountId(1), None, &mut |_, _| panic!("{when}: an answer from a poisoned store")),
    ];
    scene.all.truncate(pending);
    for refusal in refusals {
        assert_eq!(refusal, Err(expected.clone()), "{when}");
    }
}

/// What bears the name `demo`, whole: the batches of one of the two, and nothing beside it but what is being deleted.
fn which(directory: &Path, all: [&[Batch]; 2], when: &str) -> usize {
    let log = open(directory).unwrap_or_else(|broken| panic!("{when}: {broken}"));
    let found = read(&log, &demo(), Sequence::FIRST);
    let stands = all.iter().position(|batches| found == expected(batches));
    let stands = stands.unwrap_or_else(|| panic!("{when}: {} events are neither the old sandbox nor the new one", found.len()));
    assert!(matches!(log.verify(&demo()).unwrap(), Verdict::Whole { .. }), "{when}");
    for blob in all[stands].iter().flat_map(|batch| &batch.blobs) {
        assert_eq!(log.blob(blob.hash()).unwrap().as_ref(), Some(blob.bytes()), "{when}");
    }
    stands
}

/// An old sandbox `demo` and a new one that is to take its place.
fn two(log: &dyn Log) -> [Vec<Batch>; 2] {
    [("demo", seed()), ("demo/1", seed() + 1)].map(|(name, seed)| {
        let (mut claim, mut maker) = (log.claim(&name.into()).unwrap(), Maker::new(name, seed));
        (0..3)
            .map(|_| {
                let batch = maker.batch(claim);
                store(log, &mut claim, &batch);
                batch
            })
            .collect()
    })
}

#[test]
fn a_crash_at_any_step_of_a_replacement_leaves_the_old_sandbox_or_the_new_one() {
    let live = directory();
    let disk = Disk::watch(live.path());
    disk.record();
    let log = open(live.path()).unwrap();
    let [old, new] = two(&log);
    disk.answered(1);
    log.rename(&"demo/1".into(), &demo()).unwrap();
    disk.answered(2);
    // the old one is deleted meanwhile
    std::thread::sleep(Duration::from_millis(400));
    drop(log);
    let steps = disk.recorded();
    let begun = steps.iter().position(|step| matches!(step, Step::Answered(1))).unwrap();
    let mut seen = [0; 2];
    for end in begun..=steps.len() {
        for crash in [Crash::Killed, Crash::Lost, Crash::Scattered(7 * end as u64 + 1)] {
            let left = directory();
            for (name, content) in after(&steps[..end], crash) {
                std::fs::write(left.path().join(name), content).unwrap();
            }
            let done = steps[..end].iter().any(|step| matches!(step, Step::Answered(2)));
            let when = format!("seed {}, {crash:?} after step {end} of {}", seed(), steps.len());
            let stands = which(left.path(), [&old, &new], &when);
            assert!(stands == 1 || !done, "{when}: a replacement that was answered is gone");
            seen[stands] += 1;
        }
    }
    assert!(seen.iter().all(|times| *times > 0), "both outcomes were to be seen: {seen:?}");
}

#[test]
fn a_replacement_whose_disk_fails_leaves_the_old_sandbox_or_the_new_one() {
    for fault in [Fault::Full, Fault::Torn, Fault::Sync, Fault::Dead] {
        for n in 0.. {
            let live = directory();
            let disk = Disk::watch(live.path());
            let log = open(live.path()).unwrap();
            let [old, new] = two(&log);
            disk.fail(fault, n);
            let done = log.rename(&"demo/1".into(), &demo());
            drop(log);
            let hit = disk.mend();
            let when = format!("{fault:?} at {n}, seed {}", seed());
            let stands = which(live.path(), [&old, &new], &when);
            assert!(done.is_err() || stands == 1, "{when}: a replacement that was answered is gone");
            assert!(hit || done.is_ok(), "{when}: {done:?}");
            if !hit {
                break;
            }
        }
    }
}

#[test]
fn a_file_that_cannot_be_made_is_told_and_leaves_nothing_in_the_way() {
    for fault in [Fault::Full, Fault::Torn, Fault::Sync, Fault::Dead] {
        for n in 0.. {
            let live = directory();
            let disk = Disk::watch(live.path());
            disk.fail(fault, n);
            let opened = open(live.path());
            let refused = opened.as_ref().err().cloned();
            drop(opened);
            let hit = disk.mend();
            if let Some(refused) = refused {
                assert!(hit && refused.to_string().contains("kabao.db"), "{fault:?} at {n}: {refused}");
            }
            let log = open(live.path()).unwrap_or_else(|broken| panic!("{fault:?} at {n}: {broken}"));
            let mut claim = log.claim(&demo()).unwrap();
            let batch = Maker::new("demo", 33).batch(claim);
            store(&log, &mut claim, &batch);
            if !hit {
                break;
            }
        }
    }
}
