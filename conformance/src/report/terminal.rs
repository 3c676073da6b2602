//! The report for a terminal: one line a rule, details where something is wrong.

use super::strings::Strings;
use super::words::{coverage, measure, sentence};
use super::{Report, Reporter, title};
use crate::explain::Language;
use crate::judge::{Judgement, Outcome, Standing};
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
        let mut before = None;
        for judgement in &report.judged.judgements {
            self.line(&mut text, report, judgement, before);
            before = judgement.kit_error().or(before);
        }
        let _ = writeln!(text);
        for entry in &report.judged.outdated {
            let _ = writeln!(text, "  {} {}", self.paint.red(self.word("expected failures", "预期失败清单")), shown(entry));
        }
        let whole = shown(&sentence(report.judged, self.language));
        let whole = match report.judged.standing() {
            Standing::Green => self.paint.green(&whole),
            Standing::NotProved => self.paint.yellow(&whole),
            Standing::Breached | Standing::Outdated | Standing::Broken => self.paint.red(&whole),
        };
        let _ = writeln!(text, "  {whole}");
        let looked = coverage(&report.coverage(), self.language);
        let _ = writeln!(text, "  {}", self.paint.faint(&format!("{}; {looked}", measure(report.judged, self.language))));
        text
    }
}

impl Terminal {
    fn word(self, english: &'static str, chinese: &'static str) -> &'static str {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    /// One judgement. What kept the kit from others in the same way `before` is not told again.
    fn line(self, text: &mut String, report: &Report<'_>, judgement: &Judgement, before: Option<&str>) {
        let Judgement { id, level, required, .. } = judgement;
        let sign = match &judgement.outcome {
            Outcome::Verdict(Verdict::Holds) => self.paint.green("✓"),
            Outcome::Verdict(Verdict::Breached(_)) if judgement.expected.is_some() => self.paint.yellow("✗"),
            Outcome::Verdict(Verdict::Breached(_)) if !judgement.counts => self.paint.yellow("!"),
            Outcome::Verdict(Verdict::Breached(_)) => self.paint.red("✗"),
            Outcome::Verdict(Verdict::NotExercised(_)) if *required => self.paint.yellow("–"),
            Outcome::Verdict(Verdict::NotExercised(_)) => self.paint.faint("·"),
            Outcome::KitError { .. } => self.paint.red("?"),
        };
        let _ = writeln!(
            text,
            "  {sign} {} {} {}",
            self.paint.bold(id),
            self.paint.faint(&format!("{level:<6}")),
            title(judgement, self.language)
        );
        match &judgement.outcome {
            Outcome::Verdict(Verdict::NotExercised(why)) if *required => {
                self.detail(text, self.word("not exercised", "未触发"), why);
                if let Some(story) = &judgement.provoked_by {
                    self.detail(text, self.word("provoked by", "触发剧本"), &format!("library/{story}"));
                }
            }
            Outcome::Verdict(Verdict::Holds | Verdict::NotExercised(_)) => {}
            Outcome::Verdict(Verdict::Breached(breach)) => self.breach(text, report, judgement, breach),
            Outcome::KitError { kit_error } => {
                let told = if before == Some(kit_error) { self.word("as above", "同上") } else { kit_error };
                self.detail(text, self.word("kit error", "工具错误"), told);
            }
        }
    }

    fn breach(self, text: &mut String, report: &Report<'_>, judgement: &Judgement, breach: &Breach) {
        let Breach { expected, observed, hint, evidence, rests: _ } = breach;
        self.detail(text, self.word("expected", "应为"), expected);
        self.detail(text, self.word("observed", "实际"), observed);
        for (name, value) in evidence.facts.iter().filter(|(name, _)| name != "call") {
            self.detail(text, name, value);
        }
        let calls: Vec<String> = evidence.exchanges.iter().map(|number| format!("#{number}")).collect();
        let place = judgement.sandbox.as_ref().map(|sandbox| format!(" ({sandbox})")).unwrap_or_default();
        self.detail(text, self.word("exchange", "交互"), &(calls.join(" ") + &place));
        for strings in evidence.exchanges.iter().filter_map(|id| strings_of(report, judgement, *id)) {
            self.strings(text, &strings);
        }
        if let Some(reason) = &judgement.expected {
            self.detail(text, self.word("known", "已知"), reason);
        }
        let (word, hint) = match self.language {
            Language::English => ("mend it", &hint.en),
            Language::Chinese => ("怎么改", &hint.zh),
        };
        let _ = writeln!(text, "      {} {}", self.paint.bold(&padded(word)), self.paint.bold(&shown(hint)));
        self.detail(text, self.word("more", "详情"), &format!("kabao explain {}", judgement.id));
    }

    fn strings(self, text: &mut String, strings: &Strings) {
        let names = [self.word("platform's", "网关拼接"), self.word("signed", "实际签名")];
        for (name, (before, after)) in names.into_iter().zip(strings.around()) {
            let _ = writeln!(text, "      {} …{}{}…", self.paint.faint(&padded(name)), shown(before), self.paint.red(&shown(after)));
        }
        self.detail(text, self.word("first byte", "首个不同"), &strings.at.to_string());
    }

    fn detail(self, text: &mut String, name: &str, value: &str) {
        let _ = writeln!(text, "      {} {}", self.paint.faint(&padded(name)), shown(value));
    }
}

/// The canonical strings of an exchange that is evidence.
pub(super) fn strings_of(report: &Report<'_>, judgement: &Judgement, exchange: u64) -> Option<Strings> {
    let bundle = report.bundle_of(judgement, exchange)?;
    Strings::of(bundle.exchanges.iter().find(|one| one["id"].as_u64() == Some(exchange))?)
}

/// What merchants send must not command the terminal.
fn shown(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// A name as wide as the widest that is usual; Chinese characters take two places.
fn padded(name: &str) -> String {
    let width: usize = name.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum();
    format!("{name}{}", " ".repeat(14_usize.saturating_sub(width)))
}
