//! Durable postings a second: batches of transfers decided by the ledger and appended to the SQLite log, one commit a batch.
//!
//! What is printed was on disk; before a figure is given, the rows are read back and a second ledger folded from them must
//! hold the same balances, whose sum is zero.

use ::ledger::{AccountId, Instruction, Ledger, Millis, Open, PostingId, Row, Transfer, Unit};
use log::{Appended, Batch, Broken, Entry, Log, SandboxId, Sequence, Sqlite};
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

/// Accounts that the quick measurement moves value between.
const ACCOUNTS: u64 = 10_000;
/// Transfers in one commit.
const BATCH: u64 = 128;

/// What the quick measurement found.
#[derive(Clone, Copy, Debug)]
pub struct Quick {
    /// Postings that were durable when the time was up.
    pub postings: u64,
    /// How long it took.
    pub took: Duration,
    /// Median time of a commit.
    pub commit_median: Duration,
    /// Slowest of a hundred commits.
    pub commit_p99: Duration,
}

impl fmt::Display for Quick {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = u128::from(self.postings) * 1_000 / self.took.as_millis().max(1);
        write!(
            out,
            "{rate} durable postings/s in commits of {BATCH} (commit p50 {} µs, p99 {} µs); {} read back, sums exact",
            self.commit_median.as_micros(),
            self.commit_p99.as_micros(),
            self.postings
        )
    }
}

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum NoFigure {
    /// The log failed.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// What was read back is not what was written.
    #[error("the ledger read back differs from the one that was written: {0}")]
    Differs(String),
}

/// Posts for `span` into a log in `folder` and checks what lies there afterwards.
///
/// # Errors
/// [`NoFigure`]: a figure without its proof is not given.
pub fn quick(folder: &Path, span: Duration) -> Result<Quick, NoFigure> {
    let log = Sqlite::open(&folder.join("measure.db"))?;
    let sandbox = SandboxId::from("measure");
    let claim = log.claim(&sandbox)?;
    let mut ledger = Ledger::new();
    let mut next = claim.next;
    let mut commit = |rows: Vec<Row>| -> Result<(), Broken> {
        let entry = Entry { kind: "ledger_posted", body: "{}".into(), rows };
        let batch = Batch {
            sandbox: sandbox.clone(),
            epoch: claim.epoch,
            first: next,
            at_virtual_ms: 0,
            at_real_ms: 0,
            entries: vec![entry],
            blobs: Vec::new(),
        };
        next = batch.next();
        match log.append(&[batch])?.as_slice() {
            [Appended::Stored(_)] => Ok(()),
            other => Err(Broken::Misuse(format!("not stored: {other:?}").into())),
        }
    };
    for first in (0..ACCOUNTS).step_by(1_000) {
        let open = |id| Instruction::from(Open { id: AccountId(id), unit: Unit::Point, floor: i64::MIN, ceiling: i64::MAX });
        let opening: Vec<Instruction> = (u128::from(first)..u128::from(first) + 1_000).map(open).collect();
        let mut rows = Vec::new();
        ledger.execute(Millis(0), &opening, &mut rows);
        commit(rows)?;
    }
    let (mut postings, mut commits, mut number) = (0, Vec::new(), 0x9e37_79b9_7f4a_7c15_u64);
    let begun = Instant::now();
    while begun.elapsed() < span {
        let batch: Vec<Instruction> = (0..BATCH)
            .map(|_| {
                // splitmix64: numbers that look random and repeat
                number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let (debit, credit) = (mixed % ACCOUNTS, (mixed >> 32) % (ACCOUNTS - 1));
                let credit = if credit >= debit { credit + 1 } else { credit };
                let amount = i64::from(mixed.to_le_bytes()[7]) + 1;
                Instruction::from(Transfer {
                    id: PostingId(u128::from(number)),
                    debit: AccountId(debit.into()),
                    credit: AccountId(credit.into()),
                    amount,
                    code: 1,
                    until: None,
                })
            })
            .collect();
        let at = Instant::now();
        let mut rows = Vec::new();
        ledger.execute(Millis(0), &batch, &mut rows);
        postings += rows.len() as u64;
        commit(rows)?;
        commits.push(at.elapsed());
    }
    let took = begun.elapsed();
    prove(&log, &sandbox, &ledger, postings)?;
    commits.sort_unstable();
    let at = |percent: usize| commits[(commits.len() - 1) * percent / 100];
    Ok(Quick { postings, took, commit_median: at(50), commit_p99: at(99) })
}

/// Folds what lies in the log and compares.
fn prove(log: &Sqlite, sandbox: &SandboxId, written: &Ledger, postings: u64) -> Result<(), NoFigure> {
    let (mut read, mut count, mut misfit) = (Ledger::new(), 0_u64, None);
    log.scan(sandbox, Sequence::FIRST, &mut |record| {
        for row in record.rows {
            count += u64::from(matches!(row, Row::Posting(_)));
            if let Err(error) = read.replay(row) {
                misfit = Some(error.to_string());
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    if let Some(misfit) = misfit {
        return Err(NoFigure::Differs(misfit));
    }
    if count != postings {
        return Err(NoFigure::Differs(format!("{postings} postings were durable, {count} lie there")));
    }
    let mut sum = 0;
    for account in 0..ACCOUNTS {
        let id = AccountId(account.into());
        let (there, here) = (read.balance(id), written.balance(id));
        if there != here {
            return Err(NoFigure::Differs(format!("account {account} holds {there:?}, not {here:?}")));
        }
        sum += there.unwrap_or_default();
    }
    if sum == 0 { Ok(()) } else { Err(NoFigure::Differs(format!("all balances together are {sum}, not 0"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_given_only_with_its_proof() {
        let folder = tempfile::tempdir().unwrap();
        let quick = quick(folder.path(), Duration::from_millis(50)).unwrap();
        assert!(quick.postings >= BATCH);
        let log = Sqlite::open(&folder.path().join("measure.db")).unwrap();
        let shorter = Ledger::new();
        assert!(prove(&log, &SandboxId::from("measure"), &shorter, quick.postings).is_err());
        assert!(prove(&log, &SandboxId::from("measure"), &shorter, quick.postings + 1).is_err());
    }
}
