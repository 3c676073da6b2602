//! What goes into a log and what comes out: batches in, records out.
//!
//! A batch is what one call caused, all or nothing. The log reads nothing in it but its frame: it does not know
//! what an event means, and rows of the ledger it only keeps and lists.
//! Source: DESIGN "The world is a fold over its log".

use ledger::Row;

use crate::blob::Blob;
use crate::chain::Chain;
use crate::name::{Epoch, SandboxId, Sequence};

/// One event with the ledger rows that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name of the event's kind, for whoever reads the table.
    pub kind: &'static str,
    /// The event as JSON text. Kept byte for byte.
    pub body: Box<str>,
    /// Rows that the ledger made for this event, in the ledger's order.
    pub rows: Vec<Row>,
}

/// What one call caused. It is stored whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Whose events these are.
    pub sandbox: SandboxId,
    /// The ownership under which they are written, from [`crate::Log::claim`].
    pub epoch: Epoch,
    /// Place of the first entry; the others follow without a gap.
    pub first: Sequence,
    /// The sandbox's own time, milliseconds since the Unix epoch.
    pub at_virtual_ms: i64,
    /// The wall clock, milliseconds since the Unix epoch. Kept for people; not part of the chain.
    pub at_real_ms: i64,
    /// The events, at least one.
    pub entries: Vec<Entry>,
    /// Blobs that these events mention for the first time. Storing one again is harmless.
    pub blobs: Vec<Blob>,
}

impl Batch {
    /// Place of the event after this batch's last one.
    pub fn next(&self) -> Sequence {
        self.first.plus(self.entries.len())
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is durable, and this is the chain after it. Also the answer when the very same batch was stored before.
    Stored(Chain),
    /// Not stored, and never will be: `owner` owns the sandbox or wrote at this place. If `owner` is one's own epoch,
    /// other bytes were stored there under it, which is a bug of the caller.
    Fenced {
        /// Who is in the way; [`Epoch::NOBODY`] if the sandbox is not there.
        owner: Epoch,
    },
    /// Not stored: batches before it are missing. Send again from `next`.
    Early {
        /// The place the log stands at.
        next: Sequence,
    },
    /// The wait was cut: stored or not, nobody here knows. Send the same batch again.
    Unknown,
}

/// What a new owner is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The new ownership; everything under an older one is fenced from now on.
    pub epoch: Epoch,
    /// Place of the next event to be written.
    pub next: Sequence,
    /// The chain so far.
    pub chain: Chain,
}

/// One event as it was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its place.
    pub sequence: Sequence,
    /// The sandbox's time then, milliseconds.
    pub at_virtual_ms: i64,
    /// The wall clock then, milliseconds.
    pub at_real_ms: i64,
    /// Kind of the event.
    pub kind: &'a str,
    /// The event as JSON text, byte for byte as given.
    pub body: &'a str,
    /// Its ledger rows in order.
    pub rows: &'a [Row],
}
