//! Many accounts in one ledger: opened, posted to once each, snapshotted and read back; what each takes in memory and on disk.
//!
//! Memory is the resident memory of the process, divided; what the allocator keeps for itself counts.

use super::contender::{Contender, NoFigure};
use super::figures::{Slice, as_float};
use super::kabao::Kabao;
use super::machine::{Machine, most_resident, used};
use super::report::Versions;
use super::workload::{Draft, Draw, Numbers, Transfers};
use ::ledger::{Ledger, MOST_IN_A_BATCH};
use indicatif::{ProgressBar, ProgressStyle};
use log::Log;
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// What loading many accounts came to.
#[derive(Clone, Debug, Serialize)]
pub struct Loaded {
    /// When, UTC.
    pub at: String,
    /// Where.
    pub machine: Machine,
    /// What took part.
    pub versions: Versions,
    /// Accounts, and postings in the first round: one to each account.
    pub accounts: u32,
    /// Seconds to open the accounts durably.
    pub opening_s: f64,
    /// Resident bytes an account.
    pub bytes_an_account: f64,
    /// Seconds to post once to each account durably, 8 192 a commit.
    pub posting_s: f64,
    /// Resident bytes an idempotency key.
    pub bytes_a_key: f64,
    /// Durable postings a second over all accounts at 128 a commit.
    pub at_128: f64,
    /// Durable postings a second over all accounts at 8 192 a commit.
    pub at_8192: f64,
    /// Bytes of the file before the snapshot.
    pub file_bytes: u64,
    /// Seconds to write a snapshot.
    pub snapshot_s: f64,
    /// Bytes of the snapshot.
    pub snapshot_bytes: u64,
    /// Seconds to read the snapshot back into a ledger.
    pub reading_s: f64,
    /// The most memory the process had resident, bytes; two ledgers while the snapshot is read back and compared.
    pub most_resident_bytes: u64,
}

