//! One interleaved run: every contender gets a slice in every round, in turning order, so that what the machine does meanwhile
//! hits all alike. New stores for each draw and batch size, the same transfers in all of them.

use super::contender::{Contender, NoFigure};
use super::figures::{Figures, Slice};
use super::journal::Journal;
use super::kabao::Kabao;
use super::machine::{Machine, used};
use super::postgres::Postgres;
use super::report::{Cell, Comparison, Held, Versions};
use super::tables::Tables;
use super::workload::{Draw, Transfers};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Transfers in a commit.
pub(crate) const BATCHES: [usize; 5] = [1, 16, 128, 1_024, 8_192];
/// The only size `PostgreSQL` is measured at: its best.
pub(crate) const WITH_POSTGRES: usize = 128;

/// How the comparison is run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where to write meanwhile; the disk under it is what is measured. Emptied by the caller.
    pub folder: PathBuf,
    /// Accounts.
    pub accounts: u32,
    /// What transfers are drawn from.
    pub seed: u64,
    /// Rounds.
    pub rounds: usize,
    /// How long a contender's commits take in a round.
    pub slice: Duration,
    /// Pause after each slice, so that what one still has to write does not hit the next.
    pub rest: Duration,
    /// A `PostgreSQL` server to measure beside.
    pub postgres: Option<String>,
}

impl Plan {
    /// The one whose figures are kept: a few minutes.
    pub fn full(folder: PathBuf) -> Self {
        let (slice, rest) = (Duration::from_secs(1), Duration::from_millis(400));
        Self { folder, accounts: 1_000_000, seed: 1, rounds: 7, slice, rest, postgres: None }
    }

    /// Seconds, over fewer accounts: to see that everything runs.
    pub fn short(folder: PathBuf) -> Self {
        let (slice, rest) = (Duration::from_millis(60), Duration::from_millis(20));
        Self { accounts: 20_000, rounds: 3, slice, rest, ..Self::full(folder) }
    }
}

/// Runs the comparison; talks about its progress when standard error is a terminal.
///
/// # Errors
/// [`NoFigure`].
pub fn compare(plan: &Plan) -> Result<Comparison, NoFigure> {
    if plan.accounts < 2 || plan.rounds == 0 {
        return Err(NoFigure::Plan("at least two accounts and one round are needed".to_owned()));
    }
    if let Some(url) = &plan.postgres {
        // whether it answers is known now, not after minutes
        Postgres::new(url, 2)?;
    }
    let machine = Machine::here(&plan.folder);
    let draws = [Draw::Uniform, Draw::zipf(plan.accounts)];
    let slices_of = |batch| if batch == WITH_POSTGRES && plan.postgres.is_some() { 4 } else { 3 };
    let steps = draws.len() * BATCHES.into_iter().map(slices_of).sum::<usize>() * (plan.rounds + 1);
    let progress = ProgressBar::new(steps as u64);
    progress.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
    let held = memory(plan, &progress)?;
    let mut versions = Versions::default();
    let mut cells = Vec::new();
    for draw in &draws {
        for batch in BATCHES {
            cells.push(cell(plan, draw, batch, &progress, &mut versions)?);
        }
    }
    progress.finish_and_clear();
    Ok(Comparison::new(plan, machine, versions, held, cells))
}

/// A contender with what was seen of it.
struct Entrant {
    who: Box<dyn Contender>,
    slices: Vec<Slice>,
    /// Postings before the first round that counts.
    before: u64,
}

