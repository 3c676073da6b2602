//! Pacing: a thread of its own that hands each arrival out at its moment. It does nothing else, so it can tell how late it was itself.
//!
//! The system lets a sleeping thread oversleep by 50 µs unless it asks for less, which needs no more than a line in `/proc`.

use super::figures::times;
use super::plan::Arrival;
use async_channel::{Sender, TrySendError};
use hdrhistogram::Histogram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How far before a moment the thread wakes up to wait for it awake, unless the moments are close together: then it would be awake for
/// much of the time, and take it from what is measured on the same machine.
const AWAKE: Duration = Duration::from_micros(20);
/// Moments with less than this between them are close together.
const CLOSE: Duration = Duration::from_millis(1);
/// How long the thread sleeps when there is no room for what has no moment: to be woken for each call would cost more.
const NO_ROOM: Duration = Duration::from_millis(1);
/// How long the thread sleeps before it looks whether the run was ended.
const LOOK: Duration = Duration::from_millis(100);

/// An arrival that is handed out, with its signed request when there is one already.
pub(crate) struct Job<R> {
    pub(crate) arrival: Arrival,
    /// Its moment; none when it is due as soon as a connection is free.
    pub(crate) planned: Option<Duration>,
    pub(crate) ready: Option<R>,
}

/// What became of the plan.
pub(crate) struct Paced {
    /// How late arrivals were handed out, microseconds.
    pub(crate) lateness: Histogram<u64>,
    /// Arrivals that found no room among those that wait for a connection, and were given up.
    pub(crate) given_up: u64,
}

/// What whoever paces, calls or watches tells the others.
#[derive(Default)]
pub(crate) struct Watched {
    /// Calls whose moment came; of those without one, calls that were begun.
    pub(crate) planned: AtomicU64,
    /// Nothing more is to be begun.
    pub(crate) stop: AtomicBool,
}

/// Hands out every arrival at its moment after `start`; to be run on a thread of its own. Those without a moment wait for `start` and
/// then for room, for as long as `lasts` says.
pub(crate) fn pace<R>(
    jobs: impl Iterator<Item = Job<R>>,
    start: Instant,
    lasts: Option<Duration>,
    out: &Sender<Job<R>>,
    watched: &Arc<Watched>,
) -> Paced {
    ask_for_punctuality();
    let until = lasts.map(|lasts| Instant::now().max(start) + lasts);
    let mut begun = false;
    let mut paced = Paced { lateness: times(3), given_up: 0 };
    for job in jobs {
        let Some(planned) = job.planned else {
            begun = begun || wait_until(start, &watched.stop);
            if !begun || !hand_out(job, out, until, &watched.stop) {
                break;
            }
            continue;
        };
        let due = start + planned;
        if !wait_until(due, &watched.stop) {
            break;
        }
        let late = Instant::now().saturating_duration_since(due);
        paced.lateness.saturating_record(super::figures::micros(late));
        watched.planned.fetch_add(1, Ordering::Relaxed);
        match out.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => paced.given_up += 1,
            Err(TrySendError::Closed(_)) => break,
        }
    }
    paced
}

/// Hands a job out as soon as there is room; whether there was before somebody ended the run, or its time was over.
fn hand_out<R>(mut job: Job<R>, out: &Sender<Job<R>>, until: Option<Instant>, stop: &AtomicBool) -> bool {
    while !stop.load(Ordering::Relaxed) {
        if until.is_some_and(|until| Instant::now() >= until) {
            // what still lies at hand is not made any more
            stop.store(true, Ordering::Relaxed);
            return false;
        }
        match out.try_send(job) {
            Ok(()) => return true,
            Err(TrySendError::Full(back)) => job = back,
            Err(TrySendError::Closed(_)) => return false,
        }
        std::thread::sleep(NO_ROOM);
    }
    false
}

/// Whether the moment came before somebody ended the run.
fn wait_until(due: Instant, stop: &AtomicBool) -> bool {
    let awake = if due.saturating_duration_since(Instant::now()) < CLOSE { Duration::ZERO } else { AWAKE };
    while let Some(left) = due.checked_duration_since(Instant::now()).and_then(|left| left.checked_sub(awake)) {
        if stop.load(Ordering::Relaxed) {
            return false;
        }
        std::thread::sleep(left.min(LOOK));
    }
    while Instant::now() < due {
        std::hint::spin_loop();
    }
    !stop.load(Ordering::Relaxed)
}

