//! The shop's books: one SQLite file (or one in memory), one connection, every change one transaction.
//!
//! Here is how they are opened, written and read; what stands in them is told by the subjects. What is about to be told to the
//! platform is written here first, so that a restart finds every unfinished matter with its numbers. Nothing is granted twice
//! because keys forbid it, not because nobody tries.

use super::schema::SCHEMA;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How long a write waits for another program that holds the file.
const PATIENCE: Duration = Duration::from_millis(500);

/// The books could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the books cannot be used: {0}")]
pub struct Broken(#[from] rusqlite::Error);

pub(super) type Booked<T> = Result<T, Broken>;

#[derive(Debug)]
pub(super) struct Books {
    path: Option<PathBuf>,
    connection: Mutex<Connection>,
    changed: watch::Sender<()>,
}

impl Books {
    /// Opens the books, or begins new ones. `numbered` tells them from all others in numbers the platform must never see twice.
    pub(super) fn open(path: Option<&Path>, numbered: i64) -> Booked<Self> {
        let mut connection = path.map_or_else(Connection::open_in_memory, Connection::open)?;
        connection.busy_timeout(PATIENCE)?;
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")?;
        let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        begun.execute_batch(SCHEMA)?;
        let chance: u16 = begun.query_row("SELECT abs(random() % 65536)", [], |row| row.get(0))?;
        let number = format!("{numbered:x}{chance:04x}");
        begun.execute("INSERT OR IGNORE INTO setting (name, value) VALUES ('opening', ?1)", [number])?;
        begun.commit()?;
        Ok(Self { path: path.map(Path::to_owned), connection: Mutex::new(connection), changed: watch::Sender::new(()) })
    }

    /// The same books, opened again as after a restart; those in memory are handed over.
    pub(super) fn reopened(self) -> Booked<Self> {
        let Self { path, connection, .. } = self;
        let connection = connection.into_inner().unwrap_or_else(PoisonError::into_inner);
        match path {
            Some(path) => {
                drop(connection);
                Self::open(Some(&path), 0)
            }
            None => Ok(Self { path: None, connection: Mutex::new(connection), changed: watch::Sender::new(()) }),
        }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // a transaction that a panic left open is rolled back when it is dropped
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One change, whole or not at all.
    pub(super) fn write<T>(&self, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Booked<T> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = change(&transaction)?;
        transaction.commit()?;
        drop(connection);
        self.changed.send_replace(());
        Ok(done)
    }

    /// Looks something up.
    pub(super) fn read<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Booked<T> {
        Ok(look(&self.connection())?)
    }

    /// Tells when something was written.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// What is kept under a name.
    pub(super) fn setting(&self, name: &str) -> Booked<Option<String>> {
        self.read(|books| setting(books, name))
    }

    /// Keeps something under a name.
    pub(super) fn keep(&self, name: &str, value: &str) -> Booked<()> {
        self.write(|books| keep(books, name, value))
    }

    /// Empties what is kept under a name, if that still is this: by now another may have taken its place.
    pub(super) fn strike_out(&self, name: &str, value: &str) -> Booked<()> {
        self.write(|books| books.execute("UPDATE setting SET value = '' WHERE name = ?1 AND value = ?2", [name, value]).map(drop))
    }

    /// The number of these books.
    pub(super) fn opening(&self) -> Booked<String> {
        Ok(self.setting("opening")?.unwrap_or_default())
    }
}

/// What is kept under a name.
pub(super) fn setting(books: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    books.query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0)).optional()
}

/// Keeps something under a name.
pub(super) fn keep(books: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    books.execute(sql, params![name, value]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_the_place_of_something_dead_is_not_struck_out_with_it() {
        let books = Books::open(None, 1).unwrap();
        books.keep("token", "new").unwrap();
        books.strike_out("token", "old").unwrap();
        assert_eq!(books.setting("token").unwrap().as_deref(), Some("new"));
        books.strike_out("token", "new").unwrap();
        assert_eq!(books.setting("token").unwrap().as_deref(), Some(""));
    }
}
