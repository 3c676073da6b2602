//! The outbox: notices that are due are sent, what came of it is recorded, and the next attempt is due when the provider says.
//!
//! A notice is sent by one attempt at a time; a process that ends in the middle sends it again after its start, so a merchant
//! may get it twice, as on the platform. Source: DESIGN "Due work is state".

use crate::call::Call;
use crate::engine::Engine;
use crate::journal::{AnswerBytes, Flag, RequestBytes, SignatureVerdict};
use crate::outgoing::{Came, Failed, Judged, Trip};
use crate::provider::Courier;
use crate::sandbox::{Sandbox, Unsettled, real_now};
use std::sync::{Arc, Weak};
use std::time::Duration;
use world::Moment;
use world::names::NoticeId;
use world::notice::{Attempt, NoticeTried};

/// How long a merchant may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked whether anything is due.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A notice ready to go.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Which provider's dialect it is in.
    pub provider: &'static str,
    /// The platform's name for it.
    pub method: String,
    /// The request; its target is the whole address.
    pub request: RequestBytes,
    /// Whether an answer takes it.
    pub is_taken: fn(&AnswerBytes) -> bool,
}

impl Engine {
    /// Tries a notice now, or at a virtual time of its own; nothing when it is over or another attempt is under way.
    ///
    /// # Errors
    /// [`Unsettled`] when the store does not answer: the attempt was made and may not be recorded.
    pub async fn try_notice(
        &self,
        courier: &dyn Courier,
        sandbox: &Sandbox,
        id: &NoticeId,
        at: Option<Moment>,
    ) -> Result<Option<Attempt>, Unsettled> {
        let Some(_under_way) = sandbox.begin_notice(id) else { return Ok(None) };
        // read as a call reads: nothing is told of what is not on disk, and nothing by a sandbox that stopped
        let waiting = |call: &mut Call<'_>| call.world().notices().get(id).filter(|notice| notice.next.is_some()).cloned();
        let Some(notice) = sandbox.run_when(real_now, Some(Moment(i64::MIN)), waiting)?.settled().await? else { return Ok(None) };
        let (attempt, status) = match courier.seal_notice(sandbox, &notice) {
            Err(why) => {
                tracing::warn!(sandbox = sandbox.name(), notice = %id, why, "a notice cannot be sealed");
                (Attempt::Forbidden, None)
            }
            Ok(Sealed { provider, method, request, is_taken }) => {
                let judge = Box::new(move |came: &Came| judged(attempt(came, is_taken)));
                let app = notice.made.app.to_string();
                let trip = Trip { provider, method, app, request, patience: PATIENCE, judge };
                match self.outgoing().go(sandbox, trip).await {
                    Ok(came) => (attempt(&came, is_taken), came.ok().map(|answer| answer.status)),
                    Err(_) => (Attempt::Unreachable, None),
                }
            }
        };
        let tried = notice.attempts.len() + 1;
        let recorded = sandbox.run_when(real_now, at, |call| {
            let wait = (attempt != Attempt::Taken).then(|| courier.try_again_after(&notice, tried)).flatten();
            let next = wait.map(|seconds| call.now().plus_seconds(seconds));
            call.record(NoticeTried { notice: id.clone(), attempt, status, next });
        })?;
        recorded.settled().await?;
        Ok(Some(attempt))
    }

    /// Starts the thread that attends to sandboxes whose time runs: notices and everything else that falls due.
    pub fn attend(self: &Arc<Self>, courier: Arc<dyn Courier>) {
        let engine = Arc::downgrade(self);
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime can be made");
            runtime.block_on(look_around(engine, courier));
        };
        std::thread::Builder::new().name("kabao-due".to_owned()).spawn(work).expect("a thread can be started");
    }
}

fn attempt(came: &Came, is_taken: fn(&AnswerBytes) -> bool) -> Attempt {
    match came {
        Ok(answer) if is_taken(answer) => Attempt::Taken,
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
    }
}

fn judged(attempt: Attempt) -> Judged {
    let taken = attempt == Attempt::Taken;
    let odd = (attempt == Attempt::NotTaken)
        .then(|| Flag { path: String::new(), text: "taken only when the whole body is the word `success`".to_owned() });
    Judged {
        code: if taken { "success".to_owned() } else { String::new() },
        sub_code: if taken { String::new() } else { word(attempt).to_owned() },
        signature: SignatureVerdict::NotChecked,
        flags: odd.into_iter().collect(),
    }
}

async fn look_around(engine: Weak<Engine>, courier: Arc<dyn Courier>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(engine) = engine.upgrade() else { return };
        for name in engine.names() {
            let Ok(sandbox) = engine.sandbox(&name) else { continue };
            if let Err(error) = attend(&engine, &*courier, &sandbox).await {
                tracing::debug!(sandbox = name, %error, "what is due waits");
            }
        }
    }
}

/// Runs what is due now in one sandbox, and sends the notices that are, all at once.
async fn attend(engine: &Engine, courier: &dyn Courier, sandbox: &Sandbox) -> Result<(), Unsettled> {
    // while time is moved, whoever moves it sends
    let Ok(_journey) = sandbox.journey.try_lock() else { return Ok(()) };
    let (is_due, notices) = sandbox.look(|world, now| {
        let notices: Vec<NoticeId> = world.notices_due(now).take(64).map(|notice| notice.made.notice.clone()).collect();
        (world.next_due(Moment(i64::MIN)).is_some_and(|due| due <= now), notices)
    });
    if is_due {
        sandbox.run(|_| ())?.settled().await?;
    }
    for notice in notices {
        engine.try_notice(courier, sandbox, &notice, None).await?;
    }
    Ok(())
}
