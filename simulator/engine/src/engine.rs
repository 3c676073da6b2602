//! The engine: all sandboxes of a process, over one log and one writer.
//!
//! Creating a sandbox costs a claim in the log and one durable batch; opening one reads its snapshot and folds what came after.

use crate::call::Call;
use crate::journal::Journal;
use crate::keys::KeyStore;
use crate::mend::Unmended;
use crate::old_keys::KEYS_IN_MEMORY;
use crate::outgoing::Outgoing;
use crate::sandbox::{Lost, Ran, Sandbox, Unsettled, real_now};
use crate::sending::Meddler;
use crate::staged;
use crate::writer::Writer;
use log::{Broken, Log, SandboxId, Sequence};
use parking_lot::{Mutex, MutexGuard, RwLock};
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use world::clock::Clock;
use world::event::SandboxOpened;
use world::names::AppId;
use world::snapshot::Unread;
use world::{Event, Moment, World};

/// The most sandboxes at once.
pub const SANDBOX_LIMIT: usize = 10_000;

/// Everything a process runs.
pub struct Engine {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) writer: Writer,
    keys: Arc<KeyStore>,
    /// How many idempotency keys each ledger keeps in memory.
    pub(crate) keys_in_memory: usize,
    stray: Journal,
    outgoing: Outgoing,
    /// Who interferes with deliveries.
    pub(crate) meddler: RwLock<Option<Arc<dyn Meddler>>>,
    sandboxes: RwLock<Known>,
    /// Held while a sandbox is founded, so that two at once do not choose the same application number.
    founding: Mutex<()>,
    /// How many sandboxes were made beside the others so far.
    pub(crate) staged: AtomicU64,
    /// Sandboxes that could not be brought back, by name.
    pub(crate) unmended: Mutex<HashMap<String, Unmended>>,
}

#[derive(Default)]
struct Known {
    by_name: HashMap<String, Arc<Sandbox>>,
    by_app: HashMap<AppId, Arc<Sandbox>>,
}

/// Why a sandbox could not be made, opened or dropped.
#[derive(Debug, thiserror::Error)]
pub enum SandboxTrouble {
    /// The name is taken.
    #[error("a sandbox named `{0}` is already there")]
    NameTaken(String),
    /// The name cannot be used.
    #[error("`{0}` cannot name a sandbox: use 1 to 64 letters, digits, `-`, `_` and `.`")]
    BadName(String),
    /// There is none of this name.
    #[error("no sandbox named `{0}`")]
    Unknown(String),
    /// Too many are open.
    #[error("{SANDBOX_LIMIT} sandboxes are open, and that is the limit: drop one first")]
    TooMany,
    /// An application of the new sandbox is already in another one.
    #[error("application `{0}` is already in another sandbox")]
    AppTaken(AppId),
    /// The log holds something this version cannot read, or that does not follow from what stands before it.
    #[error("sandbox `{sandbox}`, event {sequence}: {cause}; nothing was changed: restore the file from a copy or an export")]
    Unreadable {
        /// The sandbox.
        sandbox: String,
        /// Place of the event.
        sequence: u64,
        /// What is wrong.
        cause: String,
    },
    /// The snapshot cannot be read.
    #[error("sandbox `{sandbox}`: {cause}")]
    Snapshot {
        /// The sandbox.
        sandbox: String,
        /// What is wrong.
        cause: world::snapshot::Unread,
    },
    /// The store stopped.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The store did not answer.
    #[error(transparent)]
    Unsettled(#[from] Unsettled),
}

/// What a new sandbox is made from.
#[derive(Clone, Debug)]
pub struct NewSandbox {
    /// Its name.
    pub name: String,
    /// What its ids and random values are made from.
    pub seed: u64,
    /// Whether its keys come from the published pool.
    pub published_keys: bool,
    /// How its time runs from the start.
    pub clock: Clock,
}

impl Engine {
    /// Opens every sandbox of a log.
    ///
    /// # Errors
    /// [`SandboxTrouble`] naming the sandbox and place that cannot be read.
    pub fn open(log: Arc<dyn Log>, keys: Arc<KeyStore>) -> Result<Self, SandboxTrouble> {
        Self::open_with(log, keys, KEYS_IN_MEMORY)
    }

