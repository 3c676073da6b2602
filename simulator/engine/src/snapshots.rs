//! Snapshots: so that a start replays the tail only.
//!
//! One thread looks around once a second and writes a snapshot of every sandbox that has grown enough since the last one.
//! Calls are held for reference counts only; the bytes are made and written here. Source: DESIGN "Default log: SQLite".

use crate::engine::{Engine, SandboxTrouble};
use crate::sandbox::{Sandbox, Still};
use crate::unhurried::{MOST_REST, Unhurried};
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// A sandbox is snapshotted after this many events, or a quarter of its rows if that is more.
pub(crate) const EVENTS_BETWEEN: u64 = 50_000;
/// But not so soon after the last one: where calls come as fast as they can, one would follow the other, and each slows calls down.
/// A start replays what came in this time, and while the last ones were written: a quarter of a million calls take one to two seconds.
const APART: Duration = Duration::from_secs(10);
/// And at once after this many ledger rows: a bulk call is one event with thousands of them.
const LEDGER_ROWS_BETWEEN: u64 = 2_000_000;
/// How often it is looked whether one is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Engine {
    /// Starts the thread that writes snapshots; it ends with the engine.
    pub fn keep_snapshots(self: &Arc<Self>) {
        let engine = Arc::downgrade(self);
        std::thread::Builder::new()
            .name("kabao-snapshots".to_owned())
            .spawn(move || look_around(&engine))
            .expect("a thread can be started");
    }

    /// Writes a snapshot of a sandbox now.
    ///
    /// # Errors
    /// The store's trouble; the sandbox goes on without the snapshot.
    pub fn snapshot(&self, sandbox: &Sandbox) -> Result<(), SandboxTrouble> {
        self.write(sandbox, Duration::ZERO)
    }

    /// Writes a snapshot, resting for so long at most.
    fn write(&self, sandbox: &Sandbox, rest: Duration) -> Result<(), SandboxTrouble> {
        let Still { mut frozen, next, rows, chain } = sandbox.freeze();
        let chain = chain.blocking_recv().map_err(|_| log::Broken::Poisoned("the writer is gone".into()))??;
        self.log().write_snapshot(sandbox.id(), next, chain, &mut Unhurried::resting(rest).over(frozen.chunks()))?;
        drop(frozen);
        sandbox.snapshotted(next, rows);
        Ok(())
    }

    /// Writes snapshots of all sandboxes with at least `events` new events: before a planned stop.
    pub fn snapshot_all(&self, events: u64) {
        for name in self.names() {
            let Ok(sandbox) = self.sandbox(&name) else { continue };
            if sandbox.since_snapshot() >= events.max(1)
                && let Err(error) = self.snapshot(&sandbox)
            {
                tracing::warn!(sandbox = name, %error, "no snapshot was written; the next start reads the whole log");
            }
        }
    }
}

fn look_around(engine: &Weak<Engine>) {
    let mut lately: HashMap<String, Instant> = HashMap::new();
    loop {
        std::thread::sleep(LOOK_EVERY);
        lately.retain(|_, at| at.elapsed() < APART);
        let Some(engine) = engine.upgrade() else { return };
        for name in engine.names() {
            let Ok(sandbox) = engine.sandbox(&name) else { continue };
            let rows = sandbox.look(|world, _| world.cards().len() + world.customers().len()) as u64;
            if !is_due(rows, sandbox.since_snapshot(), sandbox.rows_since_snapshot(), lately.contains_key(&name)) {
                continue;
            }
            if let Err(error) = engine.write(&sandbox, MOST_REST) {
                tracing::warn!(sandbox = name, %error, "no snapshot was written");
            }
            lately.insert(name, Instant::now());
        }
    }
}

/// Whether a sandbox of so many rows, with so much new since its last snapshot, gets another one; `lately`: it had one lately.
fn is_due(rows: u64, events: u64, ledger_rows: u64, lately: bool) -> bool {
    (events >= EVENTS_BETWEEN.max(rows / 4) && !lately) || ledger_rows >= LEDGER_ROWS_BETWEEN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_events_with_very_many_postings_are_worth_a_snapshot_too() {
        assert!(!is_due(0, EVENTS_BETWEEN - 1, LEDGER_ROWS_BETWEEN - 1, false));
        assert!(is_due(0, EVENTS_BETWEEN, 0, false));
        assert!(!is_due(1_000_000, EVENTS_BETWEEN, 0, false));
        assert!(is_due(1_000_000, 250, LEDGER_ROWS_BETWEEN, false));
        assert!(!is_due(0, EVENTS_BETWEEN, 0, true), "one would follow the other");
        assert!(is_due(1_000_000, 250, LEDGER_ROWS_BETWEEN, true));
    }
}
