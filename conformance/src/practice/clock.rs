//! The shop's clock, and what is being worked on by it.
//!
//! It is the machine's until somebody says that it stands (`POST /clock`). Everything that waits by it waits here, in
//! [`Working::sleep_until`], so that whoever stops time can see when the shop is quiet: `busy` counts what is worked on and not
//! asleep. Each matter has one worker at a time; calling for one that is worked on already wakes its worker, never a second one,
//! and never out of a pause ([`Working::sleep`]).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{oneshot, watch};
use wire::alipay::timestamp;

/// Under which name the books keep where the clock stands: a shop that was ended has not lost its watch.
pub(super) const STANDING: &str = "clock";

/// When a sleeper is due, and its number.
type Bed = (i64, u64);

#[derive(Debug)]
pub(super) struct Clock {
    inner: Mutex<Inner>,
    moved: watch::Sender<()>,
    /// Told whenever the last matter that was worked on falls asleep or ends.
    rested: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Where the clock stands; the machine's time when it does not.
    standing: Option<i64>,
    sleepers: BTreeMap<Bed, Sleeper>,
    /// What has a worker, and whether it was called for since the worker looked.
    matters: HashMap<String, Matter>,
    busy: usize,
    next: u64,
}

#[derive(Debug)]
struct Sleeper {
    key: String,
    wake: oneshot::Sender<()>,
}

#[derive(Debug, Default)]
struct Matter {
    called: bool,
    bed: Option<Bed>,
}

/// Time does not run backwards while it stands.
#[derive(Debug)]
pub(super) struct Backwards;

/// Milliseconds since 1970, by the machine.
pub(super) fn machine_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Inner {
    fn now(&self) -> i64 {
        self.standing.unwrap_or_else(machine_ms)
    }

    /// Wakes a sleeper; from here on its matter counts as worked on.
    fn rouse(&mut self, bed: Bed) {
        let Some(sleeper) = self.sleepers.remove(&bed) else { return };
        self.busy += 1;
        if let Some(matter) = self.matters.get_mut(&sleeper.key) {
            matter.bed = None;
        }
        // a sleeper that is gone has nothing left to do
        let _ = sleeper.wake.send(());
    }

    fn rouse_the_due(&mut self) {
        let now = self.now();
        while let Some(bed) = self.sleepers.keys().next().copied().filter(|(due, _)| *due <= now) {
            self.rouse(bed);
        }
    }
}

