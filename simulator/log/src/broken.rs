//! What the log says to the operator when it cannot do its work. Never a verdict on a merchant's call.
//!
//! After any failure to write, the store is poisoned: it answers every later call with [`Broken::Poisoned`], because an
//! answer could speak of what is not on disk. The cure is always outside: mend the cause, start again.

use std::sync::Arc;

/// Why the log cannot be used. Cheap to clone, so that one failure can answer everyone who waited for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An earlier write failed; holds the text of that first failure.
    #[error("poisoned: {0}")]
    Poisoned(Arc<str>),
    /// Another process has the file open.
    #[error("{file} is in use by another process{holder}; stop that one, or give this one its own directory")]
    InUse {
        /// The file.
        file: Arc<str>,
        /// What the lock file says about the holder, for example ` (process 4711)`; may be empty.
        holder: Arc<str>,
    },
    /// There is no room left, or the file may not grow.
    #[error("{file}: no room to write ({cause}); nothing of this was acknowledged; free space and start again")]
    Full {
        /// The file.
        file: Arc<str>,
        /// The system's words.
        cause: Arc<str>,
    },
    /// The file holds something that this program did not write, or no longer what it wrote.
    #[error(
        "{file} is damaged at {place}: {what}; nothing was changed or repaired: keep a copy, then restore from an export or a copy that `kabao ledger verify` accepts"
    )]
    Damaged {
        /// The file.
        file: Arc<str>,
        /// Table and sequence, as closely as known.
        place: Arc<str>,
        /// What is wrong there.
        what: Arc<str>,
    },
    /// The file was written by another version of the program, or by another program.
    #[error("{file} cannot be opened: {what}")]
    Foreign {
        /// The file.
        file: Arc<str>,
        /// What was found and what was expected.
        what: Arc<str>,
    },
    /// The operating system or the database refused something.
    #[error("{file}: {doing}: {cause}")]
    Failed {
        /// The file.
        file: Arc<str>,
        /// What was being done.
        doing: &'static str,
        /// The system's words.
        cause: Arc<str>,
    },
    /// The caller asked for what cannot be, for example a snapshot of a place where no batch ends.
    #[error("asked of the log what cannot be: {0}")]
    Misuse(Arc<str>),
}
