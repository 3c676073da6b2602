//! The outbox: notices that are due are sent, many at once, so that no merchant's trouble is another one's.
//!
//! To one target they go one after the other, in order; a target that kept us waiting shares a few places with others of its
//! kind, and all places are bounded. A process that ends in the middle of an attempt makes it again after its start, so a
//! merchant may get a notice twice, as on the platform. Source: DESIGN "Due work is state".

mod places;

use crate::chance::Chance;
use crate::delivery::{Delivered, Errand};
use crate::engine::Engine;
use crate::provider::Courier;
use crate::sandbox::{Sandbox, UnderWay, Unsettled};
use parking_lot::Mutex;
use places::{Place, Places};
use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use world::Moment;
use world::notice::{Attempt, Notice};
use world::switch::Switch;

/// How often it is looked whether anything is due, beside the moments at which something says so.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Notices under way to one target of a sandbox whose order is not to be kept, and among how many they are drawn.
const OUT_OF_ORDER: usize = 4;
const DRAWN_FROM: usize = 16;
/// What keeps us waiting.
const SLOW: Duration = Duration::from_secs(1);

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
                        place.leave(begun.elapsed() >= SLOW || delivered == Delivered::Tried(Attempt::TimedOut, false));
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
