//! The one connection that writes: claims, and groups of batches in one transaction with one sync.
//!
//! Whoever holds the writer's lock is the only one writing. Any error after the first change is final: the caller poisons
//! the store, so nothing here needs to undo what it noted in memory.

use std::collections::HashMap;

use ledger::{Opening, Posting, Row};
use rusqlite::{Connection, params};

use super::insert::Inserter;
use super::pages::{self, Mark, Trouble};
use super::reader;
use crate::chain::Linker;
use crate::fence::{Head, Place, place};
use crate::{Appended, Batch, Chain, Claim, Entry, Epoch, SandboxId, Sequence};

pub(super) struct Writer {
    pub(super) connection: Connection,
    /// Sandboxes that were touched since the start. What is here is what the file says.
    owned: HashMap<SandboxId, Owned>,
    next_event: i64,
    next_row: i64,
    linker: Linker,
    into: Tables,
}

struct Owned {
    key: i64,
    head: Head,
}

struct Tables {
    event: Inserter,
    account: Inserter,
    posting: Inserter,
    batch: Inserter,
}

/// A batch that will be stored, and where.
struct Job<'a> {
    batch: &'a Batch,
    key: i64,
    before: Chain,
    after: Chain,
    event_at: i64,
    row_at: i64,
    rows: i64,
}

/// A row with its place: position, key of the sandbox, sequence.
struct Placed<T> {
    position: i64,
    key: i64,
    sequence: i64,
    row: T,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Result<Self, Trouble> {
        let last = |sql| {
            connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|error| Trouble::Sql("finding the end of the tables", error))
        };
        let next_event = 1 + last("SELECT ifnull(max(position), 0) FROM event")?;
        let next_row =
            1 + last("SELECT max((SELECT ifnull(max(position), 0) FROM posting), (SELECT ifnull(max(position), 0) FROM account))")?;
        let into = Tables {
            event: Inserter::new("event", 7),
            account: Inserter::new("account", 8),
            posting: Inserter::new("posting", 13),
            batch: Inserter::new("batch", 8),
        };
        Ok(Self { connection, owned: HashMap::new(), next_event, next_row, linker: Linker::default(), into })
    }

    /// Makes the sandbox's head known, if it exists. Damage at its tail is found here, before anything is added to it.
    pub(super) fn load(&mut self, sandbox: &SandboxId) -> Result<bool, Trouble> {
        if self.owned.contains_key(sandbox) {
            return Ok(true);
        }
        let Some(key) = reader::key(&self.connection, sandbox)? else { return Ok(false) };
        let epoch = self
            .connection
            .query_row("SELECT epoch FROM sandbox WHERE id = ?", [key], |row| pages::whole(row, 0))
            .map_err(|error| Trouble::Sql("reading table sandbox", error))?;
        let (next, chain) = tail(&self.connection, &mut self.linker, key)?;
        self.owned.insert(sandbox.clone(), Owned { key, head: Head { epoch: Epoch(epoch), next, chain } });
        Ok(true)
    }

    /// Forgets a sandbox that was dropped.
    pub(super) fn forget(&mut self, sandbox: &SandboxId) {
        self.owned.remove(sandbox);
    }

    /// Takes a sandbox over; [`Writer::load`] has been asked about it.
    pub(super) fn claim(&mut self, sandbox: &SandboxId) -> rusqlite::Result<Claim> {
        let (epoch, key) = transaction(&self.connection, |connection| {
            let epoch = connection
                .prepare_cached("UPDATE meta SET claims = claims + 1 RETURNING claims")?
                .query_row([], |row| pages::whole(row, 0))?;
            let key = connection
                .prepare_cached(
                    "INSERT INTO sandbox (name, epoch) VALUES (?1, ?2)
                     ON CONFLICT (name) WHERE dropped = 0 DO UPDATE SET epoch = ?2 RETURNING id",
                )?
                .query_row(params![&*sandbox.0, epoch.cast_signed()], |row| row.get(0))?;
            Ok((Epoch(epoch), key))
        })?;
        let new = Head { epoch, next: Sequence::FIRST, chain: Chain::START };
        let head = &mut self.owned.entry(sandbox.clone()).or_insert(Owned { key, head: new }).head;
        head.epoch = epoch;
        Ok(Claim { epoch, next: head.next, chain: head.chain })
    }

    /// Stores what of the group is to be stored. The sandboxes' heads have been loaded. Also says how many bytes, about,
    /// the write-ahead log has grown by.
    pub(super) fn append(&mut self, group: &[Batch]) -> Result<(Vec<Appended>, u64), Trouble> {
        let mut jobs: Vec<Job<'_>> = Vec::with_capacity(group.len());
        let mut answers = Vec::with_capacity(group.len());
        for batch in group {
            answers.push(self.judge(batch, &mut jobs)?);
        }
        if jobs.is_empty() {
            return Ok((answers, 0));
        }
        let connection = &self.connection;
        let stored = transaction(connection, |connection| self.into.store(connection, &jobs));
        let bytes = stored.map_err(|error| Trouble::Sql("appending", error))?;
        Ok((answers, bytes))
    }

    fn judge<'a>(&mut self, batch: &'a Batch, jobs: &mut Vec<Job<'a>>) -> Result<Appended, Trouble> {
        let Some(Owned { key, head }) = self.owned.get_mut(&batch.sandbox) else {
            return Ok(Appended::Fenced { owner: Epoch::NOBODY });
        };
        Ok(match place(head, batch) {
            Place::Fenced => Appended::Fenced { owner: head.epoch },
            Place::Early => Appended::Early { next: head.next },
            Place::Behind => {
                let fresh = jobs.iter().rfind(|job| job.key == *key && job.batch.first <= batch.first);
                let (epoch, first, before, after) = match fresh {
                    Some(job) => (job.batch.epoch, job.batch.first, job.before, job.after),
                    None => stored(&self.connection, *key, batch.first)?,
                };
                let same = epoch == batch.epoch && first == batch.first && after == self.linker.link(before, batch);
                if same { Appended::Stored(after) } else { Appended::Fenced { owner: epoch } }
            }
            Place::Next => {
                let before = head.chain;
                let after = self.linker.link(before, batch);
                *head = Head { next: batch.next(), chain: after, ..*head };
                let count = |n: usize| i64::try_from(n).expect("what is in memory can be counted");
                let rows = count(batch.entries.iter().map(|entry| entry.rows.len()).sum());
                jobs.push(Job { batch, key: *key, before, after, event_at: self.next_event, row_at: self.next_row, rows });
                self.next_event += count(batch.entries.len());
                self.next_row += rows;
                Appended::Stored(after)
            }
        })
    }
}

