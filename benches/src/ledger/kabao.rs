//! kabao: the ledger decides, its rows go into the SQLite log, one commit a batch.

use super::contender::{Contender, NoFigure, bytes_of};
use super::workload::{AT, Draft, FLOOR, account_id};
use ::ledger::{Instruction, Ledger, MOST_IN_A_BATCH, Millis, Open, Row, Unit};
use log::{Appended, Batch, Broken, Claim, Entry, Log, SandboxId, Sequence, Sqlite};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

const NAME: &str = "kabao";

/// A ledger over its log.
pub(crate) struct Kabao {
    pub(crate) ledger: Ledger,
    pub(crate) log: Sqlite,
    pub(crate) claim: Claim,
    sandbox: SandboxId,
    path: PathBuf,
    instructions: Vec<Instruction>,
}

impl Kabao {
    /// One in a folder, without accounts.
    pub(crate) fn new(folder: &Path) -> Result<Self, NoFigure> {
        let path = folder.join("kabao.db");
        let log = Sqlite::open(&path)?;
        let sandbox = SandboxId::from("measure");
        let claim = log.claim(&sandbox)?;
        Ok(Self { ledger: Ledger::new(), log, claim, sandbox, path, instructions: Vec::new() })
    }

    /// Opens numbered accounts.
    pub(crate) fn open(&mut self, numbers: Range<u32>) -> Result<(), NoFigure> {
        let mut left = numbers;
        while !left.is_empty() {
            let opens = left.by_ref().take(MOST_IN_A_BATCH);
            let open = |number| Open { id: account_id(number), unit: Unit::Point, floor: FLOOR, ceiling: i64::MAX };
            self.instructions = opens.map(|number| open(number).into()).collect();
            self.execute()?;
        }
        Ok(())
    }

    pub(crate) fn sandbox(&self) -> &SandboxId {
        &self.sandbox
    }

    fn execute(&mut self) -> Result<(), NoFigure> {
        let mut rows = Vec::new();
        let answers = self.ledger.execute(Millis(AT), &self.instructions, &mut rows);
        if let Some(refusal) = answers.iter().find_map(|answer| answer.err()) {
            return Err(NoFigure::differs(NAME, format!("the ledger refused: {refusal}")));
        }
        let batch = Batch {
            sandbox: self.sandbox.clone(),
            epoch: self.claim.epoch,
            first: self.claim.next,
            at_virtual_ms: AT,
            at_real_ms: AT,
            entries: vec![Entry { kind: "ledger_posted", body: "{}".into(), rows }],
            blobs: Vec::new(),
        };
        match self.log.append(std::slice::from_ref(&batch))?[..] {
            [Appended::Stored(chain)] => {
                self.claim = Claim { next: batch.next(), chain, ..self.claim };
                Ok(())
            }
            ref other => Err(Broken::Misuse(format!("not stored: {other:?}").into()).into()),
        }
    }
}

impl Contender for Kabao {
    fn name(&self) -> &'static str {
        NAME
    }

    fn commit(&mut self, batch: &[Draft]) -> Result<(), NoFigure> {
        self.instructions.clear();
        self.instructions.extend(batch.iter().map(Instruction::from));
        self.execute()
    }

    /// Folds what lies in the log anew and compares every balance.
    fn prove(&mut self, postings: u64) -> Result<(), NoFigure> {
        let (mut read, mut count, mut misfit) = (Ledger::new(), 0_u64, None);
        self.log.scan(&self.sandbox, Sequence::FIRST, &mut |record| {
            count += record.rows.iter().filter(|row| matches!(row, Row::Posting(_))).count() as u64;
            match read.replay_all(record.rows) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    misfit = Some(error.to_string());
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(misfit) = misfit {
            return Err(NoFigure::differs(NAME, misfit));
        }
        if count != postings {
            return Err(NoFigure::differs(NAME, format!("{postings} postings were durable, {count} lie there")));
        }
        if !read.accounts().eq(self.ledger.accounts()) {
            return Err(NoFigure::differs(NAME, "the balances folded from the file are not those in memory".to_owned()));
        }
        match read.totals().into_iter().find(|(_, total)| *total != 0) {
            Some((unit, total)) => Err(NoFigure::differs(NAME, format!("all balances in {unit:?} together are {total}, not 0"))),
            None => Ok(()),
        }
    }

    fn file_bytes(&mut self) -> u64 {
        bytes_of(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::workload::{Draw, Transfers};

    #[test]
    fn what_was_not_kept_or_never_posted_is_not_proved() {
        let folder = tempfile::tempdir().unwrap();
        let mut kabao = Kabao::new(folder.path()).unwrap();
        kabao.open(0..100).unwrap();
        let draw = Draw::Uniform;
        kabao.commit(&Transfers::new(100, &draw, 1).batch(50)).unwrap();
        kabao.prove(50).unwrap();
        assert!(kabao.prove(51).is_err());
        let mut other = Vec::new();
        kabao.ledger.execute(Millis(AT), &kabao.instructions.clone()[..1], &mut other);
        kabao.prove(50).unwrap();
        kabao.ledger = Ledger::new();
        assert!(kabao.prove(50).unwrap_err().to_string().contains("not those in memory"));
    }
}
