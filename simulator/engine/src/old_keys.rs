//! Long lives in bounded memory: idempotency keys beyond a declared count go from a sandbox's ledger into the log's file.
//!
//! One thread looks around once a second, like that for snapshots; calls are held for a few thousand keys at a time. Keys go only
//! once everything before them is durable, and are forgotten only once they are kept. Over a log that lives in memory all stay.
//! Source: issue 4; `log/why-are-old-keys-sorted-runs.md`, `ledger/why-do-old-keys-leave-memory.md`.

use crate::engine::{Engine, SandboxTrouble};
use crate::sandbox::Sandbox;
use crate::unhurried::{MOST_REST, Unhurried};
use log::{OldKeys, SandboxId};
use std::sync::{Arc, Weak};
use std::time::Duration;
use world::World;
use world::ledger::KeysToMove;

/// How many idempotency keys a sandbox's ledger keeps in memory, when nothing else is said: 6 MiB of them. What
/// a retry repeats is among the newest, and an older one costs a look into the file.
pub const KEYS_IN_MEMORY: usize = 128 << 10;

/// The most keys that go in one run.
const RUN: usize = 256 << 10;
/// The fewest: the ledger gives whole pages of this.
const LEAST: usize = 1 << 10;
/// Keys taken, or forgotten, while calls wait.
const PIECE: usize = 4 << 10;
/// How often it is looked whether any are to go.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Engine {
    /// A world whose ledger finds its old keys in the log, for a sandbox of the log.
    pub(crate) fn with_old_keys(&self, id: &SandboxId, mut world: World) -> Result<(World, Option<Arc<dyn OldKeys>>), SandboxTrouble> {
        let Some(index) = self.log().old_keys(id)? else { return Ok((world, None)) };
        let ledger = world.ledger();
        let gone = ledger.sequence().0 - ledger.keys_in_memory() as u64;
        if gone > index.end().0 {
            // to go on would be to make a posting a second time when its id is sent again
            let cause = format!("the keys of its first {gone} postings are neither in its snapshot nor in the file");
            return Err(SandboxTrouble::Unreadable { sandbox: id.to_string(), sequence: 0, cause });
        }
        world.keep_keys_beyond(self.keys_in_memory, index.clone());
        Ok((world, Some(index)))
    }

    /// Starts the thread that moves old keys out of memory; it ends with the engine.
    pub fn keep_old_keys_out(self: &Arc<Self>) {
        let engine = Arc::downgrade(self);
        std::thread::Builder::new().name("kabao-old-keys".to_owned()).spawn(move || look_around(&engine)).expect("a thread can be started");
    }

    /// Moves what a sandbox's ledger has beyond the declared count, once that is worth a run; gives how many keys went.
    ///
    /// # Errors
    /// The store's trouble; what did not go stays in memory.
    pub fn move_old_keys(&self, sandbox: &Sandbox) -> Result<usize, SandboxTrouble> {
        self.move_over(sandbox, &mut Unhurried::resting(Duration::ZERO))
    }

    /// Moves them at this pace.
    fn move_over(&self, sandbox: &Sandbox, pace: &mut Unhurried) -> Result<usize, SandboxTrouble> {
        let worth = (self.keys_in_memory / 2).clamp(LEAST, RUN);
        let (mut gone, Some(index)) = (0, sandbox.old_keys()) else { return Ok(0) };
        loop {
            let over = sandbox.look(|world, _| world.ledger().keys_over());
            if over < worth {
                return Ok(gone);
            }
            // with room for all that are there now: growing piece by piece, megabytes would be copied and given back again and again
            let mut moved = KeysToMove { keys: Vec::with_capacity(over.min(RUN)), fates: Vec::new() };
            while moved.keys.len() < RUN {
                let skip = moved.keys.len();
                // settled: what this speaks of, and all before it, is durable
                let piece = sandbox.run(|call| call.world().ledger().keys_to_move(skip, PIECE))?.settled_blocking()?;
                let full = piece.keys.len() == PIECE;
                moved.keys.extend(piece.keys);
                moved.fates.extend(piece.fates);
                pace.rest();
                if !full {
                    break;
                }
            }
            index.keep(&moved, &mut || pace.rest())?;
            gone += moved.keys.len();
            let KeysToMove { keys, fates } = moved;
            sandbox.forget_keys(&KeysToMove { keys: Vec::new(), fates });
            for piece in keys.chunks(PIECE) {
                sandbox.forget_keys(&KeysToMove { keys: piece.to_vec(), fates: Vec::new() });
                pace.rest();
            }
        }
    }
}

fn look_around(engine: &Weak<Engine>) {
    loop {
        std::thread::sleep(LOOK_EVERY);
        let Some(engine) = engine.upgrade() else { return };
        // one for all sandboxes: with many that are busy, each would else wait for the rests of the others
        let mut pace = Unhurried::resting(MOST_REST);
        for name in engine.names() {
            let Ok(sandbox) = engine.sandbox(&name) else { continue };
            if let Err(error) = engine.move_over(&sandbox, &mut pace) {
                tracing::warn!(sandbox = name, %error, "old idempotency keys stay in memory");
            }
        }
    }
}
