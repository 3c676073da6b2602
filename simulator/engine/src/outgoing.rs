//! Calls to merchants: one HTTP request out, one bounded answer in, kept in the journal with what was made of it.
//!
//! Only addresses that a merchant configured are called, and never our own listeners: the name is resolved here, each of its
//! addresses is looked at, and the connection goes to the very address that was looked at. No redirect is followed, no proxy
//! asked. Over https only whom `wire::trust` names is believed, by the real clock. A small runtime of its own does it all, so that callers may wait with or without one. Source: DESIGN "Pages and guards".

mod connection;
mod tls;

use crate::fault::Struck;
use crate::journal::{AnswerBytes, Direction, Exchange, Flag, Journal, RequestBytes, SignatureVerdict};
use crate::sandbox::{Sandbox, real_now};
use connection::call;
use parking_lot::{Mutex, RwLock};
use rustls::ClientConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{Semaphore, oneshot};
use wire::trust::Trust;
use world::Moment;

/// Calls under way at once for which somebody waits at a page. Notices have places of their own: however many of them hang,
/// they take none from these.
const AT_ONCE: usize = 64;
/// Notices under way at once, by whomever they are sent; the outbox takes fewer.
const NOTICES_AT_ONCE: usize = 320;
/// Threads that do it.
const WORKERS: usize = 2;
/// Names that are looked up at once: the machine's resolver may take its time.
const LOOK_UPS: usize = 256;
/// Bytes of an answer beyond which it is not read, unless a call says less.
pub const ANSWER_LIMIT: usize = 256 << 10;

/// Why no answer came.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Failed {
    /// The address cannot be called.
    #[error("`{0}` cannot be called: {1}")]
    BadAddress(String, &'static str),
    /// Nothing was sent, by a fault.
    #[error("nothing was sent")]
    NotSent,
    /// It leads to ourselves.
    #[error("{0} is this server itself, which is never called")]
    Ourselves(SocketAddr),
    /// The name means nothing, or nobody listens there.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// TLS was not agreed on: who answers is not believed, or speaks none.
    #[error("no TLS: {0}")]
    Tls(String),
    /// No answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The answer was cut off or is none.
    #[error("the answer broke off: {0}")]
    BrokeOff(String),
    /// The answer is too large.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// What came of a call.
pub type Came = Result<AnswerBytes, Failed>;

/// What was made of an answer, for the journal.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The outcome in a word, such as `success`.
    pub code: String,
    /// Why it is no success, in a word.
    pub sub_code: String,
    /// What was made of the answer's signature.
    pub signature: SignatureVerdict,
    /// Remarks.
    pub flags: Vec<Flag>,
}

impl Judged {
    /// No success, with nothing looked at.
    pub(crate) fn in_a_word(sub_code: &str) -> Self {
        Self { code: String::new(), sub_code: sub_code.to_owned(), signature: SignatureVerdict::NotChecked, flags: Vec::new() }
    }
}

/// A call to be made.
pub struct Trip {
    /// Which provider's dialect it is in.
    pub provider: &'static str,
    /// The platform's name for it.
    pub method: String,
    /// The application it is for.
    pub app: String,
    /// The notice it carries, if it does.
    pub about: Option<String>,
    /// Virtual time, where it is another than the sandbox's clock shows.
    pub at: Option<Moment>,
    /// The fault that makes it what it is.
    pub fault: Option<Box<Struck>>,
    /// The request; its target is the whole address.
    pub request: RequestBytes,
    /// How long an answer may take, the connection included.
    pub patience: Duration,
    /// Bytes of an answer beyond which it is not read.
    pub most: usize,
    /// Looks at what came, before the exchange is kept.
    pub judge: Box<dyn FnOnce(&Came) -> Judged + Send>,
}

/// What came of a call, and where the journal has it.
#[derive(Clone, Debug)]
pub struct Back {
    /// What came.
    pub came: Came,
    /// The exchange's number.
    pub exchange: u64,
}

