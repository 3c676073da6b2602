//! Deletes what is no longer wanted, in steps small enough that appends are not held up: dropped sandboxes, and
//! snapshots that were never completed or have been superseded.
//!
//! Each step is one transaction without a sync of its own; a step lost in a crash is simply done again.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::Shared;
use super::keys;
use super::pages::bytes;
use super::snapshot::unsynced;
use crate::Broken;

/// What a batch has: events, accounts, postings.
const DELETE: [&str; 3] = [
    "DELETE FROM event WHERE position >= ? AND position < ?",
    "DELETE FROM account WHERE position >= ? AND position < ?",
    "DELETE FROM posting WHERE position >= ? AND position < ?",
];

/// Batches looked at in one step, and events and rows after which a step ends.
const BATCHES: i64 = 256;
const ROWS: i64 = 4096;

impl Shared {
    /// One step; false when nothing is left to delete.
    pub(super) fn purge_step(&self) -> Result<bool, Broken> {
        self.writing("deleting what was dropped", |writer| {
            let busy = self.keeper.writing.lock().clone();
            writer.shortened();
            unsynced(&writer.connection, |connection| {
                let unfinished = connection
                    .prepare_cached("SELECT id FROM snapshot WHERE complete = 0")?
                    .query_map([], |row| row.get::<_, i64>(0))?
                    .collect::<rusqlite::Result<Vec<_>>>()?;
                if let Some(id) = unfinished.into_iter().find(|id| !busy.contains(id)) {
                    snapshot(connection, id)?;
                    return Ok(true);
                }
                let dropped = connection
                    .prepare_cached("SELECT id FROM sandbox WHERE dropped = 1 LIMIT 1")?
                    .query_row([], |row| row.get::<_, i64>(0))
                    .optional()?;
                match dropped {
                    Some(key) => sandbox(connection, key).map(|()| true),
                    None => Ok(false),
                }
            })
        })
    }
}

/// Deletes one chunk of a snapshot, or the snapshot once it has none.
fn snapshot(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    let chunks = connection
        .prepare_cached("DELETE FROM snapshot_chunk WHERE snapshot = ?1 AND n = (SELECT max(n) FROM snapshot_chunk WHERE snapshot = ?1)")?
        .execute([id])?;
    if chunks == 0 {
        connection.prepare_cached("DELETE FROM snapshot WHERE id = ?")?.execute([id])?;
    }
    Ok(())
}

/// Deletes some of a sandbox's batches with all that belongs to them, or the sandbox once it has none.
fn sandbox(connection: &Connection, key: i64) -> rusqlite::Result<()> {
    let marks = connection
        .prepare_cached(
            "SELECT first, last - first + 1, event_at, accounts, account_at, postings, posting_at FROM batch
             WHERE sandbox = ? ORDER BY first LIMIT ?",
        )?
        .query_map(params![key, BATCHES], |row| {
            let pair = |column| Ok::<(i64, i64), rusqlite::Error>((row.get(column)?, row.get(column + 1)?));
            Ok((row.get::<_, i64>(0)?, [pair(1)?, pair(3)?, pair(5)?]))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut deleted = 0;
    let mut until = None;
    for (first, counts) in marks {
        for (sql, (count, start)) in DELETE.iter().zip(counts) {
            if count > 0 {
                connection.prepare_cached(sql)?.execute([start, start + count])?;
            }
            deleted += count;
        }
        until = Some(first);
        if deleted >= ROWS {
            break;
        }
    }
    if let Some(until) = until {
        blobs(connection, key, until)?;
        connection.prepare_cached("DELETE FROM batch WHERE sandbox = ? AND first <= ?")?.execute(params![key, until])?;
    } else if !keys::purge(connection, key, ROWS)? {
        connection.prepare_cached("UPDATE snapshot SET complete = 0 WHERE sandbox = ?")?.execute([key])?;
        connection.prepare_cached("DELETE FROM sandbox WHERE id = ?")?.execute([key])?;
    }
    Ok(())
}

/// Deletes the mentions of blobs, and the blobs that nobody mentions any more.
fn blobs(connection: &Connection, key: i64, until: i64) -> rusqlite::Result<()> {
    let hashes = connection
        .prepare_cached("DELETE FROM attachment WHERE sandbox = ? AND first <= ? RETURNING hash")?
        .query_map(params![key, until], |row| bytes::<32>(row, 0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for hash in hashes {
        connection
            .prepare_cached("DELETE FROM blob WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM attachment WHERE hash = ?1)")?
            .execute([&hash[..]])?;
    }
    Ok(())
}
