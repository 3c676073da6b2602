//! Reads a sandbox's batches page by page, each page within one short read transaction.
//!
//! A page is copied out whole, so that whoever visits it may take their time without holding back checkpoints. What
//! does not fit together is damage, named by table and sequence; this file decides nothing about it.

use ledger::{AccountId, Kind, Millis, Opening, Posting, PostingId, Row, Unit};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, OptionalExtension as _, params};

use super::failure::FileName;
use crate::{BlobHash, Broken, Chain, Damage, Epoch, Sequence};

/// A page ends with the batch that fills one of these.
const EVENTS: u64 = 4096;
const ROWS: u64 = 8192;
/// So does one that has so much text: events may be large.
const TEXT: usize = 4 << 20;

/// Why a page could not be read.
pub(super) enum Trouble {
    /// SQLite says so; the text tells what was being read.
    Sql(&'static str, Error),
    /// It was read, and it is not what was written.
    Damage(Damage),
}

impl Trouble {
    /// In the operator's words.
    pub(super) fn named(self, name: &FileName) -> Broken {
        match self {
            Self::Sql(doing, error) => name.failed(doing, &error),
            Self::Damage(Damage { table, first, last, what }) => name.damaged(format!("table {table}, sequence {first} to {last}"), what),
        }
    }
}

/// Some batches, in order, with all that belongs to them.
#[derive(Default)]
pub(super) struct Page {
    pub(super) batches: Vec<Mark>,
    pub(super) events: Vec<Event>,
    pub(super) rows: Vec<Row>,
    attachments: Vec<(Sequence, BlobHash)>,
    text: String,
}

/// A row of the table `batch`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) first: Sequence,
    pub(super) last: Sequence,
    pub(super) epoch: Epoch,
    pub(super) chain: Chain,
    event_at: i64,
    account_at: i64,
    accounts: i64,
    posting_at: i64,
    postings: i64,
}

impl Mark {
    pub(super) fn events(&self) -> u64 {
        self.last.0 - self.first.0 + 1
    }

    /// Ledger rows of all its events.
    pub(super) fn rows(&self) -> u64 {
        self.accounts.unsigned_abs() + self.postings.unsigned_abs()
    }

    pub(super) fn damage(&self, table: &'static str, what: impl Into<String>) -> Trouble {
        Trouble::Damage(Damage { table, first: self.first, last: self.last, what: what.into() })
    }
}

/// A row of the table `event`; its texts and rows lie in the page.
pub(super) struct Event {
    pub(super) sequence: Sequence,
    pub(super) at_virtual_ms: i64,
    pub(super) at_real_ms: i64,
    kind: (usize, usize),
    body: (usize, usize),
    pub(super) rows: (usize, usize),
}

impl Page {
    pub(super) fn kind(&self, event: &Event) -> &str {
        &self.text[event.kind.0..event.kind.1]
    }

    pub(super) fn body(&self, event: &Event) -> &str {
        &self.text[event.body.0..event.body.1]
    }

    /// Names of the blobs that a batch brought, in its order.
    pub(super) fn blobs(&self, mark: &Mark) -> &[(Sequence, BlobHash)] {
        let start = self.attachments.partition_point(|(first, _)| *first < mark.first);
        let end = self.attachments.partition_point(|(first, _)| *first <= mark.first);
        &self.attachments[start..end]
    }

    fn keep(&mut self, text: &str) -> (usize, usize) {
        let start = self.text.len();
        self.text.push_str(text);
        (start, self.text.len())
    }
}

/// The page whose first batch holds `from`, or is the next one behind it. Empty at the end.
pub(super) fn read(connection: &Connection, sandbox: i64, from: Sequence) -> Result<Page, Trouble> {
    let transaction = connection.unchecked_transaction().map_err(|error| Trouble::Sql("beginning to read", error))?;
    let mut page = Page { batches: marks(connection, sandbox, from)?, ..Page::default() };
    events(connection, sandbox, &mut page)?;
    rows(connection, &mut page)?;
    attachments(connection, sandbox, &mut page)?;
    drop(transaction);
    Ok(page)
}

