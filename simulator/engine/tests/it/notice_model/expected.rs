//! What must become of every notice, in plain lists, written from issue 5 and PROTOCOL F and not from the engine's code: when it is
//! sent, how often, what the merchant then hears, and when it is over. Rules for faults are counted here once more.
//!
//! A notice comes again for these reasons only: its calendar (it was not taken), somebody asked, a fault doubled it, or what came of
//! the attempt could not be kept. It shares with the merchants what they answer, and nothing with the engine.

use super::merchants::{Answer, Mood};
use world::notice::Attempt;

/// Seconds between the attempts of a calendar.
pub(super) const GAPS: [i64; 4] = [30, 60, 600, 3_600];

/// What a rule does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    /// A notice comes twice.
    Twice,
    /// A notice is lost.
    Lost,
    /// A notice is signed by somebody else.
    Forged,
    /// A notice is so many seconds late.
    Late(i64),
    /// A notice says something else.
    Changed,
    /// A call is refused and has no effect.
    Busy,
    /// A call is refused and has its effect all the same.
    BusyAfterWork,
    /// A call has its effect and no answer.
    NoReply,
}

/// On which of the calls or notices that a rule is about it strikes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum When {
    Always,
    Nth(u64),
    Every(u64),
    Times(u64),
}

/// A rule as it was asked for, and what came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wanted {
    /// The method or the kind of notice.
    pub(super) about: &'static str,
    pub(super) effect: Effect,
    pub(super) when: When,
}

#[derive(Clone, Debug)]
struct Rule {
    wanted: Wanted,
    seen: u64,
    struck: u64,
}

/// An attempt: when, what came of it, whether somebody asked, whether it said something else, and how many copies went.
pub(super) type Tried = (i64, Attempt, bool, bool, u32);

/// A notice.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) to: usize,
    kind: &'static str,
    says: String,
    pub(super) next: Option<i64>,
    put_off: Option<i64>,
    pub(super) taken: bool,
    pub(super) tried: Vec<Tried>,
    came: usize,
}

/// All notices.
#[derive(Debug)]
pub(super) struct Expected {
    mood: Mood,
    pub(super) now: i64,
    pub(super) notices: Vec<Told>,
    /// What each merchant has heard.
    pub(super) heard: [Vec<String>; 2],
    rules: Vec<Rule>,
    /// How many notices came of which nothing could be kept.
    pub(super) unknown: usize,
}

impl Expected {
    pub(super) fn new(mood: Mood, now: i64) -> Self {
        Self { mood, now, notices: Vec::new(), heard: [Vec::new(), Vec::new()], rules: Vec::new(), unknown: 0 }
    }

    /// A merchant is to be told.
    pub(super) fn tell(&mut self, to: usize, kind: &'static str, says: &str) {
        let (says, next) = (says.to_owned(), Some(self.now));
        self.notices.push(Told { to, kind, says, next, put_off: None, taken: false, tried: Vec::new(), came: 0 });
    }

    pub(super) fn rule(&mut self, wanted: Wanted) {
        self.rules.push(Rule { wanted, seen: 0, struck: 0 });
    }

    /// The oldest rule that strikes; the others count.
    pub(super) fn strike(&mut self, about: &str, can_wait: bool) -> Option<Effect> {
        let mut strikes = None;
        let is_about = |rule: &&mut Rule| rule.wanted.about == about && (can_wait || !matches!(rule.wanted.effect, Effect::Late(_)));
        for rule in self.rules.iter_mut().filter(is_about) {
            rule.seen += 1;
            let due = match rule.wanted.when {
                When::Always => true,
                When::Nth(nth) => rule.seen == nth,
                When::Every(every) => rule.seen.is_multiple_of(every),
                When::Times(times) => rule.struck < times,
            };
            if due && strikes.is_none() {
                rule.struck += 1;
                strikes = Some(rule.wanted.effect);
            }
        }
        strikes
    }

    /// Takes away the oldest rule; gives its place among all that ever were.
    pub(super) fn unrule(&mut self) {
        self.rules.remove(0);
    }

    pub(super) fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }

    /// Time passes; what came of the n-th attempt cannot be kept, if `lost_at` says so: the process ends there and another one goes on.
    pub(super) fn pass(&mut self, until: i64, lost_at: Option<usize>) {
        let (mut at, mut left) = (self.now, lost_at);
        loop {
            let due =
                self.notices.iter().enumerate().filter_map(|(place, notice)| Some((notice.next.filter(|next| *next <= until)?, place)));
            let Some((next, place)) = due.min() else { break };
            at = at.max(next);
            let is_kept = left != Some(0);
            match self.deliver(place, at, None, is_kept) {
                // it was put off
                None => {}
                Some(_) => left = left.and_then(|left| left.checked_sub(1)),
            }
        }
        self.now = until;
    }

    /// Somebody asks for a notice, perhaps with other words.
    pub(super) fn ask(&mut self, place: usize, changed: bool, is_kept: bool) -> Option<Attempt> {
        self.deliver(place, self.now, Some(changed), is_kept)
    }

    fn deliver(&mut self, place: usize, at: i64, asked: Option<bool>, is_kept: bool) -> Option<Attempt> {
        let notice = &self.notices[place];
        let was_put_off = asked.is_none() && notice.put_off.is_some() && notice.put_off == notice.next;
        let kind = notice.kind;
        let struck = if was_put_off { None } else { self.strike(kind, asked.is_none()) };
        let notice = &mut self.notices[place];
        if let (Some(Effect::Late(seconds)), None) = (struck, asked) {
            notice.put_off = Some(at + seconds * 1_000);
            notice.next = notice.put_off;
            return None;
        }
        let changed = asked == Some(true) || struck == Some(Effect::Changed);
        let copies = u32::from(struck == Some(Effect::Twice));
        let mut first = None;
        if struck == Some(Effect::Lost) {
            first = Some(Attempt::Lost);
        } else {
            let says = if struck == Some(Effect::Changed) {
                "a rule's"
            } else if changed {
                "asked"
            } else {
                notice.says.as_str()
            };
            let forged = if struck == Some(Effect::Forged) { "&forged" } else { "" };
            for _ in 0..=copies {
                self.heard[notice.to].push(format!("n={place}&says={says}{forged}"));
                notice.came += 1;
                let came = match self.mood.answer(place, notice.came) {
                    Answer::Success => Attempt::Taken,
                    Answer::Fail | Answer::Redirect | Answer::Page => Attempt::NotTaken,
                    Answer::Cut => Attempt::Unreachable,
                    Answer::Hang => Attempt::TimedOut,
                };
                first.get_or_insert(came);
            }
        }
        if !is_kept {
            self.unknown += if first == Some(Attempt::Lost) { 0 } else { 1 + usize::try_from(copies).unwrap() };
            return first;
        }
        let is_taken = first == Some(Attempt::Taken);
        notice.taken |= is_taken && !changed;
        notice.tried.push((at, first?, asked.is_some(), changed, copies));
        let tried = notice.tried.iter().filter(|(_, _, asked, ..)| !asked).count();
        match asked {
            Some(_) if is_taken && !changed => notice.next = None,
            Some(_) => {}
            None if is_taken => notice.next = None,
            None => notice.next = GAPS.get(tried - 1).map(|gap| at + gap * 1_000),
        }
        first
    }
}
