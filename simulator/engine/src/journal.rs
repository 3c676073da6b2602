//! The exchange journal: every request and answer of a sandbox, in and out, as raw bytes with what was made of them.
//!
//! Bounded by number and by bytes, and all journals of the process together by bytes once more; when one had to drop
//! something it says so, and a judge then refuses to call the run complete. What is kept here is unredacted; `redact` is applied on the way out. Source: DESIGN "The exchange journal".

mod exchange;
mod packed;

pub use self::exchange::{AnswerBytes, Direction, Exchange, Flag, RequestBytes, Sent, SignatureVerdict};
use self::packed::Packed;
use hashbrown::HashMap;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// The most exchanges a sandbox keeps.
pub const EXCHANGE_LIMIT: usize = 20_000;
/// The most bytes of exchanges a sandbox keeps.
pub const BYTE_LIMIT: usize = 64 << 20;
/// The most bytes of exchanges that all journals of the process keep together.
pub const PROCESS_BYTE_LIMIT: usize = 512 << 20;

/// How many of a sandbox's newest exchanges are kept as they are: those are read again and again. Few, so that an exchange is packed
/// while it is still in the processor's own memory.
const FRESH: usize = 128;
/// How many exchanges are looked at while others can be kept.
const AT_ONCE: usize = 256;

/// What some journals keep together. Over its limit, the journal that is written to drops its oldest.
#[derive(Debug)]
struct Budget {
    used: AtomicUsize,
    limit: usize,
}

impl Budget {
    const fn of(limit: usize) -> Self {
        Self { used: AtomicUsize::new(0), limit }
    }

    fn is_over(&self) -> bool {
        self.used.load(Ordering::Relaxed) > self.limit
    }
}

/// The budget of the process.
static PROCESS: Budget = Budget::of(PROCESS_BYTE_LIMIT);

/// An exchange that is kept, with what is asked of it while others wait: its number, which is looked for among thousands, and what
/// it weighs. Neither leads to memory that was last touched thousands of exchanges ago.
#[derive(Clone, Debug)]
struct Place {
    id: u64,
    weight: usize,
    held: Held,
}

/// As it is while it is one of the newest, then packed.
#[derive(Clone, Debug)]
enum Held {
    Fresh(Arc<Exchange>),
    Packed(Packed),
}

impl Place {
    fn fresh(exchange: &Arc<Exchange>) -> Self {
        Self { id: exchange.id, weight: exchange.weight(), held: Held::Fresh(exchange.clone()) }
    }

    fn packed(exchange: &Exchange) -> Self {
        let packed = Packed::of(exchange);
        Self { id: exchange.id, weight: packed.weight(), held: Held::Packed(packed) }
    }

    fn open(self) -> Arc<Exchange> {
        match self.held {
            Held::Fresh(exchange) => exchange,
            Held::Packed(packed) => Arc::new(packed.open(self.id)),
        }
    }
}

#[derive(Debug, Default)]
struct Kept {
    exchanges: VecDeque<Place>,
    bytes: usize,
    dropped: u64,
    /// Rightly signed calls by application and method, while nothing was dropped.
    calls: HashMap<String, HashMap<String, u64>>,
}

impl Kept {
    /// The exchange that the newest one put out of their number, if it is not packed yet.
    fn aged(&self) -> Option<Arc<Exchange>> {
        match &self.exchanges.get(self.exchanges.len().checked_sub(FRESH + 1)?)?.held {
            Held::Fresh(exchange) => Some(exchange.clone()),
            Held::Packed(_) => None,
        }
    }

    /// Where an exchange that is none of the newest stands, if it is kept and not packed yet. It was pushed out of their number a
    /// moment ago, so it is the first or nearly the first behind them.
    fn aged_place(&mut self, id: u64) -> Option<&mut Place> {
        let older = self.exchanges.len().saturating_sub(FRESH);
        let found = self.exchanges.range_mut(..older).rev().find(|place| place.id <= id)?;
        (found.id == id && matches!(found.held, Held::Fresh(_))).then_some(found)
    }

    fn count(&mut self, exchange: &Exchange) {
        let is_call = exchange.direction == Direction::In && exchange.signature == SignatureVerdict::Valid;
        let Some(app) = exchange.app.as_deref().filter(|_| is_call && self.dropped == 0) else { return };
        *self.calls.entry_ref(app).or_default().entry_ref(exchange.method.as_str()).or_default() += 1;
    }
}

/// A sandbox's journal.
#[derive(Debug)]
pub struct Journal {
    kept: Mutex<Kept>,
    next: AtomicU64,
    seed: u64,
    more: Notify,
    budget: &'static Budget,
}

/// A part of a journal.
#[derive(Debug)]
pub struct Page {
    /// The exchanges, in the order asked for.
    pub exchanges: Vec<Arc<Exchange>>,
    /// How many the journal had to drop since it began.
    pub dropped: u64,
    /// The number the next exchange gets.
    pub next: u64,
}

impl Journal {
    /// An empty journal, whose trace ids are made from `seed`. Every sandbox has its own; a provider keeps one more for
    /// requests that belong to no sandbox.
    pub fn new(seed: u64) -> Self {
        Self::within(&PROCESS, seed)
    }

    fn within(budget: &'static Budget, seed: u64) -> Self {
        Self { kept: Mutex::default(), next: AtomicU64::new(1), seed, more: Notify::new(), budget }
    }

