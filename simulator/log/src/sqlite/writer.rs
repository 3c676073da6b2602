//! The one connection that writes: claims, and groups of batches in one transaction with one sync.
//!
//! Whoever holds the writer's lock is the only one writing. Any error after the first change is final: the caller poisons
//! the store, so nothing here needs to undo what it noted in memory.

use std::collections::HashMap;

use ledger::{Opening, Posting, Row};
use rusqlite::{Connection, params};

use super::file::PAGE;
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
    ends: Option<Ends>,
    linker: Linker,
    into: Tables,
}

struct Owned {
    key: i64,
    head: Head,
}

/// The positions that come next.
#[derive(Clone, Copy)]
struct Ends {
    event: i64,
    account: i64,
    posting: i64,
}

struct Tables {
    event: Inserter,
    account: Inserter,
    posting: Inserter,
    /// Postings that refer to nothing, state nothing and never end: most, and three columns fewer.
    plain: Inserter,
    batch: Inserter,
}

/// A batch that will be stored, and where.
struct Job<'a> {
    batch: &'a Batch,
    key: i64,
    before: Chain,
    after: Chain,
    at: Ends,
    accounts: i64,
    postings: i64,
}

/// Postings that are looked at together to choose between `posting` and `plain`.
const ALIKE: usize = 256;

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        let plain = ["event", "id", "kind", "debit", "credit", "amount", "code", "at"];
        let whole = ["event", "id", "kind", "debit", "credit", "amount", "code", "at", "refers_to", "stated", "until"];
        let marks = ["sandbox", "first", "last", "epoch", "chain", "event_at", "account_at", "accounts", "posting_at", "postings"];
        let into = Tables {
            event: Inserter::new("event", &["sandbox", "sequence", "virtual_ms", "real_ms", "kind", "body"]),
            account: Inserter::new("account", &["event", "n", "id", "unit", "floor", "ceiling", "at"]),
            posting: Inserter::new("posting", &whole),
            plain: Inserter::new("posting", &plain),
            batch: Inserter::new("batch", &marks),
        };
        Self { connection, owned: HashMap::new(), ends: None, linker: Linker::default(), into }
    }

    /// Something was deleted: where the tables end is looked up anew.
    pub(super) fn shortened(&mut self) {
        self.ends = None;
    }

    fn ends(&mut self) -> Result<Ends, Trouble> {
        if let Some(ends) = self.ends {
            return Ok(ends);
        }
        let sql = "SELECT (SELECT ifnull(max(position), 0) FROM event), (SELECT ifnull(max(position), 0) FROM account),
                   (SELECT ifnull(max(position), 0) FROM posting)";
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_row([], |row| {
                Ok(Ends { event: 1 + row.get::<_, i64>(0)?, account: 1 + row.get::<_, i64>(1)?, posting: 1 + row.get::<_, i64>(2)? })
            })
        };
        read().map_err(|error| Trouble::Sql("finding the end of the tables", error))
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

    /// Gives a sandbox another's name, which is marked dropped: both or neither. Says whether there was another; nothing when
    /// there is no sandbox named `from`.
    pub(super) fn rename(&mut self, from: &SandboxId, to: &SandboxId) -> rusqlite::Result<Option<bool>> {
        let replaced = transaction(&self.connection, |connection| {
            if !connection.prepare_cached("SELECT 1 FROM sandbox WHERE name = ? AND dropped = 0")?.exists([&*from.0])? {
                return Ok(None);
            }
            if from == to {
                return Ok(Some(false));
            }
            let replaced = connection.prepare_cached("UPDATE sandbox SET dropped = 1 WHERE name = ? AND dropped = 0")?.execute([&*to.0])?;
            connection.prepare_cached("UPDATE sandbox SET name = ?2 WHERE name = ?1 AND dropped = 0")?.execute([&*from.0, &*to.0])?;
            Ok(Some(replaced > 0))
        })?;
        if replaced.is_some() && from != to {
            self.owned.remove(to);
            if let Some(owned) = self.owned.remove(from) {
                self.owned.insert(to.clone(), owned);
            }
        }
        Ok(replaced)
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
        let mut ends = self.ends()?;
        let mut jobs: Vec<Job<'_>> = Vec::with_capacity(group.len());
        let mut answers = Vec::with_capacity(group.len());
        for batch in group {
            answers.push(self.judge(batch, &mut ends, &mut jobs)?);
        }
        if jobs.is_empty() {
            return Ok((answers, 0));
        }
        let connection = &self.connection;
        let stored = transaction(connection, |connection| self.into.store(connection, &jobs));
        let bytes = stored.map_err(|error| Trouble::Sql("appending", error))?;
        self.ends = Some(ends);
        Ok((answers, bytes))
    }

    fn judge<'a>(&mut self, batch: &'a Batch, ends: &mut Ends, jobs: &mut Vec<Job<'a>>) -> Result<Appended, Trouble> {
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
                let (mut accounts, mut postings) = (0, 0);
                for row in batch.entries.iter().flat_map(|entry| &entry.rows) {
                    match row {
                        Row::Opening(_) => accounts += 1,
                        Row::Posting(_) => postings += 1,
                    }
                }
                jobs.push(Job { batch, key: *key, before, after, at: *ends, accounts, postings });
                ends.event += i64::try_from(batch.entries.len()).expect("what is in memory can be counted");
                ends.account += accounts;
                ends.posting += postings;
                Appended::Stored(after)
            }
        })
    }
}

