//! Walks a sandbox's hash chain and names the first thing that is not as it was written.
//!
//! The chain covers places, virtual times, kinds, bodies, ledger rows and blob names; the real time is not in it.
//! Source: DESIGN "The ledger" ("a hash chain over commits makes tampering visible").

use rusqlite::{Connection, OptionalExtension as _};

use super::Shared;
use super::pages::{self, Page, Trouble};
use crate::chain::Linker;
use crate::{BlobHash, Broken, Chain, Damage, SandboxId, Sequence, Verdict};

impl Shared {
    pub(super) fn verify(&self, sandbox: &SandboxId) -> Result<Verdict, Broken> {
        let Some(key) = self.key(sandbox)? else {
            return Ok(Verdict::Whole { batches: 0, events: 0, rows: 0, chain: Chain::START });
        };
        let mut walk = Walk::default();
        loop {
            let step = self.sound().and_then(|()| self.step(key, &mut walk));
            match step? {
                Step::More => {}
                Step::Damaged(damage) => return Ok(Verdict::Damaged(damage)),
                Step::End => {
                    let Walk { batches, events, rows, chain, .. } = walk;
                    return Ok(Verdict::Whole { batches, events, rows, chain });
                }
            }
        }
    }

    fn step(&self, key: i64, walk: &mut Walk) -> Result<Step, Broken> {
        let mut found = None;
        let more = self.reading(|connection| match walk.page(connection, key) {
            Err(Trouble::Damage(damage)) => {
                found = Some(damage);
                Ok(false)
            }
            other => other,
        })?;
        Ok(match found {
            Some(damage) => Step::Damaged(damage),
            None if more => Step::More,
            None => Step::End,
        })
    }
}

enum Step {
    More,
    End,
    Damaged(Damage),
}

#[derive(Default)]
struct Walk {
    linker: Linker,
    batches: u64,
    events: u64,
    rows: u64,
    chain: Chain,
}

impl Walk {
    /// Walks one page; false at the end, once everything else was looked at too.
    fn page(&mut self, connection: &Connection, key: i64) -> Result<bool, Trouble> {
        let next = Sequence::FIRST.plus(usize::try_from(self.events).unwrap_or(usize::MAX));
        let page = pages::read(connection, key, next)?;
        for (index, mark) in page.batches.iter().enumerate() {
            let expected = self.events + 1;
            if mark.first.0 != expected {
                return Err(mark.damage("batch", format!("the batch with event {expected} is missing")));
            }
            self.chain = relink(&mut self.linker, self.chain, &page, index)?;
            for (_, hash) in page.blobs(mark) {
                blob(connection, *hash).map_err(|what| {
                    what.map_or_else(|error| Trouble::Sql("reading table blob", error), |what| mark.damage("blob", what))
                })?;
            }
            self.batches += 1;
            self.events += mark.events();
            self.rows += mark.rows();
        }
        if page.batches.is_empty() {
            strays(connection, self.events)?;
            snapshot(connection, key)?;
        }
        Ok(!page.batches.is_empty())
    }
}

/// Rows that no batch in the file accounts for: somebody added them.
fn strays(connection: &Connection, last: u64) -> Result<(), Trouble> {
    let counts = [
        ("event", "SELECT (SELECT count(*) FROM event), (SELECT ifnull(sum(last - first + 1), 0) FROM batch)"),
        ("account", "SELECT (SELECT count(*) FROM account), (SELECT ifnull(sum(accounts), 0) FROM batch)"),
        ("posting", "SELECT (SELECT count(*) FROM posting), (SELECT ifnull(sum(postings), 0) FROM batch)"),
    ];
    for (table, sql) in counts {
        let count = |row: &rusqlite::Row<'_>| Ok((pages::whole(row, 0)?, pages::whole(row, 1)?));
        let (found, expected) = connection.query_row(sql, [], count).map_err(|error| Trouble::Sql("counting rows", error))?;
        if found != expected {
            let what = format!("{found} rows in the file where its batches account for {expected}");
            return Err(Trouble::Damage(Damage { table, first: Sequence::FIRST, last: Sequence(last), what }));
        }
    }
    Ok(())
}

/// The chain after batch `index` of a page, from its rows; damage if the batch says otherwise.
pub(super) fn relink(linker: &mut Linker, before: Chain, page: &Page, index: usize) -> Result<Chain, Trouble> {
    let mark = &page.batches[index];
    let start = page.events.partition_point(|event| event.sequence < mark.first);
    let end = page.events.partition_point(|event| event.sequence <= mark.last);
    let events = &page.events[start..end];
    let at_virtual_ms = events[0].at_virtual_ms;
    if let Some(event) = events.iter().find(|event| event.at_virtual_ms != at_virtual_ms) {
        return Err(mark.damage("event", format!("event {} has another virtual time than its batch", event.sequence)));
    }
    linker.begin(before, mark.first, at_virtual_ms, events.len());
    for event in events {
        linker.event(page.kind(event), page.body(event), &page.rows[event.rows.0..event.rows.1]);
    }
    let chain = linker.end(page.blobs(mark).iter().map(|(_, hash)| *hash));
    if chain == mark.chain {
        Ok(chain)
    } else {
        Err(mark.damage("batch", format!("its chain says {}, its events and ledger rows give {chain}", mark.chain)))
    }
}

/// Whether a blob is there and has its hash.
fn blob(connection: &Connection, hash: BlobHash) -> Result<(), Result<String, rusqlite::Error>> {
    let read = || {
        let mut statement = connection.prepare_cached("SELECT bytes FROM blob WHERE hash = ?")?;
        statement.query_row([&hash.0[..]], |row| Ok(BlobHash::of(row.get_ref(0)?.as_blob()?))).optional()
    };
    match read().map_err(Err)? {
        Some(found) if found == hash => Ok(()),
        Some(found) => Err(Ok(format!("blob {hash} has bytes with the hash {found}"))),
        None => Err(Ok(format!("blob {hash} is missing"))),
    }
}

/// Whether the snapshot in use fits the log and its chunks are as they were written.
fn snapshot(connection: &Connection, key: i64) -> Result<(), Trouble> {
    let Some(snapshot) = super::snapshot::newest(connection, key)? else { return Ok(()) };
    for n in 0..snapshot.chunks {
        super::snapshot::chunk(connection, &snapshot, n)?;
    }
    Ok(())
}

/// The chain at a place where a batch ends; nothing if none ends there.
pub(super) fn chain_at(connection: &Connection, key: i64, next: Sequence) -> Result<Option<Chain>, Trouble> {
    if next <= Sequence::FIRST {
        return Ok((next == Sequence::FIRST).then_some(Chain::START));
    }
    let mark = pages::mark_at(connection, key, Sequence(next.0 - 1))?;
    Ok(mark.filter(|mark| mark.last.0 + 1 == next.0).map(|mark| mark.chain))
}
