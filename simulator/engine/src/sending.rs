//! What a fault makes of a request to a merchant, be it a notice or a question, and how it goes out then: once or twice, otherwise
//! than right, or not at all.
//!
//! What a rule says and which one strikes is `fault`'s business; the way out is `outgoing`'s. Every request that was struck is in
//! the journal, also one that never left.

use crate::engine::Engine;
use crate::fault::Struck;
use crate::journal::{Flag, RequestBytes};
use crate::outgoing::{self, Came, Failed, Judged, Trip};
use crate::provider::Courier;
use crate::sandbox::{Sandbox, Unsettled};
use std::sync::Arc;
use std::time::Duration;
use world::Moment;
use world::fault::Aim;
use world::names::AppId;
use world::notice::Edit;

/// The word in the journal for what a fault put off: it goes later, and stands there once more then.
pub const PUT_OFF: &str = "PUT_OFF";
/// The most copies that are sent of one request.
pub const COPIES_LIMIT: u32 = 16;

/// How a request to a merchant is written or signed otherwise than right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Twist {
    /// Another key signed.
    WrongKey,
    /// One byte of the signature is another.
    FlippedByte,
    /// There is no signature.
    NoSignature,
    /// It has parameters that no document names; rightly signed.
    ExtraFields,
    /// It is in another charset than it says; rightly signed.
    OtherCharset,
}

/// What a provider is told when it signs a request to a merchant.
#[derive(Clone, Copy, Debug)]
pub struct Sealing<'e> {
    /// When it says it is sent, virtual time.
    pub at: Moment,
    /// How it is otherwise than right, if it is.
    pub twist: Option<Twist>,
    /// What it says otherwise than it was made: the parameters have it already, and it stands as it is.
    pub edits: &'e [Edit],
}

/// What becomes of a request that does not simply arrive and get its answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It never leaves: the platform takes it for an answer that never came.
    Lost,
    /// It never leaves: the platform takes it for a refused connection.
    Unreachable,
    /// It arrives, and its answer is lost.
    Unanswered,
}

/// What a fault makes of a request to a merchant; nothing, of most.
#[derive(Clone, Debug, Default)]
pub struct Bent {
    /// What it says otherwise; signed all the same.
    pub edits: Vec<Edit>,
    /// How it is written or signed otherwise than right.
    pub twist: Option<Twist>,
    /// How many more times the same bytes are sent; at most [`COPIES_LIMIT`].
    pub copies: u32,
    /// Whether the copies go at the same time, and not one after the other.
    pub at_once: bool,
    /// It goes so much later, in real time.
    pub delay: Duration,
    /// It says it was sent so many milliseconds before.
    pub aged_ms: i64,
    /// It is not sent now but so many milliseconds of virtual time later: what is behind it overtakes it. Notices only, once for
    /// every attempt, and not for one that somebody asked for.
    pub put_off_ms: Option<i64>,
    /// What becomes of it.
    pub fate: Option<Fate>,
    /// The fault that made it so, in words: for the journal and a notice's history.
    pub cause: Option<String>,
    /// The fault, for the journal.
    pub struck: Option<Box<Struck>>,
}

/// A request to a merchant that is about to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Leaving<'l> {
    /// What it is.
    pub aim: Aim,
    /// The kind of notice, or the question's method.
    pub kind: &'l str,
    /// The application it is for.
    pub app: &'l AppId,
    /// What it says.
    pub parameters: &'l [(String, String)],
    /// When, virtual time.
    pub at: Moment,
    /// Whether it can be put off.
    pub can_wait: bool,
}

/// Who interferes with requests to merchants.
pub trait Meddler: Send + Sync {
    /// Looks at a request before it is signed, once, and says what becomes of it. It may look at the sandbox, and waits for nothing.
    ///
    /// # Errors
    /// When that cannot be kept: then nothing is sent.
    fn meddle(&self, courier: &dyn Courier, sandbox: &Sandbox, leaving: &Leaving<'_>) -> Result<Bent, Unsettled>;
}

/// A request that is signed and ready.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) provider: &'static str,
    pub(crate) method: String,
    pub(crate) app: String,
    /// The notice it carries, if it does.
    pub(crate) about: Option<String>,
    pub(crate) at: Moment,
    pub(crate) request: RequestBytes,
    pub(crate) patience: Duration,
    /// Bytes of an answer beyond which it is not read.
    pub(crate) most: usize,
}

