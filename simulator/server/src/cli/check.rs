//! `kabao check`: what the rules say about a merchant, from recorded runs or by playing the stories against it.

mod recorded;

use super::play::place::Place;
use super::play::{Where, interrupted, misread};
use super::terminal::{talk, tell};
use crate::exit::{Ended, Exit};
use clap::{Args, ValueEnum};
use conformance::report::{Html, Json, Junit, Markdown, Report, Reporter, SCHEMA, Terminal};
use conformance::{Judged, Language, Standing, Terms, expected, judge_by};
use scenarios::run::Outcome as Played;
use scenarios::telling::Paint;
use scenarios::{NOT_BEGUN, Playbill, Run, Season};
use std::path::PathBuf;
use std::str::FromStr;
use wire::alipay::timestamp;

/// Judge a merchant's integration
#[derive(Args)]
#[command(after_help = Exit::help())]
pub(super) struct Check {
    /// Who the merchant is: a `merchant.toml`, or the address of a till API; the built-in practice merchant when absent
    #[arg(value_name = "MERCHANT", conflicts_with = "merchant")]
    who: Option<String>,
    /// Judge runs recorded before, without any network: a file, or a folder with files of them; repeatable
    #[arg(long, value_name = "BUNDLE", conflicts_with_all = ["platform", "sandbox", "merchant", "who"])]
    journal: Vec<PathBuf>,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    terms: Asked,
    /// How to tell it
    #[arg(long, value_enum, default_value = "terminal")]
    format: Format,
    /// Tell it in another way too, into a file, such as `junit=report.xml`; repeatable
    #[arg(long, value_name = "FORMAT=FILE")]
    write: Vec<Written>,
    /// Keep the runs that were played in this folder, to be judged again with `--journal`
    #[arg(long, value_name = "FOLDER", conflicts_with = "journal")]
    keep: Option<PathBuf>,
    /// How many scenarios at once; when absent as many as there are cores, and more for a merchant that waits in real time
    #[arg(long)]
    jobs: Option<usize>,
    /// Sandboxes, ids and customers are made from this
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Titles and hints in Chinese
    #[arg(long)]
    zh: bool,
    /// Print the schema of the JSON report and end
    #[arg(long)]
    schema: bool,
}

/// On which terms.
#[derive(Args)]
struct Asked {
    /// What the integration is: `callback-3.0`, `spi-3.1`, `till`, `pay`, `notify-only`; repeatable; the traffic says when absent
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,
    /// Count what should be like what must be
    #[arg(long)]
    strict: bool,
    /// Only this rule, such as NTF-004; repeatable, also together with `--area`
    #[arg(long, value_name = "ID")]
    rule: Vec<String>,
    /// Only the rules of this area, such as TRD; repeatable
    #[arg(long, value_name = "AREA")]
    area: Vec<String>,
    /// A list of breaches that are known and borne for a while (TOML)
    #[arg(long, value_name = "FILE")]
    expected: Option<PathBuf>,
}

/// Ways to tell a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    Terminal,
    Json,
    Junit,
    Html,
    Markdown,
}

/// A report into a file.
#[derive(Clone, Debug)]
struct Written {
    format: Format,
    path: PathBuf,
}

impl FromStr for Written {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("FORMAT=FILE is expected, such as junit=report.xml")?;
        Ok(Self { format: Format::from_str(format, true)?, path: PathBuf::from(path) })
    }
}

impl Format {
    fn told(self, report: &Report<'_>, language: Language, paint: Paint) -> String {
        match self {
            Self::Terminal => Terminal { paint, language }.report(report),
            Self::Json => Json.report(report),
            Self::Junit => Junit { language }.report(report),
            Self::Html => Html { language }.report(report),
            Self::Markdown => Markdown { language }.report(report),
        }
    }
}

impl Asked {
    fn terms(&self) -> Result<Terms, Ended> {
        let today = timestamp::format(engine::real_now().0).chars().take(10).collect();
        let mut terms = Terms { strict: self.strict, today, ..Terms::default() };
        self.profile.iter().try_for_each(|name| terms.profile(name)).map_err(Ended::usage)?;
        self.rule.iter().try_for_each(|id| terms.rule(id)).map_err(Ended::usage)?;
        self.area.iter().try_for_each(|area| terms.area(area)).map_err(Ended::usage)?;
        if let Some(path) = &self.expected {
            let wrong = |error: &dyn std::fmt::Display| Ended::usage(format!("{}: {error}", path.display()));
            let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
            terms.expected = expected::read(&text).map_err(|error| wrong(&error))?;
        }
        Ok(terms)
    }
}

