//! The hash chain over commits: what makes tampering visible and two runs comparable.
//!
//! `chain(n) = SHA-256(chain(n-1) ‖ canonical bytes of batch n)`. The canonical bytes hold place, virtual time, kinds,
//! bodies, rows and blob names, each with its length; they leave out the real time and the epoch, so that the same seed
//! and the same calls give the same chain whenever they are run. Source: DESIGN "The ledger"; issue 4.
//!
//! The bytes, numbers in eight bytes with the lowest first: chain before (32), first sequence, virtual time, number of
//! events; of each event the length and text of its kind, the length and text of its body, the number of its rows and
//! each row as the ledger encodes it; the number of blobs and their names (32 each).

use std::fmt;

use ledger::Row;
use sha2::{Digest as _, Sha256};

use crate::blob::{BlobHash, hex};
use crate::name::Sequence;

/// The chain's value after some batch: 32 bytes, shown as 64 hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Chain(pub [u8; 32]);

impl Chain {
    /// The value before the first batch.
    pub const START: Self = Self([0; 32]);
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Writes a batch's canonical bytes into a buffer it keeps, then hashes them in one go.
#[derive(Default)]
pub(crate) struct Linker {
    bytes: Vec<u8>,
}

impl Linker {
    /// Starts the batch after `before`.
    pub(crate) fn begin(&mut self, before: Chain, first: Sequence, at_virtual_ms: i64, entries: usize) {
        self.bytes.clear();
        self.bytes.extend_from_slice(&before.0);
        self.bytes.extend_from_slice(&first.0.to_le_bytes());
        self.bytes.extend_from_slice(&at_virtual_ms.to_le_bytes());
        self.count(entries);
    }

    /// Adds one event.
    pub(crate) fn event(&mut self, kind: &str, body: &str, rows: &[Row]) {
        self.text(kind);
        self.text(body);
        self.count(rows.len());
        for row in rows {
            row.encode(&mut self.bytes);
        }
    }

    /// Adds the blobs' names and gives the chain after the batch.
    pub(crate) fn end(&mut self, blobs: impl ExactSizeIterator<Item = BlobHash>) -> Chain {
        self.count(blobs.len());
        for hash in blobs {
            self.bytes.extend_from_slice(&hash.0);
        }
        Chain(Sha256::digest(&self.bytes).into())
    }

    /// The chain after this whole batch.
    pub(crate) fn link(&mut self, before: Chain, batch: &crate::Batch) -> Chain {
        self.begin(before, batch.first, batch.at_virtual_ms, batch.entries.len());
        for entry in &batch.entries {
            self.event(entry.kind, &entry.body, &entry.rows);
        }
        self.end(batch.blobs.iter().map(crate::Blob::hash))
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn count(&mut self, n: usize) {
        self.bytes.extend_from_slice(&(n as u64).to_le_bytes());
    }
}
