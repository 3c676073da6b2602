//! Keeps sandboxes' events, ledger rows and blobs durably and hands them back in order.
//!
//! What this is not: it does not know what an event means (that is `world`), decides nothing and asks no clock.
//! All implementations pass one contract suite (`tests/contract.rs`); a replicated store can join them.
//! Errors: [`Broken`], to the operator. Source: DESIGN "The world is a fold over its log".

use std::ops::ControlFlow;
use std::sync::Arc;

use ledger::{AccountId, Row};

mod batch;
mod blob;
mod broken;
mod chain;
mod cut;
mod fence;
mod memory;
mod name;
mod old_keys;
mod row;
mod snapshot;
mod sqlite;
mod verdict;

pub use batch::{Appended, Batch, Claim, Entry, Record};
pub use blob::{Blob, BlobHash};
pub use broken::Broken;
pub use chain::Chain;
pub use cut::{Cut, CutWaits};
pub use memory::Memory;
pub use name::{Epoch, RowPlace, SandboxId, Sequence};
pub use old_keys::OldKeys;
pub use snapshot::{Chunks, Snapshot};
pub use sqlite::{Options, Sqlite};
pub use verdict::{Damage, Verdict};

/// A durable, append-only log of many sandboxes.
///
/// Any thread may call anything. Appends are meant to come from one writer that groups what is waiting; two at once
/// are safe and take turns. After a failed write every call answers [`Broken::Poisoned`].
pub trait Log: Send + Sync {
    /// Becomes the owner of a sandbox, which is made if it is not there. Everything that older owners send from now on
    /// is fenced. Durable when it returns.
    ///
    /// # Errors
    /// [`Broken`]; then the claim may or may not have happened, and claiming again is right.
    fn claim(&self, sandbox: &SandboxId) -> Result<Claim, Broken>;

    /// Stores a group of batches in one transaction with one sync: any mix of sandboxes, in the order given. One answer
    /// per batch, in the same order; batches that are fenced or early do not hinder the others. What is answered
    /// `Stored` is durable.
    ///
    /// # Errors
    /// [`Broken`] stands for every batch of the group and means that none of them may be acknowledged: each may or may
    /// not be found after a restart.
    ///
    /// # Panics
    /// If a batch has no entry, or begins before [`Sequence::FIRST`].
    fn append(&self, group: &[Batch]) -> Result<Vec<Appended>, Broken>;

    /// Visits a sandbox's events from a place on, in order, until the end or until the visitor breaks. Sees what was
    /// durable when it got there, so a visitor that appends may see its own events. Visitors hold no lock and may take
    /// their time. A sandbox that is not there has no events.
    ///
    /// # Errors
    /// [`Broken`].
    fn scan(&self, sandbox: &SandboxId, from: Sequence, visit: &mut dyn FnMut(Record<'_>) -> ControlFlow<()>) -> Result<(), Broken>;

    /// Visits the ledger rows that touch one account, in order (of one event's rows its opening first), from behind
    /// `after` (or from the start) until the visitor breaks: what explains a balance. Keep the last place to go on from
    /// there.
    ///
    /// # Errors
    /// [`Broken`].
    fn account(
        &self,
        sandbox: &SandboxId,
        account: AccountId,
        after: Option<RowPlace>,
        visit: &mut dyn FnMut(RowPlace, &Row) -> ControlFlow<()>,
    ) -> Result<(), Broken>;

    /// A blob's bytes, if some sandbox that is still there stored them.
    ///
    /// # Errors
    /// [`Broken`].
    fn blob(&self, hash: BlobHash) -> Result<Option<Arc<[u8]>>, Broken>;

    /// Names of all sandboxes, sorted.
    ///
    /// # Errors
    /// [`Broken`].
    fn sandboxes(&self) -> Result<Vec<SandboxId>, Broken>;

    /// Forgets a sandbox. Its name is free and its owner fenced at once; the space is given back in small steps that
    /// let appends through. Dropping what is not there is fine.
    ///
    /// # Errors
    /// [`Broken`].
    fn drop_sandbox(&self, sandbox: &SandboxId) -> Result<(), Broken>;

    /// Gives a sandbox another name, in place of the one that bears it, which is forgotten as by [`Log::drop_sandbox`]:
    /// one durable step, so that there is never neither. The owner stays the owner and writes under the new name from now
    /// on; the other one's is fenced.
    ///
    /// # Errors
    /// [`Broken::Misuse`] if there is none named `from`; other [`Broken`].
    fn rename(&self, from: &SandboxId, to: &SandboxId) -> Result<(), Broken>;

    /// Keeps a snapshot: the state after all events before `next`, where the chain is `chain`. The chunks are asked
    /// for one by one and written between appends; keep them near 256 KiB, at most 1 MiB. It counts only once it is
    /// whole; older ones are then removed.
    ///
    /// # Errors
    /// [`Broken::Misuse`] if no batch ends at that place with that chain; other [`Broken`].
    fn write_snapshot(
        &self,
        sandbox: &SandboxId,
        next: Sequence,
        chain: Chain,
        chunks: &mut dyn Iterator<Item = Vec<u8>>,
    ) -> Result<(), Broken>;

    /// The newest whole snapshot, if there is one.
    ///
    /// # Errors
    /// [`Broken::Damaged`] if it does not fit the log; other [`Broken`].
    fn read_snapshot(&self, sandbox: &SandboxId) -> Result<Option<Snapshot<'_>>, Broken>;

    /// The index of idempotency keys that left the memory of a sandbox's ledger; none if this log has no room for them outside
    /// memory, or no such sandbox.
    ///
    /// # Errors
    /// [`Broken`].
    fn old_keys(&self, sandbox: &SandboxId) -> Result<Option<Arc<dyn OldKeys>>, Broken>;

    /// Walks a sandbox's hash chain from the first batch on, with its blobs and its snapshot, and names the first
    /// thing that is not as it was written.
    ///
    /// # Errors
    /// [`Broken`] if it could not be walked; damage that was found is a [`Verdict`].
    fn verify(&self, sandbox: &SandboxId) -> Result<Verdict, Broken>;
}
