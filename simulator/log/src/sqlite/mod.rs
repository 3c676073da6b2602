//! The log in one SQLite file: the default, and readable by anybody who can open such a file (`schema.sql`).
//!
//! One process owns the file. Appends are durable when they return (WAL, `synchronous=FULL`); any failure to write poisons
//! the store. Reading, snapshots and deletions never hold an append up for more than a chunk's time.
//! Source: DESIGN "The one big idea"; PERFORMANCE recommendations 3 and 4.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use ledger::{AccountId, Row};
use parking_lot::{Mutex, MutexGuard};

use crate::{Appended, Batch, BlobHash, Broken, Chain, Claim, Log, OldKeys, Record, RowPlace, SandboxId, Sequence, Snapshot, Verdict};

mod failure;
mod file;
mod filter;
mod insert;
mod keeper;
mod keys;
mod pages;
mod purge;
mod reader;
mod snapshot;
mod verify;
mod writer;

use failure::FileName;
use keeper::Keeper;
use writer::Writer;

/// What may be tuned. The defaults are right for a machine that serves.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The write-ahead log is grown to this size at the start, in the background. 0 for not at all.
    pub wal_reserve_bytes: u64,
    /// Beyond this size of the write-ahead log a checkpoint makes the writer wait.
    pub wal_limit_bytes: u64,
    /// A file of up to this size is checked page by page when it is opened.
    pub check_limit_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { wal_reserve_bytes: 16 << 20, wal_limit_bytes: 16 << 20, check_limit_bytes: 32 << 20 }
    }
}

/// A log in a SQLite file. Dropping it ends its thread and leaves one clean file.
pub struct Sqlite {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    path: PathBuf,
    name: FileName,
    options: Options,
    /// Given up with `unlock_fair` everywhere: appends, chunks and deletions take turns, and nobody waits for more than one.
    writer: Mutex<Writer>,
    idle: reader::Idle,
    keeper: Keeper,
    /// The old keys somebody holds, so that all see the same.
    old_keys: keys::Held,
    poison: OnceLock<Arc<str>>,
    // Last, so that it is given up after the connections are closed.
    _hold: file::Hold,
}

impl Sqlite {
    /// Opens a file, or makes it if it is not there. Beside it stand `<file>.lock`, and while it is open SQLite's own
    /// `<file>-wal` and `<file>-shm`.
    ///
    /// # Errors
    /// [`Broken::InUse`], [`Broken::Foreign`], [`Broken::Damaged`], or the system's refusal.
    pub fn open(path: &Path) -> Result<Self, Broken> {
        Self::open_with(path, Options::default())
    }

