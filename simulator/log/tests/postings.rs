//! Crashes and failing disks at every step of a commit, seen through postings: after each the ledger that is read back is the
//! one after some whole commit, at least the last that was answered; sent again, everything comes out as without the crash.
//!
//! The disk's own steps are `faulty_disk`'s; a real process is killed as well (this test again, with a directory in its
//! environment; ten times, `KABAO_LONG=1` for two hundred). Source: issue 4 ("Crash tests").

#![expect(clippy::unwrap_used, reason = "what cannot go on in a test ends it")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use books::{Books, SANDBOX, directory, transfer};
use faulty_disk::{Crash, Disk, Fault, Step, after};
use ledger::{AccountId, Confirm, Done, Hold, Instruction, PostingId, Reverse, Sequence};
use log::{Log, Options, Sqlite, Verdict};

mod books;
mod faulty_disk;

const OPTIONS: Options = Options { wal_reserve_bytes: 0, wal_limit_bytes: 0, check_limit_bytes: u64::MAX };
const DIRECTORY: &str = "KABAO_POSTINGS_KILLED_IN";

fn open(directory: &Path) -> Sqlite {
    Sqlite::open_with(&directory.join("kabao.db"), OPTIONS).unwrap()
}

/// What is posted, a batch a commit: single, many, linked, held and confirmed, reversed, refused in part.
fn batches() -> Vec<Vec<Instruction>> {
    let id = PostingId;
    let hold = Hold { id: id(2_000), debit: AccountId(101), credit: AccountId(105), amount: 1, code: 2, until: None };
    let confirm = Confirm { id: id(2_001), hold: id(2_000), amount: None, code: 2, until: None };
    let too_much = Hold { id: id(2_002), debit: AccountId(102), credit: AccountId(105), amount: 1_000_000, code: 2, until: None };
    vec![
        vec![transfer(1, 5)],
        (10..400).map(|id| transfer(id, 1)).collect(),
        vec![transfer(401, 1).linked(), transfer(402, 2).linked(), transfer(403, 3)],
        vec![hold.into(), transfer(404, 1)],
        // a linked run that is refused whole, and one posting beside it
        vec![transfer(500, 1).linked(), too_much.into(), transfer(501, 1)],
        vec![confirm.into(), Reverse { id: id(2_003), of: id(402), code: 3, until: None }.into()],
        (600..900).map(|id| transfer(id, 1)).collect(),
        vec![transfer(901, 1)],
    ]
}

/// After how many batches a snapshot is taken.
const SNAPSHOT_AFTER: usize = 5;

fn state(books: &Books) -> Vec<Vec<u8>> {
    books.ledger.snapshot().chunks().collect()
}

/// The state after the opening of accounts and after each batch, as nobody disturbed makes them; the first is the empty one.
fn states() -> Vec<Vec<Vec<u8>>> {
    let log = log::Memory::new();
    let mut states = vec![ledger::Ledger::new().snapshot().chunks().collect()];
    let mut books = Books::found(&log).unwrap();
    states.push(state(&books));
    for batch in batches() {
        books.run(&log, &batch).unwrap();
        states.push(state(&books));
    }
    states
}

/// Everything, until the disk fails; `answered` hears of each commit.
fn play(log: &dyn Log, mut answered: impl FnMut(usize)) -> Result<(), log::Broken> {
    let mut books = Books::found(log)?;
    answered(1);
    for (number, batch) in batches().iter().enumerate() {
        books.run(log, batch)?;
        answered(number + 2);
        if number + 1 == SNAPSHOT_AFTER {
            books.snapshot(log)?;
        }
    }
    Ok(())
}

/// Whatever happened: what lies there is a state after a whole commit, not before the last that was answered; and sent again,
/// all comes out as if nothing had happened.
fn holds(directory: &Path, states: &[Vec<Vec<u8>>], answered: usize, when: &str) {
    let log = open(directory);
    let mut books = Books::read(&log);
    let found = state(&books);
    let at = states.iter().position(|state| *state == found).unwrap_or_else(|| panic!("{when}: a state that never was"));
    assert!(at >= answered, "{when}: {answered} commits were answered, {at} are there");
    assert!(books.ledger.totals().iter().all(|(_, total)| *total == 0), "{when}");
    assert!(matches!(log.verify(&SANDBOX.into()), Ok(Verdict::Whole { .. })), "{when}");
    if at == 0 {
        books = Books::found(&log).unwrap();
    }
    for (number, batch) in batches().iter().enumerate() {
        let there = books.ledger.sequence();
        let answers = books.run(&log, batch).unwrap();
        if number + 2 <= at {
            assert_eq!(books.ledger.sequence(), there, "{when}: batch {number} was posted a second time");
            assert!(answers.iter().flatten().all(|done| matches!(done, Done::Posted { first: false, .. })), "{when}: batch {number}");
        }
    }
    assert!(state(&books) == *states.last().unwrap(), "{when}: sent again it came out otherwise");
}

