//! The summary for a pull request: what is wrong first, what was not looked at folded away.

use super::words::{coverage, measure, sentence};
use super::{Report, Reporter, title};
use crate::explain::Language;
use crate::judge::{Judgement, Outcome};
use crate::rule::{Breach, Verdict};
use std::fmt::Write;

/// Tells a report as Markdown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Markdown {
    /// The language of titles and hints.
    pub language: Language,
}

impl Reporter for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn report(&self, report: &Report<'_>) -> String {
        let mut text = format!("### kabao: {}\n\n", plain(&sentence(report.judged, self.language)));
        let _ =
            writeln!(text, "{}; {}", plain(&measure(report.judged, self.language)), plain(&coverage(&report.coverage(), self.language)));
        for entry in &report.judged.outdated {
            let _ = writeln!(text, "\n⚠️ {}", plain(entry));
        }
        for run in report.runs.iter().filter(|run| !run.passed()) {
            if let Some(step) = run.trouble() {
                let (name, path) = (plain(&run.story.name), plain(&run.story.path));
                let _ = writeln!(text, "\n❌ **{name}** ({path}:{}): {}", step.place.line, plain(&step.sentence));
            }
        }
        let (mut loud, quiet): (Vec<_>, Vec<_>) = report.judged.judgements.iter().partition(|judgement| Self::is_loud(judgement));
        loud.sort_by_key(|judgement| (judgement.breach().is_none(), judgement.kit_error().is_none()));
        if !loud.is_empty() {
            text.push_str("\n| | | |\n|---|---|---|\n");
            for judgement in loud {
                self.row(&mut text, judgement);
            }
        }
        let summary = match self.language {
            Language::English => format!("{} other rules", quiet.len()),
            Language::Chinese => format!("其余 {} 条规则", quiet.len()),
        };
        let _ = write!(text, "\n<details><summary>{summary}</summary>\n\n| | | |\n|---|---|---|\n");
        for judgement in &quiet {
            self.row(&mut text, judgement);
        }
        text.push_str("\n</details>\n");
        text
    }
}

impl Markdown {
    /// Whether somebody has to look at it.
    fn is_loud(judgement: &Judgement) -> bool {
        judgement.breach().is_some() || judgement.kit_error().is_some() || (judgement.required && judgement.not_exercised().is_some())
    }

    fn row(self, text: &mut String, judgement: &Judgement) {
        let told = plain(title(judgement, self.language));
        let (sign, said) = match &judgement.outcome {
            Outcome::Verdict(Verdict::Holds) => ("✅", told),
            Outcome::Verdict(Verdict::NotExercised(why)) => ("➖", format!("{told}<br>*{}*", plain(why))),
            Outcome::Verdict(Verdict::Breached(breach)) => {
                let known = judgement.expected.as_ref().map(|reason| format!("<br>*{}*", plain(reason))).unwrap_or_default();
                let sign = if judgement.counts && judgement.expected.is_none() { "❌" } else { "⚠️" };
                (sign, format!("**{told}**<br>{}{known}", self.breach(breach)))
            }
            Outcome::KitError { kit_error } => ("❓", format!("{told}<br>*{}*", plain(kit_error))),
        };
        let _ = writeln!(text, "| {sign} | {} {} | {said} |", judgement.id, judgement.level);
    }

    fn breach(self, breach: &Breach) -> String {
        let (expected, observed, hint) = match self.language {
            Language::English => ("expected", "observed", &breach.hint.en),
            Language::Chinese => ("应为", "实际", &breach.hint.zh),
        };
        format!("{expected} {}<br>{observed} {}<br>**→ {}**", plain(&breach.expected), plain(&breach.observed), plain(hint))
    }
}

/// What merchants send must not become markup.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '\n' | '\r' => plain.push(' '),
            '|' | '*' | '_' | '[' | ']' | '`' | '\\' | '!' | '#' | '~' => {
                plain.push('\\');
                plain.push(character);
            }
            '@' => plain.push_str("&#64;"),
            _ => plain.push(character),
        }
    }
    plain
}