/// The way out of a process.
pub struct Outgoing {
    runtime: Mutex<Option<Runtime>>,
    ours: Arc<RwLock<Vec<SocketAddr>>>,
    places: Arc<Semaphore>,
    notices: Arc<Semaphore>,
    /// How TLS is spoken, once somebody said or it is needed.
    tls: RwLock<Option<Arc<ClientConfig>>>,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self {
            runtime: Mutex::default(),
            ours: Arc::default(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            notices: Arc::new(Semaphore::new(NOTICES_AT_ONCE)),
            tls: RwLock::default(),
        }
    }
}

impl Outgoing {
    /// Names the addresses this process listens on: they are never called.
    pub fn forbid(&self, listeners: &[SocketAddr]) {
        self.ours.write().extend(listeners);
    }

    /// Says who is believed from now on; Mozilla's roots are when nobody says.
    pub fn trust(&self, trust: &Trust) {
        *self.tls.write() = Some(Arc::new(trust.client()));
    }

    fn tls(&self) -> Arc<ClientConfig> {
        let said = self.tls.read().clone();
        said.unwrap_or_else(|| self.tls.write().get_or_insert_with(|| Arc::new(Trust::default().client())).clone())
    }

    /// Makes a call; the answer comes once the exchange is in the sandbox's journal.
    pub fn go(&self, sandbox: &Sandbox, trip: Trip) -> oneshot::Receiver<Back> {
        let (told, answer) = oneshot::channel();
        let journal = sandbox.journal_handle();
        let at = trip.at.unwrap_or_else(|| sandbox.look(|_, now| now));
        let (ours, tls) = (self.ours.clone(), self.tls());
        let places = if trip.about.is_some() { &self.notices } else { &self.places }.clone();
        let work = async move {
            let Ok(_place) = places.acquire().await else { return };
            let begun = Begun::now(&journal, at);
            let came = match tokio::time::timeout(trip.patience, call(&trip.request, &ours, tls, trip.most)).await {
                Ok(came) => came,
                Err(_) => Err(Failed::TimedOut(trip.patience)),
            };
            let exchange = begun.id;
            begun.kept(&journal, trip, &came);
            // whoever asked may have gone
            let _ = told.send(Back { came, exchange });
        };
        self.handle().spawn(work);
        answer
    }

    /// The runtime that calls merchants, started when it is first needed.
    pub(crate) fn handle(&self) -> Handle {
        let start = || {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(WORKERS).max_blocking_threads(LOOK_UPS).thread_name("kabao-outgoing").enable_all();
            builder.build().expect("a runtime can be made")
        };
        self.runtime.lock().get_or_insert_with(start).handle().clone()
    }
}

/// Keeps a call in the journal that is not made.
pub(crate) fn keep(sandbox: &Sandbox, trip: Trip, failed: Failed) {
    let at = trip.at.unwrap_or_else(|| sandbox.look(|_, now| now));
    Begun::now(sandbox.journal(), at).kept(sandbox.journal(), trip, &Err(failed));
}

/// An exchange that began.
struct Begun {
    id: u64,
    trace: String,
    at: Moment,
    real: Moment,
    since: Instant,
}

impl Begun {
    fn now(journal: &Journal, at: Moment) -> Self {
        let (id, trace) = journal.open();
        Self { id, trace, at, real: real_now(), since: Instant::now() }
    }

    fn kept(self, journal: &Journal, trip: Trip, came: &Came) {
        let Trip { provider, method, app, about, at: _, fault, request, patience: _, most: _, judge } = trip;
        let Judged { code, sub_code, signature, mut flags } = judge(came);
        if let Err(failed) = came {
            flags.push(Flag { path: String::new(), text: failed.to_string() });
        }
        journal.keep(Exchange {
            id: self.id,
            direction: Direction::Out,
            provider,
            method,
            app: Some(app),
            about,
            trace: self.trace,
            at: self.at,
            real: self.real,
            took_us: u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX),
            request,
            answer: came.clone().unwrap_or_default(),
            signature,
            code,
            sub_code,
            flags,
            events: None,
            fault,
        });
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        // whoever lets go last may be one of the runtime's own threads, which cannot wait for themselves
        if let Some(runtime) = self.runtime.get_mut().take() {
            runtime.shutdown_background();
        }
    }
}
