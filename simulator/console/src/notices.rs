//! Notices as API and pages show them: which are wanted, how one stands, and which exchanges its attempts left in the journal.

use engine::Sandbox;
use engine::journal::{Direction, Exchange};
use engine::sending::PUT_OFF;
use engine::world::World;
use engine::world::notice::{Attempt, Notice};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// How many notices one look goes through at most.
const LOOKED_AT: usize = 100_000;

/// How a notice stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// It will be tried, or tried again.
    Waiting,
    /// The merchant took it.
    Taken,
    /// The merchant took it with other words than it was made with, by a fault: it is not tried again.
    TakenChanged,
    /// It was tried to the end of its calendar.
    GivenUp,
}

impl State {
    pub(crate) fn of(notice: &Notice) -> Self {
        match notice.next {
            Some(_) => Self::Waiting,
            None if notice.is_taken() => Self::Taken,
            None if notice.attempts.iter().rfind(|tried| !tried.is_asked()).is_some_and(|tried| tried.attempt == Attempt::Taken) => {
                Self::TakenChanged
            }
            None => Self::GivenUp,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken => "taken",
            Self::TakenChanged => "taken_changed",
            Self::GivenUp => "given_up",
        }
    }
}

/// The word for what came of an attempt.
pub(crate) fn came(attempt: Attempt) -> &'static str {
    match attempt {
        Attempt::Taken => "taken",
        Attempt::NotTaken => "not_taken",
        Attempt::TimedOut => "timed_out",
        Attempt::Unreachable => "unreachable",
        Attempt::Forbidden => "forbidden",
        Attempt::Lost => "lost",
    }
}

/// Which notices are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Of this application.
    pub(crate) app: Option<String>,
    /// Whose kind contains this.
    pub(crate) kind: Option<String>,
    /// That stand like this.
    pub(crate) state: Option<State>,
    /// Whose address contains this.
    pub(crate) target: Option<String>,
    /// Older than this number.
    pub(crate) before: Option<u64>,
    /// So many at most.
    pub(crate) limit: usize,
}

/// Some notices.
pub(crate) struct Found<'w> {
    /// Newest first, each with its number in the sandbox, from 1.
    pub(crate) notices: Vec<(u64, &'w Notice)>,
    /// What to give as `before` for older ones; nothing when there are none.
    pub(crate) next: Option<u64>,
}

impl Wanted {
    fn lets(&self, notice: &Notice) -> bool {
        self.app.as_deref().is_none_or(|app| notice.made.app.as_str() == app)
            && self.kind.as_deref().is_none_or(|kind| notice.made.kind.contains(kind))
            && self.state.is_none_or(|state| State::of(notice) == state)
            && self.target.as_deref().is_none_or(|target| notice.made.url.contains(target))
    }

    /// Finds them.
    pub(crate) fn find<'w>(&self, world: &'w World) -> Found<'w> {
        let notices = world.notices();
        let end = self.before.map_or(u64::MAX, |before| before.saturating_sub(1)).min(notices.len() as u64);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        let mut found = Vec::new();
        let last = end.saturating_sub(u32::try_from(LOOKED_AT).unwrap_or(u32::MAX));
        for row in (last..end).rev() {
            let notice = notices.at(row);
            if !self.lets(notice) {
                continue;
            }
            if found.len() == self.limit {
                return Found { next: found.last().map(|(number, _)| *number), notices: found };
            }
            found.push((u64::from(row) + 1, notice));
        }
        Found { notices: found, next: (last > 0).then(|| u64::from(last) + 1) }
    }
}

/// The exchanges of a notice's attempts, as far as the journal still has them, attempt by attempt: one for each time it was sent,
/// and one for an attempt that a fault lost on the way.
pub(crate) fn exchanges(sandbox: &Sandbox, notice: &Notice) -> Vec<Vec<Arc<Exchange>>> {
    let id = notice.made.notice.as_str();
    let is_ours =
        |exchange: &Exchange| exchange.direction == Direction::Out && exchange.about.as_deref() == Some(id) && exchange.sub_code != PUT_OFF;
    let mut left = sandbox.journal().before(u64::MAX, usize::MAX, is_ours).exchanges.into_iter().peekable();
    // from the newest back, because the journal forgets the oldest
    let mut lists: Vec<_> = notice
        .attempts
        .iter()
        .rev()
        .map(|tried| {
            let copies = tried.special.as_ref().map_or(0, |special| special.copies) as usize;
            let word = came(tried.attempt).to_ascii_uppercase();
            let fits = |exchange: &Exchange| match tried.attempt {
                Attempt::Taken => exchange.code == "success",
                _ => exchange.sub_code == word,
            };
            let mut sent: Vec<_> = Vec::new();
            // what the first answer was counts: the others may have had another
            if copies > 0 || left.peek().is_some_and(|exchange| fits(exchange)) {
                sent.extend(left.by_ref().take(1 + copies));
            }
            sent.reverse();
            sent
        })
        .collect();
    lists.reverse();
    lists
}
