//! Names and positions in a log: which sandbox, whose turn, which event.
//!
//! Not here: what stands at a position (`batch`), and how positions are guarded (`fence`).
//! Source: DESIGN "The log's trait is narrow and honest".

use std::fmt;
use std::sync::Arc;

/// A sandbox's name, for example `demo`. Cheap to clone; any text is allowed, the engine decides what is polite.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SandboxId(pub Arc<str>);

impl From<&str> for SandboxId {
    fn from(name: &str) -> Self {
        Self(Arc::from(name))
    }
}

impl fmt::Display for SandboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which ownership a batch is written under. Every claim of any sandbox of a log takes the next number, so no two
/// owners ever share one, not even across dropping a sandbox and making it anew. The first is 1; 0 means nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(pub u64);

impl Epoch {
    /// Nobody: the owner of a sandbox that is not there.
    pub const NOBODY: Self = Self(0);
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An event's place among the events of its sandbox: 1, 2, 3 … without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sequence(pub u64);

impl Sequence {
    /// Where every sandbox begins.
    pub const FIRST: Self = Self(1);

    /// The place `events` further on.
    #[must_use]
    pub fn plus(self, events: usize) -> Self {
        Self(self.0 + events as u64)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A ledger row's place: the event it belongs to, and a number by which this log orders the rows of a sandbox. Keep it to
/// go on reading from there; it says nothing to another log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowPlace {
    /// The event.
    pub sequence: Sequence,
    /// Grows along the sandbox's rows; not without gaps.
    pub row: u64,
}
