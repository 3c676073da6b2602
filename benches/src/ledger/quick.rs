//! A few seconds of kabao's own ledger: what `kabao demo` shows, and the part of the comparison that needs nobody else.

use super::contender::{Contender, NoFigure};
use super::figures::{Figures, Slice};
use super::kabao::Kabao;
use super::workload::{Draw, Transfers};
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// Accounts that the quick measurement moves value between.
const ACCOUNTS: u32 = 10_000;
/// Transfers in one commit.
const BATCH: usize = 128;

/// What the quick measurement found.
#[derive(Clone, Debug)]
pub struct Quick(Figures);

impl fmt::Display for Quick {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { postings_per_second, commit_p50_us, commit_p99_us, postings, .. } = &self.0;
        write!(
            out,
            "{postings_per_second:.0} durable postings/s in commits of {BATCH} (commit p50 {commit_p50_us:.0} µs, p99 {commit_p99_us:.0} µs); {postings} read back, sums exact"
        )
    }
}

/// Posts for `span` into a log in `folder` and checks what lies there afterwards.
///
/// # Errors
/// [`NoFigure`]: a figure without its proof is not given.
pub fn quick(folder: &Path, span: Duration) -> Result<Quick, NoFigure> {
    let mut kabao = Kabao::new(folder)?;
    kabao.open(0..ACCOUNTS)?;
    let draw = Draw::Uniform;
    let slice = Slice::of(&mut kabao, &mut Transfers::new(ACCOUNTS, &draw, 1), BATCH, span)?;
    kabao.prove(slice.postings)?;
    Ok(Quick(Figures::of(&[slice], kabao.file_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_what_was_durable_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let quick = quick(folder.path(), Duration::from_millis(50)).unwrap();
        assert!(quick.0.postings >= BATCH as u64);
        let text = quick.to_string();
        assert!(text.contains(" durable postings/s in commits of 128 (commit p50 ") && text.ends_with(" read back, sums exact"), "{text}");
    }
}
