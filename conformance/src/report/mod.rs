//! Reports: what the rules said, for a terminal, a program, a build server, a browser or a pull request. One small file each,
//! behind one trait.
//!
//! A report repeats only what the bundle holds, which the platform redacted on the way out.

mod html;
mod json;
mod junit;
mod markdown;
mod strings;
mod terminal;
mod words;

pub use html::Html;
pub use json::{Json, SCHEMA};
pub use junit::Junit;
pub use markdown::Markdown;
pub use terminal::Terminal;

use crate::coverage::Coverage;
use crate::explain::Language;
use crate::judge::{Judged, Judgement};
use scenarios::Run as Bundle;

/// What is reported.
#[derive(Clone, Copy, Debug)]
pub struct Report<'r> {
    /// The runs that were judged together; none when traffic without a story was judged.
    pub runs: &'r [Bundle],
    /// What the rules said.
    pub judged: &'r Judged,
}

/// A way to tell a report.
pub trait Reporter {
    /// Its name, as `--format` knows it.
    fn name(&self) -> &'static str;

    /// The whole report.
    fn report(&self, report: &Report<'_>) -> String;
}

impl Report<'_> {
    /// How much was looked at.
    fn coverage(&self) -> Coverage {
        Coverage::of(self.runs, self.judged)
    }

    /// The bundle in which evidence of a judgement stands.
    fn bundle_of(&self, judgement: &Judgement, exchange: u64) -> Option<&Bundle> {
        let own = |run: &&Bundle| judgement.sandbox.as_ref().is_none_or(|sandbox| *sandbox == run.sandbox);
        self.runs.iter().filter(own).find(|run| run.exchanges.iter().any(|one| one["id"].as_u64() == Some(exchange)))
    }
}

/// A title in a language.
fn title(judgement: &Judgement, language: Language) -> &str {
    match language {
        Language::English => &judgement.title,
        Language::Chinese => &judgement.title_zh,
    }
}

#[cfg(test)]
mod tests;
