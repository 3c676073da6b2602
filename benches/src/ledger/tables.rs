//! SQLite the usual way: balances and idempotency keys are tables too, updated in the same transaction.
//!
//! In its best shape: the same safety (WAL, `synchronous=FULL`), a large cache, prepared statements, accounts named by whole
//! numbers (SQLite's fastest key, where kabao takes any 128-bit id), ids in a clustered table, a floor checked in the update
//! itself, and nothing read that need not be.

use super::contender::{Contender, NoFigure, bytes_of};
use super::workload::{AT, CODE, Draft, FLOOR};
use rusqlite::{Connection, TransactionBehavior, params};
use std::path::{Path, PathBuf};

const NAME: &str = "SQLite tables";

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -262144; PRAGMA wal_autocheckpoint = 4000;
    PRAGMA temp_store = MEMORY;
    CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL) STRICT;
    CREATE TABLE posting (sequence INTEGER PRIMARY KEY, id BLOB NOT NULL, debit INTEGER NOT NULL, credit INTEGER NOT NULL,
                          amount INTEGER NOT NULL, code INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
    CREATE TABLE key (id BLOB PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

pub(crate) struct Tables {
    connection: Connection,
    path: PathBuf,
    sequence: i64,
}

impl Tables {
    /// Tables in a folder, with so many accounts.
    pub(crate) fn new(folder: &Path, accounts: u32) -> Result<Self, NoFigure> {
        let path = folder.join("tables.db");
        let mut connection = Connection::open(&path)?;
        connection.execute_batch(SCHEMA)?;
        connection.set_prepared_statement_cache_capacity(16);
        let all = connection.transaction()?;
        {
            let mut insert = all.prepare("INSERT INTO account VALUES (?, 0)")?;
            for number in 0..accounts {
                insert.execute([number])?;
            }
        }
        all.commit()?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(Self { connection, path, sequence: 0 })
    }
}

impl Contender for Tables {
    fn name(&self) -> &'static str {
        NAME
    }

    fn commit(&mut self, batch: &[Draft]) -> Result<(), NoFigure> {
        let all = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut key = all.prepare_cached("INSERT INTO key VALUES (?, ?) ON CONFLICT (id) DO NOTHING")?;
            let mut take = all.prepare_cached("UPDATE account SET balance = balance - ?2 WHERE id = ?1 AND balance - ?2 >= ?3")?;
            let mut give = all.prepare_cached("UPDATE account SET balance = balance + ?2 WHERE id = ?1")?;
            let mut post = all.prepare_cached("INSERT INTO posting VALUES (?, ?, ?, ?, ?, ?, ?)")?;
            for draft in batch {
                let id = draft.id.to_be_bytes();
                self.sequence += 1;
                let new = key.execute(params![&id[..], self.sequence])?;
                let taken = take.execute(params![draft.debit, draft.amount, FLOOR])?;
                let given = give.execute(params![draft.credit, draft.amount])?;
                post.execute(params![self.sequence, &id[..], draft.debit, draft.credit, draft.amount, CODE, AT])?;
                if [new, taken, given] != [1, 1, 1] {
                    return Err(NoFigure::differs(NAME, format!("a transfer was refused: {draft:?}")));
                }
            }
        }
        Ok(all.commit()?)
    }

    fn prove(&mut self, postings: u64) -> Result<(), NoFigure> {
        let sql = "SELECT (SELECT sum(balance) FROM account), (SELECT count(*) FROM posting), (SELECT count(*) FROM key)";
        let found: (i64, i64, i64) = self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        if found == (0, postings.cast_signed(), postings.cast_signed()) {
            Ok(())
        } else {
            Err(NoFigure::differs(NAME, format!("sum, postings and keys are {found:?}; {postings} were made")))
        }
    }

    fn file_bytes(&mut self) -> u64 {
        bytes_of(&self.path)
    }
}
