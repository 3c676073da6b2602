//! Old keys in the file: the ledger that keeps few in memory answers as one that keeps all, after restarts and crashes too.
//!
//! A crash is shown at every step of the disk while keys move (`faulty_disk`): the key is in memory again or in the file, with
//! what became of it, and never neither. Source: issue 4, `why-are-old-keys-sorted-runs.md`.

#![expect(clippy::unwrap_used, reason = "what cannot go on in a test ends it")]

use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::Arc;

use books::{Books, SANDBOX, directory, transfer};
use faulty_disk::{Crash, Disk, Fault, Step, after};
use ledger::{Answer, Done, Fate, Instruction, KeysToMove, Millis, PostingId, Refusal, Reverse, Sequence};
use log::{Broken, Log, OldKeys, Options, Sqlite};

mod books;
mod faulty_disk;

const OPTIONS: Options = Options { wal_reserve_bytes: 0, wal_limit_bytes: 0, check_limit_bytes: u64::MAX };
/// Keys that stay in memory.
const LIMIT: usize = 1_024;

fn open(directory: &Path) -> Arc<Sqlite> {
    Arc::new(Sqlite::open_with(&directory.join("kabao.db"), OPTIONS).unwrap())
}

fn index(log: &Sqlite) -> Arc<dyn OldKeys> {
    log.old_keys(&SANDBOX.into()).unwrap().unwrap()
}

/// Everything over the limit goes into the file.
fn move_out(books: &mut Books, index: &dyn OldKeys) -> Result<usize, Broken> {
    let moved = books.ledger.keys_to_move(0, usize::MAX);
    index.keep(&moved, &mut || {})?;
    books.ledger.forget_keys(&moved);
    Ok(moved.keys.len())
}

/// Makes the postings of these ids, a thousand a commit.
fn post(books: &mut Books, log: &dyn Log, ids: Range<u128>) {
    let batch: Vec<Instruction> = ids.map(|id| transfer(id, 1)).collect();
    for batch in batch.chunks(1_000) {
        assert!(books.run(log, batch).unwrap().iter().all(Result::is_ok));
    }
}

/// Reverses a posting.
fn reverse(books: &mut Books, log: &dyn Log, id: u128, of: u128) -> Answer {
    books.run(log, &[Reverse { id: PostingId(id), of: PostingId(of), code: 1, until: None }.into()]).unwrap()[0]
}

/// New books over a log, with their old keys in its file.
fn found(log: &Sqlite) -> Books {
    let mut books = Books::found(log).unwrap();
    let ledger = std::mem::take(&mut books.ledger);
    books.ledger = ledger.with_keys_beyond(LIMIT, index(log));
    books
}

/// Books over a log with their old keys in its file.
fn start(log: &Sqlite) -> Books {
    let mut books = Books::read(log);
    let ledger = std::mem::take(&mut books.ledger);
    books.ledger = ledger.with_keys_beyond(LIMIT, index(log));
    books
}

#[test]
fn between_pieces_of_the_work_appends_have_their_turn() {
    let directory = directory();
    let log = open(directory.path());
    let mut books = found(&log);
    post(&mut books, &*log, 1..8_001);
    let (moved, mut turns) = (books.ledger.keys_to_move(0, usize::MAX), 0);
    index(&log)
        .keep(&moved, &mut || {
            turns += 1;
            post(&mut books, &*log, 8_000 + turns..8_001 + turns);
        })
        .unwrap();
    assert!(turns >= 6, "{} keys were kept in {turns} pieces", moved.keys.len());
}

