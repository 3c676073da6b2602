//! Who is worked on next, and who is told that the platform is busy.
//!
//! A call's work is processor time, so no more calls are worked on at once than there are cores: a place is held from before the
//! signature is verified until the answer is signed, or until only the disk is waited for. Others wait in the order they came. When
//! too many wait, more comes than can be done: then only a few may wait, so that whatever is answered is answered soon, and everybody
//! else is told at once, before anything is made of the call. Source: DESIGN "Wire and signatures".

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How many may wait for each core before more comes than can be done.
const WAITING_PER_CORE: usize = 128;
/// How many may wait for each core while more comes than can be done.
const FEW_PER_CORE: usize = 4;
/// It is over when nobody was refused for so long.
const QUIET: Duration = Duration::from_millis(100);
/// After so long it is tried again whether all who come can be served in their order.
const CROWDED: Duration = Duration::from_secs(15);
/// How long calls are worked on before those are read that came meanwhile.
const BREATH: Duration = Duration::from_micros(500);

/// The door.
pub(crate) struct Admission(Arc<Mutex<Queue>>);

/// A place inside, given to who comes next when dropped.
pub(crate) struct Admitted(Option<Arc<Mutex<Queue>>>);

struct Queue {
    free: usize,
    /// Who waits, the first one first; whoever is dropped from here hears that there is no place.
    waiting: VecDeque<oneshot::Sender<Admitted>>,
    most: usize,
    few: usize,
    crowded: Option<Crowded>,
    /// When those were read last that came meanwhile.
    breath: Instant,
}

/// What somebody hears who comes.
enum Heard {
    Enter,
    Wait(oneshot::Receiver<Admitted>),
    Leave,
}

/// That more comes than can be done.
struct Crowded {
    since: Instant,
    refused: Instant,
}

impl Admission {
    pub(crate) fn of(cores: usize) -> Self {
        let cores = cores.max(1);
        Self::with(cores, WAITING_PER_CORE * cores, FEW_PER_CORE * cores)
    }

    fn with(free: usize, most: usize, few: usize) -> Self {
        let queue = Queue { free, waiting: VecDeque::new(), most, few, crowded: None, breath: Instant::now() };
        Self(Arc::new(Mutex::new(queue)))
    }

    /// Nobody gets in any more.
    #[cfg(test)]
    pub(crate) fn close(&self) {
        let mut queue = self.0.lock();
        (queue.free, queue.most, queue.few) = (0, 0, 0);
    }

    /// Whether somebody who came now would be refused: asked before anything is made of a call, which then is.
    pub(crate) fn refuses(&self) -> bool {
        self.0.lock().refuses(Instant::now())
    }

    /// A place, perhaps after a while; nothing when the platform is too busy.
    pub(crate) async fn enter(&self) -> Option<Admitted> {
        let heard = self.0.lock().come(Instant::now());
        let admitted = match heard {
            Heard::Enter => Admitted(Some(self.0.clone())),
            Heard::Wait(turn) => turn.await.ok()?,
            Heard::Leave => return None,
        };
        if self.0.lock().has_to_breathe(Instant::now()) {
            // a worker of the runtime that goes from one call to the next would not see how many have come
            tokio::task::yield_now().await;
        }
        Some(admitted)
    }
}

impl Queue {
    fn come(&mut self, now: Instant) -> Heard {
        if self.free > 0 {
            self.free -= 1;
            return Heard::Enter;
        }
        if self.crowded.is_none() && self.waiting.len() >= self.most {
            self.crowded = Some(Crowded { since: now, refused: now });
            // those who came last have waited least
            let too_many = self.waiting.len().saturating_sub(self.few);
            self.waiting.drain(..too_many);
            return Heard::Leave;
        }
        if self.refuses(now) {
            return Heard::Leave;
        }
        let (turn, told) = oneshot::channel();
        self.waiting.push_back(turn);
        Heard::Wait(told)
    }

    fn refuses(&mut self, now: Instant) -> bool {
        let Some(crowded) = &mut self.crowded else { return false };
        if now.saturating_duration_since(crowded.refused) >= QUIET || now.saturating_duration_since(crowded.since) >= CROWDED {
            self.crowded = None;
            return false;
        }
        let refuses = self.free == 0 && self.waiting.len() >= self.few;
        if refuses {
            crowded.refused = now;
        }
        refuses
    }