fn cell(plan: &Plan, draw: &Draw, batch: usize, progress: &ProgressBar, versions: &mut Versions) -> Result<Cell, NoFigure> {
    progress.set_message(format!("{}, {batch} a commit: loading {} accounts", draw.name(), plan.accounts));
    let folder = plan.folder.join(format!("{}-{batch}", draw.name()));
    std::fs::create_dir_all(&folder).map_err(NoFigure::file("making", &folder))?;
    let mut entrants = entrants(plan, &folder, batch, versions)?;
    for round in 0..=plan.rounds {
        for turn in 0..entrants.len() {
            let number = (turn + round) % entrants.len();
            let entrant = &mut entrants[number];
            progress.set_message(format!("{}, {batch} a commit, round {round} of {}: {}", draw.name(), plan.rounds, entrant.who.name()));
            // everybody posts the same in the same round
            let mut transfers = Transfers::new(plan.accounts, draw, plan.seed << 32 | (batch as u64) << 16 | round as u64);
            if round == 0 {
                // not counted: caches, files and memory find their size
                entrant.before = Slice::of(&mut *entrant.who, &mut transfers, batch, plan.slice / 4)?.postings;
            } else {
                entrant.slices.push(Slice::of(&mut *entrant.who, &mut transfers, batch, plan.slice)?);
            }
            progress.inc(1);
            std::thread::sleep(plan.rest);
        }
    }
    progress.set_message(format!("{}, {batch} a commit: reading back", draw.name()));
    let mut contenders = Vec::new();
    for mut entrant in entrants {
        let postings = entrant.slices.iter().map(|slice| slice.postings).sum::<u64>();
        entrant.who.prove(entrant.before + postings)?;
        let figures = Figures::of(&entrant.slices, entrant.who.file_bytes());
        contenders.push((entrant.who.name(), figures));
    }
    std::fs::remove_dir_all(&folder).map_err(NoFigure::file("removing", &folder))?;
    Ok(Cell::new(draw.name(), batch, contenders))
}

/// Makes one contender with the plan's accounts.
type Make<'a> = Box<dyn FnOnce(&Path) -> Result<Box<dyn Contender>, NoFigure> + 'a>;

/// kabao and its embedded rivals, in turning order.
fn embedded(plan: &Plan, room: usize) -> [Make<'_>; 3] {
    [
        // beside the folders of the stores, so that it is filled with zeros only once
        Box::new(move |_| Ok(Box::new(Journal::new(&plan.folder, plan.accounts, room)?))),
        Box::new(|folder| {
            let mut kabao = Kabao::new(folder)?;
            kabao.open(0..plan.accounts)?;
            Ok(Box::new(kabao))
        }),
        Box::new(|folder| Ok(Box::new(Tables::new(folder, plan.accounts)?))),
    ]
}

fn entrants(plan: &Plan, folder: &Path, batch: usize, versions: &mut Versions) -> Result<Vec<Entrant>, NoFigure> {
    let mut all = Vec::new();
    for make in embedded(plan, room(plan, batch)) {
        all.push(make(folder)?);
    }
    if let Some(url) = plan.postgres.as_ref().filter(|_| batch == WITH_POSTGRES) {
        let postgres = Postgres::new(url, plan.accounts)?;
        versions.postgresql = Some(postgres.version.clone());
        all.push(Box::new(postgres));
    }
    Ok(all.into_iter().map(|who| Entrant { who, slices: Vec::new(), before: 0 }).collect())
}

/// What each takes in memory. Nothing is given back before the last has been seen, or the next would get it again unseen.
fn memory(plan: &Plan, progress: &ProgressBar) -> Result<Vec<Held>, NoFigure> {
    progress.set_message("memory");
    let folder = plan.folder.join("memory");
    std::fs::create_dir_all(&folder).map_err(NoFigure::file("making", &folder))?;
    let postings = u64::from(plan.accounts) / 8_192 / 4 * 8_192 + 8_192;
    let (mut all, mut held) = (Vec::new(), Vec::new());
    for make in embedded(plan, usize::try_from(postings).unwrap_or_default()) {
        let empty = used().resident;
        let mut who = make(&folder)?;
        let loaded = used().resident;
        let draw = Draw::Uniform;
        let mut transfers = Transfers::new(plan.accounts, &draw, plan.seed);
        for _ in 0..postings / 8_192 {
            who.commit(&transfers.batch(8_192))?;
        }
        let (accounts_bytes, postings_bytes) = (loaded.saturating_sub(empty), used().resident.saturating_sub(loaded));
        held.push(Held { contender: who.name(), accounts_bytes, postings, postings_bytes });
        all.push(who);
    }
    drop(all);
    std::fs::remove_dir_all(&folder).map_err(NoFigure::file("removing", &folder))?;
    Ok(held)
}

/// More ids than a raw journal can post in all rounds, at 8 000 commits or three million postings a second.
fn room(plan: &Plan, batch: usize) -> usize {
    let most = (8_000 * batch).min(3_000_000);
    let seconds = usize::try_from(plan.slice.as_millis()).unwrap_or(1_000) * (plan.rounds + 1) / 1_000 + 1;
    most * seconds
}
