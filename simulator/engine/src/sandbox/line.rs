//! A sandbox's line to the disk: who it is there, how far it got, and why it does not answer any more.

use log::{Broken, Chain, Epoch, SandboxId, Sequence};
use parking_lot::Mutex;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A sandbox's line to the disk: who it is there and how far it got.
pub(crate) struct Line {
    pub(crate) id: SandboxId,
    pub(crate) epoch: Epoch,
    /// Place of the first event that is not durable yet.
    pub(super) durable: AtomicU64,
    pub(super) chain: Mutex<Chain>,
    pub(super) lost: OnceLock<Lost>,
}

/// Why a sandbox does not answer any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Lost {
    /// What is in memory may no longer be the fold of the log; the log has it still.
    #[error("a call in it ended in a bug half way, and nothing is answered from a state that may be wrong; it is read again from its log")]
    Panicked,
    /// Another process or an import owns it now.
    #[error("it has another owner")]
    Taken,
    /// It was dropped, or replaced by a reset.
    #[error("it was dropped or reset")]
    Dropped,
}

impl Line {
    pub(crate) fn stored(&self, next: Sequence, chain: Chain) {
        *self.chain.lock() = chain;
        self.durable.store(next.0, Ordering::Release);
    }

    pub(crate) fn lose(&self, why: Lost) {
        // the first reason stays
        let _ = self.lost.set(why);
    }

    pub(crate) fn chain(&self) -> Option<Chain> {
        self.lost.get().is_none().then(|| *self.chain.lock())
    }

    /// The refusal of a sandbox that is lost.
    pub(crate) fn refusal(&self) -> Broken {
        let why = self.lost.get().copied().unwrap_or(Lost::Taken);
        Broken::Misuse(format!("sandbox `{}` does not answer: {why}", self.id).into())
    }
}
