//! Judging runs by rules. Pure: the same bundles give the same verdicts, today or next year.
//!
//! Fails closed: a journal that is not the whole traffic proves no rule, what was not exercised has not passed, and a judge that
//! fails is an error of the kit and never a verdict. What the verdicts come to is [`Standing`]; on which terms, [`Terms`].

use crate::expected::Expected;
use crate::profile::{Part, Profile};
use crate::rule::{Breach, Level, Rests, Rule, Verdict};
use crate::rules;
use crate::run::Run;
use crate::terms::Terms;
use scenarios::Run as Bundle;
use serde::{Deserialize, Serialize};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Every rule's verdict on some runs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Judged {
    /// The profiles it was judged by.
    pub profiles: Vec<String>,
    /// Whether the traffic, and nobody else, said which.
    pub profiles_from_traffic: bool,
    /// Whether rules that say what should be count.
    pub strict: bool,
    /// One for each rule, by id.
    pub judgements: Vec<Judgement>,
    /// Why the kit could not do its work, when it could not: then the verdicts say nothing about the merchant.
    pub trouble: Option<String>,
    /// Entries of the list of expected failures that are not right any more, one line each.
    pub outdated: Vec<String>,
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
    /// Whether the run is not green without it.
    pub required: bool,
    /// Whether a breach of it counts: by its level, the run's strictness, or because it was asked for.
    pub counts: bool,
    /// What came of it.
    pub outcome: Outcome,
    /// The sandbox whose traffic decided, when several were judged together.
    pub sandbox: Option<String>,
    /// Why a breach of it is expected, while that stands on the list.
    pub expected: Option<String>,
}

/// What came of judging by one rule.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outcome {
    /// The rule spoke.
    Verdict(Verdict),
    /// The kit failed: nothing is known.
    KitError {
        /// How.
        kit_error: String,
    },
}

/// How a run stands as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Every required rule was exercised, and none that counts was breached.
    Green,
    /// No rule that counts was breached, but not every required one was exercised.
    NotProved,
    /// A rule that counts was breached.
    Breached,
    /// Nothing is wrong but the list of expected failures.
    Outdated,
    /// The kit could not do its work.
    Broken,
}

/// Judges one bundle by these rules, all of them required.
pub fn judge<'r>(bundle: &Bundle, rules: impl IntoIterator<Item = &'r Rule>) -> Judged {
    let run = Run::of(bundle);
    let judgements = rules.into_iter().map(|rule| Judgement::of(rule, one(rule, &run, bundle))).collect();
    Judged { judgements, trouble: bundle.broken().map(str::to_owned), ..Judged::nothing() }
}

/// Judges bundles on terms. Bundles of one sandbox are one run; of several sandboxes the gravest verdict stands.
pub fn judge_by(bundles: &[Bundle], terms: &Terms) -> Judged {
    let runs: Vec<(Run, Bundle)> = together(bundles).into_iter().map(|bundle| (Run::of(&bundle), bundle)).collect();
    let mut profiles: Vec<&Profile> = runs.iter().flat_map(|(run, _)| terms.profiles_of(run)).collect();
    profiles.sort_unstable_by_key(|profile| profile.name);
    profiles.dedup();
    let mut judgements = Vec::new();
    for rule in rules::all() {
        let part = terms.part(rule, &profiles);
        if part == Part::None {
            continue;
        }
        let outcomes = runs.iter().map(|(run, bundle)| {
            let outcome = one(rule, run, bundle);
            (outcome.gravity(bundle.broken().is_some()), outcome, &bundle.sandbox)
        });
        let (outcome, sandbox) = outcomes.reduce(|one, other| if other.0 > one.0 { other } else { one }).map_or_else(
            || (Verdict::not_exercised("nothing was recorded").into(), None),
            |(_, outcome, sandbox)| (outcome, Some(sandbox)),
        );
        let counts = part == Part::Required || terms.counts(rule.level);
        let sandbox = sandbox.filter(|sandbox| runs.len() > 1 && !sandbox.is_empty()).cloned();
        judgements.push(Judgement { required: part == Part::Required, counts, sandbox, ..Judgement::of(rule, outcome) });
    }
    let outdated = compare(&mut judgements, &terms.expected, &terms.today);
    let trouble = runs.iter().find_map(|(_, bundle)| bundle.broken().map(str::to_owned));
    // what was asked for by name was judged by no profile
    let selected = !terms.ids.is_empty() || !terms.areas.is_empty();
    let names = profiles.iter().filter(|_| !selected).map(|profile| profile.name.to_owned()).collect();
    Judged {
        profiles: names,
        profiles_from_traffic: terms.profiles.is_empty() && !selected,
        strict: terms.strict,
        judgements,
        trouble,
        outdated,
    }
}

/// Bundles of the same sandbox put one behind the other: numbers and marks mean the same in them.
fn together(bundles: &[Bundle]) -> Vec<Bundle> {
    let mut runs: Vec<Bundle> = Vec::new();
    for bundle in bundles {
        let same = |run: &Bundle| (&run.sandbox, run.seed) == (&bundle.sandbox, bundle.seed);
        match runs.iter().position(same) {
            Some(place) => {
                let earlier = std::mem::take(&mut runs[place]);
                runs[place] = earlier.and(bundle.clone());
            }
            None => runs.push(bundle.clone()),
        }
    }
    runs
}

/// How it is said that a judge itself failed.
const FAILED: &str = "a judge failed";

