//! Batches made from a seed, for the tests of this crate: all kinds of rows, texts and sizes.
//!
//! They follow no rule of the ledger; the log must keep whatever it is given.

use std::ops::ControlFlow;

use ledger::{AccountId, Kind, Millis, Opening, Posting, PostingId, Row, Unit};
use log::{Appended, Batch, Blob, Chain, Claim, Entry, Log, SandboxId, Sequence};
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Makes batches for one sandbox.
pub(crate) struct Maker {
    pub(crate) rng: ChaCha8Rng,
    sandbox: SandboxId,
}

/// A few accounts, so that each has a story.
pub(crate) const ACCOUNTS: u128 = 7;

impl Maker {
    pub(crate) fn new(sandbox: &str, seed: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), sandbox: sandbox.into() }
    }

    /// The next batch of an owner who stands at `claim`.
    pub(crate) fn batch(&mut self, claim: Claim) -> Batch {
        let entries = (0..self.rng.random_range(1..4)).map(|_| self.entry()).collect();
        let blobs = if self.rng.random_ratio(1, 8) { vec![self.blob()] } else { Vec::new() };
        let at_virtual_ms = self.rng.random_range(-5..2_000_000_000_000);
        Batch {
            sandbox: self.sandbox.clone(),
            epoch: claim.epoch,
            first: claim.next,
            at_virtual_ms,
            at_real_ms: at_virtual_ms + 1,
            entries,
            blobs,
        }
    }

    /// A batch of one event with so many postings.
    pub(crate) fn bulk(&mut self, claim: Claim, postings: usize) -> Batch {
        let rows = (0..postings).map(|_| self.posting()).collect();
        Batch { entries: vec![Entry { kind: "ledger.posted", body: "{}".into(), rows }], blobs: Vec::new(), ..self.batch(claim) }
    }

    fn blob(&mut self) -> Blob {
        let mut bytes = vec![0; self.rng.random_range(0..20_000)];
        self.rng.fill_bytes(&mut bytes);
        Blob::new(bytes)
    }

    fn entry(&mut self) -> Entry {
        let kind = ["card.opened", "card.updated", "告知"][self.rng.random_range(0..3)];
        let body = format!("{{\"n\":{},\"text\":\"{}\"}}", self.rng.next_u64(), "会员".repeat(self.rng.random_range(0..40)));
        let rows =
            (0..self.rng.random_range(0..6)).map(|_| if self.rng.random_ratio(1, 4) { self.opening() } else { self.posting() }).collect();
        Entry { kind, body: body.into(), rows }
    }

    fn opening(&mut self) -> Row {
        Row::Opening(Opening {
            id: AccountId(self.rng.random_range(0..ACCOUNTS)),
            unit: Unit::ALL[self.rng.random_range(0..4)],
            floor: [i64::MIN, 0, -5][self.rng.random_range(0..3)],
            ceiling: [i64::MAX, 0, 5][self.rng.random_range(0..3)],
            at: Millis(self.rng.random_range(0..1_000_000)),
        })
    }

    fn posting(&mut self) -> Row {
        let rng = &mut self.rng;
        Row::Posting(Posting {
            id: PostingId(u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())),
            kind: Kind::ALL[rng.random_range(0..9)],
            debit: AccountId(rng.random_range(0..ACCOUNTS)),
            credit: AccountId(rng.random_range(0..ACCOUNTS)),
            amount: rng.random_range(0..i64::MAX),
            code: rng.random(),
            at: Millis(rng.random_range(-1..2_000_000_000_000)),
            refers_to: rng.random_bool(0.3).then(|| PostingId(rng.random())),
            stated: rng.random_bool(0.3).then(|| rng.random()),
            until: rng.random_bool(0.3).then(|| Millis(rng.random())),
        })
    }
}

/// Appends one batch on its own and moves the claim on. Panics unless it is stored.
pub(crate) fn store(log: &dyn Log, claim: &mut Claim, batch: &Batch) -> Chain {
    match log.append(std::slice::from_ref(batch)).unwrap()[..] {
        [Appended::Stored(chain)] => {
            *claim = Claim { next: batch.next(), chain, ..*claim };
            chain
        }
        ref other => panic!("{other:?}"),
    }
}

/// What a log gives back of a sandbox, from a place on.
pub(crate) fn read(log: &dyn Log, sandbox: &SandboxId, from: Sequence) -> Vec<(u64, i64, i64, String, String, Vec<Row>)> {
    let mut found = Vec::new();
    log.scan(sandbox, from, &mut |record| {
        let (kind, body) = (record.kind.to_owned(), record.body.to_owned());
        found.push((record.sequence.0, record.at_virtual_ms, record.at_real_ms, kind, body, record.rows.to_vec()));
        ControlFlow::Continue(())
    })
    .unwrap();
    found
}

/// What should be given back of these batches.
pub(crate) fn expected(batches: &[Batch]) -> Vec<(u64, i64, i64, String, String, Vec<Row>)> {
    let events = batches.iter().flat_map(|batch| {
        batch.entries.iter().enumerate().map(move |(index, entry)| {
            let sequence = batch.first.plus(index).0;
            (sequence, batch.at_virtual_ms, batch.at_real_ms, entry.kind.to_owned(), entry.body.to_string(), entry.rows.clone())
        })
    });
    events.collect()
}

/// A directory for a test that is not about the disk: in memory where the system has such a place.
pub(crate) fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The seed of a random test: always the same one, unless `KABAO_SEED` says otherwise.
pub(crate) fn seed() -> u64 {
    std::env::var("KABAO_SEED").map_or(20_261_121, |seed| seed.parse().unwrap())
}
