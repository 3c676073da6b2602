//! `kabao check`: what the rules say about a merchant, from a recorded run or by playing the stories against it.

use super::play::Where;
use super::terminal::tell;
use crate::exit::{Ended, Exit};
use clap::{Args, ValueEnum};
use conformance::Standing;
use conformance::demo::{Merchant, Platform, demo};
use conformance::report::{Json, Markdown, Report, Reporter, Terminal};
use conformance::{Judged, Language};
use scenarios::Run;
use std::path::PathBuf;

/// Judge a merchant's integration
#[derive(Args)]
pub(super) struct Check {
    /// Judge a run recorded before, without any network
    #[arg(long, value_name = "BUNDLE", conflicts_with_all = ["platform", "sandbox", "merchant"])]
    journal: Option<PathBuf>,
    #[command(flatten)]
    place: Where,
    /// How to tell it
    #[arg(long, value_enum, default_value = "terminal")]
    format: Format,
    /// Titles and hints in Chinese
    #[arg(long)]
    zh: bool,
}

/// Ways to tell a report.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Terminal,
    Json,
    Markdown,
}

impl Check {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        let language = if self.zh { Language::Chinese } else { Language::English };
        let (runs, judged) = match &self.journal {
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| Ended::usage(format!("{}: {error}", path.display())))?;
                let run: Run = Run::from_json(&text).map_err(|why| Ended::usage(format!("{}: {why}", path.display())))?;
                let runs = vec![run];
                let judged = conformance::demo::judged(&runs);
                (runs, judged)
            }
            None => self.play(language)?,
        };
        let report = Report { runs: &runs, judged: &judged };
        let text = match self.format {
            Format::Terminal => Terminal { paint: super::terminal::paint(), language }.report(&report),
            Format::Json => Json.report(&report),
            Format::Markdown => Markdown.report(&report),
        };
        tell(&text);
        exit_of(&judged)
    }

    fn play(&self, language: Language) -> Result<(Vec<Run>, Judged), Ended> {
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
        Ok((played.runs, played.judged))
    }
}

/// The process's word on a judgement. What was not exercised has not passed.
pub(super) fn exit_of(judged: &Judged) -> Result<Exit, Ended> {
    match judged.standing() {
        Standing::Green => Ok(Exit::Fine),
        Standing::NotProved | Standing::Breached => Ok(Exit::Breaches),
        Standing::Broken => Err(Ended::unreachable(judged.trouble.clone().unwrap_or_else(|| "the run could not be judged".to_owned()))),
    }
}
