//! Reading: events in order, the rows of one account, blobs, names.
//!
//! Readers have their own connections and never hold up the writer. Nothing is cached here.
//!
//! *Why is there no index of postings by account?* Two random B-tree inserts a posting would cost more than the whole
//! append (PERFORMANCE section 3: 26 000 postings a second with such trees). A balance is explained by one pass over the
//! table with the comparison inside SQLite, several million rows a second, at the moment somebody asks.

use std::ops::ControlFlow;
use std::sync::Arc;

use ledger::{AccountId, Row};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::Shared;
use super::pages::{self, Page, Trouble};
use crate::row::{POSTINGS, place};
use crate::{BlobHash, Broken, Record, RowPlace, SandboxId, Sequence};

/// Connections that nobody is using.
pub(super) type Idle = Mutex<Vec<Connection>>;

/// Kept open for the next reader, at most.
const IDLE: usize = 4;

/// Rows of an account that are read at a time.
const ROWS: usize = 1024;

impl Shared {
    /// Runs `read` on a connection of its own.
    pub(super) fn reading<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Broken> {
        self.sound()?;
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => super::file::connect(&self.path, &self.name)?,
        };
        let answer = read(&connection).map_err(|trouble| trouble.named(&self.name));
        let mut idle = self.idle.lock();
        if idle.len() < IDLE {
            idle.push(connection);
        }
        answer
    }

    /// The key of a sandbox in the big tables.
    pub(super) fn key(&self, sandbox: &SandboxId) -> Result<Option<i64>, Broken> {
        self.reading(|connection| key(connection, sandbox))
    }

    pub(super) fn scan(
        &self,
        sandbox: &SandboxId,
        from: Sequence,
        visit: &mut dyn FnMut(Record<'_>) -> ControlFlow<()>,
    ) -> Result<(), Broken> {
        let Some(key) = self.key(sandbox)? else { return Ok(()) };
        let mut at = from.max(Sequence::FIRST);
        loop {
            let page = self.reading(|connection| pages::read(connection, key, at))?;
            let (Some(first), Some(last)) = (page.batches.first(), page.batches.last()) else { return Ok(()) };
            if first.first > at {
                // A sandbox that is dropped while it is read loses its first batches first.
                return match self.key(sandbox)? {
                    Some(still) if still == key => {
                        Err(first.damage("batch", format!("the batch with event {at} is missing")).named(&self.name))
                    }
                    _ => Ok(()),
                };
            }
            if visit_page(&page, at, visit).is_break() {
                return Ok(());
            }
            at = Sequence(last.last.0 + 1);
        }
    }

    pub(super) fn account(
        &self,
        sandbox: &SandboxId,
        account: AccountId,
        after: Option<RowPlace>,
        visit: &mut dyn FnMut(RowPlace, &Row) -> ControlFlow<()>,
    ) -> Result<(), Broken> {
        let Some(key) = self.key(sandbox)? else { return Ok(()) };
        let mut after = after;
        loop {
            let rows = self.reading(|connection| account_rows(connection, key, account, after))?;
            for (place, row) in &rows {
                after = Some(*place);
                if visit(*place, row).is_break() {
                    return Ok(());
                }
            }
            if rows.len() < ROWS {
                return Ok(());
            }
        }
    }

    pub(super) fn blob(&self, hash: BlobHash) -> Result<Option<Arc<[u8]>>, Broken> {
        let sql = "SELECT bytes FROM blob WHERE hash = ?1 AND EXISTS
                   (SELECT 1 FROM attachment a JOIN sandbox s ON s.id = a.sandbox AND s.dropped = 0 WHERE a.hash = ?1)";
        let found = self.reading(|connection| {
            let read = || {
                connection.prepare_cached(sql)?.query_row([&hash.0[..]], |row| Ok(Arc::<[u8]>::from(row.get_ref(0)?.as_blob()?))).optional()
            };
            read().map_err(|error| Trouble::Sql("reading table blob", error))
        })?;
        match found {
            Some(bytes) if BlobHash::of(&bytes) != hash => {
                Err(self.name.damaged(format!("table blob, {hash}"), "the bytes do not have this hash"))
            }
            found => Ok(found),
        }
    }

    pub(super) fn sandboxes(&self) -> Result<Vec<SandboxId>, Broken> {
        self.reading(|connection| {
            let read = || {
                let mut statement = connection.prepare_cached("SELECT name FROM sandbox WHERE dropped = 0 ORDER BY name")?;
                let names = statement.query_map([], |row| Ok(SandboxId(row.get_ref(0)?.as_str()?.into())))?;
                names.collect::<rusqlite::Result<Vec<_>>>()
            };
            read().map_err(|error| Trouble::Sql("reading table sandbox", error))
        })
    }
}

