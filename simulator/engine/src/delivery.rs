//! One delivery of a notice: what a fault makes of it, signed, sent, judged, recorded.
//!
//! A scheduled attempt records when the next one is due; one that somebody asked for stands beside the calendar. Nothing is
//! sent that is not durable. Which notice goes when is the outbox's business, what it says the provider's.

use crate::call::Call;
use crate::engine::Engine;
use crate::fault::Struck;
use crate::journal::{AnswerBytes, Flag, RequestBytes, SignatureVerdict};
use crate::outgoing::{Came, Failed, Judged, Trip};
use crate::provider::Courier;
use crate::sandbox::{Sandbox, UnderWay, Unsettled, real_now};
use std::sync::Arc;
use std::time::Duration;
use world::Moment;
use world::names::NoticeId;
use world::notice::{Attempt, Edit, Notice, NoticePutOff, NoticeTried, Special};

/// How long a merchant may take to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer to a notice beyond which it is not read: seven are expected.
const ANSWER_LIMIT: usize = 64 << 10;
/// The most copies that are sent of one delivery.
pub const COPIES_LIMIT: u32 = 16;
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

/// How a signature is spoiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forgery {
    /// Another key signed.
    WrongKey,
    /// One byte of the signature is another.
    FlippedByte,
    /// There is none.
    NoSignature,
}

/// What a provider is told when it signs a notice.
#[derive(Clone, Copy, Debug)]
pub struct Sealing<'e> {
    /// When it is sent, virtual time.
    pub at: Moment,
    /// How its signature is spoiled, if it is.
    pub forge: Option<Forgery>,
    /// What it says otherwise than the notice was made: the notice has it already, and it stands as it is.
    pub edits: &'e [Edit],
}

/// A delivery that is about to happen, and what can be made of it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What is delivered, with the attempts so far.
    pub notice: Notice,
    /// When, virtual time.
    pub at: Moment,
    /// Whether somebody asked for it beside the calendar.
    pub asked: bool,
    /// What it says otherwise than the notice; signed all the same.
    pub edits: Vec<Edit>,
    /// How its signature is spoiled.
    pub forge: Option<Forgery>,
    /// How many more times the same bytes are sent, one after the other; at most [`COPIES_LIMIT`].
    pub copies: u32,
    /// It is not sent now but so many milliseconds of virtual time later: what is behind it overtakes it. Once for every
    /// attempt, and not for one that somebody asked for.
    pub put_off_ms: Option<i64>,
    /// It is not sent at all: the platform takes it for an answer that never came, and its calendar goes on.
    pub lost: bool,
    /// The fault that made it so, in words: for the journal and the notice's history.
    pub cause: Option<String>,
    /// The fault, for the journal.
    pub struck: Option<Box<Struck>>,
}

/// Who interferes with deliveries.
pub trait Meddler: Send + Sync {
    /// Looks at a delivery before it is signed, and changes it; once for every delivery. It may look at the sandbox, and waits for nothing.
    fn meddle(&self, sandbox: &Sandbox, delivery: &mut Delivery);
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
    /// It was tried.
    Tried(Attempt),
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
    /// Lets somebody interfere with every delivery from now on.
    pub fn set_meddler(&self, meddler: Arc<dyn Meddler>) {
        *self.meddler.write() = Some(meddler);
    }

