//! Snapshots in the same file: chunk by chunk between appends, valid only once marked complete.
//!
//! Each chunk is its own small transaction on the writer's connection, without a sync of its own (the next commit's sync
//! covers it); only the mark at the end is synced, and by then every chunk lies before it in the write-ahead log. The
//! lock is handed to a waiting append after every chunk. Half-written and superseded ones are removed by `keeper`.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::pages::{self, Trouble};
use super::writer::transaction;
use super::{Shared, reader, verify};
use crate::{BlobHash, Broken, Chain, Damage, SandboxId, Sequence, Snapshot};

/// A complete snapshot, as its row says.
pub(super) struct Kept {
    id: i64,
    pub(super) next: Sequence,
    chain: Chain,
    pub(super) chunks: u64,
}

impl Kept {
    fn damage(&self, table: &'static str, what: String) -> Trouble {
        let last = Sequence(self.next.0.saturating_sub(1));
        Trouble::Damage(Damage { table, first: Sequence::FIRST, last, what })
    }
}

impl Shared {
    pub(super) fn write_snapshot(
        &self,
        sandbox: &SandboxId,
        next: Sequence,
        chain: Chain,
        chunks: &mut dyn Iterator<Item = Vec<u8>>,
    ) -> Result<(), Broken> {
        let (key, id) = self.begin_snapshot(sandbox, next, chain)?;
        let written = self.fill_snapshot(sandbox, (key, id), chunks);
        self.keeper.writing.lock().remove(&id);
        self.keeper.chores();
        written
    }

    fn begin_snapshot(&self, sandbox: &SandboxId, next: Sequence, chain: Chain) -> Result<(i64, i64), Broken> {
        let fits = self.reading(|connection| {
            let Some(key) = reader::key(connection, sandbox)? else { return Ok(None) };
            Ok((verify::chain_at(connection, key, next)? == Some(chain)).then_some(key))
        })?;
        let Some(key) = fits else {
            return Err(Broken::Misuse(format!("a snapshot of {sandbox} before event {next}: no batch ends there with that chain").into()));
        };
        let sql = "INSERT INTO snapshot (sandbox, next, chain, chunks, complete) VALUES (?, ?, ?, 0, 0) RETURNING id";
        let id = self.writing("writing a snapshot", |writer| {
            unsynced(&writer.connection, |connection| {
                let values = params![key, next.0.cast_signed(), &chain.0[..]];
                let id = connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
                // Noted before the lock is given up, so that the keeper does not take it for a leftover.
                self.keeper.writing.lock().insert(id);
                Ok(id)
            })
        })?;
        Ok((key, id))
    }

    fn fill_snapshot(&self, sandbox: &SandboxId, (key, id): (i64, i64), chunks: &mut dyn Iterator<Item = Vec<u8>>) -> Result<(), Broken> {
        let gone = || Broken::Misuse(format!("a snapshot of {sandbox}: it was dropped meanwhile").into());
        let mut count = 0_i64;
        for bytes in chunks {
            let hash = BlobHash::of(&bytes);
            self.keeper.wait_for_room();
            let there = self.writing("writing a snapshot", |writer| {
                unsynced(&writer.connection, |connection| {
                    let there = alive(connection, key)?;
                    if there {
                        connection.prepare_cached("INSERT INTO snapshot_chunk VALUES (?, ?, ?, ?)")?.execute(params![
                            id,
                            count,
                            &hash.0[..],
                            bytes
                        ])?;
                    }
                    Ok(there)
                })
            })?;
            if !there {
                return Err(gone());
            }
            self.keeper.grew(bytes.len() as u64 + 4096);
            count += 1;
        }
        let there = self.writing("completing a snapshot", |writer| {
            transaction(&writer.connection, |connection| {
                let there = alive(connection, key)?;
                // Whichever stands furthest stays; all others become leftovers.
                connection.prepare_cached("UPDATE snapshot SET complete = 1, chunks = ?2 WHERE id = ?1")?.execute(params![id, count])?;
                connection
                    .prepare_cached(
                        "UPDATE snapshot SET complete = 0 WHERE sandbox = ?1 AND complete = 1 AND id <>
                         (SELECT id FROM snapshot WHERE sandbox = ?1 AND complete = 1 ORDER BY next DESC, id DESC LIMIT 1)",
                    )?
                    .execute([key])?;
                Ok(there)
            })
        })?;
        if there { Ok(()) } else { Err(gone()) }
    }