/// What one rule says about one run.
fn one(rule: &Rule, run: &Run, bundle: &Bundle) -> Outcome {
    let Ok(verdict) = catch_unwind(AssertUnwindSafe(|| (rule.judge)(run))) else {
        return Outcome::KitError { kit_error: format!("{FAILED}, that of {}: please report it with the bundle", rule.id) };
    };
    let broken = bundle.broken();
    match (verdict, run.incomplete.as_deref(), run.unfinished.as_deref()) {
        (Verdict::Breached(breach), Some(why), _) if breach.rests < Rests::ItsProof => {
            Verdict::not_exercised(format!("not everything was seen: {why}")).into()
        }
        (Verdict::Breached(breach), None, why) if breach.rests == Rests::Absence && why.or(broken).is_some() => {
            Verdict::not_exercised(format!("more was to come: {}", why.or(broken).unwrap_or_default())).into()
        }
        // known by now, and no part of the verdict
        (Verdict::Breached(breach), ..) => Verdict::Breached(Breach { rests: Rests::default(), ..breach }).into(),
        // what is missing from a journal could be the very breach
        (Verdict::Holds, Some(why), _) => Verdict::not_exercised(format!("the journal is not the whole traffic: {why}")).into(),
        (Verdict::Holds, None, Some(why)) => Verdict::not_exercised(format!("more was to come: {why}")).into(),
        (Verdict::NotExercised(_), ..) if rule.provoked_by.is_some() && broken.is_some() => {
            Outcome::KitError { kit_error: format!("a story broke: {}", broken.unwrap_or_default()) }
        }
        (verdict, ..) => verdict.into(),
    }
}

/// Compares breaches with the list of those expected; gives what is not right about the list.
fn compare(judgements: &mut [Judgement], expected: &[Expected], today: &str) -> Vec<String> {
    let mut outdated = Vec::new();
    for entry in expected {
        let Expected { rule, reason, until } = entry;
        let Some(judgement) = judgements.iter_mut().find(|judgement| judgement.id == *rule) else { continue };
        if entry.is_over(today) {
            outdated.push(format!("{rule}: its day was {until}; mend it, or give it a new day with a reason ({reason})"));
        } else if judgement.outcome == Outcome::Verdict(Verdict::Holds) {
            outdated.push(format!("{rule} holds: take it off the list, so that the next breach shows ({reason})"));
        } else if judgement.breach().is_some() {
            judgement.expected = Some(format!("{reason} (until {until})"));
        }
    }
    outdated
}

impl Judged {
    fn nothing() -> Self {
        Self {
            profiles: Vec::new(),
            profiles_from_traffic: false,
            strict: true,
            judgements: Vec::new(),
            trouble: None,
            outdated: Vec::new(),
        }
    }

    /// How the run stands as a whole.
    pub fn standing(&self) -> Standing {
        let any = |wanted: fn(&Judgement) -> bool| self.judgements.iter().any(wanted);
        if any(|judgement| judgement.counts && judgement.breach().is_some() && judgement.expected.is_none()) {
            Standing::Breached
        } else if self.trouble.is_some() || any(|judgement| judgement.kit_error().is_some()) {
            Standing::Broken
        } else if !self.outdated.is_empty() {
            Standing::Outdated
        } else if self.judgements.is_empty() || any(|judgement| judgement.required && judgement.not_exercised().is_some()) {
            Standing::NotProved
        } else {
            Standing::Green
        }
    }

    /// The rules that report a breach.
    pub fn breached(&self) -> impl Iterator<Item = &Judgement> {
        self.judgements.iter().filter(|judgement| judgement.breach().is_some())
    }

    /// The verdict of a rule, when it gave one.
    pub fn verdict(&self, id: &str) -> Option<&Verdict> {
        self.judgements.iter().find(|judgement| judgement.id == id)?.verdict()
    }
}

impl Judgement {
    fn of(rule: &Rule, outcome: Outcome) -> Self {
        Self {
            id: rule.id.to_owned(),
            level: rule.level,
            title: rule.title().to_owned(),
            title_zh: rule.title_chinese().to_owned(),
            provoked_by: rule.provoked_by.map(str::to_owned),
            required: true,
            counts: true,
            outcome,
            sandbox: None,
            expected: None,
        }
    }

    /// The verdict, when the rule gave one.
    pub fn verdict(&self) -> Option<&Verdict> {
        if let Outcome::Verdict(verdict) = &self.outcome { Some(verdict) } else { None }
    }

    /// The breach, if it is one.
    pub fn breach(&self) -> Option<&Breach> {
        self.verdict()?.breach()
    }

    /// Why it was not exercised, if it was not.
    pub fn not_exercised(&self) -> Option<&str> {
        if let Some(Verdict::NotExercised(why)) = self.verdict() { Some(why) } else { None }
    }

    /// How the kit failed, if it did.
    pub fn kit_error(&self) -> Option<&str> {
        if let Outcome::KitError { kit_error } = &self.outcome { Some(kit_error) } else { None }
    }
}

impl Outcome {
    /// Of several runs the gravest outcome stands: a breach anywhere is one, and a proof anywhere is better than none. A story that broke
    /// takes no proof away that another one gave; a judge that failed does.
    fn gravity(&self, story_broke: bool) -> u8 {
        match self {
            Self::Verdict(Verdict::NotExercised(_)) => 0,
            Self::KitError { kit_error } if story_broke && !kit_error.starts_with(FAILED) => 1,
            Self::Verdict(Verdict::Holds) => 2,
            Self::KitError { .. } => 3,
            Self::Verdict(Verdict::Breached(_)) => 4,
        }
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        Self::Verdict(verdict)
    }
}

#[cfg(test)]
mod tests;
