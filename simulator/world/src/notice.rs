//! Notices to merchants as due work: what is to be sent, each attempt and what came of it, and when the next one is due.
//!
//! A notice is durable before it is first sent and after every attempt, so a restart forgets none. What it says, how it is
//! signed and when it is sent again is the provider's business. Source: DESIGN "Due work is state"; gateway PROTOCOL F.

use crate::moment::Moment;
use crate::names::{AppId, NoticeId};
use crate::table::Keyed;
use crate::world::World;
use serde::{Deserialize, Serialize};

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
}

/// A notice as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// What is sent.
    pub made: NoticeMade,
    /// When it was made.
    pub at: Moment,
    /// The attempts so far, with their times.
    pub attempts: Vec<(Moment, Attempt)>,
    /// When it is tried next; absent when it is over.
    pub next: Option<Moment>,
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
        self.attempts.last().is_some_and(|(_, attempt)| *attempt == Attempt::Taken)
    }
}

impl World {
    /// The notice that is due first, and when.
    pub fn next_notice(&self) -> Option<(Moment, &Notice)> {
        let (at, row) = self.outbox.first().copied()?;
        Some((at, self.notices.at(row)))
    }

    /// The notices that are due at `now`, first due first.
    pub fn notices_due(&self, now: Moment) -> impl Iterator<Item = &Notice> {
        self.outbox.iter().take_while(move |(at, _)| *at <= now).map(|(_, row)| self.notices.at(*row))
    }

    pub(crate) fn make_notice(&mut self, at: Moment, made: &NoticeMade) {
        let row = self.notices.push(Notice { made: made.clone(), at, attempts: Vec::new(), next: Some(made.due) });
        self.outbox.insert((made.due, row));
    }

    pub(crate) fn try_notice(&mut self, at: Moment, tried: &NoticeTried) {
        let Some(row) = self.notices.find(&tried.notice) else { return };
        let notice = self.notices.at_mut(row);
        if let Some(before) = notice.next {
            self.outbox.remove(&(before, row));
        }
        notice.attempts.push((at, tried.attempt));
        notice.next = tried.next;
        if let Some(next) = tried.next {
            self.outbox.insert((next, row));
        }
    }

    pub(crate) fn arm_notices(&mut self) {
        let rows = 0..u32::try_from(self.notices.len()).expect("fewer than four billion notices");
        self.outbox = rows.filter_map(|row| Some((self.notices.at(row).next?, row))).collect();
    }
}
