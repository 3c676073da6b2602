//! The thread that keeps the house: checkpoints, the write-ahead log's size, and what is to be deleted.
//!
//! *Why not SQLite's own checkpoints?* They run inside a commit and take up to 20 ms of it (PERFORMANCE section 3). Here
//! PASSIVE ones run on a second connection while commits go on. Those never catch up with a busy writer, so beyond a
//! limit one last short pass runs with the writer's lock held; then the write-ahead log starts again at its beginning.
//!
//! *Why grow the write-ahead log ahead of time?* A commit that also extends the file costs a third more (0.2 instead of
//! 0.15 ms). The space is zeros behind the last frame, where SQLite's recovery stops as it does at frames of an earlier
//! round. It is written only while the writer is locked out, because it must never lie over a frame.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};
use rusqlite::Connection;

use super::Shared;
use super::file::{PAGE, beside};
use crate::Broken;

/// Bytes of growth after which a pass begins.
const PASS: u64 = 1 << 20;

/// After this long without growth, what is left is brought over as well.
const QUIET: Duration = Duration::from_millis(250);

/// Bulk writers wait while more than this has not been brought over.
const ROOM: u64 = 8 << 20;

/// What a step of deleting writes, about.
const PURGED: u64 = 1 << 20;

/// A frame of the write-ahead log: a page and its header.
const FRAME: u64 = PAGE + 24;

/// So much may be left for the pass that the writer waits for; it is tried so many times to get there.
const LITTLE: u64 = 512 << 10;
const TRIES: usize = 6;

/// How much is grown at a time.
const STEP: usize = 256 << 10;

#[derive(Default)]
pub(super) struct Keeper {
    state: Mutex<State>,
    wake: Condvar,
    passed: Condvar,
    /// Snapshots being written now.
    pub(super) writing: Mutex<HashSet<i64>>,
}

#[derive(Default)]
struct State {
    stop: bool,
    chores: bool,
    /// About how many bytes were written since the last pass began.
    grown: u64,
    grown_at_last_look: u64,
    passing: bool,
    /// How many passes have ended.
    passes: u64,
    /// How many had when the last chore began.
    passes_at_chore: u64,
}

impl Keeper {
    /// Something was written.
    pub(super) fn grew(&self, bytes: u64) {
        let mut state = self.state.lock();
        state.grown += bytes;
        if state.grown >= PASS && state.grown - bytes < PASS {
            self.wake.notify_one();
        }
    }

    /// Something is to be deleted.
    pub(super) fn chores(&self) {
        self.state.lock().chores = true;
        self.wake.notify_one();
    }

    /// Waits for the end of the pass under way, and where checkpoints are far behind for a whole one. For those who write much and are
    /// in no hurry, but have to get on where one pass follows the other.
    pub(super) fn wait_for_room(&self) {
        let mut state = self.state.lock();
        let enough = state.passes + u64::from(state.passing) + u64::from(state.grown > ROOM);
        while state.passes < enough && !state.stop {
            self.wake.notify_one();
            self.passed.wait(&mut state);
        }
    }

    fn pass_ended(&self) {
        let mut state = self.state.lock();
        state.passing = false;
        state.passes += 1;
        drop(state);
        self.passed.notify_all();
    }

    pub(super) fn stop(&self) {
        self.state.lock().stop = true;
        self.wake.notify_one();
        self.passed.notify_all();
    }

    fn stopping(&self) -> bool {
        self.state.lock().stop
    }

    /// Sleeps until there is something to do; says what.
    fn work(&self) -> Work {
        let mut state = self.state.lock();
        loop {
            if state.stop {
                return Work::Stop;
            }
            if state.chores && (state.grown < PASS || state.passes > state.passes_at_chore) {
                state.chores = false;
                state.passes_at_chore = state.passes;
                return Work::Chores;
            }
            let quiet = state.grown > 0 && state.grown == state.grown_at_last_look;
            if state.grown >= PASS || quiet {
                state.grown = 0;
                state.grown_at_last_look = 0;
                state.passing = true;
                return Work::Pass;
            }
            state.grown_at_last_look = state.grown;
            if state.grown > 0 {
                self.wake.wait_for(&mut state, QUIET);
            } else {
                self.wake.wait(&mut state);
            }
        }
    }
}

