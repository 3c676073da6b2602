//! The log in memory: same answers as the file, nothing kept after the process.
//!
//! For `--memory`, for throw-away sandboxes and for tests. It keeps batches as they came, so the contract suite can
//! hold the file against it. It does not save memory and does not pretend to be durable.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use ledger::{AccountId, Row};
use parking_lot::Mutex;

use crate::chain::Linker;
use crate::fence::{Head, Place, check, place};
use crate::row::{place as place_of, touches};
use crate::{
    Appended, Batch, BlobHash, Broken, Chain, Claim, Damage, Entry, Epoch, Log, OldKeys, Record, RowPlace, SandboxId, Sequence, Snapshot,
    Verdict,
};

/// A log that lives as long as its value.
#[derive(Default)]
pub struct Memory {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    claims: u64,
    sandboxes: BTreeMap<SandboxId, Shelf>,
    blobs: BTreeMap<BlobHash, (Arc<[u8]>, usize)>,
    linker: Linker,
}

struct Shelf {
    /// The claim that made it.
    made: Epoch,
    head: Head,
    batches: Vec<Arc<Kept>>,
    snapshot: Option<Arc<Picture>>,
}

struct Kept {
    batch: Batch,
    before: Chain,
    after: Chain,
}

struct Picture {
    next: Sequence,
    chain: Chain,
    chunks: Vec<Vec<u8>>,
}

impl Shelf {
    /// Index of the first batch that ends behind `sequence`.
    fn index(&self, sequence: Sequence) -> usize {
        self.batches.partition_point(|kept| kept.batch.next() <= sequence)
    }

    fn chain_at(&self, next: Sequence) -> Option<Chain> {
        if next == Sequence::FIRST {
            return Some(Chain::START);
        }
        let kept = self.batches.get(self.index(Sequence(next.0.checked_sub(1)?)))?;
        (kept.batch.next() == next).then_some(kept.after)
    }
}

impl State {
    fn store(&mut self, batch: &Batch) -> Appended {
        let Self { sandboxes, blobs, linker, .. } = self;
        let Some(held) = sandboxes.get_mut(&batch.sandbox) else {
            return Appended::Fenced { owner: Epoch::NOBODY };
        };
        match place(&held.head, batch) {
            Place::Fenced => Appended::Fenced { owner: held.head.epoch },
            Place::Early => Appended::Early { next: held.head.next },
            Place::Behind => {
                let kept = &held.batches[held.index(batch.first)];
                let same =
                    kept.batch.epoch == batch.epoch && kept.batch.first == batch.first && kept.after == linker.link(kept.before, batch);
                if same { Appended::Stored(kept.after) } else { Appended::Fenced { owner: kept.batch.epoch } }
            }
            Place::Next => {
                let before = held.head.chain;
                let after = linker.link(before, batch);
                for blob in &batch.blobs {
                    blobs.entry(blob.hash()).or_insert_with(|| (Arc::clone(blob.bytes()), 0)).1 += 1;
                }
                held.head = Head { next: batch.next(), chain: after, ..held.head };
                held.batches.push(Arc::new(Kept { batch: batch.clone(), before, after }));
                Appended::Stored(after)
            }
        }
    }
}

impl State {
    /// Takes a sandbox out, with the blobs that only it mentions.
    fn take(&mut self, sandbox: &SandboxId) -> Option<Shelf> {
        let held = self.sandboxes.remove(sandbox)?;
        for blob in held.batches.iter().flat_map(|kept| &kept.batch.blobs) {
            if let Some((_, uses)) = self.blobs.get_mut(&blob.hash()) {
                *uses -= 1;
                if *uses == 0 {
                    self.blobs.remove(&blob.hash());
                }
            }
        }
        Some(held)
    }
}

impl Memory {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// The batch that holds `sequence`, or the next one behind it.
    fn kept(&self, sandbox: &SandboxId, sequence: Sequence) -> Option<Arc<Kept>> {
        let state = self.state.lock();
        let held = state.sandboxes.get(sandbox)?;
        held.batches.get(held.index(sequence)).cloned()
    }
}

impl Log for Memory {
    fn claim(&self, sandbox: &SandboxId) -> Result<Claim, Broken> {
        let mut state = self.state.lock();
        state.claims += 1;
        let epoch = Epoch(state.claims);
        let held = state.sandboxes.entry(sandbox.clone()).or_insert_with(|| Shelf {
            made: epoch,
            head: Head { epoch, next: Sequence::FIRST, chain: Chain::START },
            batches: Vec::new(),
            snapshot: None,
        });
        held.head.epoch = epoch;
        Ok(Claim { epoch, next: held.head.next, chain: held.head.chain })
    }

    fn append(&self, group: &[Batch]) -> Result<Vec<Appended>, Broken> {
        check(group);
        let mut state = self.state.lock();
        Ok(group.iter().map(|batch| state.store(batch)).collect())
    }

