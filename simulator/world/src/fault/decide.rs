//! Which rule strikes a call: a function of the rules, of what the call says, and of dice that come in with it.

use super::{Fault, FaultMet, Faults, Rule, is_over};
use crate::moment::Moment;
use crate::names::AppId;

/// What a rule can be about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Aim {
    /// A merchant's call.
    Call,
    /// The delivery of a notice.
    Notice,
    /// A question of the platform to a merchant, for whose answer somebody waits.
    Ask,
}

/// What a call says of itself.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// What it is.
    pub aim: Aim,
    /// Whether it can be put off: a notice that goes because somebody asked for it cannot.
    pub can_wait: bool,
    /// The method, or the kind of notice.
    pub method: &'a str,
    /// The application.
    pub app: &'a AppId,
    /// When, in virtual time.
    pub now: Moment,
    /// The value of a parameter by its path.
    pub parameter: &'a dyn Fn(&str) -> Option<String>,
    /// The value of a header.
    pub header: &'a dyn Fn(&str) -> Option<String>,
    /// Whether the call is about this card.
    pub card: &'a dyn Fn(&str) -> bool,
    /// Whether the call's method can answer with this code.
    pub says: &'a dyn Fn(&str) -> bool,
    /// A number below a hundred for the n-th call that a rule is about.
    pub dice: &'a dyn Fn(u32, u64) -> u64,
}

/// What comes of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// What is recorded; nothing when no rule is about the call.
    pub met: Option<FaultMet>,
    /// The rule that strikes, and the how-manieth call it is about this is.
    pub strikes: Option<(u32, Rule, u64)>,
    /// Rules that would have struck, had not another.
    pub outdone: Vec<u32>,
}

impl Faults {
    /// Decides about one call. Of several rules that would strike the oldest does; the others count the call and are outdone.
    pub fn decide(&self, call: &Seen<'_>) -> Decision {
        let mut decision = Decision { met: None, strikes: None, outdone: Vec::new() };
        let mut met = Vec::new();
        for (number, fault) in self.rules.iter().filter(|(_, fault)| fault.rule.is_about(call)) {
            let count = fault.matched + 1;
            let due = fault.is_due(*number, count, call);
            let strikes = due && decision.strikes.is_none();
            if strikes {
                decision.strikes = Some((*number, fault.rule.clone(), count));
            } else if due {
                decision.outdone.push(*number);
            }
            met.push((*number, strikes));
        }
        decision.met = (!met.is_empty()).then(|| FaultMet { app: call.app.clone(), met, word: None });
        decision
    }
}

impl Rule {
    /// Whether a call is one of those it is about, whichever of them it strikes.
    pub fn is_about(&self, call: &Seen<'_>) -> bool {
        let fits = |wanted: &str, value: Option<String>| value.is_some_and(|value| is_like(wanted, &value));
        let kind = self.notice.as_deref().or(self.ask.as_deref()).or(self.method.as_deref());
        self.aim() == call.aim
            && (call.can_wait || self.late_seconds.is_none())
            && kind.is_none_or(|kind| is_like(kind, call.method))
            && self.app.as_deref().is_none_or(|app| app == call.app.as_str())
            && self.card.as_deref().is_none_or(call.card)
            && self.parameters.iter().all(|(path, wanted)| fits(wanted, (call.parameter)(path)))
            && self.header.iter().all(|(name, wanted)| fits(wanted, (call.header)(name)))
            && self.answer.as_ref().is_none_or(|answer| (call.says)(&answer.sub_code))
    }
}

impl Fault {
    /// Whether it strikes the `count`-th call it is about.
    fn is_due(&self, number: u32, count: u64, call: &Seen<'_>) -> bool {
        let rule = &self.rule;
        let over = |pace: super::Pace| {
            let open = self.paced.get(call.app).filter(|(since, _)| !is_over(*since, pace, call.now));
            open.map_or(0, |(_, calls)| *calls) >= pace.calls
        };
        rule.times.is_none_or(|times| self.struck < times)
            && rule.nth.is_none_or(|nth| count == nth)
            && rule.every.is_none_or(|every| count.is_multiple_of(every))
            && rule.first.is_none_or(|first| count <= first)
            && rule.percent.is_none_or(|percent| (call.dice)(number, count) < u64::from(percent))
            && rule.limit.is_none_or(over)
    }
}

/// Whether a value is the wanted one; `*` at an end of that stands for anything, and behind a `=` at its beginning for itself.
pub(crate) fn is_like(wanted: &str, value: &str) -> bool {
    if let Some(exactly) = wanted.strip_prefix('=') {
        return value == exactly;
    }
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(end), Some(_)) => value.contains(&end[..end.len() - 1]),
        (Some(end), None) => value.ends_with(end),
        (None, Some(start)) => value.starts_with(start),
        (None, None) => value == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_star_stands_for_anything_at_either_end_and_for_itself_behind_an_equals_sign() {
        for (wanted, value, fits) in [
            ("A*", "A17", true),
            ("*17", "A17", true),
            ("*1*", "A17", true),
            ("A17", "A17", true),
            ("A1", "A17", false),
            ("=A*", "A17", false),
            ("=A*", "A*", true),
            ("==A", "=A", true),
        ] {
            assert_eq!(is_like(wanted, value), fits, "{wanted} {value}");
        }
    }
}