#[test]
fn a_crash_after_any_step_leaves_the_books_after_a_whole_commit() {
    let live = directory();
    let disk = Disk::watch(live.path());
    disk.record();
    let log = open(live.path());
    play(&log, |commits| disk.answered(commits)).unwrap();
    drop(log);
    let (steps, states) = (disk.recorded(), states());
    let mut seen = vec![false; states.len()];
    for end in 0..=steps.len() {
        let answered = steps[..end].iter().rev().find_map(|step| if let Step::Answered(n) = step { Some(*n) } else { None }).unwrap_or(0);
        let wrote = end > 0 && matches!(steps[end - 1], Step::Write { .. });
        let crash = match end % 3 {
            0 if wrote => Crash::Torn,
            0 => Crash::Killed,
            1 => Crash::Lost,
            _ => Crash::Scattered(11 * end as u64 + 1),
        };
        seen[answered] = true;
        let left = directory();
        for (name, content) in after(&steps[..end], crash) {
            std::fs::write(left.path().join(name), content).unwrap();
        }
        holds(left.path(), &states, answered, &format!("{crash:?} after step {end} of {}", steps.len()));
    }
    assert!(seen.iter().all(|seen| *seen), "a crash after every commit was tried: {seen:?}");
}

#[test]
fn a_disk_that_fails_at_any_write_or_sync_answers_nothing_it_did_not_keep() {
    let states = states();
    for fault in [Fault::Full, Fault::Torn, Fault::Sync, Fault::Dead] {
        let mut struck = 0;
        for n in (0..).step_by(if matches!(fault, Fault::Full | Fault::Torn) { 3 } else { 1 }) {
            let live = directory();
            let disk = Disk::watch(live.path());
            let log = open(live.path());
            disk.fail(fault, n);
            let mut answered = 0;
            let done = play(&log, |commits| answered = commits);
            drop(log);
            let hit = disk.mend();
            assert!(hit || done.is_ok(), "{fault:?} at {n}");
            holds(live.path(), &states, answered, &format!("{fault:?} at {n}"));
            if !hit {
                break;
            }
            struck += 1;
        }
        assert!(struck >= 5, "{fault:?} struck {struck} times only");
    }
}

/// Postings in each commit of the process that is killed.
const TOGETHER: u128 = 16;

#[test]
fn what_was_answered_before_a_kill_is_posted_once_and_nothing_is_half() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        post_until_killed(&PathBuf::from(directory));
    }
    let kills = if std::env::var_os("KABAO_LONG").is_some() { 200 } else { 10 };
    let directory = directory();
    let mut answered = 0;
    for kill in 0..kills {
        // between some and many commits, at no special moment
        let span = Duration::from_millis(20 + kill * 37 % 150);
        answered = run_and_kill(directory.path(), span).max(answered);
        let log = open(directory.path());
        let books = Books::read(&log);
        let there = books.ledger.sequence().0;
        assert!(there >= answered, "kill {kill}: {answered} postings were answered, {there} are there");
        assert_eq!(u128::from(there) % TOGETHER, 0, "kill {kill}: half a commit is there");
        assert!(books.ledger.totals().iter().all(|(_, total)| *total == 0), "kill {kill}");
        for id in [1, there / 2, there.saturating_sub(1), there].into_iter().filter(|id| *id > 0) {
            let first = Done::Posted { first: false, sequence: Sequence(id) };
            assert_eq!(books.again(id.into(), 1), Ok(first), "kill {kill}: posting {id}");
        }
        assert!(matches!(log.verify(&SANDBOX.into()), Ok(Verdict::Whole { .. })), "kill {kill}");
    }
    assert!(answered > 10 * kills, "only {answered} postings were answered between {kills} kills");
}

/// Starts the process, lets it post, kills it; gives the last answered posting.
fn run_and_kill(directory: &Path, span: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "what_was_answered_before_a_kill_is_posted_once_and_nothing_is_half"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let last = |line: String| line.strip_prefix("posted ").and_then(|last| last.parse::<u64>().ok());
    let mut answered = lines.by_ref().find_map(last).expect("it posts before it ends");
    let until = Instant::now() + span;
    while Instant::now() < until
        && let Some(line) = lines.next()
    {
        answered = last(line).unwrap_or(answered);
    }
    child.kill().unwrap();
    // what it had written to the pipe before counts as answered as well
    answered = lines.filter_map(last).last().unwrap_or(answered);
    child.wait().unwrap();
    answered
}

/// The process that is killed: it goes on where it was, and takes snapshots.
fn post_until_killed(directory: &Path) -> ! {
    let log = open(directory);
    let mut books = if log.sandboxes().unwrap().is_empty() { Books::found(&log).unwrap() } else { Books::read(&log) };
    if books.ledger.accounts().next().is_none() {
        books = Books::found(&log).unwrap();
    }
    loop {
        let next = u128::from(books.ledger.sequence().0) + 1;
        let batch: Vec<Instruction> = (next..next + TOGETHER).map(|id| transfer(id, 1)).collect();
        assert!(books.run(&log, &batch).unwrap().iter().all(Result::is_ok));
        let mut out = std::io::stdout().lock();
        writeln!(out, "posted {}", next + TOGETHER - 1).unwrap();
        out.flush().unwrap();
        drop(out);
        if next % 512 == 1 {
            books.snapshot(&log).unwrap();
        }
    }
}
