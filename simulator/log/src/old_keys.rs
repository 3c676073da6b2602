//! Idempotency keys that left a ledger's memory, as the log keeps them: written in whole runs, asked one by one.
//!
//! What the keys mean is the ledger's (`ledger::KeyRecord`); that they are handed over only after their postings are durable is
//! the caller's duty. Source: issue 4 ("keys beyond a declared count move to an index in the file").

use ledger::{KeyIndex, KeyRecord, KeysToMove, Sequence};
use std::ops::ControlFlow;

use crate::Broken;

/// The old keys of one sandbox. It belongs to the sandbox, not to its name: it follows when that is renamed, and answers
/// nothing any more once it is dropped.
pub trait OldKeys: KeyIndex {
    /// The place of the last posting whose key is here; 0 for none. Of all before it the keys are here too.
    fn end(&self) -> Sequence;

    /// Keeps keys on their way out of memory, and what became of those that left before; durable when it returns. Keys that
    /// are here already, because a crash came between this and forgetting them, are taken for what they are.
    ///
    /// All postings that `moved` speaks of must be durable: a key without a posting would answer for one never made.
    ///
    /// It is much work where many keys come; `between` is called after each piece of it, with appends and look-ups let through, and may take
    /// its time; it keeps nothing itself.
    ///
    /// # Errors
    /// [`Broken`]; then nothing may be forgotten.
    fn keep(&self, moved: &KeysToMove, between: &mut dyn FnMut()) -> Result<(), Broken>;

    /// Visits every key that is here, run by run.
    ///
    /// # Errors
    /// [`Broken`].
    fn visit(&self, visit: &mut dyn FnMut(&KeyRecord) -> ControlFlow<()>) -> Result<(), Broken>;
}