/// The last batch that begins at or before `sequence`.
pub(super) fn mark_at(connection: &Connection, sandbox: i64, sequence: Sequence) -> Result<Option<Mark>, Trouble> {
    let sql = "SELECT first, last, epoch, chain, event_at, account_at, accounts, posting_at, postings FROM batch
               WHERE sandbox = ? AND first <= ? ORDER BY first DESC LIMIT 1";
    let sequence = i64::try_from(sequence.0).unwrap_or(i64::MAX);
    let read = || connection.prepare_cached(sql)?.query_row(params![sandbox, sequence], |row| Ok(mark(row))).optional();
    read().map_err(|error| Trouble::Sql("reading table batch", error))?.transpose()
}

fn marks(connection: &Connection, sandbox: i64, from: Sequence) -> Result<Vec<Mark>, Trouble> {
    let start = mark_at(connection, sandbox, from)?.map_or(from, |mark| mark.first);
    let sql = "SELECT first, last, epoch, chain, event_at, account_at, accounts, posting_at, postings FROM batch
               WHERE sandbox = ? AND first >= ? ORDER BY first";
    let trouble = |error| Trouble::Sql("reading table batch", error);
    let mut statement = connection.prepare_cached(sql).map_err(trouble)?;
    let mut found = statement.query(params![sandbox, i64::try_from(start.0).unwrap_or(i64::MAX)]).map_err(trouble)?;
    let (mut marks, mut events, mut rows) = (Vec::<Mark>::new(), 0, 0);
    while events < EVENTS && rows < ROWS {
        let Some(row) = found.next().map_err(trouble)? else { break };
        let mark = mark(row)?;
        if mark.last < from {
            continue;
        }
        if let Some(before) = marks.last().filter(|before| before.last.0 + 1 != mark.first.0) {
            return Err(mark.damage("batch", format!("the batch before it ends with event {}", before.last)));
        }
        events += mark.events();
        rows += mark.rows();
        marks.push(mark);
    }
    Ok(marks)
}

fn mark(row: &rusqlite::Row<'_>) -> Result<Mark, Trouble> {
    let read = || {
        Ok::<_, Error>(Mark {
            first: Sequence(whole(row, 0)?),
            last: Sequence(whole(row, 1)?),
            epoch: Epoch(whole(row, 2)?),
            chain: Chain(bytes(row, 3)?),
            event_at: row.get(4)?,
            account_at: row.get(5)?,
            accounts: row.get(6)?,
            posting_at: row.get(7)?,
            postings: row.get(8)?,
        })
    };
    let first = Sequence(whole(row, 0).unwrap_or(0));
    let damage = |what| Trouble::Damage(Damage { table: "batch", first, last: first, what });
    let mark = read().map_err(|error| damage(format!("the batch cannot be read: {error}")))?;
    let sensible = mark.first <= mark.last
        && mark.last.0 - mark.first.0 < u64::from(u32::MAX)
        && mark.event_at.checked_add_unsigned(mark.events()).is_some()
        && [(mark.account_at, mark.accounts), (mark.posting_at, mark.postings)]
            .iter()
            .all(|(at, count)| *at >= 0 && *count >= 0 && at.checked_add(*count).is_some());
    if sensible { Ok(mark) } else { Err(damage(format!("its numbers cannot be: {mark:?}"))) }
}

/// Neighbouring batches whose positions follow one another are read in one go.
fn runs(marks: &[Mark], of: impl Fn(&Mark) -> (i64, i64)) -> Vec<(i64, i64)> {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for (at, count) in marks.iter().map(of).filter(|(_, count)| *count > 0) {
        match runs.last_mut() {
            Some(run) if run.1 == at => run.1 += count,
            _ => runs.push((at, at + count)),
        }
    }
    runs
}

