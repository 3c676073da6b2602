//! A log whose waits are cut on demand, for the tests of whoever stands on a log.
//!
//! It makes the third outcome happen: the answer is [`Appended::Unknown`], with the group stored or not stored. It is no
//! store of its own and nothing of it runs in the product.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use ledger::{AccountId, Row};
use parking_lot::Mutex;

use crate::{Appended, Batch, BlobHash, Broken, Chain, Claim, Log, OldKeys, RowPlace, SandboxId, Sequence, Snapshot, Verdict};

/// What happens to an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Nothing unusual.
    Not,
    /// The group never reached the log.
    BeforeCommit,
    /// The group is stored, its answer was lost.
    AfterCommit,
    /// The disk is full: nothing of the group is stored.
    Full,
}

/// Passes everything on to `inner`, and cuts appends as told.
pub struct CutWaits<L> {
    /// The log behind it.
    pub inner: L,
    plan: Mutex<VecDeque<Cut>>,
}

impl<L: Log> CutWaits<L> {
    /// Cuts nothing yet.
    pub fn new(inner: L) -> Self {
        Self { inner, plan: Mutex::default() }
    }

    /// Plans the next appends, one each, behind those already planned.
    pub fn plan(&self, cuts: impl IntoIterator<Item = Cut>) {
        self.plan.lock().extend(cuts);
    }
}

impl<L: Log> Log for CutWaits<L> {
    fn append(&self, group: &[Batch]) -> Result<Vec<Appended>, Broken> {
        let cut = self.plan.lock().pop_front().unwrap_or(Cut::Not);
        if cut == Cut::Full {
            return Err(Broken::Full { file: "kabao.db".into(), cause: "no space left on device".into() });
        }
        if cut != Cut::BeforeCommit {
            let answers = self.inner.append(group)?;
            if cut == Cut::Not {
                return Ok(answers);
            }
        }
        Ok(vec![Appended::Unknown; group.len()])
    }

    fn claim(&self, sandbox: &SandboxId) -> Result<Claim, Broken> {
        self.inner.claim(sandbox)
    }

    fn scan(&self, sandbox: &SandboxId, from: Sequence, visit: &mut dyn FnMut(crate::Record<'_>) -> ControlFlow<()>) -> Result<(), Broken> {
        self.inner.scan(sandbox, from, visit)
    }

    fn account(
        &self,
        sandbox: &SandboxId,
        account: AccountId,
        after: Option<RowPlace>,
        visit: &mut dyn FnMut(RowPlace, &Row) -> ControlFlow<()>,
    ) -> Result<(), Broken> {
        self.inner.account(sandbox, account, after, visit)
    }

    fn blob(&self, hash: BlobHash) -> Result<Option<Arc<[u8]>>, Broken> {
        self.inner.blob(hash)
    }

    fn sandboxes(&self) -> Result<Vec<SandboxId>, Broken> {
        self.inner.sandboxes()
    }

    fn drop_sandbox(&self, sandbox: &SandboxId) -> Result<(), Broken> {
        self.inner.drop_sandbox(sandbox)
    }

    fn rename(&self, from: &SandboxId, to: &SandboxId) -> Result<(), Broken> {
        self.inner.rename(from, to)
    }

    fn write_snapshot(
        &self,
        sandbox: &SandboxId,
        next: Sequence,
        chain: Chain,
        chunks: &mut dyn Iterator<Item = Vec<u8>>,
    ) -> Result<(), Broken> {
        self.inner.write_snapshot(sandbox, next, chain, chunks)
    }

    fn read_snapshot(&self, sandbox: &SandboxId) -> Result<Option<Snapshot<'_>>, Broken> {
        self.inner.read_snapshot(sandbox)
    }

    fn old_keys(&self, sandbox: &SandboxId) -> Result<Option<Arc<dyn OldKeys>>, Broken> {
        self.inner.old_keys(sandbox)
    }

    fn verify(&self, sandbox: &SandboxId) -> Result<Verdict, Broken> {
        self.inner.verify(sandbox)
    }
}