    /// The number and trace id of an exchange that begins now.
    pub fn open(&self) -> (u64, String) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut chance = crate::chance::Chance::of(self.seed, "trace", id);
        (id, format!("{:016x}{:08x}", chance.bits(), id))
    }

    /// How many rightly signed calls of a method by an application there were; nothing when the journal had to drop any exchange.
    /// It takes no longer the more there were.
    pub fn calls(&self, app: &str, method: &str) -> Option<u64> {
        let kept = self.kept.lock();
        (kept.dropped == 0).then(|| kept.calls.get(app).and_then(|by_method| by_method.get(method)).copied().unwrap_or_default())
    }

    /// Keeps an exchange that is over, and gives it back as it is kept.
    pub fn keep(&self, exchange: Exchange) -> Arc<Exchange> {
        let exchange = Arc::new(exchange);
        let new = Place::fresh(&exchange);
        self.budget.used.fetch_add(new.weight, Ordering::Relaxed);
        let mut kept = self.kept.lock();
        kept.count(&exchange);
        kept.bytes += new.weight;
        // exchanges end in another order than they began, though nearly: the list is kept by number, and few stand behind a new one
        let later = kept.exchanges.iter().rev().take_while(|other| other.id > exchange.id).count();
        let place = kept.exchanges.len() - later;
        kept.exchanges.insert(place, new);
        // one that ends when many newer ones have is none of the newest itself
        let aged = if later >= FRESH { Some(exchange.clone()) } else { kept.aged() };
        // seldom more than one, which then needs no list
        let mut too_many = std::iter::from_fn(|| self.drop_oldest(&mut kept));
        let forgotten = (too_many.next(), too_many.collect::<Vec<_>>());
        drop(kept);
        // many small texts, which nobody else has to wait for
        drop(forgotten);
        if let Some(aged) = aged {
            self.pack(&aged);
        }
        self.more.notify_waiters();
        exchange
    }

    /// Takes the oldest exchange out if too much is kept.
    fn drop_oldest(&self, kept: &mut Kept) -> Option<Place> {
        if kept.exchanges.len() <= EXCHANGE_LIMIT && kept.bytes <= BYTE_LIMIT && !self.budget.is_over() {
            return None;
        }
        let oldest = kept.exchanges.pop_front()?;
        kept.bytes -= oldest.weight;
        self.budget.used.fetch_sub(oldest.weight, Ordering::Relaxed);
        if kept.dropped == 0 {
            kept.calls = HashMap::new();
        }
        kept.dropped += 1;
        Some(oldest)
    }

    /// Packs an exchange that is no longer one of the newest, while others can be kept.
    fn pack(&self, aged: &Exchange) {
        let packed = Place::packed(aged);
        let mut kept = self.kept.lock();
        if let Some(place) = kept.aged_place(aged.id) {
            let now = packed.weight;
            let fresh = std::mem::replace(place, packed);
            kept.bytes = kept.bytes - fresh.weight + now;
            // nearly always less than nothing, which wraps around to the right sum
            self.budget.used.fetch_add(now.wrapping_sub(fresh.weight), Ordering::Relaxed);
            drop(kept);
        }
    }

    /// The exchanges after number `after` that `wanted` says, at most `limit`.
    pub fn after(&self, mut after: u64, limit: usize, wanted: impl Fn(&Exchange) -> bool) -> Page {
        self.page(limit, wanted, |exchanges| {
            let from = exchanges.partition_point(|exchange| exchange.id <= after);
            let some: Vec<Place> = exchanges.range(from..).take(AT_ONCE).cloned().collect();
            after = some.last().map_or(after, |last| last.id);
            some
        })
    }

    /// The newest exchanges before number `before` that `wanted` says, newest first, at most `limit`.
    pub fn before(&self, mut before: u64, limit: usize, wanted: impl Fn(&Exchange) -> bool) -> Page {
        self.page(limit, wanted, |exchanges| {
            let to = exchanges.partition_point(|exchange| exchange.id < before);
            let some: Vec<Place> = exchanges.range(..to).rev().take(AT_ONCE).cloned().collect();
            before = some.last().map_or(before, |last| last.id);
            some
        })
    }

    /// What `wanted` says of what `next` takes, until it takes nothing more. They are opened and looked at while others can be
    /// kept; what is dropped meanwhile is told of.
    fn page(&self, limit: usize, wanted: impl Fn(&Exchange) -> bool, mut next: impl FnMut(&VecDeque<Place>) -> Vec<Place>) -> Page {
        let mut exchanges = Vec::new();
        loop {
            let (some, dropped) = {
                let kept = self.kept.lock();
                let some = if exchanges.len() < limit { next(&kept.exchanges) } else { Vec::new() };
                (some, kept.dropped)
            };
            if some.is_empty() {
                return Page { exchanges, dropped, next: self.next.load(Ordering::Relaxed) };
            }
            let found = some.into_iter().map(Place::open).filter(|exchange| wanted(exchange));
            exchanges.extend(found.take(limit - exchanges.len()));
        }
    }

    /// The exchange with this number, if it is still kept.
    pub fn get(&self, id: u64) -> Option<Arc<Exchange>> {
        let found = {
            let kept = self.kept.lock();
            kept.exchanges.binary_search_by_key(&id, |exchange| exchange.id).ok().map(|place| kept.exchanges[place].clone())
        };
        found.map(Place::open)
    }

    /// Ready once an exchange is kept after this was called: ask for it, look, and only then wait, and nothing is missed.
    pub fn changed(&self) -> Notified<'_> {
        self.more.notified()
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.kept.get_mut().bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
