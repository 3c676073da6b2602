//! What the comparison found: cells, ratios, the goals that were promised, as JSON and as a page.

use super::compare::{Plan, WITH_POSTGRES};
use super::figures::{Figures, as_float, median};
use super::machine::Machine;
use serde::Serialize;
use std::fmt::Write;

/// Versions of what took part.
#[derive(Clone, Debug, Serialize)]
pub struct Versions {
    /// kabao's.
    pub kabao: &'static str,
    /// Whether it was built for speed; other figures are no measurement.
    pub release_build: bool,
    /// The bundled SQLite's.
    pub sqlite: &'static str,
    /// The server's, when one was given.
    pub postgresql: Option<String>,
}

impl Default for Versions {
    fn default() -> Self {
        let release_build = !cfg!(debug_assertions);
        Self { kabao: env!("CARGO_PKG_VERSION"), release_build, sqlite: rusqlite::version(), postgresql: None }
    }
}

/// A contender's figures in a cell.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Who.
    pub contender: &'static str,
    /// kabao's rate in parts of this one's: the median of the rounds' own ratios.
    pub kabao_is: f64,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// One draw and batch size.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// `uniform` or `zipf`.
    pub draw: &'static str,
    /// Transfers in a commit.
    pub batch: usize,
    /// The contenders.
    pub contenders: Vec<Row>,
}

impl Cell {
    pub(crate) fn new(draw: &'static str, batch: usize, contenders: Vec<(&'static str, Figures)>) -> Self {
        let kabao: Vec<f64> = contenders.iter().find(|(name, _)| *name == "kabao").map_or(Vec::new(), |(_, found)| found.rounds.clone());
        let rows = contenders.into_iter().map(|(contender, figures)| {
            let ratios: Vec<f64> = kabao.iter().zip(&figures.rounds).map(|(kabao, other)| kabao / other).collect();
            Row { contender, kabao_is: median(&ratios), figures }
        });
        Self { draw, batch, contenders: rows.collect() }
    }

    fn row(&self, contender: &str) -> Option<&Row> {
        self.contenders.iter().find(|row| row.contender == contender)
    }
}

/// What a contender takes in memory, by the growth of the process.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// Who.
    pub contender: &'static str,
    /// Resident bytes after all accounts were made.
    pub accounts_bytes: u64,
    /// Postings made then.
    pub postings: u64,
    /// Resident bytes they added.
    pub postings_bytes: u64,
}

/// A promise, and what was found.
#[derive(Clone, Debug, Serialize)]
pub struct Goal {
    /// What was promised.
    pub goal: String,
    /// The least that meets it, or the most where `at_most`.
    pub bound: f64,
    /// Whether less is better.
    pub at_most: bool,
    /// What was found, the worse of both draws.
    pub found: f64,
    /// Whether it is met.
    pub met: bool,
}

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// When, UTC.
    pub at: String,
    /// Where.
    pub machine: Machine,
    /// What took part.
    pub versions: Versions,
    /// Accounts.
    pub accounts: u32,
    /// What transfers were drawn from.
    pub seed: u64,
    /// Rounds that counted.
    pub rounds: usize,
    /// Milliseconds of commits in a round.
    pub slice_ms: u128,
    /// What each takes in memory.
    pub memory: Vec<Held>,
    /// What was found.
    pub cells: Vec<Cell>,
    /// What had been promised.
    pub goals: Vec<Goal>,
}

/// What kabao's rate must at least be, in parts of another's: batch, contender, ratio.
const RATIOS: [(usize, &str, f64); 6] = [
    (16, "raw journal", 0.65),
    (128, "raw journal", 0.5),
    (1_024, "raw journal", 0.4),
    // 600 000 a second where the raw journal does 1 600 000
    (8_192, "raw journal", 0.375),
    (128, "SQLite tables", 10.0),
    (WITH_POSTGRES, "PostgreSQL", 8.0),
];
/// The slowest of a hundred commits, in parts of the raw journal's.
const SLOWEST: f64 = 4.0;

impl Comparison {
    pub(crate) fn new(plan: &Plan, machine: Machine, versions: Versions, memory: Vec<Held>, cells: Vec<Cell>) -> Self {
        let goals = goals(&cells);
        Self {
            at: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M").to_string(),
            machine,
            versions,
            accounts: plan.accounts,
            seed: plan.seed,
            rounds: plan.rounds,
            slice_ms: plan.slice.as_millis(),
            memory,
            cells,
            goals,
        }
    }

