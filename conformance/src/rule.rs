//! What a rule is and what it can say. The judge's function is the check; level and citation stand apart from it.

use crate::run::{Call, Delivery, Page, Run, Sight};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};

/// How grave a breach is. Belongs to the rule; how strictly a run is taken belongs to the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Money, security or data are lost.
    Must,
    /// Customers or operators suffer.
    Should,
    /// It would be better.
    Advice,
}

impl Display for Level {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Advice => "advice",
        })
    }
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Area and number; never used again for another rule.
    pub id: &'static str,
    /// How grave a breach is.
    pub level: Level,
    /// The version it first stood in.
    pub since: &'static str,
    /// The story that provokes it; absent when any traffic shows it.
    pub provoked_by: Option<&'static str>,
    /// The practice merchant's defect under which it reports a breach.
    pub bites_on: &'static str,
    /// Looks at one fact in a finished run.
    pub judge: fn(&Run) -> Verdict,
    /// The text of its own file, whose heading comment is its page.
    pub source: &'static str,
    /// Its page in Chinese.
    pub chinese: &'static str,
}

/// What a rule says about a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The run shows that it holds.
    Holds,
    /// The run shows that it does not.
    Breached(Breach),
    /// The run shows neither; with the reason.
    NotExercised(String),
}

/// A breach, with what proves it and what mends it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Breach {
    /// What should have been.
    pub expected: String,
    /// What was.
    pub observed: String,
    /// What to change.
    pub hint: Hint,
    /// What proves it.
    pub evidence: Evidence,
    /// How much of the traffic has to be there for it; the judge asks.
    #[serde(skip)]
    pub(crate) rests: Rests,
}

/// What a breach rests on: how much of the traffic has to be there for it to be one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) enum Rests {
    /// On something that did not come: all the traffic has to be there, and the story has to be over.
    #[default]
    Absence,
    /// On all that came until then: nothing may be missing, but more may come.
    WhatCame,
    /// On what it shows: whatever else is missing, it stays one.
    ItsProof,
}

/// What to change, at most 200 characters in each language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hint {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// What proves a breach.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Numbers of the exchanges in the journal.
    pub exchanges: Vec<u64>,
    /// Bytes and figures, by name.
    pub facts: Vec<(String, String)>,
}

impl Breach {
    /// A breach that a call, a delivery or a page shows.
    pub(crate) fn by(exhibit: &impl Exhibit, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        let hint = Hint { en: String::new(), zh: String::new() };
        let evidence = Evidence { exchanges: vec![exhibit.number()], facts: vec![("call".to_owned(), exhibit.called())] };
        Self { expected: expected.into(), observed: observed.into(), hint, evidence, rests: Rests::default() }
    }

    /// The same, where nothing that comes later can make it right.
    pub(crate) fn by_then(exhibit: &impl Exhibit, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self { rests: Rests::WhatCame, ..Self::by(exhibit, expected, observed) }
    }

    /// The same, where what it shows is enough and nothing else of the traffic can make it right.
    pub(crate) fn by_itself(exhibit: &impl Exhibit, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self { rests: Rests::ItsProof, ..Self::by(exhibit, expected, observed) }
    }

    /// A breach that people were shown, beside the exchange that came right before.
    pub(crate) fn shown(run: &Run, sight: &Sight, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        let (expected, observed) = (expected.into(), observed.into());
        let until = |at_ms: i64| sight.at_ms.is_none_or(|seen| at_ms <= seen);
        let page = run.pages.iter().rfind(|page| page.redirect.is_some() && until(page.at_ms));
        let breach = match (page, run.calls.iter().rfind(|call| until(call.at_ms)).or(run.calls.last())) {
            (Some(page), _) => Self::by(page, expected, observed),
            (None, Some(call)) => Self::by(call, expected, observed),
            (None, None) => Self::by(&Page::default(), expected, observed),
        };
        breach.fact("shown", sight.told())
    }

    /// What to change. What is quoted in it may make it longer than a hint is; then it is cut.
    #[must_use]
    pub(crate) fn mend(mut self, en: impl Into<String>, zh: impl Into<String>) -> Self {
        self.hint = Hint { en: cut(en.into(), HINT), zh: cut(zh.into(), HINT) };
        self
    }

    /// Another exchange that belongs to it.
    #[must_use]
    pub(crate) fn and(mut self, exhibit: &impl Exhibit) -> Self {
        self.evidence.exchanges.push(exhibit.number());
        self.evidence.facts.push(("call".to_owned(), exhibit.called()));
        self
    }

    /// A figure or text that proves it.
    #[must_use]
    pub(crate) fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.evidence.facts.push((name.to_owned(), value.into()));
        self
    }
}

/// The most characters of a hint.
const HINT: usize = 200;

/// A text of at most so many characters, with a mark where it was cut.
pub(crate) fn cut(text: String, most: usize) -> String {
    if text.chars().count() > most { text.chars().take(most - 1).chain(['…']).collect() } else { text }
}

/// What can be shown as evidence: an exchange of the journal.
pub(crate) trait Exhibit {
    /// Its number in the journal.
    fn number(&self) -> u64;

    /// As evidence names it.
    fn called(&self) -> String;
}

macro_rules! exhibits {
    ($($kind:ty),+) => {
        $(impl Exhibit for $kind {
            fn number(&self) -> u64 {
                self.id
            }

            fn called(&self) -> String {
                self.name()
            }
        })+
    };
}

exhibits!(Call, Delivery, Page);

impl From<Breach> for Verdict {
    fn from(breach: Breach) -> Self {
        Self::Breached(breach)
    }
}

impl Verdict {
    /// Neither holds nor breached, because of that.
    pub(crate) fn not_exercised(why: impl Into<String>) -> Self {
        Self::NotExercised(why.into())
    }

    /// Holds when something was looked at; not exercised, because of that, when nothing was.
    pub(crate) fn after(looked_at: usize, why_not: &str) -> Self {
        if looked_at == 0 { Self::not_exercised(why_not) } else { Self::Holds }
    }

    /// The breach, if it is one.
    pub fn breach(&self) -> Option<&Breach> {
        if let Self::Breached(breach) = self { Some(breach) } else { None }
    }
}

impl Rule {
    /// Its area: the letters of its id.
    pub fn area(&self) -> &'static str {
        self.id.split('-').next().unwrap_or_default()
    }

    /// Its title: the heading of its page, without the id.
    pub fn title(&self) -> &'static str {
        let heading = self.source.lines().next().unwrap_or_default();
        heading.trim_start_matches("//! # ").trim_start_matches(self.id).trim_start_matches(": ")
    }

    /// Its title in Chinese.
    pub fn title_chinese(&self) -> &'static str {
        let heading = self.chinese.lines().next().unwrap_or_default();
        heading.trim_start_matches("# ").trim_start_matches(self.id).trim_start_matches(['：', ':', ' '])
    }
}