impl Check {
    pub(super) fn run(mut self) -> Result<Exit, Ended> {
        if self.schema {
            tell(SCHEMA.trim_end());
            return Ok(Exit::Fine);
        }
        let language = if self.zh { Language::Chinese } else { Language::English };
        let mut terms = self.terms.terms()?;
        let runs = if self.journal.is_empty() {
            self.place.merchant = self.who.take().or(self.place.merchant.take());
            let place = self.place.read()?;
            if terms.profiles.is_empty() {
                place.profiles().iter().try_for_each(|name| terms.profile(name)).map_err(Ended::usage)?;
            }
            let Some(runs) = super::runtime()?.block_on(self.play(place, &terms))? else { return Ok(Exit::Interrupted) };
            runs
        } else {
            recorded::all(&self.journal)?
        };
        let judged = judge_by(&runs, &terms);
        let report = Report { runs: &runs, judged: &judged };
        tell(self.format.told(&report, language, super::terminal::paint()).trim_end_matches('\n'));
        for Written { format, path } in &self.write {
            std::fs::write(path, format.told(&report, language, Paint::Plain))
                .map_err(|error| Ended::usage(format!("{}: {error}", path.display())))?;
            talk(&format!("written to {}", path.display()));
        }
        exit_of(&judged)
    }

    /// Plays the stories that provoke the rules asked for; nothing when it was interrupted.
    async fn play(&self, place: Place, terms: &Terms) -> Result<Option<Vec<Run>>, Ended> {
        let stories: Vec<String> = terms.stories().iter().map(|story| format!("library/{story}")).collect();
        let bill = Playbill::open(stories.iter().map(String::as_str)).map_err(|faults| misread(&faults))?;
        let jobs = place.jobs(self.jobs);
        let again = format!("--seed {}{}", self.seed, place.again());
        let stage = place.open(jobs).await?;
        let season = Season::new(stage.venue.clone(), self.seed, again);
        let mut given_up = false;
        let mut told = |run: &Run| {
            // what is not begun any more has one reason
            let begun = run.broken().is_none_or(|why| !why.starts_with(NOT_BEGUN));
            if begun || !given_up {
                talk(&progress(run));
            }
            given_up |= !begun;
        };
        let played = tokio::select! {
            runs = season.play(&bill, &mut told) => Some(runs),
            () = interrupted() => None,
        };
        season.sweep().await;
        stage.close().await;
        if let (Some(folder), Some(runs)) = (&self.keep, &played) {
            recorded::keep(folder, runs)?;
        }
        Ok(played)
    }
}

/// A story that was played, in a line, with why when it did not come true: what merchants say does not command the terminal.
fn progress(run: &Run) -> String {
    let names: Vec<&str> = run.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    let story = format!("{}: {}", run.story.path, names.join(", "));
    let told = match run.trouble().map(|step| (step, &step.outcome)) {
        None => format!("✓ {story} ({} ms)", run.took_ms),
        Some((step, Played::Failed(failure))) => {
            let (line, sentence) = (step.place.line, &step.sentence);
            format!("✗ {story} ({} ms)\n  line {line}: {sentence}\n  expected {}, {}", run.took_ms, failure.expected, failure.seen)
        }
        Some((_, Played::NotPlayable(why))) => format!("– {story}: {why}"),
        Some((step, Played::Broken(why))) => format!("? {story} ({} ms)\n  line {}: {why}", run.took_ms, step.place.line),
        Some((_, Played::Passed | Played::Skipped)) => format!("· {story}"),
    };
    told.chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect()
}

/// The process's word on a judgement. What was required and not exercised has not passed.
pub(super) fn exit_of(judged: &Judged) -> Result<Exit, Ended> {
    match judged.standing() {
        Standing::Green => Ok(Exit::Fine),
        Standing::NotProved => Ok(Exit::NotProved),
        Standing::Breached | Standing::Outdated => Ok(Exit::Breaches),
        Standing::Broken => match &judged.trouble {
            Some(why) => Err(Ended::unreachable(why)),
            None => Err(Ended::bug("a judge failed: see the rules marked with ? in the report")),
        },
    }
}

#[cfg(test)]
mod tests;