#[test]
fn a_key_in_the_file_gives_the_first_result_and_refuses_other_content() {
    let directory = directory();
    let log = open(directory.path());
    let mut books = found(&log);
    post(&mut books, &*log, 1..5_001);
    let first = index(&log);
    assert_eq!(move_out(&mut books, &*first).unwrap(), 3_072);
    post(&mut books, &*log, 5_001..8_001);
    assert_eq!(move_out(&mut books, &*first).unwrap(), 3_072);
    let judge = |books: &Books| {
        for id in [1, 2, 3_000, 3_073, 6_144, 6_145, 8_000] {
            assert_eq!(books.again(id, 1), Ok(Done::Posted { first: false, sequence: Sequence(u64::try_from(id).unwrap()) }), "{id}");
            let first = Sequence(u64::try_from(id).unwrap());
            assert_eq!(books.again(id, 2), Err(Refusal::IdReused { id: PostingId(id), first }), "{id}");
        }
        assert_eq!(books.ledger.posting(PostingId(99_999)), Ok(None));
    };
    judge(&books);
    assert!(books.ledger.keys_in_memory() < 2_048);
    // a snapshot holds what is in memory; the rest is in the file
    books.snapshot(&*log).unwrap();
    drop((books, first, log));
    let log = open(directory.path());
    let books = start(&log);
    assert!(books.ledger.keys_in_memory() < 2_048, "the start read the snapshot");
    judge(&books);
    let mut seen = 0;
    index(&log)
        .visit(&mut |record| {
            seen += 1;
            assert_eq!(record.sequence.0, u64::try_from(record.id.0).unwrap());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, 6_144);
}

#[test]
fn a_filter_made_anew_for_more_keys_knows_them_all() {
    let directory = directory();
    let log = open(directory.path());
    let mut books = found(&log);
    let keys = index(&log);
    // the first run is within the smallest filter; with the second it is read from the file, several times 16 384 keys
    for ids in [1..20_001, 20_001..40_001] {
        post(&mut books, &*log, ids);
        move_out(&mut books, &*keys).unwrap();
    }
    assert!(keys.end().0 > 2 * 16_384 + 1_024);
    for id in 1..=keys.end().0 {
        assert!(keys.lookup(PostingId(id.into())).unwrap().is_some(), "{id}");
    }
    assert_eq!(keys.lookup(PostingId(99_999)), Ok(None));
}

#[test]
fn what_becomes_of_an_old_posting_is_in_the_file_and_survives_a_start() {
    let directory = directory();
    let log = open(directory.path());
    let mut books = found(&log);
    post(&mut books, &*log, 1..5_001);
    let keys = index(&log);
    move_out(&mut books, &*keys).unwrap();
    reverse(&mut books, &*log, 9_001, 7).unwrap();
    post(&mut books, &*log, 5_001..7_001);
    move_out(&mut books, &*keys).unwrap();
    assert!(books.ledger.keys_to_move(0, 0).is_empty(), "the fate went along");
    assert_eq!(keys.lookup(PostingId(7)).unwrap().unwrap().fate, Fate::Reversed);
    // without a snapshot all keys are in memory again: moving them again changes nothing
    drop((books, keys, log));
    let log = open(directory.path());
    let mut books = start(&log);
    let keys = index(&log);
    let again = books.ledger.keys_to_move(0, usize::MAX);
    assert_eq!(again.keys.len(), 5_120);
    assert_eq!(keys.end(), Sequence(5_120));
    move_out(&mut books, &*keys).unwrap();
    assert_eq!(keys.end(), Sequence(5_120), "nothing was written twice");
    assert_eq!(reverse(&mut books, &*log, 9_002, 7), Err(Refusal::AlreadyReversed { posting: PostingId(7) }));
    assert_eq!(books.again(7, 1), Ok(Done::Posted { first: false, sequence: Sequence(7) }));
}

#[test]
fn a_crash_while_keys_move_leaves_each_in_memory_or_in_the_file() {
    let live = directory();
    let disk = Disk::watch(live.path());
    disk.record();
    let log = open(live.path());
    let mut books = found(&log);
    post(&mut books, &*log, 1..4_001);
    disk.answered(1);
    let keys = index(&log);
    move_out(&mut books, &*keys).unwrap();
    books.snapshot(&*log).unwrap();
    disk.answered(2);
    reverse(&mut books, &*log, 9_001, 7).unwrap();
    post(&mut books, &*log, 4_001..6_001);
    move_out(&mut books, &*keys).unwrap();
    books.snapshot(&*log).unwrap();
    disk.answered(3);
    drop((books, keys, log));
    let steps = disk.recorded();
    let start_of_it = steps.iter().position(|step| matches!(step, Step::Answered(1))).unwrap() + 1;
    let mut seen = [0; 4];
    // every eleventh step and the crash modes in turn: all of them take minutes
    for (turn, end) in (start_of_it..=steps.len()).step_by(11).chain([steps.len()]).enumerate() {
        let crash = [Crash::Killed, Crash::Torn, Crash::Lost, Crash::Scattered(end as u64 + 1)][turn % 4];
        if crash == Crash::Torn && !matches!(steps.get(end.wrapping_sub(1)), Some(Step::Write { .. })) {
            continue;
        }
        let left = directory();
        for (name, content) in after(&steps[..end], crash) {
            std::fs::write(left.path().join(name), content).unwrap();
        }
        let answered = steps[..end].iter().rev().find_map(|step| if let Step::Answered(n) = step { Some(*n) } else { None }).unwrap_or(0);
        let when = format!("{crash:?} after step {end} of {}, {answered} answered", steps.len());
        seen[answered] += 1;
        let log = open(left.path());
        let mut books = start(&log);
        let posted = books.ledger.sequence().0;
        assert!(posted >= [0, 4_000, 4_000, 6_001][answered], "{when}: {posted} postings");
        for id in (1..=4_000_u128).step_by(97).chain([7, 4_000]) {
            let sequence = Sequence(u64::try_from(id).unwrap());
            assert_eq!(books.again(id, 1), Ok(Done::Posted { first: false, sequence }), "{when}: {id}");
            assert_eq!(books.again(id, 2), Err(Refusal::IdReused { id: PostingId(id), first: sequence }), "{when}: {id}");
        }
        // it goes on from there, whatever half a run was left
        let keys = index(&log);
        move_out(&mut books, &*keys).unwrap();
        assert!(books.ledger.keys_in_memory() < 2_048, "{when}");
        let reversed = books.ledger.posting(PostingId(7)).unwrap().unwrap().fate == Fate::Reversed;
        assert_eq!(reversed, posted > 4_000, "{when}");
        reverse(&mut books, &*log, 9_001, 7).unwrap();
        assert_eq!(reverse(&mut books, &*log, 9_002, 7), Err(Refusal::AlreadyReversed { posting: PostingId(7) }), "{when}");
    }
    assert!(seen[1..].iter().all(|times| *times > 0), "{seen:?}");
}

#[test]
fn keys_that_could_not_be_kept_are_not_forgotten() {
    for fault in [Fault::Full, Fault::Torn, Fault::Sync, Fault::Dead] {
        let live = directory();
        let disk = Disk::watch(live.path());
        let log = open(live.path());
        let mut books = found(&log);
        post(&mut books, &*log, 1..4_001);
        disk.fail(fault, 0);
        let in_memory = books.ledger.keys_in_memory();
        move_out(&mut books, &*index(&log)).unwrap_err();
        assert_eq!(books.ledger.keys_in_memory(), in_memory);
        disk.mend();
    }
}

#[test]
fn keys_and_fates_out_of_order_are_refused() {
    let directory = directory();
    let log = open(directory.path());
    Books::found(&*log).unwrap();
    let moved = KeysToMove { keys: Vec::new(), fates: vec![(PostingId(7), Fate::Reversed)] };
    assert!(matches!(index(&log).keep(&moved, &mut || {}), Err(Broken::Misuse(_))));
    let mut books = start(&log);
    post(&mut books, &*log, 1..4_001);
    let second = books.ledger.keys_to_move(1_024, 1_024);
    assert!(matches!(index(&log).keep(&second, &mut || {}), Err(Broken::Misuse(_))), "the first thousand keys are missing");
    assert!(log.old_keys(&"nobody".into()).unwrap().is_none());
}

#[test]
fn a_dropped_sandbox_takes_its_old_keys_along() {
    let directory = directory();
    let log = open(directory.path());
    let mut books = found(&log);
    let keys = index(&log);
    post(&mut books, &*log, 1..3_001);
    move_out(&mut books, &*keys).unwrap();
    log.drop_sandbox(&SANDBOX.into()).unwrap();
    let watch = rusqlite::Connection::open(directory.path().join("kabao.db")).unwrap();
    let left = || watch.query_row("SELECT (SELECT count(*) FROM key) + (SELECT count(*) FROM key_run)", [], |row| row.get::<_, i64>(0));
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while left().unwrap() > 0 {
        assert!(std::time::Instant::now() < until, "{} rows are left", left().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let batch: Vec<Instruction> = (3_001..6_001).map(|id| transfer(id, 1)).collect();
    books.ledger.execute(Millis(1_000), &batch, &mut Vec::new());
    assert!(move_out(&mut books, &*keys).is_err(), "keys of a sandbox that is not there");
    assert_eq!(left().unwrap(), 0);
}