impl Clock {
    pub(super) fn new(standing: Option<i64>) -> Self {
        let inner = Inner { standing, ..Inner::default() };
        Self { inner: Mutex::new(inner), moved: watch::Sender::new(()), rested: watch::Sender::new(()) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // every change is whole before anything in it could panic
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since 1970.
    pub(super) fn now_ms(&self) -> i64 {
        self.inner().now()
    }

    /// `yyyy-MM-dd HH:mm:ss` in China.
    pub(super) fn now(&self) -> String {
        timestamp::format(self.now_ms())
    }

    /// Where it stands; nothing while it runs with the machine.
    pub(super) fn standing(&self) -> Option<i64> {
        self.inner().standing
    }

    /// Lets it stand at a moment, or run with the machine again. What became due counts as worked on when this returns.
    pub(super) fn set(&self, standing: Option<i64>) -> Result<(), Backwards> {
        let mut inner = self.inner();
        if inner.standing.zip(standing).is_some_and(|(before, after)| after < before) {
            return Err(Backwards);
        }
        inner.standing = standing;
        inner.rouse_the_due();
        drop(inner);
        self.moved.send_replace(());
        Ok(())
    }

    /// Wakes everybody, out of pauses as well: what all were waiting for has come.
    pub(super) fn wake_everybody(&self) {
        let mut inner = self.inner();
        let beds: Vec<Bed> = inner.sleepers.keys().copied().collect();
        for bed in beds {
            inner.rouse(bed);
        }
    }

    /// When the next sleeper is due; nothing while nobody sleeps.
    pub(super) fn next_ms(&self) -> Option<i64> {
        self.inner().sleepers.first_key_value().map(|((due, _), _)| *due)
    }

    /// How many matters are being worked on right now.
    pub(super) fn busy(&self) -> usize {
        self.inner().busy
    }

    /// Resolves when nothing is worked on and the clock stands: until it is moved nothing will change.
    pub(super) async fn comes_to_rest(&self) {
        let mut rested = self.rested.subscribe();
        loop {
            rested.mark_unchanged();
            if self.standing().is_some() && self.busy() == 0 {
                return;
            }
            // the clock outlives whoever waits by it
            let _ = rested.changed().await;
        }
    }

    /// One matter fewer is being worked on.
    fn one_rests(&self, inner: &mut Inner) {
        inner.busy -= 1;
        if inner.busy == 0 {
            self.rested.send_replace(());
        }
    }

    /// Takes a matter up; nothing when it has a worker, who is called then.
    pub(super) fn take_up(self: &Arc<Self>, key: &str) -> Option<Working> {
        let mut inner = self.inner();
        if let Some(matter) = inner.matters.get_mut(key) {
            matter.called = true;
            if let Some(bed) = matter.bed {
                inner.rouse(bed);
            }
            return None;
        }
        inner.matters.insert(key.to_owned(), Matter::default());
        inner.busy += 1;
        Some(Working { clock: Arc::clone(self), key: key.to_owned(), over: false })
    }
}

/// A matter that is being worked on, until this is dropped.
#[derive(Debug)]
pub(super) struct Working {
    clock: Arc<Clock>,
    key: String,
    over: bool,
}

impl Working {
    /// Sleeps until that moment of the shop's clock, or until somebody calls for the matter.
    pub(super) async fn sleep_until(&self, due: i64) {
        self.rest(due, true).await;
    }

    /// Sleeps that long by the shop's clock, whoever calls: a call is heard when the worker looks again.
    pub(super) async fn sleep(&self, time: Duration) {
        let due = self.clock.now_ms().saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        self.rest(due, false).await;
    }

    async fn rest(&self, due: i64, hears: bool) {
        let mut moved = self.clock.moved.subscribe();
        let Some(mut nap) = self.lie_down(due, hears) else { return };
        loop {
            let real = self.clock.real_wait(due);
            tokio::select! {
                biased;
                _ = &mut nap.woken => return,
                () = tokio::time::sleep(real.unwrap_or_default()), if real.is_some() => self.clock.inner().rouse_the_due(),
                // the clock outlives whoever works by it
                _ = moved.changed() => {}
            }
        }
    }

    fn lie_down(&self, due: i64, hears: bool) -> Option<Nap<'_>> {
        let mut inner = self.clock.inner();
        let called = hears && inner.matters.get_mut(&self.key).is_some_and(|matter| std::mem::take(&mut matter.called));
        if called || due <= inner.now() {
            return None;
        }
        inner.next += 1;
        let bed = (due, inner.next);
        let (wake, woken) = oneshot::channel();
        inner.sleepers.insert(bed, Sleeper { key: self.key.clone(), wake });
        self.clock.one_rests(&mut inner);
        if let Some(matter) = inner.matters.get_mut(&self.key) {
            // whoever calls finds the bed of a worker who hears
            matter.bed = hears.then_some(bed);
        }
        Some(Nap { clock: &self.clock, bed, woken })
    }

    /// Ends the work, unless somebody called for it since the worker last looked: then there is more to do.
    pub(super) fn is_over(&mut self) -> bool {
        let mut inner = self.clock.inner();
        if inner.matters.get_mut(&self.key).is_some_and(|matter| std::mem::take(&mut matter.called)) {
            return false;
        }
        inner.matters.remove(&self.key);
        self.clock.one_rests(&mut inner);
        drop(inner);
        self.over = true;
        true
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        if !self.over {
            let mut inner = self.clock.inner();
            inner.matters.remove(&self.key);
            self.clock.one_rests(&mut inner);
        }
    }
}

struct Nap<'c> {
    clock: &'c Clock,
    bed: Bed,
    woken: oneshot::Receiver<()>,
}

impl Drop for Nap<'_> {
    /// Whoever stops waiting for another reason is awake as well.
    fn drop(&mut self) {
        self.clock.inner().rouse(self.bed);
    }
}