fn events(connection: &Connection, sandbox: i64, page: &mut Page) -> Result<(), Trouble> {
    let sql = "SELECT sandbox, sequence, virtual_ms, real_ms, kind, body FROM event
               WHERE position >= ? AND position < ? ORDER BY position";
    let trouble = |error| Trouble::Sql("reading table event", error);
    let mut statement = connection.prepare_cached(sql).map_err(trouble)?;
    let marks = std::mem::take(&mut page.batches);
    // batches that the page holds: all of them, unless their text grows too long
    let mut held = 0;
    let mut due = marks.iter().flat_map(|mark| (mark.first.0..=mark.last.0).map(move |sequence| (mark, sequence)));
    'text: for (start, end) in runs(&marks, |mark| (mark.event_at, mark.events().cast_signed())) {
        let mut found = statement.query(params![start, end]).map_err(trouble)?;
        for _ in start..end {
            let (mark, sequence) = due.next().expect("the runs hold as many events as the batches");
            let Some(row) = found.next().map_err(trouble)? else {
                return Err(mark.damage("event", format!("event {sequence} is missing")));
            };
            let read = |page: &mut Page| {
                let place: (i64, u64) = (row.get(0)?, whole(row, 1)?);
                let kind = page.keep(row.get_ref(4)?.as_str()?);
                let body = page.keep(row.get_ref(5)?.as_str()?);
                let event =
                    Event { sequence: Sequence(sequence), at_virtual_ms: row.get(2)?, at_real_ms: row.get(3)?, kind, body, rows: (0, 0) };
                Ok::<_, Error>((place, event))
            };
            let unreadable = |error: Error| mark.damage("event", format!("event {sequence} cannot be read: {error}"));
            let (place, event) = read(page).map_err(unreadable)?;
            if place != (sandbox, sequence) {
                return Err(mark.damage("event", format!("event {sequence} is not in its place")));
            }
            page.events.push(event);
            if sequence == mark.last.0 {
                held += 1;
                if page.text.len() >= TEXT {
                    break 'text;
                }
            }
        }
    }
    drop(due);
    page.batches = marks;
    page.batches.truncate(held);
    Ok(())
}

fn rows(connection: &Connection, page: &mut Page) -> Result<(), Trouble> {
    let marks = &page.batches;
    let mut openings: Vec<(i64, u64, Row)> = Vec::new();
    table(connection, marks, &ACCOUNTS, &mut |row| {
        openings.push((row.get(0)?, whole(row, 1)?, opening(row)?));
        Ok(())
    })?;
    let mut postings: Vec<(i64, Row)> = Vec::new();
    table(connection, marks, &POSTINGS, &mut |row| {
        postings.push((row.get(0)?, posting(row)?));
        Ok(())
    })?;
    let mut openings = openings.into_iter().peekable();
    let mut postings = postings.into_iter().peekable();
    let mut base = 0;
    for mark in marks {
        let (mut accounts, start) = (0, page.rows.len());
        let count = usize::try_from(mark.events()).expect("a page's events are in memory");
        for (event, position) in page.events[base..base + count].iter_mut().zip(mark.event_at..) {
            let from = page.rows.len();
            loop {
                let n = (page.rows.len() - from) as u64;
                if let Some((.., row)) = openings.next_if(|(event, at, _)| (*event, *at) == (position, n)) {
                    page.rows.push(row);
                    accounts += 1;
                } else if let Some((_, row)) = postings.next_if(|(event, _)| *event == position) {
                    page.rows.push(row);
                } else {
                    break;
                }
            }
            event.rows = (from, page.rows.len());
        }
        base += count;
        let found = ((page.rows.len() - start) as u64, accounts);
        for (table, found, wanted) in [("account", found.1, mark.accounts), ("posting", found.0 - found.1, mark.postings)] {
            if found != wanted.unsigned_abs() {
                return Err(mark.damage(table, format!("{found} of its {wanted} rows are in their places")));
            }
        }
    }
    Ok(())
}

/// One of the tables of ledger rows.
struct Rows {
    name: &'static str,
    doing: &'static str,
    sql: &'static str,
    of: fn(&Mark) -> (i64, i64),
}

