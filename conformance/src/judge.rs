//! Judging a run by rules. Pure: the same bundle gives the same verdicts, today or next year.
//!
//! Fails closed: a journal that is not the whole traffic proves no rule, and what was not exercised has not passed.

use crate::rule::{Level, Rule, Verdict};
use crate::run::Run;
use scenarios::Run as Bundle;
use serde::{Deserialize, Serialize};

/// Every rule's verdict on a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Judged {
    /// One for each rule, by id.
    pub judgements: Vec<Judgement>,
    /// Why the kit could not do its work, when it could not: then the verdicts say nothing about the merchant.
    pub trouble: Option<String>,
}

/// What one rule says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Judgement {
    /// The rule.
    pub id: String,
    /// How grave a breach is.
    pub level: Level,
    /// What the rule asks for.
    pub title: String,
    /// The same in Chinese.
    pub title_zh: String,
    /// The story that provokes it, when one is needed.
    pub provoked_by: Option<String>,
    /// What it says.
    pub verdict: Verdict,
}

/// How a run stands as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Every rule was exercised and holds.
    Green,
    /// No rule was breached, but not every rule was exercised.
    NotProved,
    /// A rule was breached.
    Breached,
    /// The kit could not do its work.
    Broken,
}

/// Judges a bundle by these rules.
pub fn judge<'r>(bundle: &Bundle, rules: impl IntoIterator<Item = &'r Rule>) -> Judged {
    let run = Run::of(bundle);
    let judgements = rules.into_iter().map(|rule| Judgement {
        id: rule.id.to_owned(),
        level: rule.level,
        title: rule.title().to_owned(),
        title_zh: rule.title_chinese().to_owned(),
        provoked_by: rule.provoked_by.map(str::to_owned),
        verdict: closed((rule.judge)(&run), &run),
    });
    Judged { judgements: judgements.collect(), trouble: bundle.broken().map(str::to_owned) }
}

/// What is missing from a journal could be the very breach.
fn closed(verdict: Verdict, run: &Run) -> Verdict {
    match (verdict, &run.incomplete) {
        (Verdict::Holds, Some(why)) => Verdict::NotExercised(format!("the journal is not the whole traffic: {why}")),
        (verdict, _) => verdict,
    }
}

impl Judged {
    /// How the run stands as a whole.
    pub fn standing(&self) -> Standing {
        let any = |wanted: fn(&Verdict) -> bool| self.judgements.iter().any(|judgement| wanted(&judgement.verdict));
        if any(|verdict| matches!(verdict, Verdict::Breached(_))) {
            Standing::Breached
        } else if self.trouble.is_some() {
            Standing::Broken
        } else if any(|verdict| matches!(verdict, Verdict::NotExercised(_))) {
            Standing::NotProved
        } else {
            Standing::Green
        }
    }

    /// The rules that report a breach.
    pub fn breached(&self) -> impl Iterator<Item = &Judgement> {
        self.judgements.iter().filter(|judgement| judgement.verdict.breach().is_some())
    }

    /// The verdict of a rule.
    pub fn verdict(&self, id: &str) -> Option<&Verdict> {
        self.judgements.iter().find(|judgement| judgement.id == id).map(|judgement| &judgement.verdict)
    }
}