/// Runs it in `folder`, which needs about 300 bytes an account; posts `anywhere` long to accounts drawn from all, at each of two
/// batch sizes.
///
/// # Errors
/// [`NoFigure`].
pub fn load(folder: &Path, accounts: u32, seed: u64, anywhere: Duration) -> Result<Loaded, NoFigure> {
    if accounts < 2 {
        return Err(NoFigure::Plan("at least two accounts are needed".to_owned()));
    }
    let machine = Machine::here(folder);
    let progress = ProgressBar::new(u64::from(accounts) * 2);
    progress.set_style(ProgressStyle::with_template("{wide_bar} {eta} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut kabao = Kabao::new(folder)?;

    progress.set_message("opening accounts");
    let (empty, begun) = (used().resident, Instant::now());
    for first in (0..accounts).step_by(MOST_IN_A_BATCH) {
        let next = first.saturating_add(8_192).min(accounts);
        kabao.open(first..next)?;
        progress.set_position(next.into());
    }
    let (opening, opened) = (begun.elapsed(), used().resident);

    progress.set_message("posting to each");
    let begun = Instant::now();
    let mut numbers = Numbers(seed);
    let mut batch = Vec::with_capacity(MOST_IN_A_BATCH);
    for first in (0..accounts).step_by(MOST_IN_A_BATCH) {
        let next = first.saturating_add(8_192).min(accounts);
        batch.clear();
        batch.extend((first..next).map(|credit| {
            let debit = (credit + 1 + numbers.below(accounts - 1)) % accounts;
            Draft { id: numbers.id(), debit, credit, amount: 35 }
        }));
        kabao.commit(&batch)?;
        progress.set_position(u64::from(accounts) + u64::from(next));
    }
    let (posting, posted) = (begun.elapsed(), used().resident);

    progress.set_message("posting anywhere");
    let mut postings = u64::from(accounts);
    let mut rate_at = |size| -> Result<f64, NoFigure> {
        let draw = Draw::Uniform;
        let slice = Slice::of(&mut kabao, &mut Transfers::new(accounts, &draw, seed + size as u64), size, anywhere)?;
        postings += slice.postings;
        Ok(slice.rate())
    };
    let (at_128, at_8192) = (rate_at(128)?, rate_at(8_192)?);
    let file_bytes = kabao.file_bytes();

    progress.set_message("writing a snapshot");
    let (begun, mut snapshot_bytes) = (Instant::now(), 0);
    let mut frozen = kabao.ledger.snapshot();
    let mut chunks = frozen.chunks().inspect(|chunk| snapshot_bytes += chunk.len() as u64);
    kabao.log.write_snapshot(kabao.sandbox(), kabao.claim.next, kabao.claim.chain, &mut chunks)?;
    drop(chunks);
    drop(frozen);
    let snapshot = begun.elapsed();

    progress.set_message("reading it back");
    let begun = Instant::now();
    let differs = |what: String| NoFigure::Differs { who: "kabao", what };
    let there = kabao.log.read_snapshot(kabao.sandbox())?.ok_or_else(|| differs("the snapshot is not there".to_owned()))?;
    let mut broken = None;
    let restored = Ledger::restore(there.chunks.map_while(|chunk| chunk.map_err(|error| broken = Some(error)).ok()));
    if let Some(broken) = broken {
        return Err(broken.into());
    }
    let restored = restored.map_err(|error| differs(error.to_string()))?;
    let reading = begun.elapsed();

    progress.set_message("comparing");
    if restored.sequence().0 != postings || kabao.ledger.sequence() != restored.sequence() {
        return Err(differs(format!("{postings} postings were made, the snapshot holds {}", restored.sequence().0)));
    }
    if !restored.accounts().eq(kabao.ledger.accounts()) || restored.totals().iter().any(|(_, total)| *total != 0) {
        return Err(differs("the balances in the snapshot are others, or do not sum up to nothing".to_owned()));
    }
    progress.finish_and_clear();
    let count = as_float(accounts.into());
    Ok(Loaded {
        at: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M").to_string(),
        machine,
        versions: Versions::default(),
        accounts,
        opening_s: opening.as_secs_f64(),
        bytes_an_account: as_float(opened.saturating_sub(empty)) / count,
        posting_s: posting.as_secs_f64(),
        bytes_a_key: as_float(posted.saturating_sub(opened)) / count,
        at_128,
        at_8192,
        file_bytes,
        snapshot_s: snapshot.as_secs_f64(),
        snapshot_bytes,
        reading_s: reading.as_secs_f64(),
        most_resident_bytes: most_resident(),
    })
}

impl Loaded {
    /// As JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("figures are plain data") + "\n"
    }

    /// As a page in Markdown.
    pub fn page(&self) -> String {
        let Self { machine, accounts, .. } = self;
        let build = if self.versions.release_build { "" } else { ", a DEBUG BUILD: no measurement" };
        let rate = |seconds: f64| as_float((*accounts).into()) / seconds.max(1e-9);
        let mut page = format!("# {accounts} accounts in one ledger, {}\n\n", self.at);
        // writing into a text cannot fail
        let _ = writeln!(
            page,
            "{} × {}, {} MiB, {}, {}. kabao {}{build}. Everything durable; the snapshot was read back and compared account by account.\n\n\
             | what | figure |\n| --- | --- |\n\
             | accounts opened | {:.0} s, {:.0} a second |\n\
             | resident memory an account (goal 64 bytes, by the allocator's count) | {:.1} bytes |\n\
             | one posting to each account, 8 192 a commit | {:.0} s, {:.0} a second |\n\
             | resident memory an idempotency key (goal 48 bytes, by the allocator's count) | {:.1} bytes |\n\
             | postings anywhere, 128 a commit | {:.0} a second |\n\
             | postings anywhere, 8 192 a commit | {:.0} a second |\n\
             | file | {} MiB |\n\
             | snapshot written | {:.1} s, {} MiB |\n\
             | snapshot read back | {:.1} s |\n\
             | most memory resident (two ledgers at the end) | {} MiB |",
            machine.processors,
            machine.model,
            machine.memory_mib,
            machine.system,
            machine.file_system,
            self.versions.kabao,
            self.opening_s,
            rate(self.opening_s),
            self.bytes_an_account,
            self.posting_s,
            rate(self.posting_s),
            self.bytes_a_key,
            self.at_128,
            self.at_8192,
            self.file_bytes >> 20,
            self.snapshot_s,
            self.snapshot_bytes >> 20,
            self.reading_s,
            self.most_resident_bytes >> 20,
        );
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_is_posted_to_and_the_snapshot_holds_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let loaded = load(folder.path(), 20_000, 1, Duration::from_millis(20)).unwrap();
        assert!(loaded.file_bytes > 20_000 * 150 && loaded.snapshot_bytes > 20_000 * 60, "{loaded:?}");
        assert!(loaded.at_128 > 0.0 && loaded.at_8192 > 0.0);
        assert!(loaded.page().starts_with("# 20000 accounts in one ledger, "), "{}", loaded.page());
    }

    #[test]
    fn one_account_has_nobody_to_post_to() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(load(folder.path(), 1, 1, Duration::ZERO), Err(NoFigure::Plan(_))));
    }
}