pub(super) fn key(connection: &Connection, sandbox: &SandboxId) -> Result<Option<i64>, Trouble> {
    let sql = "SELECT id FROM sandbox WHERE name = ? AND dropped = 0";
    let read = || connection.prepare_cached(sql)?.query_row([&*sandbox.0], |row| row.get(0)).optional();
    read().map_err(|error| Trouble::Sql("reading table sandbox", error))
}

fn visit_page(page: &Page, from: Sequence, visit: &mut dyn FnMut(Record<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
    for event in page.events.iter().filter(|event| event.sequence >= from) {
        visit(Record {
            sequence: event.sequence,
            at_virtual_ms: event.at_virtual_ms,
            at_real_ms: event.at_real_ms,
            kind: page.kind(event),
            body: page.body(event),
            rows: &page.rows[event.rows.0..event.rows.1],
        })?;
    }
    ControlFlow::Continue(())
}

/// The next rows behind `after` that touch the account.
fn account_rows(
    connection: &Connection,
    sandbox: i64,
    account: AccountId,
    after: Option<RowPlace>,
) -> Result<Vec<(RowPlace, Row)>, Trouble> {
    let openings = "SELECT a.position, e.sequence, a.id, a.unit, a.floor, a.ceiling, a.at
                    FROM account a CROSS JOIN event e ON e.position = a.event
                    WHERE a.position > ?1 AND a.id = ?3 AND e.sandbox = ?2 AND e.sequence >= ?4 ORDER BY a.position LIMIT ?5";
    let postings = "SELECT p.position, e.sequence, p.id, p.kind, p.debit, p.credit, p.amount, p.code, p.at, p.refers_to, p.stated, p.until
                    FROM posting p CROSS JOIN event e ON e.position = p.event
                    WHERE p.position > ?1 AND (p.debit = ?3 OR p.credit = ?3) AND e.sandbox = ?2 AND e.sequence >= ?4
                    ORDER BY p.position LIMIT ?5";
    // Each table goes on behind its own position, or from the event at which the other one stopped.
    let whole = (-1, 0);
    let (from_opening, from_posting) = match after {
        None => (whole, whole),
        Some(RowPlace { sequence, row }) if row < POSTINGS => ((row.cast_signed(), 0), (-1, sequence.0.cast_signed())),
        Some(RowPlace { sequence, row }) => ((-1, sequence.0.cast_signed() + 1), ((row - POSTINGS).cast_signed(), 0)),
    };
    let id = account.to_bytes();
    let limit = i64::try_from(ROWS).expect("a small number");
    let mut rows = Vec::new();
    for (doing, sql, (position, sequence), decode) in [
        ("reading table account", openings, from_opening, pages::opening as fn(&rusqlite::Row<'_>) -> rusqlite::Result<Row>),
        ("reading table posting", postings, from_posting, pages::posting),
    ] {
        let read = || {
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_map(params![position, sandbox, &id[..], sequence, limit], |found| {
                let row = decode(found)?;
                Ok((place(Sequence(pages::whole(found, 1)?), &row, pages::whole(found, 0)?), row))
            })?;
            found.collect::<rusqlite::Result<Vec<_>>>()
        };
        rows.extend(read().map_err(|error| Trouble::Sql(doing, error))?);
    }
    rows.sort_unstable_by_key(|(place, _)| *place);
    rows.truncate(ROWS);
    Ok(rows)
}
