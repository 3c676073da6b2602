//! Real postings for the tests of this crate: a ledger that decides, over a log that keeps.
//!
//! Unlike `workload`'s rows these follow the ledger's rules, so what is read back can be folded, summed up and asked again.

use std::ops::ControlFlow;

use ledger::{AccountId, Answer, Instruction, Ledger, Millis, Open, PostingId, Row, Transfer, Unit};
use log::{Appended, Batch, Broken, Claim, Entry, Log, Sequence};

pub(crate) const SANDBOX: &str = "books";
const ISSUER: AccountId = AccountId(1);
const MEMBERS: u128 = 10;

/// A directory in memory where the system has such a place: these tests are about steps, not about the disk's speed.
pub(crate) fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A member's account.
fn member(number: u128) -> AccountId {
    AccountId(100 + number % MEMBERS)
}

/// Posting `id`: one point (or `amount`) from the issuer to a member that the id names.
pub(crate) fn transfer(id: u128, amount: i64) -> Instruction {
    Transfer { id: PostingId(id), debit: ISSUER, credit: member(id), amount, code: 7, until: None }.into()
}

/// A ledger and its place in the log.
pub(crate) struct Books {
    pub(crate) ledger: Ledger,
    pub(crate) claim: Claim,
}

impl Books {
    /// New ones, with the issuer and the members.
    pub(crate) fn found(log: &dyn Log) -> Result<Self, Broken> {
        let mut books = Self { ledger: Ledger::new(), claim: log.claim(&SANDBOX.into())? };
        let open = |id, floor| Instruction::from(Open { id, unit: Unit::Point, floor, ceiling: i64::MAX });
        let opens: Vec<Instruction> = (0..MEMBERS).map(|number| open(member(number), 0)).chain([open(ISSUER, i64::MIN)]).collect();
        books.run(log, &opens)?;
        Ok(books)
    }

    /// Those that a log holds: its snapshot, then what came after.
    pub(crate) fn read(log: &dyn Log) -> Self {
        let claim = log.claim(&SANDBOX.into()).unwrap();
        let (mut ledger, from) = match log.read_snapshot(&SANDBOX.into()).unwrap() {
            Some(snapshot) => (Ledger::restore(snapshot.chunks.map(|chunk| chunk.unwrap())).unwrap(), snapshot.next),
            None => (Ledger::new(), Sequence::FIRST),
        };
        log.scan(&SANDBOX.into(), from, &mut |record| {
            ledger.replay_all(record.rows).unwrap();
            ControlFlow::Continue(())
        })
        .unwrap();
        Self { ledger, claim }
    }

    /// Decides and keeps; the answers, once durable.
    pub(crate) fn run(&mut self, log: &dyn Log, batch: &[Instruction]) -> Result<Vec<Answer>, Broken> {
        let mut rows: Vec<Row> = Vec::new();
        let answers = self.ledger.execute(Millis(1_000), batch, &mut rows);
        if rows.is_empty() {
            return Ok(answers);
        }
        let batch = Batch {
            sandbox: SANDBOX.into(),
            epoch: self.claim.epoch,
            first: self.claim.next,
            at_virtual_ms: 1_000,
            at_real_ms: 1_000,
            entries: vec![Entry { kind: "ledger_posted", body: "{}".into(), rows }],
            blobs: Vec::new(),
        };
        match log.append(std::slice::from_ref(&batch))?[..] {
            [Appended::Stored(chain)] => self.claim = Claim { next: batch.next(), chain, ..self.claim },
            ref other => panic!("{other:?}"),
        }
        Ok(answers)
    }
}

impl Books {
    /// What a posting's id is answered when it is sent again; nothing may come of it.
    pub(crate) fn again(&self, id: u128, amount: i64) -> Answer {
        let decision = self.ledger.decide(Millis(2_000), &[transfer(id, amount)]);
        assert!(decision.rows.is_empty(), "posting {id} would be made a second time");
        decision.answers[0]
    }

    /// Takes a snapshot.
    pub(crate) fn snapshot(&self, log: &dyn Log) -> Result<(), Broken> {
        let Claim { next, chain, .. } = self.claim;
        log.write_snapshot(&SANDBOX.into(), next, chain, &mut self.ledger.snapshot().chunks())
    }
}
