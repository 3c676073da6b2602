//! A hunt for hidden bugs: which defects a practice merchant gets from a number and a seed, and what somebody who looks for them
//! is worth. The same number and seed hide the same bugs in the same version, so a score needs neither merchant nor network.

use crate::practice::Defect;
use crate::rules;
use scenarios::nearest::nearest;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

/// Bugs that are hidden.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hunt {
    /// Which.
    pub hidden: BTreeSet<Defect>,
}

/// What one word of the person is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finding {
    /// A bug that was hidden.
    Found(Defect),
    /// A rule that is breached because of a hidden bug that breaks another one: neither found nor a false alarm.
    Follows,
    /// Nothing is wrong there.
    FalseAlarm,
}

/// What somebody who looked for the bugs is worth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Score {
    /// Every word, once, with what it is.
    pub findings: Vec<(String, Finding)>,
    /// What nobody named.
    pub left: BTreeSet<Defect>,
    /// How many were hidden.
    pub hidden: usize,
}

/// Why no hunt, or no score, came about.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoHunt(String);

impl Hunt {
    /// So many bugs chosen by the seed: each breaks a rule of its own, and none stops the shop before anything else can be seen.
    ///
    /// # Errors
    /// There are not so many.
    pub fn new(count: usize, seed: u64) -> Result<Self, NoHunt> {
        let mut drawn: Vec<Defect> = Defect::ALL.iter().copied().filter(|defect| !defect.stops_the_shop()).collect();
        // by name, so that a defect more in a later version moves few of the others
        drawn.sort_by_cached_key(|defect| Sha256::digest(format!("{seed} {defect}")));
        let mut broken = BTreeSet::new();
        drawn.retain(|defect| broken.insert(defect.breaks()));
        if count == 0 || count > drawn.len() {
            return Err(NoHunt(format!("{count} bugs cannot be hidden: 1 to {} can", drawn.len())));
        }
        Ok(Self { hidden: drawn.into_iter().take(count).collect() })
    }

    /// What these words are worth: ids of rules, or names of defects.
    ///
    /// # Errors
    /// A word that is neither.
    pub fn score(&self, words: &[String]) -> Result<Score, NoHunt> {
        let mut findings: Vec<(String, Finding)> = Vec::new();
        for word in words {
            let rule = rules::all().find(|rule| rule.id.eq_ignore_ascii_case(word)).map(|rule| rule.id);
            let named = rule.or(Defect::named(word).map(Defect::name)).ok_or_else(|| unknown(word))?;
            if findings.iter().all(|(known, _)| known != named) {
                findings.push((named.to_owned(), self.finding(named)));
            }
        }
        let found = |defect: &Defect| findings.iter().any(|(_, finding)| *finding == Finding::Found(*defect));
        let left = self.hidden.iter().copied().filter(|defect| !found(defect)).collect();
        Ok(Score { left, hidden: self.hidden.len(), findings })
    }

    fn finding(&self, word: &str) -> Finding {
        let found = self.hidden.iter().find(|defect| defect.breaks() == word || defect.name() == word);
        let follows = || self.hidden.iter().any(|defect| defect.consequences().contains(&word));
        match found {
            Some(defect) => Finding::Found(*defect),
            None if follows() => Finding::Follows,
            None => Finding::FalseAlarm,
        }
    }
}

fn unknown(word: &str) -> NoHunt {
    let names = rules::all().map(|rule| rule.id).chain(Defect::ALL.iter().map(|defect| defect.name()));
    let meant = nearest(word, names).map(|meant| format!("; is {meant} meant?")).unwrap_or_default();
    NoHunt(format!("{word:?} is neither the id of a rule nor the name of a defect{meant}"))
}

impl Score {
    /// Whether all were found and nothing else was named.
    pub fn is_perfect(&self) -> bool {
        self.left.is_empty() && self.false_alarms() == 0
    }

    /// How many words meant nothing that is wrong.
    pub fn false_alarms(&self) -> usize {
        self.findings.iter().filter(|(_, finding)| *finding == Finding::FalseAlarm).count()
    }
}

impl Display for Score {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (word, finding) in &self.findings {
            match finding {
                Finding::Found(defect) => writeln!(f, "  ✓ {word}  found: {defect} breaks {}", defect.breaks())?,
                Finding::Follows => writeln!(f, "  ~ {word}  breached, but by a bug whose own rule is another")?,
                Finding::FalseAlarm => writeln!(f, "  ✗ {word}  a false alarm: that is right")?,
            }
        }
        let found = self.hidden - self.left.len();
        let alarms = self.false_alarms();
        let plural = if alarms == 1 { "" } else { "s" };
        write!(f, "{found} of {} found, {alarms} false alarm{plural}, {} still hidden", self.hidden, self.left.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_seed_hides_the_same_bugs_again_and_other_seeds_hide_others() {
        assert_eq!(Hunt::new(3, 3), Hunt::new(3, 3));
        let different: BTreeSet<_> = (0..20).map(|seed| Hunt::new(3, seed).unwrap().hidden).collect();
        assert!(different.len() > 5, "{different:?}");
        for seed in 0..50 {
            let hidden = Hunt::new(5, seed).unwrap().hidden;
            let rules: BTreeSet<&str> = hidden.iter().map(|defect| defect.breaks()).collect();
            assert_eq!(rules.len(), 5, "two of {hidden:?} break the same rule");
            assert!(!hidden.iter().any(|defect| defect.stops_the_shop()), "{hidden:?}");
        }
        assert!(Hunt::new(0, 1).is_err() && Hunt::new(10_000, 1).unwrap_err().to_string().contains("1 to "));
    }

    #[test]
    fn what_was_found_what_follows_and_what_is_right_are_told_apart() {
        let hunt = Hunt { hidden: [Defect::UtcTimestamp, Defect::OpensWithoutForm, Defect::NoPointColumn].into() };
        let score = hunt.score(&words(&["sig-007", "SIG-007", "OPS-003", "UPD-004", "merchant.opens_without_form"])).unwrap();
        let findings: Vec<Finding> = score.findings.iter().map(|(_, finding)| *finding).collect();
        let found = [Finding::Found(Defect::UtcTimestamp), Finding::Follows, Finding::FalseAlarm, Finding::Found(Defect::OpensWithoutForm)];
        assert_eq!(findings, found);
        assert_eq!(score.left, [Defect::NoPointColumn].into());
        assert!(!score.is_perfect());
        let told = score.to_string();
        assert!(told.ends_with("2 of 3 found, 1 false alarm, 1 still hidden"), "{told}");
        assert!(!told.contains("TPL-001"), "what is hidden stays hidden: {told}");
        assert!(hunt.score(&words(&["SIG-007", "OPN-003", "TPL-001"])).unwrap().is_perfect());
        assert!(hunt.score(&words(&["SIG-07"])).unwrap_err().to_string().contains("is SIG-007 meant?"));
    }
}
