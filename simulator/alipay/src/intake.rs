//! Taking in request bodies: bounded in size, in time, and all of them together in memory.
//!
//! A body's bytes are drawn from one budget before they are kept and given back when its request is over, so that thousands of
//! slow or large uploads wait for each other instead of filling the machine. Source: issue "Bad input"; DESIGN invariants.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of all bodies that are being taken in or worked on.
const BUDGET: usize = 256 << 20;
/// Bytes of a body that is copied: the journal keeps it for long, and the buffer it came in is several times as large.
const SMALL: usize = 16 << 10;
/// How long a body may take to arrive, waiting for its share of the budget included.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The budget.
pub(crate) struct Intake {
    budget: Arc<Semaphore>,
    patience: Duration,
}

/// A body, and its share of the budget.
#[derive(Debug)]
pub(crate) struct TakenIn {
    pub(crate) bytes: Bytes,
    pub(crate) share: Option<OwnedSemaphorePermit>,
}

impl Default for Intake {
    fn default() -> Self {
        Self { budget: Arc::new(Semaphore::new(BUDGET)), patience: BODY_TIME }
    }
}

impl Intake {
    /// Reads a body of at most `limit` bytes.
    ///
    /// # Errors
    /// What is wrong with it, in words for the merchant.
    pub(crate) async fn read(&self, body: Body, limit: usize) -> Result<TakenIn, String> {
        match tokio::time::timeout(self.patience, self.frames(body, limit)).await {
            Ok(read) => read,
            Err(_) => Err(format!("the body did not arrive within {} s", self.patience.as_secs())),
        }
    }

    async fn frames(&self, mut body: Body, limit: usize) -> Result<TakenIn, String> {
        let mut taken = TakenIn { bytes: Bytes::new(), share: None };
        let mut more = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|error| format!("the body could not be read: {error}"))?.into_data() else { continue };
            if taken.bytes.len() + more.len() + data.len() > limit {
                return Err(format!("the body is larger than {limit} bytes"));
            }
            let share = u32::try_from(data.len()).map_err(|_| format!("the body is larger than {limit} bytes"))?;
            let share = self.budget.clone().acquire_many_owned(share).await.expect("the budget is never closed");
            match &mut taken.share {
                Some(held) => held.merge(share),
                none => *none = Some(share),
            }
            // most bodies come in one piece: a large one is kept as it is, a small one would keep its connection's whole buffer
            if taken.bytes.is_empty() && more.is_empty() {
                taken.bytes = if data.len() <= SMALL { Bytes::copy_from_slice(&data) } else { data };
            } else {
                if more.is_empty() {
                    more.extend_from_slice(&std::mem::take(&mut taken.bytes));
                }
                more.extend_from_slice(&data);
            }
        }
        if !more.is_empty() {
            taken.bytes = more.freeze();
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intake(budget: usize) -> Intake {
        Intake { budget: Arc::new(Semaphore::new(budget)), patience: Duration::from_millis(50) }
    }

    fn run<R>(work: impl Future<Output = R>) -> R {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    #[test]
    fn pieces_become_one_body_and_too_much_is_refused() {
        run(async {
            let intake = intake(1_000);
            let whole = intake.read(Body::from("abc"), 3).await.unwrap();
            assert_eq!(&whole.bytes[..], b"abc");
            assert_eq!(intake.budget.available_permits(), 997);
            assert!(intake.read(Body::from("abcd"), 3).await.unwrap_err().contains("larger than 3"));
            drop(whole);
            assert_eq!(intake.budget.available_permits(), 1_000);
        });
    }

    #[test]
    fn a_body_that_finds_no_room_in_time_is_given_up() {
        run(async {
            let intake = intake(10);
            let held = intake.read(Body::from("0123456789"), 20).await.unwrap();
            assert!(intake.read(Body::from("a"), 20).await.unwrap_err().contains("did not arrive"));
            drop(held);
            assert!(intake.read(Body::from("a"), 20).await.is_ok());
        });
    }
}
