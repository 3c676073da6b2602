//! Notices to merchants as due work: what is to be sent, each attempt and what came of it, and when the next one is due.
//!
//! A notice is durable before it is first sent and after every attempt, so a restart forgets none. What it says, how it is
//! signed and when it is sent again is the provider's business. Source: DESIGN "Due work is state"; gateway PROTOCOL F.

mod waiting;

use crate::moment::Moment;
use crate::names::{AppId, NoticeId};
use crate::table::Keyed;
use crate::world::World;
use serde::{Deserialize, Serialize};
pub(crate) use waiting::Waiting;
pub use waiting::target_of;

/// The most attempts that a notice remembers: a merchant may ask for it again and again.
const ATTEMPTS_KEPT: usize = 100;

/// So many notices that came to their end are kept, the newest, and at most twice as many before the rest is forgotten.
pub const ENDED_KEPT: usize = 10_000;
/// How many of the newest notices are asked where they go.
const NOTICES_ASKED: usize = 10_000;

/// A notice is to be sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NoticeMade {
    /// Its number.
    pub notice: NoticeId,
    /// The application it is for: its keys sign.
    pub app: AppId,
    /// The provider's word for what kind it is.
    pub kind: String,
    /// Where it goes.
    pub url: String,
    /// What it says, names and values in order, unsigned.
    pub parameters: Vec<(String, String)>,
    /// When it is due.
    pub due: Moment,
}

/// What came of an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attempt {
    /// The merchant took it.
    Taken,
    /// The merchant answered something else.
    NotTaken,
    /// No answer in time.
    TimedOut,
    /// The connection was refused or broke.
    Unreachable,
    /// Nothing was sent: the address may not be called.
    Forbidden,
    /// Nothing was sent, because a tester wanted it lost; the platform takes it for an answer that never came.
    Lost,
}

/// A change to what a notice says, made for one delivery: a parameter's new value, or none to leave it out.
pub type Edit = (String, Option<String>);

/// What is special about an attempt; nothing, for most.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Special {
    /// Whether somebody asked for it; then it stands beside the calendar and counts for nothing there.
    pub asked: bool,
    /// What it said otherwise than the notice, signed all the same.
    pub edited: Vec<Edit>,
    /// How many more times the same was sent at once.
    pub copies: u32,
    /// The fault that made it so, in words.
    pub cause: Option<String>,
}

/// An attempt was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NoticeTried {
    /// The notice.
    pub notice: NoticeId,
    /// What came of it.
    pub attempt: Attempt,
    /// HTTP status, when an answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// When it is tried again; absent when it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Moment>,
    /// What was special about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special: Option<Box<Special>>,
}

/// A notice that was due is sent later instead: those behind it overtake it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NoticePutOff {
    /// The notice.
    pub notice: NoticeId,
    /// When it is due now.
    pub until: Moment,
    /// The fault that made it so, in words.
    #[serde(default)]
    pub cause: Option<String>,
}

/// What a notice remembers of being put off.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PutOff {
    /// Until when.
    pub until: Moment,
    /// The fault that made it so, in words.
    pub cause: Option<String>,
}

/// Nothing that waits is sent any more: a copy of a sandbox does not tell the merchants of the one it was made from.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct NoticesDropped {
    /// How many waited.
    pub waiting: usize,
}

/// An attempt as a notice remembers it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tried {
    /// When it ended.
    pub at: Moment,
    /// What came of it.
    pub attempt: Attempt,
    /// HTTP status, when an answer came.
    pub status: Option<u16>,
    /// What was special about it.
    pub special: Option<Box<Special>>,
}

impl Tried {
    /// Whether somebody asked for it beside the calendar.
    pub fn is_asked(&self) -> bool {
        self.special.as_ref().is_some_and(|special| special.asked)
    }
}

