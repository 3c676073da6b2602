//! Old keys in the file: sorted runs, each written once from end to end, with a filter in memory before them.
//!
//! See `why-are-old-keys-sorted-runs.md`. Runs are written like snapshots, in chunks that let appends through, and count only
//! once their mark is durable; what a crash left of an unmarked one is deleted before the next is written.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Weak};

use ledger::{AccountId, Fate, KeyIndex, KeyRecord, KeysToMove, Kind, PostingId, Sequence, Unreadable};
use parking_lot::{Mutex, RwLock};
use rusqlite::{Connection, Error, OptionalExtension as _, params};

use super::Shared;
use super::filter::Filter;
use super::insert::Inserter;
use super::pages::{Trouble, bytes, whole};
use super::snapshot::{alive, unsynced};
use super::writer::transaction;
use crate::{Broken, OldKeys, SandboxId};

/// Rows written or deleted while the writer is locked out.
const CHUNK: usize = 1024;

/// Rows read at a time.
const ROWS: i64 = 16_384;

const COLUMNS: &str = "id, sequence, kind, debit, credit, amount, content, fate";

/// The old keys that are in use, by their sandbox.
pub(super) type Held = Mutex<HashMap<i64, Weak<FileKeys>>>;

/// The old keys of one sandbox.
pub(super) struct FileKeys {
    /// Weak: a ledger that is still around does not keep the file open.
    shared: Weak<Shared>,
    sandbox: i64,
    state: RwLock<State>,
    into: Inserter,
    /// One writes at a time.
    keeping: Mutex<()>,
}

#[derive(Default)]
struct State {
    /// The last sequence of each run.
    runs: BTreeSet<u64>,
    keys: u64,
    /// Nothing while it is being filled after a start: then the file is asked for every id.
    filter: Option<Arc<Filter>>,
}

impl fmt::Debug for FileKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.read();
        write!(f, "{} old keys in {} runs", state.keys, state.runs.len())
    }
}

impl Shared {
    pub(super) fn old_keys(self: &Arc<Self>, sandbox: &SandboxId) -> Result<Option<Arc<dyn OldKeys>>, Broken> {
        let Some(key) = self.key(sandbox)? else { return Ok(None) };
        let mut held = self.old_keys.lock();
        if let Some(index) = held.get(&key).and_then(Weak::upgrade) {
            return Ok(Some(index));
        }
        held.retain(|_, index| index.strong_count() > 0);
        let (runs, keys) = self.reading(|connection| runs(connection, key))?;
        let filter = runs.is_empty().then(|| Arc::new(Filter::for_ids(0)));
        let fill = filter.is_none();
        let columns = ["sandbox", "run", "id", "sequence", "kind", "debit", "credit", "amount", "content", "fate"];
        let index = Arc::new(FileKeys {
            shared: Arc::downgrade(self),
            sandbox: key,
            state: RwLock::new(State { runs, keys, filter }),
            into: Inserter::new("key", &columns),
            keeping: Mutex::new(()),
        });
        held.insert(key, Arc::downgrade(&index));
        if fill {
            let filled = Arc::clone(&index);
            // where no thread is to be had the file is asked for every id, until the next run is kept
            let _ = std::thread::Builder::new().name("log-old-keys".into()).spawn(move || filled.fill(&filled.keeping.lock(), &mut || {}));
        }
        Ok(Some(index))
    }
}

impl FileKeys {
    fn shared(&self) -> Result<Arc<Shared>, Broken> {
        self.shared.upgrade().ok_or_else(|| Broken::Misuse("old keys of a log that was closed".into()))
    }

    /// Makes a filter of all that is in the file. What fails is left: the file is asked instead.
    fn fill(&self, _keeping: &parking_lot::MutexGuard<'_, ()>, between: &mut dyn FnMut()) {
        if let Ok(filter) = self.filter(between) {
            self.state.write().filter = Some(Arc::new(filter));
        }
    }

    /// A filter of all that is in the file. Only ids are read and nothing is collected: while a sandbox grows this reads each
    /// key about once more.
    fn filter(&self, between: &mut dyn FnMut()) -> Result<Filter, Broken> {
        let shared = self.shared()?;
        let (runs, filter) = {
            let state = self.state.read();
            (state.runs.clone(), Filter::for_ids(state.keys))
        };
        let sql = format!("SELECT id FROM key WHERE sandbox = ? AND run = ? AND id > ? ORDER BY id LIMIT {ROWS}");
        for run in runs {
            let mut after: Vec<u8> = Vec::new();
            loop {
                let last = shared.reading(|connection| {
                    let add = || {
                        let mut statement = connection.prepare_cached(&sql)?;
                        let mut rows = statement.query(params![self.sandbox, run.cast_signed(), after])?;
                        let mut last = None;
                        while let Some(row) = rows.next()? {
                            let id = PostingId::from_bytes(bytes(row, 0)?);
                            filter.add(id.0);
                            last = Some(id);
                        }
                        Ok(last)
                    };
                    add().map_err(|error| Trouble::Sql("reading table key", error))
                })?;
                let Some(last) = last else { break };
                after = last.to_bytes().to_vec();
                between();
            }
        }
        Ok(filter)
    }