    fn scan(&self, sandbox: &SandboxId, from: Sequence, visit: &mut dyn FnMut(Record<'_>) -> ControlFlow<()>) -> Result<(), Broken> {
        let mut at = from;
        while let Some(kept) = self.kept(sandbox, at) {
            let Batch { first, at_virtual_ms, at_real_ms, entries, .. } = &kept.batch;
            for (index, Entry { kind, body, rows }) in entries.iter().enumerate() {
                let record =
                    Record { sequence: first.plus(index), at_virtual_ms: *at_virtual_ms, at_real_ms: *at_real_ms, kind, body, rows };
                if record.sequence >= at && visit(record).is_break() {
                    return Ok(());
                }
            }
            at = kept.batch.next();
        }
        Ok(())
    }

    fn account(
        &self,
        sandbox: &SandboxId,
        account: AccountId,
        after: Option<RowPlace>,
        visit: &mut dyn FnMut(RowPlace, &Row) -> ControlFlow<()>,
    ) -> Result<(), Broken> {
        let from = after.map_or(Sequence::FIRST, |place| place.sequence);
        self.scan(sandbox, from, &mut |record| {
            let mut touching: Vec<(RowPlace, &Row)> = (record.rows.iter().zip(0..))
                .filter(|(row, _)| touches(row, account))
                .map(|(row, number)| (place_of(record.sequence, row, number), row))
                .collect();
            touching.sort_unstable_by_key(|(place, _)| *place);
            for (place, row) in touching.into_iter().filter(|(place, _)| Some(*place) > after) {
                visit(place, row)?;
            }
            ControlFlow::Continue(())
        })
    }

    fn blob(&self, hash: BlobHash) -> Result<Option<Arc<[u8]>>, Broken> {
        Ok(self.state.lock().blobs.get(&hash).map(|(bytes, _)| Arc::clone(bytes)))
    }

    fn sandboxes(&self) -> Result<Vec<SandboxId>, Broken> {
        Ok(self.state.lock().sandboxes.keys().cloned().collect())
    }

    fn drop_sandbox(&self, sandbox: &SandboxId) -> Result<(), Broken> {
        let taken = self.state.lock().take(sandbox);
        // given back without the lock: it may be large
        drop(taken);
        Ok(())
    }

    fn rename(&self, from: &SandboxId, to: &SandboxId) -> Result<(), Broken> {
        let mut state = self.state.lock();
        if !state.sandboxes.contains_key(from) {
            return Err(Broken::Misuse(format!("there is no sandbox {from} to be named {to}").into()));
        }
        if from == to {
            return Ok(());
        }
        let replaced = state.take(to);
        let held = state.sandboxes.remove(from).expect("it is there");
        state.sandboxes.insert(to.clone(), held);
        drop(state);
        drop(replaced);
        Ok(())
    }

    fn write_snapshot(
        &self,
        sandbox: &SandboxId,
        next: Sequence,
        chain: Chain,
        chunks: &mut dyn Iterator<Item = Vec<u8>>,
    ) -> Result<(), Broken> {
        // Who made the sandbox, if it has a batch that ends there: tells it from a later one of the same name.
        let stands = |state: &State| {
            let held = state.sandboxes.get(sandbox)?;
            (held.chain_at(next) == Some(chain)).then_some(held.made)
        };
        let refused = |why| Broken::Misuse(format!("a snapshot of {sandbox} before event {next}: {why}").into());
        let made = stands(&self.state.lock()).ok_or_else(|| refused("no batch ends there with that chain"))?;
        let chunks = chunks.collect();
        let picture = Arc::new(Picture { next, chain, chunks });
        let mut state = self.state.lock();
        if stands(&state) != Some(made) {
            return Err(refused("it was dropped meanwhile"));
        }
        let held = state.sandboxes.get_mut(sandbox).expect("it stands");
        if held.snapshot.as_ref().is_none_or(|older| older.next <= next) {
            held.snapshot = Some(picture);
        }
        Ok(())
    }

    fn read_snapshot(&self, sandbox: &SandboxId) -> Result<Option<Snapshot<'_>>, Broken> {
        let picture = self.state.lock().sandboxes.get(sandbox).and_then(|held| held.snapshot.clone());
        Ok(picture.map(|picture| Snapshot {
            next: picture.next,
            chain: picture.chain,
            chunks: Box::new((0..picture.chunks.len()).map(move |index| Ok(picture.chunks[index].clone()))),
        }))
    }

    /// There is nowhere to move them to.
    fn old_keys(&self, _: &SandboxId) -> Result<Option<Arc<dyn OldKeys>>, Broken> {
        Ok(None)
    }

    fn verify(&self, sandbox: &SandboxId) -> Result<Verdict, Broken> {
        let (mut batches, mut events, mut rows, mut chain) = (0, 0, 0, Chain::START);
        let mut linker = Linker::default();
        while let Some(kept) = self.kept(sandbox, Sequence::FIRST.plus(events)) {
            let batch = &kept.batch;
            let found = linker.link(chain, batch);
            if found != kept.after || batch.blobs.iter().any(|blob| BlobHash::of(blob.bytes()) != blob.hash()) {
                let what = format!("the chain says {}, the rows give {found}", kept.after);
                let last = Sequence(batch.next().0 - 1);
                return Ok(Verdict::Damaged(Damage { table: "batch", first: batch.first, last, what }));
            }
            batches += 1;
            events += batch.entries.len();
            rows += batch.entries.iter().map(|entry| entry.rows.len() as u64).sum::<u64>();
            chain = found;
        }
        Ok(Verdict::Whole { batches, events: events as u64, rows, chain })
    }
}