    /// Like [`Sqlite::open`], tuned.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn open_with(path: &Path, options: Options) -> Result<Self, Broken> {
        let name = FileName::of(path);
        let hold = file::Hold::take(path, &name)?;
        let connection = file::open_writer(path, &name, options.check_limit_bytes)?;
        let writer = Writer::new(connection);
        let shared = Arc::new(Shared {
            path: path.to_owned(),
            options,
            writer: Mutex::new(writer),
            idle: Mutex::default(),
            keeper: Keeper::default(),
            old_keys: keys::Held::default(),
            poison: OnceLock::new(),
            _hold: hold,
            name,
        });
        let kept = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("log-keeper".into())
            .spawn(move || keeper::run(&kept))
            .map_err(|error| shared.name.io("starting its thread", &error))?;
        Ok(Self { shared, thread: Some(thread) })
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.shared.keeper.stop();
        if let Some(thread) = self.thread.take() {
            // If it panicked, that has been reported already, and there is nobody to tell here.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Refuses once anything has failed to be written.
    fn sound(&self) -> Result<(), Broken> {
        match self.poison.get() {
            Some(first) => Err(Broken::Poisoned(Arc::clone(first))),
            None => Ok(()),
        }
    }

    fn poison(&self, cause: &Broken) {
        let _ = self.poison.set(cause.to_string().into());
    }

    /// Runs `write` with the writer's lock, which is handed on to whoever waits. A failure poisons the store.
    fn writing<T>(&self, doing: &'static str, write: impl FnOnce(&mut Writer) -> rusqlite::Result<T>) -> Result<T, Broken> {
        let mut writer = self.writer.lock();
        self.sound()?;
        let done = write(&mut writer).map_err(|error| {
            let broken = self.name.failed(doing, &error);
            self.poison(&broken);
            broken
        });
        MutexGuard::unlock_fair(writer);
        done
    }

    fn append(&self, group: &[Batch]) -> Result<Vec<Appended>, Broken> {
        crate::fence::check(group);
        let mut writer = self.writer.lock();
        self.sound()?;
        for batch in group {
            writer.load(&batch.sandbox).map_err(|trouble| trouble.named(&self.name))?;
        }
        let (answers, bytes) = writer.append(group).map_err(|trouble| {
            let broken = trouble.named(&self.name);
            self.poison(&broken);
            broken
        })?;
        MutexGuard::unlock_fair(writer);
        if bytes > 0 {
            self.keeper.grew(bytes);
        }
        Ok(answers)
    }

    fn claim(&self, sandbox: &SandboxId) -> Result<Claim, Broken> {
        let mut writer = self.writer.lock();
        self.sound()?;
        writer.load(sandbox).map_err(|trouble| trouble.named(&self.name))?;
        let claim = writer.claim(sandbox).map_err(|error| {
            let broken = self.name.failed("claiming a sandbox", &error);
            self.poison(&broken);
            broken
        })?;
        MutexGuard::unlock_fair(writer);
        self.keeper.grew(4 * file::PAGE);
        Ok(claim)
    }

    fn drop_sandbox(&self, sandbox: &SandboxId) -> Result<(), Broken> {
        let dropped = self.writing("dropping a sandbox", |writer| {
            writer.forget(sandbox);
            writer::transaction(&writer.connection, |connection| {
                connection.prepare_cached("UPDATE sandbox SET dropped = 1 WHERE name = ? AND dropped = 0")?.execute([&*sandbox.0])
            })
        })?;
        if dropped > 0 {
            self.keeper.grew(4 * file::PAGE);
            self.keeper.chores();
        }
        Ok(())
    }
}

impl Shared {
    fn rename(&self, from: &SandboxId, to: &SandboxId) -> Result<(), Broken> {
        match self.writing("renaming a sandbox", |writer| writer.rename(from, to))? {
            None => Err(Broken::Misuse(format!("there is no sandbox {from} to be named {to}").into())),
            Some(replaced) => {
                self.keeper.grew(4 * file::PAGE);
                if replaced {
                    self.keeper.chores();
                }
                Ok(())
            }
        }
    }
}

impl Log for Sqlite {
    fn claim(&self, sandbox: &SandboxId) -> Result<Claim, Broken> {
        self.shared.claim(sandbox)
    }

    fn append(&self, group: &[Batch]) -> Result<Vec<Appended>, Broken> {
        self.shared.append(group)
    }

    fn scan(&self, sandbox: &SandboxId, from: Sequence, visit: &mut dyn FnMut(Record<'_>) -> ControlFlow<()>) -> Result<(), Broken> {
        self.shared.scan(sandbox, from, visit)
    }

    fn account(
        &self,
        sandbox: &SandboxId,
        account: AccountId,
        after: Option<RowPlace>,
        visit: &mut dyn FnMut(RowPlace, &Row) -> ControlFlow<()>,
    ) -> Result<(), Broken> {
        self.shared.account(sandbox, account, after, visit)
    }

    fn blob(&self, hash: BlobHash) -> Result<Option<Arc<[u8]>>, Broken> {
        self.shared.blob(hash)
    }

    fn sandboxes(&self) -> Result<Vec<SandboxId>, Broken> {
        self.shared.sandboxes()
    }

    fn drop_sandbox(&self, sandbox: &SandboxId) -> Result<(), Broken> {
        self.shared.drop_sandbox(sandbox)
    }

    fn rename(&self, from: &SandboxId, to: &SandboxId) -> Result<(), Broken> {
        self.shared.rename(from, to)
    }

    fn write_snapshot(
        &self,
        sandbox: &SandboxId,
        next: Sequence,
        chain: Chain,
        chunks: &mut dyn Iterator<Item = Vec<u8>>,
    ) -> Result<(), Broken> {
        self.shared.write_snapshot(sandbox, next, chain, chunks)
    }

    fn read_snapshot(&self, sandbox: &SandboxId) -> Result<Option<Snapshot<'_>>, Broken> {
        self.shared.read_snapshot(sandbox)
    }

    fn old_keys(&self, sandbox: &SandboxId) -> Result<Option<Arc<dyn OldKeys>>, Broken> {
        self.shared.old_keys(sandbox)
    }

    fn verify(&self, sandbox: &SandboxId) -> Result<Verdict, Broken> {
        self.shared.verify(sandbox)
    }
}
