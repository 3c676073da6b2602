//! `kabao play`: stories against a platform and a merchant, and the bundles they leave behind.
//!
//! Without a merchant the built-in practice merchant plays; without a platform one is started for the play.

mod kept;
pub(super) mod place;

pub(super) use place::Where;

use super::terminal::{paint, talk, tell};
use crate::exit::{Ended, Exit};
use clap::Args;
use place::Place;
use scenarios::{Misread, Playbill, Run, Season, Tags, library, telling};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Play stories
#[derive(Args)]
pub(super) struct Play {
    /// `.feature` files, folders, stories of the library (with `:LINE` for one scenario), `library` for all of it; listed without
    stories: Vec<String>,
    /// List the steps there are, with examples
    #[arg(long)]
    steps: bool,
    #[command(flatten)]
    place: Where,
    /// Only scenarios with these tags, such as `@till and not @slow`
    #[arg(long, value_name = "EXPRESSION")]
    tags: Option<String>,
    /// How many scenarios at once; when absent as many as there are cores, and more for a merchant that waits in real time
    #[arg(long)]
    jobs: Option<usize>,
    /// Play in an order made from the seed
    #[arg(long)]
    shuffle: bool,
    /// Sandboxes, ids, customers and the order are made from this
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep the runs, to be judged later with `kabao check --journal`: a file for one scenario, a folder for several
    #[arg(long, value_name = "PATH")]
    keep: Option<PathBuf>,
    /// Draw what happened: one HTML page
    #[arg(long, value_name = "FILE")]
    diagram: Option<PathBuf>,
    /// The longest one scenario may take, such as `2min`
    #[arg(long, value_name = "SPAN", value_parser = span)]
    each: Option<Duration>,
    /// The longest all of them may take, such as `30min`
    #[arg(long, value_name = "SPAN", value_parser = span)]
    whole: Option<Duration>,
}

fn span(text: &str) -> Result<Duration, String> {
    scenarios::read_span(text).filter(|span| !span.is_zero()).ok_or_else(|| "a span of time is such as 90s or 5min".to_owned())
}

impl Play {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        if self.steps {
            let told = |step: &&scenarios::vocabulary::Step| {
                format!("{}\n{}\n    {}\n    {}\n", step.english, step.chinese, step.example, step.example_chinese)
            };
            tell(&scenarios::steps().iter().map(told).collect::<Vec<_>>().join("\n"));
            return Ok(Exit::Fine);
        }
        if self.stories.is_empty() {
            tell(&library::all().map(|(path, _)| path).collect::<Vec<_>>().join("\n"));
            return Ok(Exit::Fine);
        }
        let bill = self.bill()?;
        let place = self.place.read()?;
        super::runtime()?.block_on(self.play(&bill, place))
    }

    fn bill(&self) -> Result<Playbill, Ended> {
        let tags = self.tags.as_deref().map(Tags::read).transpose().map_err(Ended::usage)?;
        let mut bill = Playbill::open(self.stories.iter().map(String::as_str)).map_err(|faults| misread(&faults))?;
        if let Some(tags) = &tags {
            bill = bill.only(tags);
        }
        if bill.is_empty() {
            return Err(Ended::usage("no scenario has these tags"));
        }
        Ok(if self.shuffle { bill.shuffled(self.seed) } else { bill })
    }

    async fn play(&self, bill: &Playbill, place: Place) -> Result<Exit, Ended> {
        let began = Instant::now();
        let jobs = place.jobs(self.jobs);
        let again = format!("--seed {}{}", self.seed, place.again());
        let stage = place.open(jobs).await?;
        let mut season = Season::new(stage.venue.clone(), self.seed, again);
        season.each = self.each.unwrap_or(season.each);
        season.whole = self.whole.unwrap_or(season.whole);
        let mut told = |run: &Run| tell(&telling::tell(run, paint()));
        let played = tokio::select! {
            runs = season.play(bill, &mut told) => Some(runs),
            () = interrupted() => None,
        };
        if played.is_none() {
            talk("interrupted: what was opened is closed");
        }
        season.sweep().await;
        stage.close().await;
        let Some(runs) = played else { return Ok(Exit::Interrupted) };
        if bill.len() > 1 {
            tell(&telling::tell_all(&runs, paint(), began.elapsed()));
        }
        if let Some(path) = &self.keep {
            kept::keep(path, &runs)?;
        }
        if let Some(path) = &self.diagram {
            std::fs::write(path, scenarios::diagram::pages(&runs)).map_err(|error| Ended::usage(format!("{}: {error}", path.display())))?;
            talk(&format!("drawn in {}", path.display()));
        }
        exit_of(&runs)
    }
}

/// What a story is worth: a failure is the merchant's, a connection that broke says nothing about it.
fn exit_of(runs: &[Run]) -> Result<Exit, Ended> {
    if runs.iter().any(Run::failed) {
        return Ok(Exit::Breaches);
    }
    match runs.iter().find_map(Run::broken) {
        Some(why) => Err(Ended::unreachable(why.to_owned())),
        None => Ok(if runs.iter().all(Run::passed) { Exit::Fine } else { Exit::Breaches }),
    }
}

/// Faults of files, for the person at the terminal.
pub(super) fn misread(faults: &[Misread]) -> Ended {
    Ended::usage(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// Resolves when the process is asked to end.
pub(super) async fn interrupted() {
    match super::serve::stop_signal() {
        Ok(stop) => stop.await,
        Err(_) => std::future::pending().await,
    }
}