impl Tables {
    fn store(&self, connection: &Connection, jobs: &[Job<'_>]) -> rusqlite::Result<u64> {
        let mut events: Vec<Placed<(&Batch, &Entry)>> = Vec::with_capacity(jobs.len());
        let mut openings: Vec<Placed<&Opening>> = Vec::new();
        let mut postings: Vec<Placed<&Posting>> = Vec::new();
        let mut bytes = 0;
        for Job { batch, key, event_at, row_at, .. } in jobs {
            let mut rows = *row_at..;
            for (index, entry) in batch.entries.iter().enumerate() {
                let sequence = batch.first.plus(index).0.cast_signed();
                let position = event_at + index.cast_signed() as i64;
                events.push(Placed { position, key: *key, sequence, row: (batch, entry) });
                bytes += entry.body.len();
                for (row, position) in entry.rows.iter().zip(&mut rows) {
                    match row {
                        Row::Opening(row) => openings.push(Placed { position, key: *key, sequence, row }),
                        Row::Posting(row) => postings.push(Placed { position, key: *key, sequence, row }),
                    }
                }
            }
        }
        self.event.insert(connection, &events, |row, event| {
            let (batch, entry) = event.row;
            row.put(event.position)?;
            row.put(event.key)?;
            row.put(event.sequence)?;
            row.put(batch.at_virtual_ms)?;
            row.put(batch.at_real_ms)?;
            row.put(entry.kind)?;
            row.put(&*entry.body)
        })?;
        self.account.insert(connection, &openings, |row, Placed { position, key, sequence, row: opening }| {
            row.put(position)?;
            row.put(key)?;
            row.put(sequence)?;
            row.put(&opening.id.to_bytes()[..])?;
            row.put(opening.unit.code())?;
            row.put(opening.floor)?;
            row.put(opening.ceiling)?;
            row.put(opening.at.0)
        })?;
        self.posting.insert(connection, &postings, |row, Placed { position, key, sequence, row: posting }| {
            row.put(position)?;
            row.put(key)?;
            row.put(sequence)?;
            row.put(&posting.id.to_bytes()[..])?;
            row.put(posting.kind.code())?;
            row.put(&posting.debit.to_bytes()[..])?;
            row.put(&posting.credit.to_bytes()[..])?;
            row.put(posting.amount)?;
            row.put(posting.code)?;
            row.put(posting.at.0)?;
            row.put(posting.refers_to.map(ledger::PostingId::to_bytes).as_ref().map(|id| &id[..]))?;
            row.put(posting.stated)?;
            row.put(posting.until.map(|until| until.0))
        })?;
        self.batch.insert(connection, jobs, |row, job| {
            row.put(job.key)?;
            row.put(job.batch.first.0.cast_signed())?;
            row.put(job.batch.next().0.cast_signed() - 1)?;
            row.put(job.batch.epoch.0.cast_signed())?;
            row.put(&job.after.0[..])?;
            row.put(job.event_at)?;
            row.put(job.row_at)?;
            row.put(job.rows)
        })?;
        bytes += blobs(connection, jobs)?;
        Ok((bytes + 80 * events.len() + 100 * (jobs.len() + openings.len() + postings.len()) + 3 * 4096) as u64)
    }
}

fn blobs(connection: &Connection, jobs: &[Job<'_>]) -> rusqlite::Result<usize> {
    let mut bytes = 0;
    for Job { batch, key, .. } in jobs {
        for (blob, n) in batch.blobs.iter().zip(0_i64..) {
            let hash = blob.hash();
            connection
                .prepare_cached("INSERT INTO blob (hash, bytes) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING")?
                .execute(params![&hash.0[..], &**blob.bytes()])?;
            connection.prepare_cached("INSERT INTO attachment VALUES (?, ?, ?, ?)")?.execute(params![
                key,
                batch.first.0.cast_signed(),
                n,
                &hash.0[..]
            ])?;
            bytes += blob.bytes().len() + 4096;
        }
    }
    Ok(bytes)
}

/// Runs `work` in a transaction and commits it; what fails is rolled back and told.
pub(super) fn transaction<T>(connection: &Connection, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let done = work(connection).and_then(|value| connection.prepare_cached("COMMIT")?.execute([]).map(|_| value));
    if done.is_err() && !connection.is_autocommit() {
        // The first error is the one to tell; a rollback that fails as well changes nothing for a poisoned store.
        let _ = connection.execute_batch("ROLLBACK");
    }
    done
}

/// What is stored at a place: its epoch, where its batch begins, the chain before and after.
fn stored(connection: &Connection, key: i64, at: Sequence) -> Result<(Epoch, Sequence, Chain, Chain), Trouble> {
    let Some(mark) = pages::mark_at(connection, key, at)? else {
        return Err(Trouble::Damage(crate::Damage { table: "batch", first: at, last: at, what: "no batch holds this event".into() }));
    };
    Ok((mark.epoch, mark.first, chain_before(connection, key, &mark)?, mark.chain))
}

/// The chain before a batch.
pub(super) fn chain_before(connection: &Connection, key: i64, mark: &Mark) -> Result<Chain, Trouble> {
    if mark.first <= Sequence::FIRST {
        return Ok(Chain::START);
    }
    match pages::mark_at(connection, key, Sequence(mark.first.0 - 1))? {
        Some(before) if before.last.0 + 1 == mark.first.0 => Ok(before.chain),
        _ => Err(mark.damage("batch", "the batch before it is missing")),
    }
}

/// Where a sandbox ends: the next sequence and the chain. The last batch is read back and held against its chain.
fn tail(connection: &Connection, linker: &mut Linker, key: i64) -> Result<(Sequence, Chain), Trouble> {
    let Some(mark) = pages::mark_at(connection, key, Sequence(u64::MAX))? else {
        return Ok((Sequence::FIRST, Chain::START));
    };
    let before = chain_before(connection, key, &mark)?;
    let page = pages::read(connection, key, mark.first)?;
    super::verify::relink(linker, before, &page, 0)?;
    Ok((Sequence(mark.last.0 + 1), mark.chain))
}