impl Tables {
    fn store(&self, connection: &Connection, jobs: &[Job<'_>]) -> rusqlite::Result<u64> {
        let mut events: Vec<(&Job<'_>, i64, &Entry)> = Vec::with_capacity(jobs.len());
        let mut openings: Vec<(i64, i64, &Opening)> = Vec::new();
        let mut postings: Vec<(i64, &Posting)> = Vec::with_capacity(jobs.len());
        let mut bytes = 0;
        for job in jobs {
            let first = job.batch.first.0.cast_signed();
            for ((entry, sequence), position) in job.batch.entries.iter().zip(first..).zip(job.at.event..) {
                events.push((job, sequence, entry));
                bytes += entry.body.len() as u64;
                for (row, n) in entry.rows.iter().zip(0_i64..) {
                    match row {
                        Row::Opening(opening) => openings.push((position, n, opening)),
                        Row::Posting(posting) => postings.push((position, posting)),
                    }
                }
            }
        }
        self.event.insert(connection, &events, |row, (job, sequence, entry)| {
            row.put(job.key)?;
            row.put(sequence)?;
            row.put(job.batch.at_virtual_ms)?;
            row.put(job.batch.at_real_ms)?;
            row.put(entry.kind)?;
            row.put(&*entry.body)
        })?;
        expect(connection, jobs[0].at.event, events.len())?;
        if !openings.is_empty() {
            self.account.insert(connection, &openings, |row, (event, n, opening)| {
                row.put(event)?;
                row.put(n)?;
                row.put(&opening.id.to_bytes()[..])?;
                row.put(opening.unit.code())?;
                row.put(opening.floor)?;
                row.put(opening.ceiling)?;
                row.put(opening.at.0)
            })?;
            expect(connection, jobs[0].at.account, openings.len())?;
        }
        for alike in postings.chunks(ALIKE) {
            self.postings(connection, alike)?;
        }
        if !postings.is_empty() {
            expect(connection, jobs[0].at.posting, postings.len())?;
        }
        self.batch.insert(connection, jobs, |row, job| {
            row.put(job.key)?;
            row.put(job.batch.first.0.cast_signed())?;
            row.put(job.batch.next().0.cast_signed() - 1)?;
            row.put(job.batch.epoch.0.cast_signed())?;
            row.put(&job.after.0[..])?;
            row.put(job.at.event)?;
            row.put(job.at.account)?;
            row.put(job.accounts)?;
            row.put(job.at.posting)?;
            row.put(job.postings)
        })?;
        bytes += blobs(connection, jobs)?;
        Ok(bytes + 80 * events.len() as u64 + 100 * (jobs.len() + openings.len() + postings.len()) as u64 + 3 * PAGE)
    }

    fn postings(&self, connection: &Connection, postings: &[(i64, &Posting)]) -> rusqlite::Result<()> {
        let plain = |posting: &Posting| posting.refers_to.is_none() && posting.stated.is_none() && posting.until.is_none();
        let all_plain = postings.iter().all(|(_, posting)| plain(posting));
        let into = if all_plain { &self.plain } else { &self.posting };
        into.insert(connection, postings, |row, (event, posting)| {
            row.put(event)?;
            row.put(&posting.id.to_bytes()[..])?;
            row.put(posting.kind.code())?;
            row.put(&posting.debit.to_bytes()[..])?;
            row.put(&posting.credit.to_bytes()[..])?;
            row.put(posting.amount)?;
            row.put(posting.code)?;
            row.put(posting.at.0)?;
            if all_plain {
                return Ok(());
            }
            row.put(posting.refers_to.map(ledger::PostingId::to_bytes).as_ref().map(|id| &id[..]))?;
            row.put(posting.stated)?;
            row.put(posting.until.map(|until| until.0))
        })
    }
}

/// The rows just inserted stand where the batches will say they do.
fn expect(connection: &Connection, first: i64, count: usize) -> rusqlite::Result<()> {
    let last = connection.last_insert_rowid();
    if i64::try_from(count).is_ok_and(|count| last == first + count - 1) {
        Ok(())
    } else {
        // Only a file that somebody else writes to can get here.
        Err(rusqlite::Error::IntegralValueOutOfRange(0, last))
    }
}

fn blobs(connection: &Connection, jobs: &[Job<'_>]) -> rusqlite::Result<u64> {
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
            bytes += blob.bytes().len() as u64 + PAGE;
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