/// Looks at what the platform hears, for the journal.
pub(crate) type Judge = Arc<dyn Fn(&Came) -> Judged + Send + Sync>;

impl Engine {
    /// Lets somebody interfere with every request to a merchant from now on.
    pub fn set_meddler(&self, meddler: Arc<dyn Meddler>) {
        *self.meddler.write() = Some(meddler);
    }

    /// What becomes of a request that is about to be signed. What a rule that struck counts is durable then: otherwise it might
    /// strike again after a start, although a merchant has felt it.
    pub(crate) async fn bend(&self, courier: &dyn Courier, sandbox: &Sandbox, leaving: &Leaving<'_>) -> Result<Bent, Unsettled> {
        let meddler = self.meddler.read().clone();
        let bent = meddler.map_or_else(|| Ok(Bent::default()), |meddler| meddler.meddle(courier, sandbox, leaving))?;
        if bent.struck.is_some() {
            sandbox.run_when(crate::real_now, Some(Moment(i64::MIN)), |_| ())?.settled().await?;
        }
        Ok(bent)
    }

    /// Sends a request, as often as the fault says, or only keeps it in the journal when it never leaves; gives what the platform
    /// hears of the first. Nothing when the process was ending.
    pub(crate) async fn send(&self, sandbox: &Sandbox, ready: &Ready, bent: &Bent, judge: &Judge) -> Option<Came> {
        let hears = match bent.fate {
            Some(Fate::Lost) => Some(Failed::NotSent),
            Some(Fate::Unreachable) => Some(Failed::Unreachable("a fault would have it so".to_owned())),
            Some(Fate::Unanswered) => Some(Failed::TimedOut(ready.patience)),
            None => None,
        };
        let trip = || trip(ready.clone(), bent, hears.clone(), judge.clone());
        if let (Some(failed), Some(Fate::Lost | Fate::Unreachable)) = (&hears, bent.fate) {
            outgoing::keep(sandbox, trip(), Failed::NotSent);
            return Some(Err(failed.clone()));
        }
        let mut first = None;
        if bent.at_once {
            let under_way: Vec<_> = (0..=bent.copies.min(COPIES_LIMIT)).map(|_| self.outgoing().go(sandbox, trip())).collect();
            for back in under_way {
                let back = back.await.ok();
                first.get_or_insert(back);
            }
        } else {
            for _ in 0..=bent.copies.min(COPIES_LIMIT) {
                let back = self.outgoing().go(sandbox, trip()).await.ok();
                first.get_or_insert(back);
            }
        }
        let came = first.flatten()?.came;
        Some(hears.map_or(came, Err))
    }
}

/// Keeps in the journal that a fault put a request off.
pub(crate) fn keep_put_off(sandbox: &Sandbox, ready: Ready, bent: &Bent) {
    let judge: Judge = Arc::new(|_| Judged::in_a_word(PUT_OFF));
    outgoing::keep(sandbox, trip(ready, bent, None, judge), Failed::NotSent);
}

fn trip(ready: Ready, bent: &Bent, hears: Option<Failed>, judge: Judge) -> Trip {
    let Ready { provider, method, app, about, at, request, patience, most } = ready;
    let cause = bent.cause.clone();
    let judge = move |came: &Came| {
        let mut judged = match hears {
            Some(failed) => judge(&Err(failed)),
            None => judge(came),
        };
        judged.flags.extend(cause.map(|cause| Flag { path: String::new(), text: format!("by a fault: {cause}") }));
        judged
    };
    Trip { provider, method, app, about, at: Some(at), fault: bent.struck.clone(), request, patience, most, judge: Box::new(judge) }
}