    fn has_to_breathe(&mut self, now: Instant) -> bool {
        let due = now.saturating_duration_since(self.breath) >= BREATH;
        if due {
            self.breath = now;
        }
        due
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let Some(shared) = self.0.take() else { return };
        let mut queue = shared.lock();
        while let Some(next) = queue.waiting.pop_front() {
            match next.send(Self(Some(shared.clone()))) {
                Ok(()) => return,
                // whoever waited is gone; the place is still ours to give
                Err(mut unwanted) => drop(unwanted.0.take()),
            }
        }
        queue.free += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    /// What a call hears that waits, without a runtime; whoever has a place may look around once before.
    fn look<F: Future>(mut call: Pin<&mut F>) -> Poll<F::Output> {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(heard) = call.as_mut().poll(&mut context) { Poll::Ready(heard) } else { call.poll(&mut context) }
    }

    fn inside(admission: &Admission) -> Admitted {
        let Poll::Ready(Some(admitted)) = look(pin!(admission.enter())) else { panic!("a free place was not given") };
        admitted
    }

    fn is_turned_away(call: Pin<&mut impl Future<Output = Option<Admitted>>>) -> bool {
        matches!(look(call), Poll::Ready(None))
    }

    #[test]
    fn who_finds_it_full_waits_and_comes_in_the_order_of_arrival() {
        let admission = Admission::with(1, 2, 1);
        let first = inside(&admission);
        let (mut second, mut third) = (pin!(admission.enter()), pin!(admission.enter()));
        assert!(look(second.as_mut()).is_pending() && look(third.as_mut()).is_pending() && !admission.refuses());
        drop(first);
        assert!(look(third.as_mut()).is_pending());
        let Poll::Ready(Some(second)) = look(second.as_mut()) else { panic!("the second was not let in") };
        drop(second);
        assert!(matches!(look(third.as_mut()), Poll::Ready(Some(_))));
    }

    #[test]
    fn when_too_many_wait_only_the_last_few_go_on_waiting_and_all_others_are_refused() {
        let admission = Admission::with(1, 2, 1);
        let first = inside(&admission);
        let (mut second, mut third) = (pin!(admission.enter()), pin!(admission.enter()));
        assert!(look(second.as_mut()).is_pending() && look(third.as_mut()).is_pending());
        assert!(is_turned_away(pin!(admission.enter())), "there is room for two");
        assert!(is_turned_away(second.as_mut()), "who came first has waited longest");
        drop(first);
        assert!(matches!(look(third.as_mut()), Poll::Ready(Some(_))));
    }

    #[test]
    fn it_is_over_when_nobody_was_refused_for_a_while_or_after_its_time() {
        let now = Instant::now();
        let crowded = |free, since: Duration, refused: Duration| {
            let (since, refused) = (now.checked_sub(since).unwrap(), now.checked_sub(refused).unwrap());
            let waiting = [oneshot::channel().0].into();
            let mut queue = Queue { free, waiting, most: 9, few: 1, crowded: Some(Crowded { since, refused }), breath: now };
            (queue.refuses(now), queue.crowded.is_some())
        };
        let (short, second) = (Duration::from_millis(1), Duration::from_secs(1));
        assert_eq!(crowded(0, second, short), (true, true));
        assert_eq!(crowded(1, second, short), (false, true), "a place is free");
        assert_eq!(crowded(0, second, QUIET), (false, false));
        assert_eq!(crowded(0, CROWDED, short), (false, false));
    }

    #[test]
    fn a_place_that_was_given_to_somebody_who_left_is_not_lost() {
        let admission = Admission::with(1, 2, 1);
        let first = inside(&admission);
        {
            let mut given = pin!(admission.enter());
            assert!(look(given.as_mut()).is_pending());
            let mut gone = Box::pin(admission.enter());
            assert!(look(gone.as_mut()).is_pending());
            drop(gone);
            drop(first);
        }
        drop(inside(&admission));
        assert_eq!(admission.0.lock().free, 1);
    }
}
