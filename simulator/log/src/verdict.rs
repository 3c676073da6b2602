//! What walking the hash chain found.

use std::fmt;

use crate::chain::Chain;
use crate::name::Sequence;

/// The outcome of [`crate::Log::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything is as it was written.
    Whole {
        /// Batches walked.
        batches: u64,
        /// Events walked.
        events: u64,
        /// Ledger rows walked.
        rows: u64,
        /// The chain at the end.
        chain: Chain,
    },
    /// Something is not. What stands before it is sound.
    Damaged(Damage),
}

/// The first thing found that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The table it is in, or that it shows in.
    pub table: &'static str,
    /// First event of the batch it belongs to.
    pub first: Sequence,
    /// Last event of that batch.
    pub last: Sequence,
    /// What was expected and what was found.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, first, last, what } = self;
        write!(f, "table {table}, sequence {first} to {last}: {what}")
    }
}