enum Work {
    Stop,
    Pass,
    Chores,
}

/// The thread's life. What fails here poisons the store: a disk that takes no checkpoint will soon take no commit.
pub(super) fn run(shared: &Shared) {
    let _end = End(shared);
    if let Err(broken) = keep(shared) {
        shared.poison(&broken);
    }
}

/// Whatever ends the thread, nobody waits for it any more.
struct End<'a>(&'a Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.poison(&Broken::Misuse("the thread that keeps the log's house has panicked".into()));
        }
        self.0.keeper.stop();
    }
}

fn keep(shared: &Shared) -> Result<(), Broken> {
    let connection = super::file::connect(&shared.path, &shared.name)?;
    grow(shared);
    shared.keeper.chores();
    loop {
        match shared.keeper.work() {
            Work::Stop => return Ok(()),
            Work::Pass => {
                pass(shared, &connection)?;
                shared.keeper.pass_ended();
            }
            Work::Chores => {
                if shared.purge_step()? {
                    shared.keeper.grew(PURGED);
                    shared.keeper.chores();
                }
            }
        }
    }
}

/// Brings committed pages over into the database file.
fn pass(shared: &Shared, connection: &Connection) -> Result<(), Broken> {
    shared.sound()?;
    let mut frames = checkpoint(shared, connection)?;
    if frames * FRAME <= shared.options.wal_limit_bytes {
        return Ok(());
    }
    // Long already. What came meanwhile is brought over until little is left, and that with the writer waiting.
    for _ in 0..TRIES {
        let now = checkpoint(shared, connection)?;
        if now.saturating_sub(frames) * FRAME <= LITTLE {
            break;
        }
        frames = now;
    }
    let writer = shared.writer.lock();
    let done = checkpoint(shared, connection).map(|_| ());
    MutexGuard::unlock_fair(writer);
    done
}

/// One PASSIVE checkpoint; gives the number of frames in the write-ahead log.
fn checkpoint(shared: &Shared, connection: &Connection) -> Result<u64, Broken> {
    let frames = connection
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(1)))
        .map_err(|error| shared.name.failed("bringing committed pages into the database", &error))?;
    Ok(u64::try_from(frames).unwrap_or(0))
}

/// Grows the write-ahead log to its reserve in small steps. It is only a matter of speed: what fails is left alone.
fn grow(shared: &Shared) {
    let Ok(mut file) = OpenOptions::new().write(true).open(beside(&shared.path, "-wal")) else { return };
    let zeros = vec![0; STEP];
    loop {
        let writer = shared.writer.lock();
        let Ok(bytes) = file.seek(SeekFrom::End(0)) else { return };
        if bytes >= shared.options.wal_reserve_bytes || file.write_all(&zeros).is_err() {
            break;
        }
        MutexGuard::unlock_fair(writer);
        if shared.keeper.stopping() {
            return;
        }
    }
    let _ = file.sync_all();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chores_and_passes_take_turns() {
        let keeper = Keeper::default();
        keeper.grew(PASS);
        keeper.chores();
        assert!(matches!(keeper.work(), Work::Pass), "no pass has ended since the last chore");
        keeper.pass_ended();
        keeper.grew(PASS);
        assert!(matches!(keeper.work(), Work::Chores), "a pass has ended, although the next is due");
        keeper.chores();
        assert!(matches!(keeper.work(), Work::Pass), "the next chore waits for it");
    }

    #[test]
    fn whoever_waits_for_room_gets_on_after_one_whole_pass_however_much_is_written_meanwhile() {
        let keeper = Keeper::default();
        keeper.grew(ROOM + 1);
        let (told, gets_on) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                keeper.wait_for_room();
                told.send(()).unwrap();
            });
            assert!(gets_on.recv_timeout(Duration::from_millis(50)).is_err(), "no pass has ended");
            assert!(matches!(keeper.work(), Work::Pass));
            keeper.grew(2 * ROOM);
            keeper.pass_ended();
            let got_on = gets_on.recv_timeout(Duration::from_secs(10));
            // whatever came of it, the thread has to end
            keeper.stop();
            assert!(got_on.is_ok(), "it waits for a pass during which nothing is written");
        });
    }
}