    /// The day it was made, `yyyy-MM-dd`.
    pub fn day(&self) -> &str {
        self.at.split(' ').next().unwrap_or_default()
    }

    /// As JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("figures are plain data") + "\n"
    }

    /// As a page in Markdown.
    pub fn page(&self) -> String {
        let Self { machine, versions, .. } = self;
        let postgres = versions.postgresql.as_ref().map(|version| format!(", PostgreSQL {version}")).unwrap_or_default();
        let build = if versions.release_build { "" } else { ", a DEBUG BUILD: no measurement" };
        let mut page = format!("# The ledger beside what one would pick instead, {}\n\n", self.day());
        // writing into a text cannot fail
        let _ = writeln!(
            page,
            "{} × {}, {} MiB, {}, {}; load before {}.{:02}. kabao {}{build}, SQLite {}{postgres}.\n\
             {} accounts, seed {}, {} interleaved rounds of {} ms of commits for each contender after one that does not count; rates are medians over\n\
             rounds, times of commits are those of all rounds. What each keeps was read back and its balances summed up to nothing (the raw journal: what it holds in memory).\n",
            machine.processors,
            machine.model,
            machine.memory_mib,
            machine.system,
            machine.file_system,
            machine.load_before_percent / 100,
            machine.load_before_percent % 100,
            versions.kabao,
            versions.sqlite,
            self.accounts,
            self.seed,
            self.rounds,
            self.slice_ms,
        );
        page.push_str("| goal | bound | found | |\n| --- | --- | --- | --- |\n");
        for Goal { goal, bound, at_most, found, met } in &self.goals {
            let (side, word) = (if *at_most { "≤" } else { "≥" }, if *met { "met" } else { "**not met**" });
            let _ = writeln!(page, "| {goal} | {side} {bound} | {found:.2} | {word} |");
        }
        for draw in ["uniform", "zipf"] {
            let _ = writeln!(
                page,
                "\n## {draw}\n\n\
                 | batch | | postings/s | kabao is | commit p50 µs | p99 | worst | CPU ns a posting | files MiB |\n\
                 | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
            );
            for cell in self.cells.iter().filter(|cell| cell.draw == draw) {
                for Row { contender, kabao_is, figures } in &cell.contenders {
                    let _ = writeln!(
                        page,
                        "| {} | {contender} | {:.0} | {kabao_is:.2} × | {:.0} | {:.0} | {:.0} | {:.0} | {} |",
                        cell.batch,
                        figures.postings_per_second,
                        figures.commit_p50_us,
                        figures.commit_p99_us,
                        figures.commit_worst_us,
                        figures.processor_ns_per_posting,
                        figures.file_bytes >> 20,
                    );
                }
            }
        }
        let postings = self.memory.first().map_or(0, |held| held.postings);
        let _ = writeln!(
            page,
            "\n## Memory\n\nWhat the process grew by, {} accounts first, then {postings} postings (caches of pages included).\n\n\
             | | accounts MiB | postings MiB |\n| --- | --- | --- |",
            self.accounts
        );
        for Held { contender, accounts_bytes, postings_bytes, .. } in &self.memory {
            let _ = writeln!(page, "| {contender} | {} | {} |", accounts_bytes >> 20, postings_bytes >> 20);
        }
        page
    }
}

