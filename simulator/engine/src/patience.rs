//! Waiting with a limit, for calls of which there are thousands a second: one clock wakes all who wait, now and then.
//!
//! A timer for each call costs more than all the rest of its waiting. Limits here are told late by up to [`TICK`], which is no matter
//! for a limit that stands for a broken disk.

use std::pin::pin;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How often those who wait look at how long they have waited.
const TICK: Duration = Duration::from_millis(500);

/// Rung every [`TICK`], from when somebody waits for the first time to the end of the process.
static CLOCK: LazyLock<Notify> = LazyLock::new(|| {
    std::thread::Builder::new()
        .name("kabao-patience".to_owned())
        .spawn(|| {
            loop {
                std::thread::sleep(TICK);
                CLOCK.notify_waiters();
            }
        })
        .expect("a thread can be started");
    Notify::new()
});

/// What `work` gives; nothing once it takes longer than `limit`.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let since = Instant::now();
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = work.as_mut() => return Some(done),
            () = CLOCK.notified() => {
                if since.elapsed() >= limit {
                    return None;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    #[tokio::test]
    async fn what_ends_is_given_and_what_does_not_is_given_up() {
        assert_eq!(within(Duration::ZERO, ready(7)).await, Some(7));
        let begun = Instant::now();
        let slow = async {
            tokio::time::sleep(TICK + Duration::from_millis(50)).await;
            7
        };
        assert_eq!(within(Duration::from_mins(1), slow).await, Some(7), "a tick is no limit");
        assert_eq!(within(Duration::ZERO, pending::<()>()).await, None);
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