const ACCOUNTS: Rows = Rows {
    name: "account",
    doing: "reading table account",
    sql: "SELECT event, n, id, unit, floor, ceiling, at FROM account WHERE position >= ? AND position < ? ORDER BY position",
    of: |mark| (mark.account_at, mark.accounts),
};

const POSTINGS: Rows = Rows {
    name: "posting",
    doing: "reading table posting",
    sql: "SELECT event, position, id, kind, debit, credit, amount, code, at, refers_to, stated, until
          FROM posting WHERE position >= ? AND position < ? ORDER BY position",
    of: |mark| (mark.posting_at, mark.postings),
};

fn table(
    connection: &Connection,
    marks: &[Mark],
    table: &Rows,
    keep: &mut dyn FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), Trouble> {
    let trouble = |error| Trouble::Sql(table.doing, error);
    let mut read = 0_i64;
    for (start, end) in runs(marks, table.of) {
        let mut statement = connection.prepare_cached(table.sql).map_err(trouble)?;
        let mut found = statement.query(params![start, end]).map_err(trouble)?;
        while let Some(row) = found.next().map_err(trouble)? {
            keep(row).map_err(|error| {
                let mut before = read;
                let mark = marks.iter().find(|mark| {
                    before -= (table.of)(mark).1;
                    before < 0
                });
                mark.unwrap_or(&marks[0]).damage(table.name, format!("one of its rows cannot be read: {error}"))
            })?;
            read += 1;
        }
    }
    Ok(())
}

/// The columns of `account` from the third on.
pub(super) fn opening(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let unit = row.get(3)?;
    Ok(Row::Opening(Opening {
        id: AccountId::from_bytes(bytes(row, 2)?),
        unit: Unit::from_code(unit).ok_or(Error::IntegralValueOutOfRange(3, unit.into()))?,
        floor: row.get(4)?,
        ceiling: row.get(5)?,
        at: Millis(row.get(6)?),
    }))
}

/// The columns of `posting` from the third on.
pub(super) fn posting(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let kind = row.get(3)?;
    Ok(Row::Posting(Posting {
        id: PostingId::from_bytes(bytes(row, 2)?),
        kind: Kind::from_code(kind).ok_or(Error::IntegralValueOutOfRange(3, kind.into()))?,
        debit: AccountId::from_bytes(bytes(row, 4)?),
        credit: AccountId::from_bytes(bytes(row, 5)?),
        amount: row.get(6)?,
        code: row.get(7)?,
        at: Millis(row.get(8)?),
        refers_to: match row.get_ref(9)? {
            ValueRef::Null => None,
            _ => Some(PostingId::from_bytes(bytes(row, 9)?)),
        },
        stated: row.get(10)?,
        until: row.get::<_, Option<i64>>(11)?.map(Millis),
    }))
}

fn attachments(connection: &Connection, sandbox: i64, page: &mut Page) -> Result<(), Trouble> {
    let (Some(first), Some(last)) = (page.batches.first(), page.batches.last()) else { return Ok(()) };
    let sql = "SELECT first, hash FROM attachment WHERE sandbox = ? AND first BETWEEN ? AND ? ORDER BY first, n";
    let read = || {
        let mut statement = connection.prepare_cached(sql)?;
        let range = params![sandbox, first.first.0.cast_signed(), last.first.0.cast_signed()];
        let found = statement.query_map(range, |row| Ok((Sequence(whole(row, 0)?), BlobHash(bytes(row, 1)?))))?;
        found.collect::<rusqlite::Result<Vec<_>>>()
    };
    page.attachments = read().map_err(|error| Trouble::Sql("reading table attachment", error))?;
    Ok(())
}

/// A column that is never negative.
pub(super) fn whole(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| Error::IntegralValueOutOfRange(column, value))
}

/// A column of exactly `N` bytes.
pub(super) fn bytes<const N: usize>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<[u8; N]> {
    let found = row.get_ref(column)?.as_blob()?;
    found.try_into().map_err(|_| Error::InvalidColumnType(column, format!("{} bytes, not {N}", found.len()), rusqlite::types::Type::Blob))
}
