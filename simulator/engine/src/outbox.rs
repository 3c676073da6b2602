//! The outbox: notices that are due are sent, many at once, so that no merchant's trouble is another one's.
//!
//! To one target they go one after the other, in order; a target that kept us waiting shares a few places with others of its
//! kind, and all places are bounded. A process that ends in the middle of an attempt makes it again after its start, so a
//! merchant may get a notice twice, as on the platform. Source: DESIGN "Due work is state".

use crate::chance::Chance;
use crate::delivery::{Delivered, Errand};
use crate::engine::Engine;
use crate::provider::Courier;
use crate::sandbox::{Sandbox, UnderWay, Unsettled};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use world::Moment;
use world::notice::{Attempt, Notice};
use world::switch::Switch;

/// How often it is looked whether anything is due, beside the moments at which something says so.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Notices under way at once.
const AT_ONCE: usize = 256;
/// Of these, those to targets that kept us waiting.
const SLOW_AT_ONCE: usize = 64;
/// Notices under way of one sandbox: a test whose merchants all hang leaves places to the others.
const AT_ONE_SANDBOX: usize = 128;
/// Notices under way to one target, over all sandboxes.
const AT_ONE_TARGET: usize = 16;
/// Notices under way to one target of a sandbox whose order is not to be kept, and among how many they are drawn.
const OUT_OF_ORDER: usize = 4;
const DRAWN_FROM: usize = 16;
/// What keeps us waiting.
const SLOW: Duration = Duration::from_secs(1);
/// The most targets of which it is remembered that they kept us waiting.
const SLOW_KNOWN: usize = 100_000;

/// The kinds of events after which something may be due at once.
pub(crate) const RINGING: [&str; 2] = ["notice_made", "clock_set"];

/// Says in which sandboxes it is worth looking now.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<BTreeSet<String>>,
    wake: Notify,
}

impl Bell {
    pub(crate) fn ring(&self, sandbox: &str) {
        let mut rung = self.rung.lock();
        if !rung.contains(sandbox) {
            rung.insert(sandbox.to_owned());
        }
        drop(rung);
        self.wake.notify_one();
    }

    async fn rung(&self) -> Vec<String> {
        self.wake.notified().await;
        std::mem::take(&mut *self.rung.lock()).into_iter().collect()
    }
}

impl Engine {
    /// Attends from now on to sandboxes whose time runs: notices and everything else that falls due.
    pub fn attend(self: &Arc<Self>, courier: Arc<dyn Courier>) {
        let bell = self.writer.bell().clone();
        let work = attend_all(Arc::downgrade(self), courier, bell);
        self.outgoing().handle().spawn(work);
    }
}

async fn attend_all(engine: Weak<Engine>, courier: Arc<dyn Courier>, bell: Arc<Bell>) {
    let places = Arc::<Places>::default();
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut round = 0;
    loop {
        let rung = tokio::select! {
            rung = bell.rung() => Some(rung),
            _ = ticks.tick() => None,
        };
        let Some(engine) = engine.upgrade() else { return };
        let is_tick = rung.is_none();
        let mut names = rung.unwrap_or_else(|| engine.names());
        // when places are few, everybody is the first in turn
        round += 1;
        if !names.is_empty() {
            let first = round % names.len();
            names.rotate_left(first);
        }
        for name in names {
            let Ok(sandbox) = engine.sandbox(&name) else { continue };
            let office = Office { engine: &engine, courier: &courier, places: &places, bell: &bell, round: round as u64 };
            if let Err(error) = office.attend(&sandbox, is_tick) {
                tracing::debug!(sandbox = name, %error, "what is due waits");
            }
        }
    }
}

/// What it takes to attend to a sandbox.
struct Office<'e> {
    engine: &'e Arc<Engine>,
    courier: &'e Arc<dyn Courier>,
    places: &'e Arc<Places>,
    bell: &'e Arc<Bell>,
    round: u64,
}

