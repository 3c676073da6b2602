//! Sandboxes made beside the others under a name nobody can give, and put in place whole: resets and imports.
//!
//! A process that ends on the way leaves one that the next start drops; the one it was to replace is still there.

use crate::call::Call;
use crate::chance::Chance;
use crate::engine::{Engine, NewSandbox, SandboxTrouble};
use crate::sandbox::{Lost, Sandbox, real_now};
use crate::writer;
use log::{Appended, Batch, Broken, Claim, Entry, SandboxId, Sequence};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use world::World;

/// Stands in staged names only: a sandbox's own name has none.
const MARK: char = '/';

/// Whether a sandbox of the log was being made when its process ended.
pub(crate) fn is_staged(id: &SandboxId) -> bool {
    id.0.contains(MARK)
}

/// A sandbox that is being made. Dropped, it is gone from the log; [`Staged::place`] makes it stay.
pub(crate) struct Staged<'e> {
    engine: &'e Engine,
    pub(crate) id: SandboxId,
    pub(crate) claim: Claim,
    placed: bool,
}

impl<'e> Staged<'e> {
    /// Begins one.
    pub(crate) fn begin(engine: &'e Engine) -> Result<Self, Broken> {
        let id = SandboxId::from(format!("staged{MARK}{}", engine.staged.fetch_add(1, Ordering::Relaxed)).as_str());
        let claim = engine.claim_new(&id)?;
        Ok(Self { engine, id, claim, placed: false })
    }

    /// Stores what comes next in it. The batches follow [`Self::claim`] without a gap.
    pub(crate) fn append(&mut self, group: &[Batch]) -> Result<(), Broken> {
        for (batch, verdict) in group.iter().zip(writer::append(&*self.engine.log, group)?) {
            let Appended::Stored(chain) = verdict else {
                return Err(Broken::Misuse(format!("a sandbox in the making was not stored: {verdict:?}").into()));
            };
            self.claim = Claim { next: batch.next(), chain, ..self.claim };
        }
        Ok(())
    }

    /// Puts it in its place, as `name`, in one step: the one that stands there, if one does, is gone with it.
    pub(crate) fn place(mut self, name: &str, world: World, old: Option<&Arc<Sandbox>>) -> Result<Arc<Sandbox>, SandboxTrouble> {
        let id = SandboxId::from(name);
        let (seed, published) = world.origin().map_or((0, false), |origin| (origin.seed, origin.published_keys));
        let Claim { epoch, next, chain } = self.claim;
        let (world, old_keys) = self.engine.with_old_keys(&self.id, world)?;
        self.engine.log.rename(&self.id, &id)?;
        self.placed = true;
        let writer = self.engine.writer.clone();
        let sandbox = Sandbox::new(id, epoch, next, chain, world, Sequence::FIRST, writer, seed, published);
        let sandbox = Arc::new(sandbox.with_old_keys(old_keys));
        self.engine.stand_in(old, &sandbox);
        // only now, so that nobody who looks for the name finds one that does not answer
        if let Some(old) = old {
            old.lose(Lost::Dropped);
        }
        Ok(sandbox)
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if !self.placed
            && let Err(error) = self.engine.log.drop_sandbox(&self.id)
        {
            tracing::warn!(%error, "a half-made sandbox is left to the next start");
        }
    }
}

impl Engine {
    /// Puts a new sandbox in the place of an open one of the same name: one durable step, so that there is always one of them.
    /// `found` records its first merchants and applications.
    ///
    /// # Errors
    /// [`SandboxTrouble::Unknown`] when `old` is no longer the one that is open; the store's trouble. The old one is then untouched.
    pub fn replace(&self, old: &Arc<Sandbox>, new: &NewSandbox, found: impl FnOnce(&mut Call<'_>)) -> Result<Arc<Sandbox>, SandboxTrouble> {
        let _founding = self.founding();
        if !self.sandbox(&new.name).is_ok_and(|open| Arc::ptr_eq(&open, old)) {
            return Err(SandboxTrouble::Unknown(new.name.clone()));
        }
        let mut staged = Staged::begin(self)?;
        let real = real_now();
        let mut world = World::default();
        let (now, first) = (new.clock.read(real), staged.claim.next);
        let mut call = Call { world: &mut world, now, chance: Chance::at(new.seed, first.0), entries: Vec::new(), blobs: Vec::new() };
        call.record(new.opened());
        found(&mut call);
        let Call { entries, blobs, .. } = call;
        let entries = entries.into_iter().map(|(event, rows)| Entry { kind: event.kind(), body: event.body().into(), rows }).collect();
        let (sandbox, epoch) = (staged.id.clone(), staged.claim.epoch);
        staged.append(&[Batch { sandbox, epoch, first, at_virtual_ms: now.0, at_real_ms: real.0, entries, blobs }])?;
        self.check_apps(&world, Some(old))?;
        staged.place(&new.name, world, Some(old))
    }
}
