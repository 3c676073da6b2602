//! A sandbox copied as it stands: the same history under a name of its own, independent from then on.
//!
//! A request finds its sandbox by its application, so the copy's applications get numbers of their own, and wherever the
//! history names one of the old numbers the new one stands. Seed, customers, keys and clock are the same: what both are asked
//! alike they answer alike. The copied sandbox goes on meanwhile. Source: DESIGN "From this come, almost for free".

use crate::engine::{Engine, SandboxTrouble};
use crate::sandbox::{Sandbox, real_now};
use crate::staged::Staged;
use log::{Batch, Blob, BlobHash, Broken, Entry, Record, Sequence};
use std::ops::ControlFlow;
use std::sync::Arc;
use world::ledger::Row;
use world::names::AppId;
use world::{Event, Moment, World};

/// How many events go into one batch, and after how many bytes what was copied is stored.
const BATCH: usize = 512;
const STORE_AFTER: usize = 1 << 20;

/// A copy that is being made.
struct Copying<'e> {
    engine: &'e Engine,
    name: &'e str,
    /// Applications' old and new numbers.
    apps: Vec<(AppId, AppId)>,
    staged: Staged<'e>,
    world: World,
    group: Vec<Batch>,
    bytes: usize,
}

impl Engine {
    /// Copies a sandbox under a new name. `number` gives the n-th number that an application of such a seed may have; those
    /// that are taken are passed over.
    ///
    /// # Errors
    /// [`SandboxTrouble`]; no copy is left behind.
    pub fn fork(&self, sandbox: &Arc<Sandbox>, name: &str, number: impl Fn(u64) -> AppId) -> Result<Arc<Sandbox>, SandboxTrouble> {
        // until the copy stands, nobody else takes its name or its applications' numbers
        let _founding = self.founding();
        self.check_new(name)?;
        let ran = sandbox.run(|call| call.world().apps().iter().map(|app| app.id.clone()).collect::<Vec<_>>())?;
        let end = ran.first;
        let old = ran.settled_blocking()?;
        let free = (0..).map(number).filter(|app| self.sandbox_of_app(app.as_str()).is_none() && !old.contains(app));
        let apps: Vec<_> = old.iter().cloned().zip(free).collect();
        let staged = Staged::begin(self)?;
        let mut copying = Copying { engine: self, name, apps, staged, world: World::default(), group: Vec::new(), bytes: 0 };
        let mut trouble = None;
        self.log.scan(sandbox.id(), Sequence::FIRST, &mut |record| {
            if record.sequence.0 >= end {
                return ControlFlow::Break(());
            }
            match copying.take(&record) {
                Ok(()) => ControlFlow::Continue(()),
                Err(found) => {
                    trouble = Some(found);
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(trouble) = trouble {
            return Err(trouble);
        }
        let added = copying.drop_notices().map_err(|why| Broken::Misuse(why.into()))?;
        copying.store()?;
        if copying.staged.claim.next.0 != end + added || sandbox.lost().is_some() {
            return Err(Broken::Misuse(format!("sandbox `{}` was dropped while it was copied", sandbox.name()).into()).into());
        }
        copying.staged.place(name, copying.world, None)
    }
}

impl Copying<'_> {
    fn take(&mut self, record: &Record<'_>) -> Result<(), SandboxTrouble> {
        let unreadable = |cause: String| SandboxTrouble::Unreadable { sandbox: self.name.to_owned(), sequence: record.sequence.0, cause };
        let body = self.apps.iter().fold(record.body.to_owned(), |body, (old, new)| body.replace(old.as_str(), new.as_str()));
        let mut event = Event::read(record.kind, &body).map_err(|error| unreadable(error.to_string()))?;
        if let Event::SandboxOpened(opened) = &mut event {
            self.name.clone_into(&mut opened.name);
        }
        let at = record.at_virtual_ms;
        self.world.replay(Moment(at), &event, record.rows).map_err(|misfit| unreadable(misfit.to_string()))?;
        let blob = match &event {
            Event::ImageStored(image) => match BlobHash::from_hex(&image.hash) {
                Some(hash) => self.engine.log.blob(hash)?.map(Blob::new),
                None => None,
            },
            _ => None,
        };
        self.bytes += size_of_val(record.rows) + blob.as_ref().map_or(0, |blob| blob.bytes().len());
        self.push(at, &event, record.rows.to_vec(), blob);
        if self.bytes >= STORE_AFTER {
            self.store()?;
        }
        Ok(())
    }

    /// What waits in the copied sandbox waits there: its merchants are not told twice. How many events that took.
    fn drop_notices(&mut self) -> Result<u64, String> {
        let at = self.world.last();
        let Some(dropped) = self.world.decide_dropping_notices().map(Event::from) else { return Ok(0) };
        self.world.replay(at, &dropped, &[]).map_err(|misfit| misfit.to_string())?;
        self.push(at.0, &dropped, Vec::new(), None);
        Ok(1)
    }

    fn push(&mut self, at: i64, event: &Event, rows: Vec<Row>, blob: Option<Blob>) {
        let entry = Entry { kind: event.kind(), body: event.body().into(), rows };
        self.bytes += entry.body.len();
        match self.group.last_mut() {
            Some(batch) if batch.at_virtual_ms == at && batch.entries.len() < BATCH => {
                batch.entries.push(entry);
                batch.blobs.extend(blob);
            }
            last => {
                let first = last.map_or(self.staged.claim.next, |batch| batch.next());
                let (sandbox, epoch) = (self.staged.id.clone(), self.staged.claim.epoch);
                let blobs = blob.into_iter().collect();
                self.group.push(Batch { sandbox, epoch, first, at_virtual_ms: at, at_real_ms: real_now().0, entries: vec![entry], blobs });
            }
        }
    }

    fn store(&mut self) -> Result<(), Broken> {
        self.bytes = 0;
        let group = std::mem::take(&mut self.group);
        if group.is_empty() { Ok(()) } else { self.staged.append(&group) }
    }
}
