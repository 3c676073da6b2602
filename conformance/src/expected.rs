//! The list of expected failures: rules that a merchant is known to breach, why, and until when that is bearable.
//!
//! It takes the sting out of a breach, never out of a kit that failed. An entry past its day counts no more and is told; so is a rule
//! that is on the list and holds: a list that is not kept up hides the next breach. Format: TOML, read with the lines at hand.

use crate::rules;
use scenarios::nearest::nearest;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::ops::Range;
use toml::Spanned;

/// A breach that is expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// The rule.
    pub rule: String,
    /// Why it is breached.
    pub reason: String,
    /// The last day on which that is bearable, `yyyy-MM-dd`.
    pub until: String,
}

/// What is wrong with a list, for the person who wrote it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct Unreadable {
    /// Line, from 1; 0 when the list as a whole is meant.
    pub line: usize,
    /// That line.
    pub text: String,
    /// What is wrong and what to do.
    pub what: String,
}

impl Display for Unreadable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.line == 0 { f.write_str(&self.what) } else { write!(f, "line {}: {}\n  | {}", self.line, self.what, self.text) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    expected: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: Spanned<String>,
    reason: Spanned<String>,
    until: Spanned<toml::value::Datetime>,
}

/// Reads a list; every entry is looked at, and the first mistake told.
///
/// # Errors
/// [`Unreadable`].
pub fn read(text: &str) -> Result<Vec<Expected>, Unreadable> {
    let wrong = |span: Range<usize>, what: String| {
        let line = text[..span.start.min(text.len())].matches('\n').count();
        Unreadable { line: line + 1, text: text.lines().nth(line).unwrap_or_default().to_owned(), what }
    };
    let list: List = toml::from_str(text).map_err(|error| match error.span() {
        Some(span) => wrong(span, error.message().to_owned()),
        None => Unreadable { line: 0, text: String::new(), what: error.message().to_owned() },
    })?;
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for entry in list.expected {
        let Entry { rule, reason, until } = entry.into_inner();
        let (at, id) = (rule.span(), rule.into_inner());
        if rules::all().all(|rule| rule.id != id) {
            return Err(wrong(at, unknown_rule(&id)));
        }
        let line = text[..at.start].matches('\n').count() + 1;
        if let Some(first) = known.insert(id.clone(), line) {
            return Err(wrong(at, format!("{id} stands in line {first} already: one entry a rule")));
        }
        if reason.get_ref().trim().is_empty() {
            return Err(wrong(reason.span(), "a reason is needed: whoever reads this in a year asks why".to_owned()));
        }
        let Some(date) = until.get_ref().date else { return Err(wrong(until.span(), "a day is needed, such as 2027-03-31".to_owned())) };
        found.push(Expected { rule: id, reason: reason.into_inner(), until: date.to_string() });
    }
    Ok(found)
}

/// That there is no such rule, with the one that may be meant.
pub fn unknown_rule(id: &str) -> String {
    let meant = rules::all().find(|rule| rule.id.eq_ignore_ascii_case(id)).map(|rule| rule.id);
    let meant = meant.or_else(|| nearest(id, rules::all().map(|rule| rule.id)));
    let meant = meant.map_or_else(|| "`kabao explain` lists them".to_owned(), |meant| format!("is {meant} meant?"));
    format!("there is no rule {id:?}; {meant}")
}

impl Expected {
    /// Whether its day is over on this one, `yyyy-MM-dd`.
    pub fn is_over(&self, today: &str) -> bool {
        self.until.as_str() < today
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[expected]]\nrule = \"SIG-007\"\nreason = \"the till is replaced in spring\"\nuntil = 2027-03-31\n";

    #[test]
    fn an_entry_has_a_rule_a_reason_and_a_last_day() {
        let list = read(GOOD).unwrap();
        assert_eq!((list[0].rule.as_str(), list[0].until.as_str()), ("SIG-007", "2027-03-31"));
        assert!(!list[0].is_over("2027-03-31") && list[0].is_over("2027-04-01"));
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn a_mistake_points_at_its_line() {
        for (text, line, says) in [
            (GOOD.replace("SIG-007", "SIG-077"), 2, "is SIG-00"),
            (GOOD.replace("SIG-007", "sig-007"), 2, "is SIG-007 meant?"),
            (GOOD.repeat(2), 6, "stands in line 2 already"),
            (GOOD.replace("the till is replaced in spring", " "), 3, "a reason is needed"),
            (GOOD.replace("2027-03-31", "12:00:00"), 4, "a day is needed"),
            (GOOD.replace("2027-03-31", "2027-02-31"), 4, ""),
            (GOOD.replace("until", "till"), 4, "till"),
            (GOOD.replace("reason = \"the till is replaced in spring\"\n", ""), 1, "reason"),
            ("[[expected]]\nrule =".to_owned(), 2, ""),
        ] {
            let wrong = read(&text).unwrap_err();
            assert!(wrong.line == line && wrong.what.contains(says), "{text}\n{wrong}");
        }
    }
}