/// A notice as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// What is sent.
    pub made: NoticeMade,
    /// When it was made.
    pub at: Moment,
    /// The attempts so far: all of the calendar, and the newest that somebody asked for.
    pub attempts: Vec<Tried>,
    /// When it is tried next; absent when it is over.
    pub next: Option<Moment>,
    /// Whether the merchant took it as it is.
    pub taken: bool,
    /// Until when a fault put it off, and why, once it did.
    pub put_off: Option<PutOff>,
}

impl Keyed for Notice {
    type Key = NoticeId;
    fn key(&self) -> &NoticeId {
        &self.made.notice
    }
}

impl Notice {
    /// Whether the merchant took it.
    pub fn is_taken(&self) -> bool {
        self.taken
    }

    /// Where it goes, as `host:port`.
    pub fn target(&self) -> String {
        target_of(&self.made.url)
    }

    /// How many attempts the calendar has seen.
    pub fn scheduled(&self) -> usize {
        self.attempts.iter().filter(|tried| !tried.is_asked()).count()
    }

    /// What a delivery with these edits says.
    #[must_use]
    pub fn edited(mut self, edits: &[Edit]) -> Self {
        edit(&mut self.made.parameters, edits);
        self
    }
}

/// Changes what a request to a merchant says.
pub fn edit(parameters: &mut Vec<(String, String)>, edits: &[Edit]) {
    for (name, value) in edits {
        let place = parameters.iter().position(|(known, _)| known == name);
        match (place, value) {
            (Some(place), Some(value)) => parameters[place].1.clone_from(value),
            (Some(place), None) => drop(parameters.remove(place)),
            (None, Some(value)) => parameters.push((name.clone(), value.clone())),
            (None, None) => {}
        }
    }
}

impl World {
    /// The notice that is due first, and when.
    pub fn next_notice(&self) -> Option<(Moment, &Notice)> {
        let (at, row) = self.waiting.all().next()?;
        Some((at, self.notices.at(row)))
    }

    /// What a copy of this begins with, when notices wait: they wait where it was made from, and nobody is told twice.
    pub fn decide_dropping_notices(&self) -> Option<NoticesDropped> {
        let waiting = self.waiting.len();
        (waiting > 0).then_some(NoticesDropped { waiting })
    }

    /// How many notices wait.
    pub fn notices_waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The notices that are due at `now`, first due first.
    pub fn notices_due(&self, now: Moment) -> impl Iterator<Item = &Notice> {
        self.waiting.all().take_while(move |(at, _)| *at <= now).map(|(_, row)| self.notices.at(row))
    }

    /// Of the notices that are due at `now`, the first of every target, first due first.
    pub fn notices_in_front(&self, now: Moment) -> impl Iterator<Item = &Notice> {
        self.waiting.heads().take_while(move |(at, _)| *at <= now).map(|(_, row)| self.notices.at(row))
    }

    /// The notices for one target that are due at `now`, first due first.
    pub fn notices_in_line(&self, target: &str, now: Moment) -> impl Iterator<Item = &Notice> {
        self.waiting.line(target).take_while(move |(at, _)| *at <= now).map(|(_, row)| self.notices.at(row))
    }

    /// Whether somebody configured an address with this target: an application's gateway or callback, a template's, or one
    /// that a notice goes to.
    pub fn is_configured(&self, target: &str) -> bool {
        let gateways = self.gateways.values().map(String::as_str);
        let callbacks = self.apps.iter().map(|app| app.callback.as_str());
        let templates = self.programmes.iter().filter_map(|programme| programme.terms.notify_url.as_deref());
        let notices = self.notices.iter().rev().take(NOTICES_ASKED).map(|notice| notice.made.url.as_str());
        gateways.chain(callbacks).chain(templates).chain(notices).any(|url| !url.is_empty() && target_of(url) == target)
    }

    pub(crate) fn make_notice(&mut self, at: Moment, made: &NoticeMade) {
        let notice = Notice { made: made.clone(), at, attempts: Vec::new(), next: Some(made.due), taken: false, put_off: None };
        let target = notice.target();
        self.forget_notices();
        let row = self.notices.push(notice);
        self.waiting.enter((made.due, row), &target);
    }

