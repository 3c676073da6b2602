//! How a twin of the engine can be broken, and who signs and sends for it: some defects are the courier's.

use super::expected::GAPS;
use engine::journal::{AnswerBytes, RequestBytes};
use engine::provider::Courier;
use engine::sending::{Sealing, Twist};
use engine::{Sandbox, Sealed};
use std::collections::HashMap;
use std::sync::Mutex;
use world::names::NoticeId;
use world::notice::{Attempt, Notice};

/// How a twin of the engine is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Defect {
    /// A start forgets the notices that wait.
    RestartLosesNotices,
    /// A start begins all calendars anew.
    RestartBeginsAnew,
    /// What was taken is sent once more.
    SendsAgainWhatWasTaken,
    /// Notices to one target go in another order.
    OrderBroken,
    /// The second gap of the calendar is left out.
    CalendarSkips,
    /// The gap behind an attempt that came after one without an answer is left out.
    CalendarSkipsAfterAHang,
    /// The last attempt is never made.
    GivesUpEarly,
    /// Being sent elsewhere counts as taken.
    RedirectTakes,
    /// The word anywhere in the answer counts as taken.
    PageTakes,
    /// The notice stands in the log before what it tells of.
    ToldBeforeItHappened,
    /// The notice stands in the log a while after what it tells of.
    ToldAfterwards,
    /// Asking for a notice moves its calendar.
    AskingMovesTheCalendar,
    /// Time leaps over what was due on the way.
    TimeLeaps,
}

impl Defect {
    pub(super) const ALL: [Self; 13] = [
        Self::RestartLosesNotices,
        Self::RestartBeginsAnew,
        Self::SendsAgainWhatWasTaken,
        Self::OrderBroken,
        Self::CalendarSkips,
        Self::CalendarSkipsAfterAHang,
        Self::GivesUpEarly,
        Self::RedirectTakes,
        Self::PageTakes,
        Self::ToldBeforeItHappened,
        Self::ToldAfterwards,
        Self::AskingMovesTheCalendar,
        Self::TimeLeaps,
    ];
}

/// Writes a notice as it stands; what a redirect or a page count for is the defect's business.
pub(super) struct Post {
    pub(super) defect: Option<Defect>,
    /// How many attempts of a notice a start found.
    pub(super) found: Mutex<HashMap<NoticeId, usize>>,
}

fn strict(answer: &AnswerBytes) -> Result<(), &'static str> {
    if answer.status == 200 && &answer.body[..] == b"success" { Ok(()) } else { Err("it is not the word") }
}

fn with_redirects(answer: &AnswerBytes) -> Result<(), &'static str> {
    if answer.status == 302 { Ok(()) } else { strict(answer) }
}

fn with_pages(answer: &AnswerBytes) -> Result<(), &'static str> {
    let is_there = answer.status == 200 && String::from_utf8_lossy(&answer.body).contains("success");
    if is_there { Ok(()) } else { strict(answer) }
}

impl Courier for Post {
    fn seal_notice(&self, _: &Sandbox, notice: &Notice, how: Sealing<'_>) -> Result<Sealed, String> {
        let forged = if how.twist == Some(Twist::WrongKey) { "&forged" } else { "" };
        let says: Vec<_> = notice.made.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let body = format!("{}{forged}", says.join("&")).into();
        let request = RequestBytes { method: "POST".to_owned(), target: notice.made.url.clone(), headers: Vec::new(), body };
        let verdict = match self.defect {
            Some(Defect::RedirectTakes) => with_redirects,
            Some(Defect::PageTakes) => with_pages,
            _ => strict,
        };
        Ok(Sealed { provider: "test", method: "tell".to_owned(), request, verdict })
    }

    fn try_again_after(&self, notice: &Notice, tried: usize) -> Option<i64> {
        match self.defect {
            Some(Defect::CalendarSkips) if tried >= 2 => GAPS.get(tried).copied(),
            Some(Defect::CalendarSkipsAfterAHang) if notice.attempts.iter().any(|tried| tried.attempt == Attempt::TimedOut) => {
                GAPS.get(tried).copied()
            }
            Some(Defect::GivesUpEarly) if tried >= GAPS.len() => None,
            Some(Defect::RestartBeginsAnew) => {
                let before = self.found.lock().unwrap().get(&notice.made.notice).copied().unwrap_or_default();
                GAPS.get(tried - 1 - before).copied()
            }
            _ => GAPS.get(tried - 1).copied(),
        }
    }
}