    /// The same; each ledger keeps about so many idempotency keys in memory, older ones are in the log's file.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open_with(log: Arc<dyn Log>, keys: Arc<KeyStore>, keys_in_memory: usize) -> Result<Self, SandboxTrouble> {
        let engine = Self {
            writer: Writer::start(log.clone()),
            log,
            keys,
            keys_in_memory,
            stray: Journal::new(0),
            outgoing: Outgoing::default(),
            meddler: RwLock::default(),
            sandboxes: RwLock::default(),
            founding: Mutex::default(),
            staged: AtomicU64::default(),
            unmended: Mutex::default(),
        };
        for id in engine.log.sandboxes()? {
            if staged::is_staged(&id) {
                // the process ended before this one took its place: whoever asked for it was not answered
                engine.log.drop_sandbox(&id)?;
                continue;
            }
            let sandbox = engine.load(&id)?;
            if sandbox.look(|world, _| world.origin().is_none()) {
                // the process ended between naming this sandbox and its first event: it never came to be
                sandbox.lose(Lost::Dropped);
                engine.log.drop_sandbox(&id)?;
                continue;
            }
            engine.know(Arc::new(sandbox))?;
        }
        engine.keys.sweep(&engine.keys_in_use());
        Ok(engine)
    }

    /// Why nothing is answered any more, if the store stopped.
    pub fn stopped(&self) -> Option<Broken> {
        self.writer.stopped().or_else(|| self.log.sandboxes().err())
    }

    /// Public halves of the keys of all open sandboxes.
    fn keys_in_use(&self) -> HashSet<String> {
        self.sandboxes.read().by_name.values().flat_map(|sandbox| keys_of(sandbox)).collect()
    }

    /// Takes keys away that no open sandbox has any more. Whoever calls keeps new sandboxes away.
    fn forget_keys(&self, mut publics: Vec<String>) {
        if publics.is_empty() {
            return;
        }
        let used = self.keys_in_use();
        publics.retain(|public| !used.contains(public));
        for public in publics {
            self.keys.forget(&public);
        }
    }

    /// The key store.
    pub fn keys(&self) -> &Arc<KeyStore> {
        &self.keys
    }

    /// The log, for reading what lies there.
    pub fn log(&self) -> &Arc<dyn Log> {
        &self.log
    }

    /// The way out to merchants.
    pub fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    /// The exchanges that belong to no sandbox, because they name no known application.
    pub fn stray(&self) -> &Journal {
        &self.stray
    }