    /// Forgets old notices that came to their end, once there are twice as many as are kept. What it does follows from the
    /// state alone, so every replay does the same.
    fn forget_notices(&mut self) {
        let ended = self.notices.len() - self.waiting.len();
        if ended < 2 * ENDED_KEPT {
            return;
        }
        let (old, seen) = (ended - ENDED_KEPT, std::cell::Cell::new(0));
        self.notices.retain(|notice| {
            let is_over = notice.next.is_none();
            seen.set(seen.get() + usize::from(is_over));
            !is_over || seen.get() > old
        });
        // rows have other numbers now
        self.arm_notices();
    }

    pub(crate) fn drop_notices(&mut self) {
        let rows: Vec<u32> = self.waiting.all().map(|(_, row)| row).collect();
        for row in rows {
            self.set_next(row, None);
        }
    }

    pub(crate) fn try_notice(&mut self, at: Moment, tried: &NoticeTried) {
        let Some(row) = self.notices.find(&tried.notice) else { return };
        let notice = self.notices.at_mut(row);
        let as_it_is = tried.special.as_ref().is_none_or(|special| special.edited.is_empty());
        notice.taken |= tried.attempt == Attempt::Taken && as_it_is;
        let special = tried.special.clone();
        notice.attempts.push(Tried { at, attempt: tried.attempt, status: tried.status, special });
        if notice.attempts.len() > ATTEMPTS_KEPT
            && let Some(oldest) = notice.attempts.iter().position(Tried::is_asked)
        {
            notice.attempts.remove(oldest);
        }
        self.set_next(row, tried.next);
    }

    pub(crate) fn put_notice_off(&mut self, put_off: &NoticePutOff) {
        let Some(row) = self.notices.find(&put_off.notice) else { return };
        self.notices.at_mut(row).put_off = Some(PutOff { until: put_off.until, cause: put_off.cause.clone() });
        self.set_next(row, Some(put_off.until));
    }

    fn set_next(&mut self, row: u32, next: Option<Moment>) {
        let notice = self.notices.at_mut(row);
        let (before, target) = (notice.next, notice.target());
        notice.next = next;
        if let Some(before) = before {
            self.waiting.leave((before, row), &target);
        }
        if let Some(next) = next {
            self.waiting.enter((next, row), &target);
        }
    }

    pub(crate) fn arm_notices(&mut self) {
        self.waiting = Waiting::default();
        for row in 0..u32::try_from(self.notices.len()).expect("fewer than four billion notices") {
            let notice = self.notices.at(row);
            if let Some(next) = notice.next {
                self.waiting.enter((next, row), &notice.target());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    fn made(number: usize) -> Event {
        let notice = format!("n{number}").as_str().into();
        let url = "http://127.0.0.1:1/".to_owned();
        NoticeMade { notice, app: "a".into(), kind: "k".to_owned(), url, parameters: Vec::new(), due: Moment(5) }.into()
    }

    #[test]
    fn notices_that_are_over_are_forgotten_beyond_a_bound_and_those_that_wait_never() {
        let mut world = World::default();
        world.apply(Moment(1), &made(0), &[]);
        for number in 1..=2 * ENDED_KEPT + 1 {
            world.apply(Moment(1), &made(number), &[]);
            let notice = format!("n{number}").as_str().into();
            let over = NoticeTried { notice, attempt: Attempt::Taken, status: None, next: None, special: None };
            world.apply(Moment(2), &over.into(), &[]);
            assert!(world.notices().len() <= 2 * ENDED_KEPT + 1);
        }
        assert_eq!(world.notices().len(), ENDED_KEPT + 2);
        assert_eq!(world.next_notice().unwrap().1.made.notice, "n0".into());
        assert!(
            world.notices().get(&"n1".into()).is_none() && world.notices().get(&format!("n{}", 2 * ENDED_KEPT).as_str().into()).is_some()
        );
        world.apply(Moment(3), &NoticesDropped { waiting: 1 }.into(), &[]);
        assert_eq!((world.notices_waiting(), world.next_notice()), (0, None));
    }
}
