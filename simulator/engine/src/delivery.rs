//! One delivery of a notice: what a fault makes of it, signed, sent, judged, recorded.
//!
//! A scheduled attempt records when the next one is due; one that somebody asked for stands beside the calendar. Nothing is
//! sent that is not durable. Which notice goes when is the outbox's business, what it says the provider's.

use crate::call::Call;
use crate::engine::Engine;
use crate::journal::{AnswerBytes, Flag, RequestBytes};
use crate::outgoing::{Came, Failed, Judged};
use crate::provider::Courier;
use crate::sandbox::{Sandbox, UnderWay, Unsettled, real_now};
use crate::sending::{Bent, COPIES_LIMIT, Judge, Leaving, Ready, Sealing, keep_put_off};
use std::sync::Arc;
use std::time::Duration;
use world::Moment;
use world::fault::Aim;
use world::names::NoticeId;
use world::notice::{Attempt, Edit, Notice, NoticePutOff, NoticeTried, Special};

/// How long a merchant may take to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer to a notice beyond which it is not read: seven are expected.
const ANSWER_LIMIT: usize = 64 << 10;
/// How often it is looked whether an attempt that somebody else makes is over.
pub(crate) const UNDER_WAY: Duration = Duration::from_millis(5);

/// A notice ready to go.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Which provider's dialect it is in.
    pub provider: &'static str,
    /// The platform's name for it.
    pub method: String,
    /// The request; its target is the whole address.
    pub request: RequestBytes,
    /// Whether an answer takes it, and if not, why.
    pub verdict: fn(&AnswerBytes) -> Result<(), &'static str>,
}

/// How a notice is delivered.
#[derive(Clone, Debug)]
pub(crate) struct Errand {
    /// A virtual time of its own.
    pub(crate) at: Option<Moment>,
    /// How long the merchant may take.
    pub(crate) patience: Duration,
    /// Somebody asked for it, perhaps with other words.
    pub(crate) asked: Option<Vec<Edit>>,
}

impl Default for Errand {
    fn default() -> Self {
        Self { at: None, patience: PATIENCE, asked: None }
    }
}

/// What came of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Delivered {
    /// It was tried, and whether a fault decided what came of it.
    Tried(Attempt, bool),
    /// A fault put it off.
    PutOff,
}

/// Why a notice was not sent again.
#[derive(Debug, thiserror::Error)]
pub enum NotResent {
    /// There is none.
    #[error("no such notice")]
    Unknown,
    /// It is on its way already.
    #[error("the notice is on its way already: wait until that attempt is over")]
    UnderWay,
    /// The store did not answer.
    #[error(transparent)]
    Unsettled(#[from] Unsettled),
}

impl Engine {
    /// Tries a notice that is due now; nothing when it is not due or another attempt is under way.
    ///
    /// # Errors
    /// [`Unsettled`] when the store does not answer: the attempt was made and may not be recorded.
    pub async fn try_notice(&self, courier: &dyn Courier, sandbox: &Sandbox, id: &NoticeId) -> Result<Option<Attempt>, Unsettled> {
        let Some(under_way) = sandbox.begin_notice(id) else { return Ok(None) };
        let delivered = self.deliver(courier, sandbox, under_way, Errand::default()).await?;
        Ok(delivered.and_then(|delivered| match delivered {
            Delivered::Tried(attempt, _) => Some(attempt),
            Delivered::PutOff => None,
        }))
    }

    /// Sees to it that each of these notices was tried once, by whomever: before an answer is given, for one.
    ///
    /// # Errors
    /// As [`Self::try_notice`].
    pub async fn deliver_now(&self, courier: &dyn Courier, sandbox: &Sandbox, ids: &[NoticeId]) -> Result<(), Unsettled> {
        for id in ids {
            while self.try_notice(courier, sandbox, id).await?.is_none() && sandbox.is_under_way(id) {
                tokio::time::sleep(UNDER_WAY).await;
            }
        }
        Ok(())
    }

    /// Sends a notice once more, whatever its state, with other words if `edits` says so. Its calendar goes on as it would
    /// have, unless the merchant takes the notice as it is.
    ///
    /// # Errors
    /// [`NotResent`].
    pub async fn resend(&self, courier: &dyn Courier, sandbox: &Sandbox, id: &NoticeId, edits: Vec<Edit>) -> Result<Attempt, NotResent> {
        let under_way = sandbox.begin_notice(id).ok_or(NotResent::UnderWay)?;
        let errand = Errand { asked: Some(edits), ..Errand::default() };
        match self.deliver(courier, sandbox, under_way, errand).await? {
            Some(Delivered::Tried(attempt, _)) => Ok(attempt),
            Some(Delivered::PutOff) | None => Err(NotResent::Unknown),
        }
    }

