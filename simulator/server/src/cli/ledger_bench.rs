//! `kabao ledger bench`: the ledger measured beside what one would pick instead, or with many accounts, and the results written
//! down as JSON and Markdown. What is measured, and how, is `benches`'.

use super::terminal::{talk, tell};
use crate::exit::{Ended, Exit};
use benches::ledger::{Machine, NoFigure, Plan, compare, load};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How to measure.
#[derive(Args)]
pub(super) struct Bench {
    /// Where to write meanwhile; the disk under it is what is measured
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Seconds instead of minutes, over fewer accounts: to see that it runs, not for figures
    #[arg(long)]
    short: bool,
    /// A `PostgreSQL` server to measure beside, such as `postgres://user@127.0.0.1/database`; a schema `kabao_measure` is made and dropped
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Measure one ledger with so many accounts instead: memory, file, snapshot (50000000 needs 8 GiB of memory and 16 GB of disk)
    #[arg(long, value_name = "N", conflicts_with_all = ["short", "postgres"])]
    accounts: Option<u32>,
    /// Transfers are drawn from this; the same seed posts the same
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rounds of the comparison
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: Option<u16>,
    /// Milliseconds of commits for each contender in a round, or at each batch size with --accounts
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    slice: Option<u64>,
    /// Where results are kept: in DIR/<date>-<machine>/
    #[arg(long, value_name = "DIR", default_value = "benches/results")]
    out: PathBuf,
}

impl Bench {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        let inside = tempfile::tempdir_in(&self.folder).map_err(|error| Ended::usage(format!("{}: {error}", self.folder.display())))?;
        // before anything is measured for minutes: whether the results can be kept
        let kept = self.out.join(format!("{}-{}", day(), Machine::here(inside.path()).name()));
        std::fs::create_dir_all(&kept).map_err(|error| Ended::usage(format!("{}: {error}; choose another --out", kept.display())))?;
        if cfg!(debug_assertions) {
            talk("this is a debug build: what it measures is no measurement");
        }
        if let Some(accounts) = self.accounts {
            let anywhere = Duration::from_millis(self.slice.unwrap_or(5_000));
            let loaded = load(inside.path(), accounts, self.seed, anywhere).map_err(ended)?;
            return keep(&kept, &format!("ledger-{accounts}-accounts"), &loaded.page(), &loaded.json());
        }
        let folder = inside.path().to_owned();
        let mut plan = if self.short { Plan::short(folder) } else { Plan::full(folder) };
        plan.seed = self.seed;
        plan.postgres = self.postgres;
        plan.rounds = self.rounds.map_or(plan.rounds, usize::from);
        plan.slice = self.slice.map_or(plan.slice, Duration::from_millis);
        let comparison = compare(&plan).map_err(ended)?;
        keep(&kept, if self.short { "ledger-short" } else { "ledger" }, &comparison.page(), &comparison.json())
    }
}

fn day() -> String {
    world::Moment(engine::real_now().0).text().chars().take(10).collect()
}

/// Tells the page and keeps both forms.
fn keep(folder: &Path, name: &str, page: &str, json: &str) -> Result<Exit, Ended> {
    tell(page.trim_end());
    for (ending, text) in [("md", page), ("json", json)] {
        let file = folder.join(format!("{name}.{ending}"));
        std::fs::write(&file, text).map_err(|error| Ended::usage(format!("{}: {error}", file.display())))?;
        talk(&format!("written: {}", file.display()));
    }
    Ok(Exit::Fine)
}

/// What a person can set right, what did not answer, and what should not happen.
fn ended(why: NoFigure) -> Ended {
    match why {
        NoFigure::Postgres(_) => Ended::unreachable(why),
        NoFigure::Broken(_) | NoFigure::File { .. } | NoFigure::Plan(_) | NoFigure::TooSlow { .. } => Ended::usage(why),
        NoFigure::Tables(_) | NoFigure::Differs { .. } => Ended::bug(why),
    }
}