    /// Writes a run, in order of ids.
    fn write(&self, shared: &Shared, run: u64, keys: &[&KeyRecord], between: &mut dyn FnMut()) -> Result<(), Broken> {
        for chunk in keys.chunks(CHUNK) {
            shared.keeper.wait_for_room();
            shared.writing("keeping old keys", |writer| {
                unsynced(&writer.connection, |connection| {
                    // of a sandbox that is being deleted nothing is written behind the deletion
                    if !alive(connection, self.sandbox)? {
                        return Ok(());
                    }
                    self.into.insert(connection, chunk, |row, key| {
                        row.put(self.sandbox)?;
                        row.put(run.cast_signed())?;
                        row.put(&key.id.to_bytes()[..])?;
                        row.put(key.sequence.0.cast_signed())?;
                        row.put(key.kind.code())?;
                        row.put(&key.debit.to_bytes()[..])?;
                        row.put(&key.credit.to_bytes()[..])?;
                        row.put(key.amount)?;
                        row.put(key.content.cast_signed())?;
                        row.put(key.fate as u8)
                    })
                })
            })?;
            shared.keeper.grew(100 * chunk.len() as u64);
            between();
        }
        Ok(())
    }

    /// Deletes what a crash left of runs behind the last whole one.
    fn clear(&self, shared: &Shared, end: u64) -> Result<(), Broken> {
        let sql = "DELETE FROM key WHERE (sandbox, run, id) IN
                   (SELECT sandbox, run, id FROM key WHERE sandbox = ?1 AND run > ?2 LIMIT ?3)";
        loop {
            let limit = i64::try_from(CHUNK).expect("a small number");
            let deleted = shared.writing("deleting half a run of old keys", |writer| {
                unsynced(&writer.connection, |connection| {
                    connection.prepare_cached(sql)?.execute(params![self.sandbox, end.cast_signed(), limit])
                })
            })?;
            if deleted == 0 {
                return Ok(());
            }
            shared.keeper.grew(100 * deleted as u64);
        }
    }
}