    /// Delivers a notice that this has taken; nothing when it is not due, or not there.
    pub(crate) async fn deliver(
        &self,
        courier: &dyn Courier,
        sandbox: &Sandbox,
        under_way: UnderWay,
        errand: Errand,
    ) -> Result<Option<Delivered>, Unsettled> {
        let id = &under_way.notice().clone();
        let Errand { at, patience, asked } = errand;
        // read as a call reads: nothing is told of what is not on disk, and nothing by a sandbox that stopped
        let waiting = |call: &mut Call<'_>| {
            // reading runs nothing that is due, so the call itself has the time of the last event; the clock may be far beyond
            let now = call.world().clock().read(real_now()).max(call.world().last());
            let notice = call.world().notices().get(id).cloned();
            let is_due = |notice: &Notice| asked.is_some() || notice.next.is_some_and(|next| next <= at.unwrap_or(now));
            notice.filter(is_due).map(|notice| (notice, at.unwrap_or(now)))
        };
        let Some((notice, now)) = sandbox.run_when(real_now, Some(Moment(i64::MIN)), waiting)?.settled().await? else { return Ok(None) };
        // once for every attempt of the calendar: what was put off until now is sent now, and counts for no rule again
        let put_off = notice.put_off.as_ref().filter(|put_off| asked.is_none() && Some(put_off.until) == notice.next);
        let mut bent = if let Some(put_off) = put_off {
            Bent { cause: put_off.cause.clone(), ..Bent::default() }
        } else {
            let (made, can_wait) = (&notice.made, asked.is_none());
            let leaving = Leaving { aim: Aim::Notice, kind: &made.kind, app: &made.app, parameters: &made.parameters, at: now, can_wait };
            self.bend(courier, sandbox, &leaving).await?
        };
        bent.edits.splice(0..0, asked.clone().unwrap_or_default());
        let ready = ready(courier, sandbox, &notice, now, &bent, patience);
        if let (Some(late), None) = (bent.put_off_ms, &asked) {
            if let Some((ready, _)) = ready {
                keep_put_off(sandbox, ready, &bent);
            }
            let ran = sandbox.run_when(real_now, at, |call| {
                let until = Moment(call.now().0.saturating_add(late.max(1)));
                call.record(NoticePutOff { notice: id.clone(), until, cause: bent.cause.clone() });
            })?;
            ran.settled().await?;
            return Ok(Some(Delivered::PutOff));
        }
        let (attempt, status) = match ready {
            Some((ready, verdict)) => {
                let judge: Judge = Arc::new(move |came: &Came| judged(came, verdict));
                // nothing came when the process was ending
                let came = self.send(sandbox, &ready, &bent, &judge).await;
                let status = came.as_ref().and_then(|came| came.as_ref().ok()).map(|answer| answer.status);
                (came.map_or(Attempt::Unreachable, |came| attempt(&came, verdict)), status)
            }
            None => (Attempt::Forbidden, None),
        };
        let Bent { edits, copies, cause, fate, .. } = bent;
        let (asked, as_it_is) = (asked.is_some(), edits.is_empty());
        let special = Special { asked, edited: edits, copies: copies.min(COPIES_LIMIT), cause };
        let special = (special != Special::default()).then(|| Box::new(special));
        let tried = notice.scheduled() + 1;
        let recorded = sandbox.run_when(real_now, at, |call| {
            let taken = attempt == Attempt::Taken;
            let next = match asked {
                // whoever asked gets no place in the calendar; a notice that was taken has come to its end
                true if taken && as_it_is => None,
                true => notice.next,
                false if taken => None,
                false => courier.try_again_after(&notice, tried).map(|seconds| call.now().plus_seconds(seconds)),
            };
            call.record(NoticeTried { notice: id.clone(), attempt, status, next, special });
            // with the lock held: whoever sees that the attempt is over may ask for another, without waiting for the disk
            drop(under_way);
        })?;
        recorded.settled().await?;
        Ok(Some(Delivered::Tried(attempt, fate.is_some())))
    }
}

/// Looks whether an answer takes a notice, and if not, says why.
type Verdict = fn(&AnswerBytes) -> Result<(), &'static str>;

/// A notice as it goes, with what looks at its answer; nothing when it cannot be sealed.
fn ready(
    courier: &dyn Courier,
    sandbox: &Sandbox,
    notice: &Notice,
    at: Moment,
    bent: &Bent,
    patience: Duration,
) -> Option<(Ready, Verdict)> {
    let edited = notice.clone().edited(&bent.edits);
    let sealing = Sealing { at: at.plus_ms(-bent.aged_ms), twist: bent.twist, edits: &bent.edits };
    match courier.seal_notice(sandbox, &edited, sealing) {
        Ok(Sealed { provider, method, request, verdict }) => {
            let (app, about) = (edited.made.app.to_string(), Some(edited.made.notice.to_string()));
            Some((Ready { provider, method, app, about, at, request, patience, most: ANSWER_LIMIT }, verdict))
        }
        Err(why) => {
            tracing::warn!(sandbox = sandbox.name(), notice = %edited.made.notice, why, "a notice cannot be sealed");
            None
        }
    }
}

fn attempt(came: &Came, verdict: Verdict) -> Attempt {
    match came {
        Ok(answer) if verdict(answer).is_ok() => Attempt::Taken,
        Ok(_) => Attempt::NotTaken,
        Err(Failed::NotSent) => Attempt::Lost,
        Err(Failed::TimedOut(_)) => Attempt::TimedOut,
        Err(Failed::BadAddress(..) | Failed::Ourselves(_)) => Attempt::Forbidden,
        Err(Failed::Unreachable(_) | Failed::Tls(_) | Failed::BrokeOff(_) | Failed::TooLarge(_)) => Attempt::Unreachable,
    }
}

/// An attempt's outcome in a word.
pub(crate) fn word(attempt: Attempt) -> &'static str {
    match attempt {
        Attempt::Taken => "TAKEN",
        Attempt::NotTaken => "NOT_TAKEN",
        Attempt::TimedOut => "TIMED_OUT",
        Attempt::Unreachable => "UNREACHABLE",
        Attempt::Forbidden => "FORBIDDEN",
        Attempt::Lost => "LOST",
    }
}

fn judged(came: &Came, verdict: Verdict) -> Judged {
    let attempt = attempt(came, verdict);
    if attempt == Attempt::Taken {
        return Judged { code: "success".to_owned(), ..Judged::in_a_word("") };
    }
    let odd = came.as_ref().ok().and_then(|answer| verdict(answer).err()).map(|why| format!("not taken: {why}"));
    let flags = odd.into_iter().map(|text| Flag { path: String::new(), text }).collect();
    Judged { flags, ..Judged::in_a_word(word(attempt)) }
}