impl Clock {
    /// How long that is by the machine; nothing while the clock stands.
    fn real_wait(&self, due: i64) -> Option<Duration> {
        let inner = self.inner();
        let left = due.saturating_sub(inner.now()).max(0).unsigned_abs();
        inner.standing.is_none().then(|| Duration::from_millis(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Arc<Clock> {
        Arc::new(Clock::new(Some(ms)))
    }

    #[tokio::test]
    async fn what_waits_by_a_standing_clock_wakes_when_it_is_told_a_later_moment_and_counts_as_busy_at_once() {
        let clock = at(1_000);
        let working = clock.take_up("sale S-1").unwrap();
        let asleep = tokio::spawn(async move {
            working.sleep_until(6_000).await;
            working
        });
        while clock.busy() > 0 {
            tokio::task::yield_now().await;
        }
        clock.set(Some(5_999)).unwrap();
        assert_eq!((clock.busy(), clock.next_ms()), (0, Some(6_000)));
        clock.set(Some(6_000)).unwrap();
        assert_eq!((clock.busy(), clock.next_ms()), (1, None), "it counts before it ran");
        let mut working = asleep.await.unwrap();
        assert!(working.is_over());
        drop(working);
        assert_eq!(clock.busy(), 0);
    }

    #[tokio::test]
    async fn a_shop_rests_when_its_last_worker_sleeps_and_never_while_its_clock_runs() {
        let clock = at(0);
        let working = clock.take_up("sale S-1").unwrap();
        let resting = Arc::clone(&clock);
        let rests = tokio::spawn(async move { resting.comes_to_rest().await });
        tokio::task::yield_now().await;
        assert!(!rests.is_finished(), "it is worked on");
        let asleep = tokio::spawn(async move { working.sleep_until(1_000).await });
        rests.await.unwrap();
        asleep.abort();
        let running = Clock::new(None);
        tokio::select! {
            biased;
            () = running.comes_to_rest() => panic!("a running clock changes things by itself"),
            () = tokio::task::yield_now() => {}
        }
    }

    #[tokio::test]
    async fn a_matter_has_one_worker_and_calling_for_it_wakes_that_one() {
        let clock = at(0);
        let mut working = clock.take_up("sale S-1").unwrap();
        assert!(clock.take_up("sale S-1").is_none());
        assert!(!working.is_over(), "it was called for while it was worked on");
        let sleeping = Arc::clone(&clock);
        let asleep = tokio::spawn(async move {
            working.sleep_until(i64::MAX).await;
            working
        });
        while clock.busy() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(sleeping.take_up("sale S-1").is_none());
        assert_eq!(clock.busy(), 1);
        assert!(!asleep.await.unwrap().is_over(), "the call is not forgotten by waking up");
        assert_eq!(clock.busy(), 0);
        assert!(clock.take_up("sale S-1").is_some(), "a worker that was dropped left the matter");
    }

    #[tokio::test]
    async fn a_pause_is_not_cut_short_by_a_call_and_the_call_is_heard_after_it() {
        let clock = at(0);
        let working = clock.take_up("sale S-1").unwrap();
        assert!(clock.take_up("sale S-1").is_none(), "called before the pause");
        let sleeping = Arc::clone(&clock);
        let asleep = tokio::spawn(async move {
            working.sleep(Duration::from_secs(3)).await;
            (sleeping.now_ms(), working)
        });
        while clock.busy() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(clock.take_up("sale S-1").is_none(), "and in it");
        assert_eq!(clock.busy(), 0);
        clock.set(Some(3_000)).unwrap();
        let (woken, mut working) = asleep.await.unwrap();
        assert_eq!(woken, 3_000);
        assert!(!working.is_over(), "there is more to do");
        assert!(working.is_over());
    }

    #[tokio::test]
    async fn a_running_clock_wakes_by_the_machine() {
        let clock = Arc::new(Clock::new(None));
        let working = clock.take_up("card 1").unwrap();
        working.sleep(Duration::from_millis(5)).await;
        assert_eq!(clock.busy(), 1);
    }

    #[test]
    fn a_standing_clock_does_not_go_back_and_a_running_one_may_be_stopped_anywhere() {
        let clock = Clock::new(None);
        assert!(clock.set(Some(5)).is_ok(), "before the machine's time");
        assert!(clock.set(Some(4)).is_err());
        assert!(clock.set(None).is_ok());
        assert!(clock.now_ms() > 1_700_000_000_000);
    }
}