impl Office<'_> {
    /// Runs what is due now in one sandbox, and sends those of its notices that are and find a place.
    fn attend(&self, sandbox: &Arc<Sandbox>, is_tick: bool) -> Result<(), Unsettled> {
        // while time is moved, whoever moves it sends
        let Ok(_journey) = sandbox.journey.try_lock() else { return Ok(()) };
        // nobody waits here for the disk: what is sent waits for itself, and more is run once this is there
        if is_tick && sandbox.is_settled() && sandbox.look(|world, now| world.next_due(Moment(i64::MIN)).is_some_and(|due| due <= now)) {
            drop(sandbox.run(|_| ())?);
        }
        for (notice, place) in self.choose(sandbox) {
            let (engine, courier, sandbox, bell) = (self.engine.clone(), self.courier.clone(), sandbox.clone(), self.bell.clone());
            tokio::spawn(async move {
                let begun = Instant::now();
                match engine.deliver(&*courier, &sandbox, notice, Errand::default()).await {
                    Ok(Some(delivered)) => {
                        place.leave(begun.elapsed() >= SLOW || delivered == Delivered::Tried(Attempt::TimedOut));
                        bell.ring(sandbox.name());
                    }
                    Ok(None) => {}
                    // what came of it could not be kept: it is looked again at the next tick, and not at once
                    Err(error) => tracing::debug!(sandbox = sandbox.name(), %error, "a notice waits"),
                }
            });
        }
        Ok(())
    }

    /// Takes notices that are due, and a place for each.
    fn choose(&self, sandbox: &Sandbox) -> Vec<(UnderWay, Place)> {
        let mut chosen = Vec::new();
        let mut take = |notice: &Notice, target: &str, at_once: usize| {
            let Some(place) = self.places.take(sandbox.name(), target, at_once) else { return };
            if let Some(under_way) = sandbox.begin_notice(&notice.made.notice) {
                chosen.push((under_way, place));
            }
        };
        sandbox.look(|world, now| {
            for head in world.notices_in_front(now) {
                if self.places.are_all_taken() {
                    break;
                }
                let target = head.target();
                if world.is_on(Switch::NoticesOutOfOrder) {
                    let mut drawn: Vec<&Notice> = world.notices_in_line(&target, now).take(DRAWN_FROM).collect();
                    let mut chance = Chance::of(sandbox.seed(), "order of notices", self.round);
                    while !drawn.is_empty() {
                        let next = usize::try_from(chance.below(drawn.len() as u64)).unwrap_or(0);
                        take(drawn.swap_remove(next), &target, OUT_OF_ORDER);
                    }
                } else {
                    take(head, &target, 1);
                }
            }
        });
        chosen
    }
}

/// The places for notices under way.
#[derive(Default)]
struct Places(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    all: usize,
    slow: usize,
    by_sandbox: HashMap<String, usize>,
    by_target: HashMap<String, usize>,
    by_line: HashMap<(String, String), usize>,
    /// Targets that kept us waiting the last time, and in which order.
    known_slow: HashMap<String, u64>,
    slow_since: BTreeMap<u64, String>,
    seen_slow: u64,
}

/// A place that is taken; it is free again when this is dropped.
struct Place {
    places: Arc<Places>,
    line: (String, String),
    slow: bool,
}

impl Places {
    fn are_all_taken(&self) -> bool {
        self.0.lock().all >= AT_ONCE
    }

    /// A place for a notice to a target, of which a sandbox may have so many at once.
    fn take(self: &Arc<Self>, sandbox: &str, target: &str, at_once: usize) -> Option<Place> {
        let mut taken = self.0.lock();
        let line = (sandbox.to_owned(), target.to_owned());
        let slow = taken.known_slow.contains_key(target);
        let has_place = taken.all < AT_ONCE
            && !(slow && taken.slow >= SLOW_AT_ONCE)
            && taken.by_sandbox.get(sandbox).is_none_or(|count| *count < AT_ONE_SANDBOX)
            && taken.by_target.get(target).is_none_or(|count| *count < AT_ONE_TARGET)
            && taken.by_line.get(&line).is_none_or(|count| *count < at_once);
        if !has_place {
            return None;
        }
        taken.all += 1;
        taken.slow += usize::from(slow);
        *taken.by_sandbox.entry(sandbox.to_owned()).or_default() += 1;
        *taken.by_target.entry(target.to_owned()).or_default() += 1;
        *taken.by_line.entry(line.clone()).or_default() += 1;
        Some(Place { places: self.clone(), line, slow })
    }
}

impl Place {
    /// Gives the place back, knowing whether the target kept us waiting.
    fn leave(self, slow: bool) {
        let mut taken = self.places.0.lock();
        let taken = &mut *taken;
        if let Some(since) = taken.known_slow.remove(&self.line.1) {
            taken.slow_since.remove(&since);
        }
        if slow {
            taken.seen_slow += 1;
            taken.known_slow.insert(self.line.1.clone(), taken.seen_slow);
            taken.slow_since.insert(taken.seen_slow, self.line.1.clone());
        }
        if taken.known_slow.len() > SLOW_KNOWN
            && let Some((_, oldest)) = taken.slow_since.pop_first()
        {
            taken.known_slow.remove(&oldest);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock();
        taken.all -= 1;
        taken.slow -= usize::from(self.slow);
        let taken = &mut *taken;
        give_back(&mut taken.by_sandbox, &self.line.0);
        give_back(&mut taken.by_target, &self.line.1);
        give_back(&mut taken.by_line, &self.line);
    }
}

fn give_back<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