fn goals(cells: &[Cell]) -> Vec<Goal> {
    let mut goals = Vec::new();
    for (batch, other, bound) in RATIOS {
        let found = cells.iter().filter(|cell| cell.batch == batch).filter_map(|cell| Some(cell.row(other)?.kabao_is));
        if let Some(found) = found.reduce(f64::min) {
            let goal = format!("postings/s at batch {batch}, in parts of {other}");
            goals.push(Goal { goal, bound, at_most: false, found, met: found >= bound });
        }
    }
    let slowest = cells.iter().filter_map(|cell| {
        let slow = |who: &str| cell.row(who).map(|row| row.figures.commit_p99_us);
        Some((cell, slow("kabao")? / slow("raw journal")?.max(1.0)))
    });
    if let Some((cell, found)) = slowest.max_by(|one, other| one.1.total_cmp(&other.1)) {
        let goal = format!("commit p99 in parts of the raw journal's, at its worst (batch {}, {})", cell.batch, cell.draw);
        goals.push(Goal { goal, bound: SLOWEST, at_most: true, found, met: found <= SLOWEST });
    }
    let absolute = cells.iter().filter(|cell| cell.batch == 8_192).filter_map(|cell| {
        let (kabao, journal) = (cell.row("kabao")?, cell.row("raw journal")?);
        Some((kabao.figures.postings_per_second, journal.figures.postings_per_second))
    });
    if let Some((found, journal)) = absolute.reduce(|one, other| if one.0 < other.0 { one } else { other }) {
        let bound = (as_float(600_000) * (journal / 1_600_000.0).min(1.0)).round();
        let goal = format!("durable postings/s at batch 8192, where the raw journal does {journal:.0}");
        goals.push(Goal { goal, bound, at_most: false, found, met: found >= bound });
    }
    goals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::figures::Slice;
    use std::time::Duration;

    fn figures(rate: u64, slowest_us: u64) -> Figures {
        let commits = vec![Duration::from_micros(slowest_us); 3];
        let slice = Slice { postings: rate, busy: Duration::from_secs(1), commits, processor: Duration::ZERO };
        Figures::of(&[slice.clone(), slice], 0)
    }

    fn found(kabao: u64, journal: u64, tables: u64, slowest_us: u64) -> Vec<Goal> {
        let cell = |draw, batch| {
            let contenders = vec![
                ("raw journal", figures(journal, 100)),
                ("kabao", figures(kabao, slowest_us)),
                ("SQLite tables", figures(tables, 100)),
            ];
            Cell::new(draw, batch, contenders)
        };
        goals(&[cell("uniform", 16), cell("zipf", 128), cell("uniform", 1_024), cell("uniform", 8_192)])
    }

    #[test]
    fn each_goal_is_judged_by_its_own_bound() {
        let met = |goals: Vec<Goal>| goals.iter().map(|goal| goal.met).collect::<Vec<_>>();
        assert_eq!(met(found(700, 1_000, 70, 400)), [true; 7]);
        assert_eq!(met(found(640, 1_000, 64, 401)), [false, true, true, true, true, false, true]);
        assert_eq!(met(found(374, 1_000, 38, 100)), [false, false, false, false, false, true, false]);
        // the other bound of the bulk goal: a fast disk does not raise it above 600 000
        assert!(met(found(600_000, 1_700_000, 1, 100))[6]);
        assert!(!met(found(599_000, 1_700_000, 1, 100))[6]);
    }

    #[test]
    fn a_ratio_is_the_median_of_the_rounds_own() {
        let rounds = |rates: [f64; 3]| Figures { rounds: rates.to_vec(), ..figures(1, 1) };
        let cell = Cell::new("uniform", 1, vec![("kabao", rounds([10.0, 10.0, 30.0])), ("other", rounds([20.0, 10.0, 10.0]))]);
        assert!((cell.contenders[1].kabao_is - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_page_says_which_goals_are_not_met() {
        let machine = Machine::here(std::path::Path::new("."));
        let plan = Plan::short(".".into());
        let cell = Cell::new("zipf", 16, vec![("raw journal", figures(1_000, 100)), ("kabao", figures(500, 900))]);
        let comparison = Comparison::new(
            &plan,
            machine,
            Versions::default(),
            vec![Held { contender: "kabao", accounts_bytes: 64 << 20, postings: 7, postings_bytes: 48 << 20 }],
            vec![cell],
        );
        let page = comparison.page();
        assert!(page.contains("| postings/s at batch 16, in parts of raw journal | ≥ 0.65 | 0.50 | **not met** |"), "{page}");
        assert!(page.contains("(batch 16, zipf) | ≤ 4 | 9.00 | **not met** |"), "{page}");
        assert!(page.contains("| 16 | kabao | 500 | 1.00 × | 900 | 900 | 900 |"), "{page}");
        assert!(page.contains("then 7 postings") && page.contains("| kabao | 64 | 48 |"), "{page}");
        let json: serde_json::Value = serde_json::from_str(&comparison.json()).unwrap();
        assert_eq!(json["cells"][0]["contenders"][1]["postings_per_second"], 500.0);
        assert_eq!(json["goals"][0]["met"], false);
    }
}