    /// The names of all sandboxes, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.sandboxes.read().by_name.keys().cloned().collect();
        names.sort_unstable();
        names
    }

    /// The sandbox of this name.
    ///
    /// # Errors
    /// [`SandboxTrouble::Unknown`].
    pub fn sandbox(&self, name: &str) -> Result<Arc<Sandbox>, SandboxTrouble> {
        self.sandboxes.read().by_name.get(name).cloned().ok_or_else(|| SandboxTrouble::Unknown(name.to_owned()))
    }

    /// The sandbox an application lives in.
    pub fn sandbox_of_app(&self, app: &str) -> Option<Arc<Sandbox>> {
        self.sandboxes.read().by_app.get(&AppId::from(app)).cloned()
    }

    /// Makes a sandbox; `found` records its first merchants and applications.
    ///
    /// # Errors
    /// [`SandboxTrouble`]; nothing is left behind.
    pub fn create(&self, new: &NewSandbox, found: impl FnOnce(&mut Call<'_>)) -> Result<Arc<Sandbox>, SandboxTrouble> {
        let id = SandboxId::from(new.name.as_str());
        let founding = self.founding.lock();
        self.check_new(&new.name)?;
        let claim = self.claim_new(&id)?;
        let (world, old_keys) = self.with_old_keys(&id, World::default())?;
        let log::Claim { epoch, next, chain } = claim;
        let writer = self.writer.clone();
        let sandbox = Sandbox::new(id, epoch, next, chain, world, Sequence::FIRST, writer, new.seed, new.published_keys);
        let sandbox = Arc::new(sandbox.with_old_keys(old_keys));
        // the first events happen in the new sandbox's own time, which its still empty world does not know yet
        let ran = sandbox.run_at(
            || new.clock.read(real_now()),
            |call| {
                call.record(new.opened());
                found(call);
            },
        )?;
        if let Err(taken) = self.know(sandbox.clone()) {
            sandbox.lose(Lost::Dropped);
            self.log.drop_sandbox(sandbox.id())?;
            return Err(taken);
        }
        drop(founding);
        ran.settled_blocking()?;
        Ok(sandbox)
    }

    /// Whether no open sandbox but this one has one of these applications.
    pub(crate) fn check_apps(&self, world: &World, but: Option<&Arc<Sandbox>>) -> Result<(), SandboxTrouble> {
        let known = self.sandboxes.read();
        let taken = |app: &AppId| known.by_app.get(app).is_some_and(|other| but.is_none_or(|but| !Arc::ptr_eq(other, but)));
        match world.apps().iter().find(|app| taken(&app.id)) {
            Some(taken) => Err(SandboxTrouble::AppTaken(taken.id.clone())),
            None => Ok(()),
        }
    }

    /// Claims the place of a sandbox that is made now; what an interrupted making left there is dropped first.
    pub(crate) fn claim_new(&self, id: &SandboxId) -> Result<log::Claim, Broken> {
        let claim = self.log.claim(id)?;
        if claim.next == Sequence::FIRST {
            return Ok(claim);
        }
        self.log.drop_sandbox(id)?;
        self.log.claim(id)
    }

    /// Held from the check of a new sandbox's name and applications until it is known.
    pub(crate) fn founding(&self) -> MutexGuard<'_, ()> {
        self.founding.lock()
    }

    /// Whether a sandbox may be made under this name.
    pub(crate) fn check_new(&self, name: &str) -> Result<(), SandboxTrouble> {
        check_name(name)?;
        let known = self.sandboxes.read();
        if known.by_name.contains_key(name) {
            return Err(SandboxTrouble::NameTaken(name.to_owned()));
        }
        if known.by_name.len() >= SANDBOX_LIMIT {
            return Err(SandboxTrouble::TooMany);
        }
        Ok(())
    }

    /// Drops a sandbox and everything in it, its keys too.
    ///
    /// # Errors
    /// [`SandboxTrouble::Unknown`], or the store's trouble.
    pub fn drop_sandbox(&self, name: &str) -> Result<(), SandboxTrouble> {
        // an import of the same sandbox keeps the same keys: either is over before the other begins
        let _founding = self.founding();
        let sandbox = {
            let mut known = self.sandboxes.write();
            let sandbox = known.by_name.remove(name).ok_or_else(|| SandboxTrouble::Unknown(name.to_owned()))?;
            known.by_app.retain(|_, other| !Arc::ptr_eq(other, &sandbox));
            sandbox
        };
        sandbox.lose(Lost::Dropped);
        self.log.drop_sandbox(sandbox.id())?;
        self.unmended.lock().remove(name);
        self.forget_keys(keys_of(&sandbox));
        Ok(())
    }

    /// Lets a new sandbox stand where an older one of its name stood, if one did; the log has done the same already.
    pub(crate) fn stand_in(&self, old: Option<&Arc<Sandbox>>, new: &Arc<Sandbox>) {
        let mut known = self.sandboxes.write();
        if let Some(old) = old {
            known.by_app.retain(|_, other| !Arc::ptr_eq(other, old));
        }
        known.by_app.extend(apps_of(new).into_iter().map(|app| (app, new.clone())));
        known.by_name.insert(new.name().to_owned(), new.clone());
        drop(known);
        if let Some(old) = old {
            self.forget_keys(keys_of(old));
        }
    }

    /// Makes the applications known by which requests find the sandbox; again after one was added.
    ///
    /// # Errors
    /// [`SandboxTrouble::NameTaken`] or [`SandboxTrouble::AppTaken`] when another sandbox has the name or an application.
    pub fn know(&self, sandbox: Arc<Sandbox>) -> Result<(), SandboxTrouble> {
        let apps = apps_of(&sandbox);
        let mut known = self.sandboxes.write();
        if let Some(taken) = apps.iter().find(|app| known.by_app.get(app).is_some_and(|other| !Arc::ptr_eq(other, &sandbox))) {
            return Err(SandboxTrouble::AppTaken(taken.clone()));
        }
        if known.by_name.get(sandbox.name()).is_some_and(|other| !Arc::ptr_eq(other, &sandbox)) {
            return Err(SandboxTrouble::NameTaken(sandbox.name().to_owned()));
        }
        known.by_app.extend(apps.into_iter().map(|app| (app, sandbox.clone())));
        known.by_name.insert(sandbox.name().to_owned(), sandbox);
        Ok(())
    }

    /// Adds applications to a sandbox: whatever `work` registers is found by its number from then on, and no sandbox that is made
    /// meanwhile takes that number.
    ///
    /// # Errors
    /// [`SandboxTrouble`] when the sandbox does not answer any more.
    pub fn register<R>(&self, sandbox: &Arc<Sandbox>, work: impl FnOnce(&mut Call<'_>) -> R) -> Result<Ran<R>, SandboxTrouble> {
        let _founding = self.founding();
        let mut apps = Vec::new();
        let ran = sandbox.run(|call| {
            let before = call.world().apps().len();
            let made = work(call);
            apps.extend(call.world().apps().iter().skip(before).map(|app| app.id.clone()));
            made
        })?;
        self.sandboxes.write().by_app.extend(apps.into_iter().map(|app| (app, sandbox.clone())));
        Ok(ran)
    }

    /// Reads a sandbox from the log: its snapshot, then what came after.
    pub(crate) fn load(&self, id: &SandboxId) -> Result<Sandbox, SandboxTrouble> {
        let name = || id.to_string();
        let claim = self.log.claim(id)?;
        let (mut world, from) = match self.log.read_snapshot(id)? {
            Some(snapshot) => {
                let from = snapshot.next;
                match World::restore(snapshot.chunks)? {
                    Ok(world) => (world, from),
                    Err(Unread::OtherLayout(_)) => (World::default(), Sequence::FIRST),
                    Err(cause) => return Err(SandboxTrouble::Snapshot { sandbox: name(), cause }),
                }
            }
            None => (World::default(), Sequence::FIRST),
        };
        let mut trouble = None;
        self.log.scan(id, from, &mut |record| {
            let taken_in = Event::read(record.kind, record.body)
                .map_err(|cause| cause.to_string())
                .and_then(|event| world.replay(Moment(record.at_virtual_ms), &event, record.rows).map_err(|misfit| misfit.to_string()));
            match taken_in {
                Ok(()) => ControlFlow::Continue(()),
                Err(cause) => {
                    trouble = Some(SandboxTrouble::Unreadable { sandbox: name(), sequence: record.sequence.0, cause });
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(trouble) = trouble {
            return Err(trouble);
        }
        let (seed, published) = world.origin().map_or((0, false), |origin| (origin.seed, origin.published_keys));
        let (world, old_keys) = self.with_old_keys(id, world)?;
        Ok(Sandbox::new(id.clone(), claim.epoch, claim.next, claim.chain, world, from, self.writer.clone(), seed, published)
            .with_old_keys(old_keys))
    }
}

impl NewSandbox {
    /// The first thing that happens in it.
    pub(crate) fn opened(&self) -> SandboxOpened {
        SandboxOpened { name: self.name.clone(), seed: self.seed, published_keys: self.published_keys, clock: self.clock }
    }
}

fn apps_of(sandbox: &Sandbox) -> Vec<AppId> {
    sandbox.look(|world, _| world.apps().iter().map(|app| app.id.clone()).collect())
}

/// Public halves of a sandbox's own keys; those of the published pool are nobody's.
fn keys_of(sandbox: &Sandbox) -> Vec<String> {
    if sandbox.published_keys() {
        return Vec::new();
    }
    sandbox.look(|world, _| world.apps().iter().flat_map(|app| app.public_keys()).collect())
}

fn check_name(name: &str) -> Result<(), SandboxTrouble> {
    let fits = (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if fits { Ok(()) } else { Err(SandboxTrouble::BadName(name.to_owned())) }
}