/// A sleeping thread is woken within a microsecond instead of fifty, where the system offers that.
fn ask_for_punctuality() {
    let own = std::fs::read_link("/proc/thread-self").ok();
    if let Some(thread) = own.as_deref().and_then(|path| path.file_name()).and_then(|name| name.to_str()) {
        // without it sleeps are longer, which the lateness shows
        let _ = std::fs::write(format!("/proc/{thread}/timerslack_ns"), "1000");
    }
}

#[cfg(test)]
mod tests {
    use super::super::act::Kind;
    use super::*;

    fn jobs(count: u32) -> impl Iterator<Item = Job<()>> {
        let at = |number| Duration::from_micros(u64::from(number) * 10);
        (0..count).map(move |number| Job {
            arrival: Arrival { number, at: at(number), kind: Kind::Update, subject: 0 },
            planned: Some(at(number)),
            ready: None,
        })
    }

    #[test]
    fn all_are_handed_out_in_order_and_none_before_its_moment() {
        let (out, taken) = async_channel::bounded(1_000);
        let start = Instant::now();
        let paced = pace(jobs(100), start, None, &out, &Arc::default());
        assert!(start.elapsed() >= Duration::from_micros(990));
        assert_eq!((paced.lateness.len(), paced.given_up), (100, 0));
        drop(out);
        let numbers: Vec<u32> = std::iter::from_fn(|| taken.recv_blocking().ok()).map(|job| job.arrival.number).collect();
        assert_eq!(numbers, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_run_that_is_ended_hands_nothing_more_out_however_far_the_next_moment_is() {
        let (out, taken) = async_channel::bounded(3);
        let watched = Arc::<Watched>::default();
        watched.stop.store(true, Ordering::Relaxed);
        let (begun, next) = (Instant::now(), Duration::from_secs(30));
        let far = jobs(1).map(|job| Job { planned: Some(next), ..job });
        let due_at_once = jobs(1).map(|job| Job { planned: None, ..job });
        for paced in [
            pace(jobs(1), Instant::now(), None, &out, &watched),
            pace(far, Instant::now(), None, &out, &watched),
            pace(due_at_once, Instant::now(), None, &out, &watched),
        ] {
            assert_eq!((paced.lateness.len(), taken.try_recv().is_err()), (0, true));
        }
        assert!(begun.elapsed() < next, "nobody waits for what is not handed out");
    }

    #[test]
    fn without_moments_all_come_in_order_as_there_is_room() {
        let (out, taken) = async_channel::bounded(3);
        let taking = std::thread::spawn(move || -> Vec<u32> {
            std::iter::from_fn(|| taken.recv_blocking().ok()).map(|job: Job<()>| job.arrival.number).collect()
        });
        let watched = Arc::<Watched>::default();
        pace(jobs(100).map(|job| Job { planned: None, ..job }), Instant::now(), None, &out, &watched);
        drop(out);
        assert_eq!(taking.join().unwrap(), (0..100).collect::<Vec<_>>());
        assert!(!watched.stop.load(Ordering::Relaxed), "what lies at hand is made");
    }

    #[test]
    fn what_has_no_moment_waits_for_the_beginning_all_the_same() {
        let (out, taken) = async_channel::bounded(3);
        let start = Instant::now() + Duration::from_millis(20);
        pace(jobs(1).map(|job| Job { planned: None, ..job }), start, None, &out, &Arc::default());
        assert!(Instant::now() >= start, "its latency would count from a moment that is still to come");
        assert_eq!(taken.len(), 1);
    }

    #[test]
    fn when_the_time_is_over_what_lies_at_hand_is_left() {
        let (out, taken) = async_channel::bounded(3);
        let watched = Arc::<Watched>::default();
        let (begun, lasts) = (Instant::now(), Duration::from_millis(20));
        // nobody takes any: it has to see the end of its time while there is no room
        pace(jobs(5).map(|job| Job { planned: None, ..job }), begun, Some(lasts), &out, &watched);
        assert_eq!((taken.len(), watched.stop.load(Ordering::Relaxed)), (3, true));
        assert!(begun.elapsed() >= lasts);
    }

    #[test]
    fn who_finds_no_room_is_given_up_and_told() {
        let (out, taken) = async_channel::bounded(3);
        let paced = pace(jobs(5), Instant::now(), None, &out, &Arc::default());
        drop(out);
        let numbers: Vec<u32> = std::iter::from_fn(|| taken.recv_blocking().ok()).map(|job| job.arrival.number).collect();
        assert_eq!((paced.given_up, numbers), (2, vec![0, 1, 2]));
    }
}
