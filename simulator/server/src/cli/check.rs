//! `kabao check`: what the rules say about a merchant, from recorded runs or by playing the stories against it.

mod recorded;

use super::play::Where;
use super::terminal::{talk, tell};
use crate::exit::{Ended, Exit};
use clap::{Args, ValueEnum};
use conformance::demo::{Merchant, Platform, demo};
use conformance::report::{Html, Json, Junit, Markdown, Report, Reporter, SCHEMA, Terminal};
use conformance::{Judged, Language, Standing, Terms, expected, judge_by};
use scenarios::Run;
use scenarios::telling::Paint;
use std::path::PathBuf;
use std::str::FromStr;
use wire::alipay::timestamp;

/// Judge a merchant's integration
#[derive(Args)]
#[command(after_help = Exit::help())]
pub(super) struct Check {
    /// Judge runs recorded before, without any network: a file, or a folder with files of them; repeatable
    #[arg(long, value_name = "BUNDLE", conflicts_with_all = ["platform", "sandbox", "merchant"])]
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
    /// What the integration is: `callback-3.0`, `spi-3.1`, `till`, `notify-only`; repeatable; the traffic says when absent
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
    pub(super) fn run(self) -> Result<Exit, Ended> {
        if self.schema {
            tell(SCHEMA.trim_end());
            return Ok(Exit::Fine);
        }
        let language = if self.zh { Language::Chinese } else { Language::English };
        let terms = self.terms.terms()?;
        let runs = if self.journal.is_empty() { self.play(language)? } else { recorded::all(&self.journal)? };
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

    fn play(&self, language: Language) -> Result<Vec<Run>, Ended> {
        let merchant = self
            .place
            .merchant
            .clone()
            .ok_or_else(|| Ended::usage("name the merchant with --merchant URL (its till API), or a recorded run with --journal"))?;
        let platform = Platform {
            control: self.place.platform().to_owned(),
            gateway: format!("{}/gateway.do", self.place.platform()),
            sandbox: self.place.sandbox.clone(),
        };
        let played = super::runtime()?.block_on(demo(&platform, Merchant::Running(merchant), language)).map_err(Ended::usage)?;
        Ok(played.runs)
    }
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