    pub(super) fn read_snapshot(&self, sandbox: &SandboxId) -> Result<Option<Snapshot<'_>>, Broken> {
        let Some(key) = self.key(sandbox)? else { return Ok(None) };
        let Some(kept) = self.reading(|connection| newest(connection, key))? else { return Ok(None) };
        let (next, chain) = (kept.next, kept.chain);
        let mut n = 0;
        let chunks = std::iter::from_fn(move || {
            if n >= kept.chunks {
                return None;
            }
            let read = self.reading(|connection| chunk(connection, &kept, n));
            n = if read.is_ok() { n + 1 } else { kept.chunks };
            Some(read)
        });
        Ok(Some(Snapshot { next, chain, chunks: Box::new(chunks) }))
    }
}

/// Runs `work` in a transaction that is not synced by itself. It becomes durable with the next one that is, and in the
/// same order.
pub(super) fn unsynced<T>(connection: &Connection, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    connection.execute_batch("PRAGMA synchronous = NORMAL")?;
    let done = transaction(connection, work);
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    done
}

pub(super) fn alive(connection: &Connection, key: i64) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM sandbox WHERE id = ? AND dropped = 0")?.exists([key])
}

/// The complete snapshot of a sandbox, if there is one; damage if it does not fit the log.
pub(super) fn newest(connection: &Connection, key: i64) -> Result<Option<Kept>, Trouble> {
    let sql = "SELECT id, next, chain, chunks FROM snapshot WHERE sandbox = ? AND complete = 1 ORDER BY next DESC, id DESC LIMIT 1";
    let read = || {
        let mut statement = connection.prepare_cached(sql)?;
        let kept = |row: &rusqlite::Row<'_>| {
            let next = Sequence(pages::whole(row, 1)?);
            Ok(Kept { id: row.get(0)?, next, chain: Chain(pages::bytes(row, 2)?), chunks: pages::whole(row, 3)? })
        };
        statement.query_row([key], kept).optional()
    };
    let Some(kept) = read().map_err(|error| Trouble::Sql("reading table snapshot", error))? else { return Ok(None) };
    match verify::chain_at(connection, key, kept.next)? {
        Some(chain) if chain == kept.chain => Ok(Some(kept)),
        Some(chain) => Err(kept.damage("snapshot", format!("it was taken at chain {}, the log has {chain} there", kept.chain))),
        None => Err(kept.damage("snapshot", format!("it was taken before event {}, where no batch of the log ends", kept.next))),
    }
}

/// One chunk of a snapshot, held against its hash.
pub(super) fn chunk(connection: &Connection, kept: &Kept, n: u64) -> Result<Vec<u8>, Trouble> {
    let read = || {
        let mut statement = connection.prepare_cached("SELECT hash, bytes FROM snapshot_chunk WHERE snapshot = ? AND n = ?")?;
        let values = params![kept.id, n.cast_signed()];
        statement.query_row(values, |row| Ok((BlobHash(pages::bytes(row, 0)?), row.get::<_, Vec<u8>>(1)?))).optional()
    };
    match read().map_err(|error| Trouble::Sql("reading table snapshot_chunk", error))? {
        Some((hash, bytes)) if BlobHash::of(&bytes) == hash => Ok(bytes),
        Some(_) => Err(kept.damage("snapshot_chunk", format!("chunk {n} is not as it was written"))),
        None => {
            Err(kept
                .damage("snapshot_chunk", format!("chunk {n} of {} is missing (or a newer snapshot took its place just now)", kept.chunks)))
        }
    }
}
