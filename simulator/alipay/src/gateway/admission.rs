//! How many calls are worked on at once, and how long others wait before they are told that the platform is busy.
//!
//! Signing runs inline on the runtime's workers, so no more signatures are made at once than there are cores; this bounds
//! what queues behind them and behind the disk. The bound is wide, because calls that wait for the disk cost nothing and
//! the group commit lives from them. Source: DESIGN "Wire and signatures".

use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Calls at once for each core.
const CALLS_PER_CORE: usize = 256;
/// How many may wait for each one that is worked on.
const WAITING_PER_CALL: usize = 4;
/// How long a call waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// The door.
pub(crate) struct Admission {
    calls: Semaphore,
    waiting: Semaphore,
}

/// A place inside, given back when dropped.
pub(crate) struct Admitted<'a> {
    _place: SemaphorePermit<'a>,
}

impl Admission {
    pub(crate) fn of(cores: usize) -> Self {
        let calls = CALLS_PER_CORE * cores.max(1);
        Self { calls: Semaphore::new(calls), waiting: Semaphore::new(calls * WAITING_PER_CALL) }
    }

    /// Nobody gets in any more.
    #[cfg(test)]
    pub(crate) fn close(&self) {
        self.calls.close();
    }

    /// A place, perhaps after a while; nothing when the platform is too busy.
    pub(crate) async fn enter(&self) -> Option<Admitted<'_>> {
        if let Ok(place) = self.calls.try_acquire() {
            return Some(Admitted { _place: place });
        }
        let _queue = self.waiting.try_acquire().ok()?;
        let place = tokio::time::timeout(PATIENCE, self.calls.acquire()).await.ok()?.ok()?;
        Some(Admitted { _place: place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_it_full_waits_and_who_finds_the_queue_full_is_turned_away() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let admission = Admission { calls: Semaphore::new(1), waiting: Semaphore::new(1) };
            let inside = admission.enter().await.unwrap();
            let waiting = admission.enter();
            let turned_away = async {
                tokio::task::yield_now().await;
                let third = admission.enter().await.is_none();
                drop(inside);
                third
            };
            let (second, third_was_turned_away) = tokio::join!(waiting, turned_away);
            assert!(second.is_some() && third_was_turned_away);
        });
    }
}
