//! Sandboxes that stopped because a call ended in a bug: named, and brought back from their logs.
//!
//! State is the fold of the log, and what the broken call had not handed to the writer is not in it: so reading the log again
//! gives the state before that call. One thread looks around once a second. A log that cannot be read again is tried a few
//! times, then left to a person. Source: ARCHITECTURE "Invariants".

use crate::engine::{Engine, SandboxTrouble};
use crate::sandbox::Lost;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often it is looked whether one stopped.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it is tried to bring one back.
const TRIES: u32 = 3;

/// What came of trying to bring a sandbox back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unmended {
    tries: u32,
    trouble: String,
}

/// A sandbox that does not answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stopped {
    /// Its name.
    pub sandbox: String,
    /// Why, and what happens or is to be done about it.
    pub why: String,
}

impl Engine {
    /// Starts the thread that brings stopped sandboxes back; it ends with the engine.
    pub fn keep_mending(self: &Arc<Self>) {
        let engine = Arc::downgrade(self);
        std::thread::Builder::new().name("kabao-mending".to_owned()).spawn(move || look_around(&engine)).expect("a thread can be started");
    }

    /// The sandboxes that do not answer, by name.
    pub fn stopped_sandboxes(&self) -> Vec<Stopped> {
        let names = self.names().into_iter();
        names
            .filter_map(|name| {
                let lost = self.sandbox(&name).ok()?.lost()?;
                let why = match self.unmended.lock().get(&name) {
                    Some(Unmended { tries, trouble }) if *tries >= TRIES => format!(
                        "{lost}, which failed {tries} times ({trouble}): its events are safe in the log; start kabao again, and if that fails too, `kabao ledger verify` says what is wrong"
                    ),
                    Some(Unmended { trouble, .. }) => format!("{lost}; the last try failed: {trouble}"),
                    None => lost.to_string(),
                };
                Some(Stopped { sandbox: name, why })
            })
            .collect()
    }

    /// Brings a sandbox back whose call ended in a bug, by reading its log again. One that works is left alone.
    ///
    /// # Errors
    /// [`SandboxTrouble`]; the sandbox stays as it is.
    pub fn mend(&self, name: &str) -> Result<(), SandboxTrouble> {
        let _founding = self.founding();
        let hurt = self.sandbox(name)?;
        if hurt.lost() != Some(Lost::Panicked) {
            return Ok(());
        }
        // calls before the broken one may still be on their way to the disk: they belong to the log that is read
        hurt.drained();
        let again = Arc::new(self.load(hurt.id())?.with_journal_of(&hurt));
        self.stand_in(Some(&hurt), &again);
        self.unmended.lock().remove(name);
        tracing::warn!(sandbox = name, "a call ended in a bug; the sandbox was read again from its log and answers");
        Ok(())
    }

    /// [`Self::mend`] as the thread does it: a log that cannot be read must not end the thread.
    fn try_to_mend(&self, name: &str) {
        if self.unmended.lock().get(name).is_some_and(|trouble| trouble.tries >= TRIES) {
            return;
        }
        let trouble = match catch_unwind(AssertUnwindSafe(|| self.mend(name))) {
            Ok(Ok(())) => return,
            Ok(Err(trouble)) => trouble.to_string(),
            Err(_) => "reading the log ended in a bug".to_owned(),
        };
        tracing::error!(sandbox = name, trouble, "a stopped sandbox could not be brought back");
        let mut unmended = self.unmended.lock();
        let told = unmended.entry(name.to_owned()).or_default();
        *told = Unmended { tries: told.tries + 1, trouble };
    }
}

fn look_around(engine: &Weak<Engine>) {
    loop {
        std::thread::sleep(LOOK_EVERY);
        let Some(engine) = engine.upgrade() else { return };
        for name in engine.names() {
            if engine.sandbox(&name).is_ok_and(|sandbox| sandbox.lost() == Some(Lost::Panicked)) {
                engine.try_to_mend(&name);
            }
        }
    }
}
