//! Who is measured: something that keeps transfers durably, and can show afterwards that it did.

use super::machine::Used;
use super::workload::Draft;
use log::Broken;
use std::path::Path;

/// A store of postings under measurement.
pub trait Contender {
    /// Its name in the tables.
    fn name(&self) -> &'static str;

    /// Posts a batch in one commit; durable when it returns.
    ///
    /// # Errors
    /// [`NoFigure`]; the measurement ends.
    fn commit(&mut self, batch: &[Draft]) -> Result<(), NoFigure>;

    /// Looks whether `postings` in all are kept and the balances sum up to nothing, from what is on disk where it can be read.
    ///
    /// # Errors
    /// [`NoFigure::Differs`].
    fn prove(&mut self, postings: u64) -> Result<(), NoFigure>;

    /// Bytes of its files.
    fn file_bytes(&mut self) -> u64;

    /// Memory and processor time it uses in processes beside this one.
    fn beside(&self) -> Used {
        Used::default()
    }
}

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum NoFigure {
    /// The log failed.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// A file could not be written or read.
    #[error("{doing}: {cause}")]
    File {
        /// What was being done.
        doing: String,
        /// The system's words.
        cause: std::io::Error,
    },
    /// SQLite, as a store of tables, failed.
    #[error("SQLite tables: {0}")]
    Tables(#[from] rusqlite::Error),
    /// `PostgreSQL` failed or cannot be reached.
    #[error("PostgreSQL: {0}")]
    Postgres(String),
    /// What was read back is not what was written.
    #[error("{who}: what was read back differs from what was written: {what}")]
    Differs {
        /// Which contender.
        who: &'static str,
        /// Where.
        what: String,
    },
    /// A commit took so long that the measurement makes no sense.
    #[error("{who}: one commit took {seconds} s; nothing is measured on such a disk")]
    TooSlow {
        /// Which contender.
        who: &'static str,
        /// How long.
        seconds: u64,
    },
    /// The plan cannot be followed.
    #[error("{0}")]
    Plan(String),
}

impl NoFigure {
    pub(crate) fn file(doing: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let doing = format!("{doing} {}", path.display());
        move |cause| Self::File { doing, cause }
    }

    pub(crate) fn differs(who: &'static str, what: String) -> Self {
        Self::Differs { who, what }
    }
}

/// Bytes of a file and of those whose names begin with its name.
pub(crate) fn bytes_of(path: &Path) -> u64 {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else { return 0 };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let alike = entries.filter(|entry| entry.file_name().to_str().is_some_and(|other| other.starts_with(name)));
    alike.filter_map(|entry| entry.metadata().ok()).map(|found| found.len()).sum()
}
