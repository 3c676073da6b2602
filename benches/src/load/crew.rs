//! The callers: each holds one connection, takes the next arrival that is due, makes its calls, and keeps what came of it.

use super::act::{self, Came, Kind, Reader};
use super::book::{Book, Said};
use super::connection::{Connection, Place, Sending};
use super::control::Control;
use super::figures::{micros, times};
use super::pace::{Job, Watched};
use super::place::Shop;
use super::plan::Arrival;
use super::record::{Ended, Recording};
use async_channel::Receiver;
use hdrhistogram::Histogram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How long a call may take before its outcome counts as unknown: longer than the platform itself waits.
const PATIENCE: Duration = Duration::from_secs(25);
/// How long the task that shows the runtime's lateness sleeps.
const BEAT: Duration = Duration::from_millis(10);

/// What all callers share.
pub(crate) struct Floor {
    pub(crate) shop: Arc<Shop>,
    pub(crate) book: Book,
    pub(crate) recording: Recording,
    pub(crate) start: Instant,
    pub(crate) jobs: Receiver<Job<Sending>>,
    pub(crate) watched: Arc<Watched>,
    /// For each notice, whether the merchant acknowledged it in this run.
    pub(crate) acknowledged: Vec<AtomicBool>,
}

/// Starts so many callers; they end when no arrival is left.
pub(crate) fn hire(floor: &Arc<Floor>, connections: usize) -> JoinSet<()> {
    let mut crew = JoinSet::new();
    for lane in 0..connections {
        crew.spawn(Caller::of(floor.clone(), lane).work());
    }
    crew
}

/// Sleeps and notes how much longer it slept, until it is aborted; what it noted so far is in `beat`.
pub(crate) async fn heartbeat(beat: Arc<std::sync::Mutex<Histogram<u64>>>) {
    loop {
        let begun = Instant::now();
        tokio::time::sleep(BEAT).await;
        let late = begun.elapsed().saturating_sub(BEAT);
        beat.lock().unwrap_or_else(std::sync::PoisonError::into_inner).saturating_record(micros(late));
    }
}

/// An empty heartbeat.
pub(crate) fn no_beat() -> Arc<std::sync::Mutex<Histogram<u64>>> {
    Arc::new(std::sync::Mutex::new(times(3)))
}

struct Caller {
    floor: Arc<Floor>,
    lane: usize,
    gateway: Connection,
    control: Control,
    reader: Reader,
    /// The merchant that notices are sent to.
    merchant: Option<(Place, Connection)>,
}

impl Caller {
    fn of(floor: Arc<Floor>, lane: usize) -> Self {
        let shop = &floor.shop;
        let gateway = Connection::to(&shop.place, PATIENCE);
        let control = Control::of(&shop.place, &shop.sandbox);
        Self { floor, lane, gateway, control, reader: Reader::default(), merchant: None }
    }

    async fn work(mut self) {
        loop {
            let Ok(Job { arrival, planned, ready }) = self.floor.jobs.recv().await else { break };
            if self.floor.watched.stop.load(Ordering::Relaxed) {
                break;
            }
            if planned.is_none() {
                self.floor.watched.planned.fetch_add(1, Ordering::Relaxed);
            }
            self.serve(arrival, planned, ready).await;
        }
    }

    async fn serve(&mut self, arrival: Arrival, planned: Option<Duration>, ready: Option<Sending>) {
        let floor = self.floor.clone();
        let sent = floor.start.elapsed();
        if arrival.kind.states_a_total() {
            floor.book.states(&arrival, micros(sent));
        }
        let came = match arrival.kind {
            Kind::Update | Kind::Purchase | Kind::Query | Kind::Resync => {
                let sending = ready.expect("what needs no other answer is signed before it is handed out");
                let answered = self.gateway.send(&sending).await;
                self.reader.read(&floor.shop, arrival.kind, answered)
            }
            Kind::Join => self.join(&arrival, ready).await,
            Kind::Pay => self.pay(&arrival).await,
            Kind::Notice => self.notify(&arrival).await,
            // no profile of calls has one: pieces.rs begins them
            Kind::Story => Came::Refused("not a call".to_owned()),
        };
        let ended = floor.start.elapsed();
        let said = match &came {
            Came::Done(()) => Said::Done,
            Came::Refused(_) => Said::Refused,
            Came::Unknown(_) => Said::Unknown,
        };
        if arrival.kind.changes() {
            floor.book.say(arrival.number, said);
        }
        if arrival.kind.states_a_total() {
            floor.book.stated(&arrival, said, micros(ended));
        }
        floor
            .recording
            .ended(self.lane, &Ended { kind: arrival.kind, planned: planned.unwrap_or(sent), sent, answered: ended, came: &came });
    }

    /// The code is exchanged, and with the token the card is opened.
    async fn join(&mut self, arrival: &Arrival, ready: Option<Sending>) -> Came {
        let shop = self.floor.shop.clone();
        let sending = ready.expect("a code is there before the run, so its exchange is signed before it is handed out");
        let token = match act::read(&shop, act::TOKEN, self.gateway.send(&sending).await) {
            Came::Done(object) => object["access_token"].as_str().unwrap_or_default().to_owned(),
            Came::Refused(code) => return Came::Refused(code),
            // a code that may be spent opens no card, so nothing of what is counted has happened
            Came::Unknown(why) => return Came::Refused(why),
        };
        let sending = act::opening(&shop, arrival, &token, now_ms());
        let answered = self.gateway.send(&sending).await;
        self.reader.read(&shop, Kind::Join, answered)
    }

    /// A notice comes again, over a connection to its merchant that stays open.
    async fn notify(&mut self, arrival: &Arrival) -> Came {
        let (place, sending) = &self.floor.shop.notices[arrival.subject as usize];
        let known = self.merchant.take().filter(|(known, _)| known == place);
        let (_, connection) = self.merchant.insert(known.unwrap_or_else(|| (place.clone(), Connection::to(place, PATIENCE))));
        let came = act::taken(connection.send(sending).await);
        if came == Came::Done(()) {
            self.floor.acknowledged[arrival.subject as usize].store(true, Ordering::Relaxed);
        }
        came
    }

    /// The customer shows a code, and it is charged.
    async fn pay(&mut self, arrival: &Arrival) -> Came {
        let shop = self.floor.shop.clone();
        let user = &shop.customers[arrival.subject as usize].user;
        let Ok(code) = self.control.pay_code(user).await else { return Came::Refused("no code was shown".to_owned()) };
        let sending = act::charge(&shop, arrival, &code, now_ms());
        let answered = self.gateway.send(&sending).await;
        self.reader.read(&shop, Kind::Pay, answered)
    }
}

/// What the shop's clock says.
pub(crate) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
