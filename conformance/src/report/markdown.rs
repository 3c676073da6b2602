//! The report for a pull request.

use super::{Report, Reporter, sentence};
use crate::judge::Judgement;
use crate::rule::Verdict;
use std::fmt::Write;

/// Tells a report as Markdown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Markdown;

impl Reporter for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn report(&self, report: &Report<'_>) -> String {
        let mut text = format!("### kabao: {}\n", plain(&sentence(report.judged)));
        for run in report.runs {
            let sign = if run.passed() { "✅" } else { "❌" };
            let _ = write!(text, "\n{sign} **{}** ({}, {} ms", plain(&run.story.name), plain(&run.story.path), run.took_ms);
            let _ = writeln!(text, "{})", run.seed.map(|seed| format!(", seed {seed}")).unwrap_or_default());
            if let Some(step) = run.trouble() {
                let _ = writeln!(text, "stopped at line {}: {}", step.place.line, plain(&step.sentence));
            }
        }
        text.push_str("\n| | rule | level | |\n|---|---|---|---|\n");
        for judgement in &report.judged.judgements {
            row(&mut text, judgement);
        }
        text
    }
}

fn row(text: &mut String, judgement: &Judgement) {
    let Judgement { id, level, title, verdict, .. } = judgement;
    let (sign, said) = match verdict {
        Verdict::Holds => ("✅", plain(title)),
        Verdict::NotExercised(why) => ("➖", format!("{}<br>*not exercised: {}*", plain(title), plain(why))),
        Verdict::Breached(breach) => {
            let said = format!(
                "**{}**<br>expected {}<br>observed {}<br>**→ {}**",
                plain(title),
                plain(&breach.expected),
                plain(&breach.observed),
                plain(&breach.hint.en)
            );
            ("❌", format!("{said}<br>{}", plain(&breach.hint.zh)))
        }
    };
    let _ = writeln!(text, "| {sign} | {id} | {level} | {said} |");
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