    /// Tries a notice that is due now; nothing when it is not due or another attempt is under way.
    ///
    /// # Errors
    /// [`Unsettled`] when the store does not answer: the attempt was made and may not be recorded.
    pub async fn try_notice(&self, courier: &dyn Courier, sandbox: &Sandbox, id: &NoticeId) -> Result<Option<Attempt>, Unsettled> {
        let Some(under_way) = sandbox.begin_notice(id) else { return Ok(None) };
        let delivered = self.deliver(courier, sandbox, under_way, Errand::default()).await?;
        Ok(delivered.and_then(|delivered| match delivered {
            Delivered::Tried(attempt) => Some(attempt),
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
            Some(Delivered::Tried(attempt)) => Ok(attempt),
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
        let id = under_way.notice();
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
        let mut delivery = Delivery {
            notice,
            at: now,
            asked: asked.is_some(),
            edits: asked.unwrap_or_default(),
            forge: None,
            copies: 0,
            put_off_ms: None,
            lost: false,
            cause: None,
            struck: None,
        };
        // once for every attempt of the calendar: what was put off until now is sent now, and counts for no rule again
        let is_put_off = !delivery.asked && delivery.notice.put_off.is_some() && delivery.notice.put_off == delivery.notice.next;
        let meddler = self.meddler.read().clone().filter(|_| !is_put_off);
        if let Some(meddler) = meddler {
            meddler.meddle(sandbox, &mut delivery);
        }
        if let (Some(late), false) = (delivery.put_off_ms, delivery.asked || is_put_off) {
            let ran = sandbox.run_when(real_now, at, |call| {
                let until = Moment(call.now().0.saturating_add(late.max(1)));
                call.record(NoticePutOff { notice: id.clone(), until, cause: delivery.cause.clone() });
            })?;
            ran.settled().await?;
            return Ok(Some(Delivered::PutOff));
        }
        let (attempt, status) = self.send(courier, sandbox, &delivery, patience).await;
        let Delivery { notice, asked, edits, copies, cause, .. } = delivery;
        let as_it_is = edits.is_empty();
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
        })?;
        recorded.settled().await?;
        Ok(Some(Delivered::Tried(attempt)))
    }

    /// Signs and sends what is to be delivered, as often as it says; what the first answer was counts.
    async fn send(&self, courier: &dyn Courier, sandbox: &Sandbox, delivery: &Delivery, patience: Duration) -> (Attempt, Option<u16>) {
        if delivery.lost {
            return (Attempt::Lost, None);
        }
        let edited = delivery.notice.clone().edited(&delivery.edits);
        let sealing = Sealing { at: delivery.at, forge: delivery.forge, edits: &delivery.edits };
        let Sealed { provider, method, request, verdict } = match courier.seal_notice(sandbox, &edited, sealing) {
            Ok(sealed) => sealed,
            Err(why) => {
                tracing::warn!(sandbox = sandbox.name(), notice = %edited.made.notice, why, "a notice cannot be sealed");
                return (Attempt::Forbidden, None);
            }
        };
        let mut first = None;
        for _ in 0..=delivery.copies.min(COPIES_LIMIT) {
            let cause = delivery.cause.clone();
            let trip = Trip {
                provider,
                method: method.clone(),
                app: edited.made.app.to_string(),
                about: Some(edited.made.notice.to_string()),
                at: Some(delivery.at),
                fault: delivery.struck.clone(),
                request: request.clone(),
                patience,
                most: ANSWER_LIMIT,
                judge: Box::new(move |came: &Came| judged(came, verdict, cause)),
            };
            let came = self.outgoing().go(sandbox, trip).await.map_err(|_| Attempt::Unreachable);
            let came = came.map(|back| (attempt(&back.came, verdict), back.came.ok().map(|answer| answer.status)));
            first.get_or_insert(came.unwrap_or_else(|attempt| (attempt, None)));
        }
        first.unwrap_or((Attempt::Unreachable, None))
    }
}

fn attempt(came: &Came, verdict: fn(&AnswerBytes) -> Result<(), &'static str>) -> Attempt {
    match came {
        Ok(answer) if verdict(answer).is_ok() => Attempt::Taken,
        Ok(_) => Attempt::NotTaken,
        Err(Failed::TimedOut(_)) => Attempt::TimedOut,
        Err(Failed::BadAddress(..) | Failed::Ourselves(_)) => Attempt::Forbidden,
        Err(Failed::Unreachable(_) | Failed::BrokeOff(_) | Failed::TooLarge(_)) => Attempt::Unreachable,
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

fn judged(came: &Came, verdict: fn(&AnswerBytes) -> Result<(), &'static str>, cause: Option<String>) -> Judged {
    let attempt = attempt(came, verdict);
    let taken = attempt == Attempt::Taken;
    let odd = came.as_ref().ok().and_then(|answer| verdict(answer).err()).map(|why| format!("not taken: {why}"));
    let remark = |text: String| Flag { path: String::new(), text };
    Judged {
        code: if taken { "success".to_owned() } else { String::new() },
        sub_code: if taken { String::new() } else { word(attempt).to_owned() },
        signature: SignatureVerdict::NotChecked,
        flags: odd.into_iter().chain(cause.map(|cause| format!("by a fault: {cause}"))).map(remark).collect(),
    }
}
