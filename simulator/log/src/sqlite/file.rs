//! Opening the file: one process, the right format, nothing visibly damaged; made anew when it is not there.
//!
//! What a crash left in the write-ahead log is recovered by SQLite itself. Nothing is ever repaired here: what does not
//! look right is named. Source: issue 4 ("Crash tests"), issue 2 ("a corrupt file is named, never silently repaired").

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::failure::FileName;
use crate::Broken;

const SCHEMA: &str = include_str!("schema.sql");

/// Tables that came later; files without them are given them.
const KEYS: &str = include_str!("keys.sql");

/// "kabo": marks the file as ours for `file(1)` and for us.
const APPLICATION_ID: i64 = 0x6b61_626f;

/// The format this program writes; it reads no other.
const FORMAT: i64 = 1;

/// Bytes of a page. Twice as much was measured: a commit of one posting takes a third longer, a large one no less.
pub(super) const PAGE: u64 = 4096;

/// How long to wait for somebody else's lock on the database, for example a backup's.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Holds the file for this process until dropped.
pub(super) struct Hold {
    _file: File,
}

impl Hold {
    /// Takes `<file>.lock`. It is never deleted: a file that goes away could be locked by two.
    pub(super) fn take(path: &Path, name: &FileName) -> Result<Self, Broken> {
        let beside = beside(path, ".lock");
        let failed = |error: std::io::Error| name.io("taking its lock file", &error);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(beside).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0).map_err(failed)?;
                file.rewind().map_err(failed)?;
                write!(file, "process {}", std::process::id()).map_err(failed)?;
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Only a courtesy: who holds it may be writing its number just now.
                let _ = file.read_to_string(&mut holder);
                let holder = if holder.is_empty() { String::new() } else { format!(" ({holder})") };
                Err(Broken::InUse { file: name.0.clone(), holder: holder.into() })
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// The file's name with an ending, the way SQLite names its companions.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The connection that writes. Makes the tables in a new file, checks an old one; a file of up to `check_limit_bytes`
/// is checked page by page, of a larger one only the small tables.
pub(super) fn open_writer(path: &Path, name: &FileName, check_limit_bytes: u64) -> Result<Connection, Broken> {
    let connection = connect(path, name)?;
    let failed = |error| name.failed("opening", &error);
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed);
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let mark = number("PRAGMA application_id")?;
    if tables == 0 && mark == 0 {
        connection.execute_batch(&format!("PRAGMA page_size = {PAGE}")).map_err(failed)?;
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(failed)?;
        let sql = format!(
            "BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID}; {SCHEMA} {KEYS} INSERT INTO meta VALUES (1, {FORMAT}, 0); COMMIT"
        );
        connection.execute_batch(&sql).map_err(failed)?;
        return Ok(connection);
    }
    if mark != APPLICATION_ID {
        return Err(name.foreign("it is a SQLite database, but not one of kabao's"));
    }
    let format = number("SELECT format FROM meta")?;
    if format != FORMAT {
        return Err(name.foreign(format!("it has format {format}; this program reads format {FORMAT}")));
    }
    let bytes = number("PRAGMA page_count")? * number("PRAGMA page_size")?;
    let checks: &[&str] = if u64::try_from(bytes).is_ok_and(|bytes| bytes <= check_limit_bytes) {
        &["PRAGMA quick_check(1)"]
    } else {
        &["PRAGMA quick_check(meta)", "PRAGMA quick_check(sandbox)", "PRAGMA quick_check(snapshot)"]
    };
    for check in checks {
        let found: String = connection.query_row(check, [], |row| row.get(0)).map_err(failed)?;
        if found != "ok" {
            return Err(name.damaged("the page structure", found));
        }
    }
    // Shows now, and not at the first call, whether the file can be written; and makes the write-ahead log be there.
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {KEYS} UPDATE meta SET claims = claims; COMMIT")).map_err(failed)?;
    Ok(connection)
}

/// Another connection to a file that [`open_writer`] has opened.
pub(super) fn connect(path: &Path, name: &FileName) -> Result<Connection, Broken> {
    let failed = |error| name.failed("opening", &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY").map_err(failed)?;
    Ok(connection)
}
