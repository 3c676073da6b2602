//! On which terms a run is judged: profiles, strictness, a selection of rules, the list of expected failures, and today's date.
//!
//! Terms never change a verdict; they say which verdicts are asked for and what the whole comes to.

use crate::expected::{Expected, unknown_rule};
use crate::profile::{ALL, Part, Profile};
use crate::rule::{Level, Rule};
use crate::rules;
use crate::run::Run;
use scenarios::nearest::nearest;

/// The story for rules that any traffic shows.
const ANY_TRAFFIC: &str = "alipay/shop_visit.feature";

/// The terms.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Terms {
    /// Profiles that were named; when there is none, the traffic says which.
    pub profiles: Vec<&'static Profile>,
    /// Whether rules that say what should be count like those that say what must be.
    pub strict: bool,
    /// Rules that were asked for by their ids.
    pub ids: Vec<&'static str>,
    /// Areas that were asked for.
    pub areas: Vec<String>,
    /// Breaches that are expected.
    pub expected: Vec<Expected>,
    /// The day on which expected breaches are looked at, `yyyy-MM-dd`.
    pub today: String,
}

/// A word of a selection that means nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct UnknownWord(String);

impl Terms {
    /// Adds a profile by name.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn profile(&mut self, name: &str) -> Result<(), UnknownWord> {
        let Some(profile) = Profile::named(name) else {
            let names: Vec<&str> = ALL.iter().map(|profile| profile.name).collect();
            return Err(UnknownWord(format!("there is no profile {name:?}; there are {}", names.join(", "))));
        };
        if !self.profiles.contains(&profile) {
            self.profiles.push(profile);
        }
        Ok(())
    }

    /// Adds a rule to the selection.
    ///
    /// # Errors
    /// There is none of that id.
    pub fn rule(&mut self, id: &str) -> Result<(), UnknownWord> {
        let known = rules::all().find(|rule| rule.id == id).map(|rule| rule.id);
        self.ids.push(known.ok_or_else(|| UnknownWord(unknown_rule(id)))?);
        Ok(())
    }

    /// Adds an area to the selection.
    ///
    /// # Errors
    /// No rule belongs to it.
    pub fn area(&mut self, area: &str) -> Result<(), UnknownWord> {
        if rules::all().all(|rule| rule.area() != area) {
            let mut areas: Vec<&str> = rules::all().map(Rule::area).collect();
            areas.dedup();
            let meant = nearest(&area.to_uppercase(), areas.clone()).map(|meant| format!("is {meant} meant? ")).unwrap_or_default();
            return Err(UnknownWord(format!("there is no area {area:?}; {meant}There are {}", areas.join(", "))));
        }
        self.areas.push(area.to_owned());
        Ok(())
    }

    /// The profiles that a run is judged by: those named, or those that its traffic shows.
    pub fn profiles_of(&self, run: &Run) -> Vec<&'static Profile> {
        if self.profiles.is_empty() { Profile::seen_in(run) } else { self.profiles.clone() }
    }

    /// What a rule is to a run of these profiles. Without any profile every rule is judged, and required by its level.
    pub fn part(&self, rule: &Rule, profiles: &[&Profile]) -> Part {
        if self.ids.contains(&rule.id) {
            return Part::Required;
        }
        let by_level = if self.counts(rule.level) { Part::Required } else { Part::LookedAt };
        if !self.ids.is_empty() || !self.areas.is_empty() {
            return if self.areas.iter().any(|area| area == rule.area()) { by_level } else { Part::None };
        }
        profiles.iter().map(|profile| profile.part(rule, self.strict)).max().unwrap_or(by_level)
    }

    /// The stories of the library that provoke the rules asked for, each once; of all profiles when none was named.
    pub fn stories(&self) -> Vec<&'static str> {
        let all: Vec<&Profile> = ALL.iter().collect();
        let profiles = if self.profiles.is_empty() { &all } else { &self.profiles };
        let asked = rules::all().filter(|rule| self.part(rule, profiles) != Part::None);
        let mut stories: Vec<&str> = asked.map(|rule| rule.provoked_by.unwrap_or(ANY_TRAFFIC)).collect();
        stories.sort_unstable();
        stories.dedup();
        stories
    }

    /// Whether a breach of a rule of this level counts.
    pub fn counts(&self, level: Level) -> bool {
        level == Level::Must || (self.strict && level == Level::Should)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_wrongly_is_answered_with_what_there_is() {
        let mut terms = Terms::default();
        for (wrong, says) in [
            (terms.profile("callback"), "callback-3.0, spi-3.1, till, pay, notify-only"),
            (terms.rule("sig-007"), "is SIG-007 meant?"),
            (terms.rule("SIG-777"), "there is no rule"),
            (terms.area("sig"), "is SIG meant?"),
        ] {
            let text = wrong.unwrap_err().to_string();
            assert!(text.contains(says), "{text}");
        }
        assert_eq!(terms, Terms::default());
    }

    #[test]
    fn the_stories_are_those_that_provoke_what_is_asked_for() {
        let mut terms = Terms::default();
        terms.rule("OPN-001").unwrap();
        terms.rule("SIG-001").unwrap();
        assert_eq!(terms.stories(), ["alipay/opening/lost_reply.feature", "alipay/shop_visit.feature"]);
        assert!(Terms::default().stories().contains(&"alipay/fast/one_step.feature"));
        let mut callback = Terms::default();
        callback.profile("callback-3.0").unwrap();
        assert!(!callback.stories().contains(&"alipay/fast/one_step.feature"));
    }

    #[test]
    fn a_selection_wins_over_profiles_and_what_is_selected_by_its_id_is_required() {
        let mut terms = Terms::default();
        let rule = |id: &str| rules::all().find(|rule| rule.id == id).unwrap();
        terms.profile("callback-3.0").unwrap();
        let profiles = terms.profiles.clone();
        assert_eq!(terms.part(rule("UPD-004"), &profiles), Part::LookedAt);
        terms.rule("UPD-004").unwrap();
        terms.area("SIG").unwrap();
        let part = |id: &str| terms.part(rule(id), &profiles);
        assert_eq!(
            [part("UPD-004"), part("SIG-001"), part("SIG-008"), part("OPN-001")],
            [Part::Required, Part::Required, Part::LookedAt, Part::None]
        );
    }
}
