//! The fence at `(sandbox, sequence)`: where a batch stands to what is stored.
//!
//! One pure decision, shared by all implementations, so that they cannot differ in it. It asks for nothing that a
//! replicated database could not answer with one row. Source: DESIGN "The log's trait is narrow and honest".

use crate::batch::Batch;
use crate::chain::Chain;
use crate::name::{Epoch, Sequence};

/// Where a sandbox stands: who owns it, what comes next, the chain so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) epoch: Epoch,
    pub(crate) next: Sequence,
    pub(crate) chain: Chain,
}

/// Where a batch stands to a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is the next one: store it.
    Next,
    /// Something is stored there already: compare.
    Behind,
    /// Batches before it are missing.
    Early,
    /// The place is free, but another owner's.
    Fenced,
}

/// Panics on batches that cannot be, before anything is done about any of them.
pub(crate) fn check(group: &[Batch]) {
    for batch in group {
        assert!(!batch.entries.is_empty(), "a batch holds at least one event");
        assert!(batch.first >= Sequence::FIRST, "sequences begin at {}", Sequence::FIRST);
    }
}

pub(crate) fn place(head: &Head, batch: &Batch) -> Place {
    if batch.first < head.next {
        Place::Behind
    } else if batch.epoch != head.epoch {
        Place::Fenced
    } else if batch.first > head.next {
        Place::Early
    } else {
        Place::Next
    }
}
