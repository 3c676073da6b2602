//! SQLite's errors in the operator's words.
//!
//! One place decides what is "no room", what is "damaged" and what merely failed; callers say what they were doing.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Error, ErrorCode};

use crate::Broken;

/// Which file, for the text of errors.
#[derive(Clone, Debug)]
pub(super) struct FileName(pub(super) Arc<str>);

impl FileName {
    pub(super) fn of(path: &Path) -> Self {
        Self(path.display().to_string().into())
    }

    /// Names an error of SQLite. `doing` reads well before a colon: "reading table event".
    pub(super) fn failed(&self, doing: &'static str, error: &Error) -> Broken {
        let file = Arc::clone(&self.0);
        let cause: Arc<str> = error.to_string().into();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Broken::Full { file, cause },
            // No code: a value of another type or size than the column is for.
            Some(ErrorCode::DatabaseCorrupt) | None => Broken::Damaged { file, place: doing.into(), what: cause },
            Some(ErrorCode::NotADatabase) => {
                Broken::Foreign { file, what: "it is no SQLite database, or its first page is damaged".into() }
            }
            _ => Broken::Failed { file, doing, cause },
        }
    }

    /// Names an error of the operating system.
    pub(super) fn io(&self, doing: &'static str, error: &std::io::Error) -> Broken {
        Broken::Failed { file: Arc::clone(&self.0), doing, cause: error.to_string().into() }
    }

    pub(super) fn damaged(&self, place: impl Into<Arc<str>>, what: impl Into<Arc<str>>) -> Broken {
        Broken::Damaged { file: Arc::clone(&self.0), place: place.into(), what: what.into() }
    }

    pub(super) fn foreign(&self, what: impl Into<Arc<str>>) -> Broken {
        Broken::Foreign { file: Arc::clone(&self.0), what: what.into() }
    }
}