impl KeyIndex for FileKeys {
    fn lookup(&self, id: PostingId) -> Result<Option<KeyRecord>, Unreadable> {
        let runs = {
            let state = self.state.read();
            if state.runs.is_empty() || state.filter.as_ref().is_some_and(|filter| !filter.may_hold(id.0)) {
                return Ok(None);
            }
            state.runs.clone()
        };
        let shared = self.shared().map_err(|_| Unreadable)?;
        let sql = format!("SELECT {COLUMNS} FROM key WHERE sandbox = ? AND run = ? AND id = ?");
        let found = shared.reading(|connection| {
            let read = || {
                let mut statement = connection.prepare_cached(&sql)?;
                for run in runs.iter().rev() {
                    let values = params![self.sandbox, run.cast_signed(), &id.to_bytes()[..]];
                    if let Some(found) = statement.query_row(values, record).optional()? {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            };
            read().map_err(|error| Trouble::Sql("reading table key", error))
        });
        found.map_err(|_| Unreadable)
    }
}

impl OldKeys for FileKeys {
    fn end(&self) -> Sequence {
        Sequence(self.state.read().runs.last().copied().unwrap_or(0))
    }

    fn keep(&self, moved: &KeysToMove, between: &mut dyn FnMut()) -> Result<(), Broken> {
        let keeping = self.keeping.lock();
        let shared = self.shared()?;
        let end = self.end().0;
        let mut new: Vec<&KeyRecord> = moved.keys.iter().filter(|key| key.sequence.0 > end).collect();
        if new.iter().zip(end + 1..).any(|(key, next)| key.sequence.0 != next) {
            return Err(Broken::Misuse("to keep old keys with others missing between them".into()));
        }
        let run = new.last().map_or(end, |last| last.sequence.0);
        new.sort_unstable_by_key(|key| key.id);
        if !new.is_empty() {
            self.clear(&shared, end)?;
            self.write(&shared, run, &new, between)?;
        }
        // kept before a crash, and changed since
        let again = moved.keys.iter().filter(|key| key.sequence.0 <= end && key.fate != Fate::Standing).map(|key| (key.id, key.fate));
        let fates: Vec<(PostingId, Fate)> = again.chain(moved.fates.iter().copied()).collect();
        let runs = self.state.read().runs.clone();
        let count = i64::try_from(new.len()).expect("what is in memory can be counted");
        let unknown = shared.writing("keeping old keys", |writer| {
            transaction(&writer.connection, |connection| {
                if !alive(connection, self.sandbox)? {
                    return Ok(Some("a sandbox that was dropped".to_owned()));
                }
                if count > 0 {
                    connection.prepare_cached("INSERT INTO key_run VALUES (?, ?, ?)")?.execute(params![
                        self.sandbox,
                        run.cast_signed(),
                        count
                    ])?;
                }
                for (id, fate) in &fates {
                    if !set_fate(connection, self.sandbox, &runs, *id, *fate)? {
                        return Ok(Some(format!("the fate of posting {id}, whose key is not in the file")));
                    }
                }
                Ok(None)
            })
        })?;
        if let Some(what) = unknown {
            return Err(Broken::Misuse(format!("to keep {what}").into()));
        }
        shared.keeper.grew(super::file::PAGE * (1 + fates.len() as u64));
        if count > 0 {
            let mut state = self.state.write();
            if let Some(filter) = &state.filter {
                for key in &new {
                    filter.add(key.id.0);
                }
            }
            state.runs.insert(run);
            state.keys += new.len() as u64;
        }
        let small = {
            let state = self.state.read();
            state.filter.as_ref().is_none_or(|filter| filter.is_small_for(state.keys))
        };
        if small {
            self.fill(&keeping, between);
        }
        Ok(())
    }

    fn visit(&self, visit: &mut dyn FnMut(&KeyRecord) -> ControlFlow<()>) -> Result<(), Broken> {
        let shared = self.shared()?;
        let sql = format!("SELECT {COLUMNS} FROM key WHERE sandbox = ? AND run = ? AND id > ? ORDER BY id LIMIT {ROWS}");
        let runs = self.state.read().runs.clone();
        for run in runs {
            let mut after: Vec<u8> = Vec::new();
            loop {
                let records = shared.reading(|connection| {
                    let read = || {
                        let mut statement = connection.prepare_cached(&sql)?;
                        let found = statement.query_map(params![self.sandbox, run.cast_signed(), after], record)?;
                        found.collect::<rusqlite::Result<Vec<_>>>()
                    };
                    read().map_err(|error| Trouble::Sql("reading table key", error))
                })?;
                let Some(last) = records.last() else { break };
                after = last.id.to_bytes().to_vec();
                if records.iter().any(|record| visit(record).is_break()) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// The runs of a sandbox, and how many keys they have.
fn runs(connection: &Connection, sandbox: i64) -> Result<(BTreeSet<u64>, u64), Trouble> {
    let read = || {
        let mut statement = connection.prepare_cached("SELECT last, keys FROM key_run WHERE sandbox = ? ORDER BY last")?;
        let found = statement.query_map([sandbox], |row| Ok((whole(row, 0)?, whole(row, 1)?)))?;
        let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok((found.iter().map(|(last, _)| *last).collect(), found.iter().map(|(_, keys)| keys).sum()))
    };
    read().map_err(|error| Trouble::Sql("reading table key_run", error))
}

fn set_fate(connection: &Connection, sandbox: i64, runs: &BTreeSet<u64>, id: PostingId, fate: Fate) -> rusqlite::Result<bool> {
    let mut update = connection.prepare_cached("UPDATE key SET fate = ? WHERE sandbox = ? AND run = ? AND id = ?")?;
    for run in runs.iter().rev() {
        if update.execute(params![fate as u8, sandbox, run.cast_signed(), &id.to_bytes()[..]])? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn record(row: &rusqlite::Row<'_>) -> rusqlite::Result<KeyRecord> {
    let (kind, fate) = (row.get(2)?, row.get(7)?);
    Ok(KeyRecord {
        id: PostingId::from_bytes(bytes(row, 0)?),
        sequence: Sequence(whole(row, 1)?),
        kind: Kind::from_code(kind).ok_or(Error::IntegralValueOutOfRange(2, kind.into()))?,
        debit: AccountId::from_bytes(bytes(row, 3)?),
        credit: AccountId::from_bytes(bytes(row, 4)?),
        amount: row.get(5)?,
        content: whole(row, 6)?,
        fate: Fate::from_code(fate).ok_or(Error::IntegralValueOutOfRange(7, fate.into()))?,
    })
}

/// Deletes some of a dropped sandbox's old keys; false when there are none.
pub(super) fn purge(connection: &Connection, sandbox: i64, rows: i64) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM key WHERE (sandbox, run, id) IN (SELECT sandbox, run, id FROM key WHERE sandbox = ?1 LIMIT ?2)";
    if connection.prepare_cached(sql)?.execute(params![sandbox, rows])? > 0 {
        return Ok(true);
    }
    connection.prepare_cached("DELETE FROM key_run WHERE sandbox = ?")?.execute([sandbox])?;
    Ok(false)
}
