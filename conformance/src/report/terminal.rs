//! The report for a terminal: one line a rule, details where something is wrong.

use super::{Report, Reporter, sentence};
use crate::explain::Language;
use crate::judge::{Judgement, Standing};
use crate::rule::{Breach, Verdict};
use scenarios::telling::Paint;
use std::fmt::Write;

/// Tells a report to a person at a terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal {
    /// Whether colours are shown.
    pub paint: Paint,
    /// Titles and hints; evidence is told in English.
    pub language: Language,
}

impl Reporter for Terminal {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn report(&self, report: &Report<'_>) -> String {
        let mut text = String::new();
        for judgement in &report.judged.judgements {
            self.line(&mut text, judgement);
        }
        let whole = sentence(report.judged);
        let whole = match report.judged.standing() {
            Standing::Green => self.paint.green(&whole),
            Standing::NotProved => self.paint.yellow(&whole),
            Standing::Breached | Standing::Broken => self.paint.red(&whole),
        };
        let _ = writeln!(text, "\n  {whole}");
        text
    }
}

impl Terminal {
    fn line(self, text: &mut String, judgement: &Judgement) {
        let Judgement { id, level, verdict, .. } = judgement;
        let title = match self.language {
            Language::English => &judgement.title,
            Language::Chinese => &judgement.title_zh,
        };
        let sign = match verdict {
            Verdict::Holds => self.paint.green("✓"),
            Verdict::Breached(_) => self.paint.red("✗"),
            Verdict::NotExercised(_) => self.paint.yellow("–"),
        };
        let _ = writeln!(text, "  {sign} {} {} {title}", self.paint.bold(id), self.paint.faint(&format!("{level:<6}")));
        match verdict {
            Verdict::Holds => {}
            Verdict::NotExercised(why) => {
                self.detail(text, "not exercised", why);
                if let Some(story) = &judgement.provoked_by {
                    self.detail(text, "provoked by", &format!("library/{story}"));
                }
            }
            Verdict::Breached(breach) => self.breach(text, id, breach),
        }
    }

    fn breach(self, text: &mut String, id: &str, breach: &Breach) {
        let Breach { expected, observed, hint, evidence } = breach;
        self.detail(text, "expected", expected);
        self.detail(text, "observed", observed);
        for (name, value) in evidence.facts.iter().filter(|(name, _)| name != "call") {
            self.detail(text, name, value);
        }
        let calls: Vec<String> = evidence.exchanges.iter().map(|number| format!("#{number}")).collect();
        self.detail(text, "exchange", &calls.join(" "));
        let (word, hint) = match self.language {
            Language::English => ("mend it", &hint.en),
            Language::Chinese => ("怎么改", &hint.zh),
        };
        let _ = writeln!(text, "      {} {}", self.paint.bold(&padded(word)), self.paint.bold(hint));
        self.detail(text, "more", &format!("kabao explain {id}"));
    }

    fn detail(self, text: &mut String, name: &str, value: &str) {
        let value = value.replace('\n', " ");
        let _ = writeln!(text, "      {} {value}", self.paint.faint(&padded(name)));
    }
}

/// A name as wide as the widest that is usual; Chinese characters take two places.
fn padded(name: &str) -> String {
    let width: usize = name.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum();
    format!("{name}{}", " ".repeat(14_usize.saturating_sub(width)))
}
