//! A call that ran, and the wait for the disk before its reply may be told.

use crate::patience::within;
use log::Broken;
use std::time::Duration;
use tokio::sync::oneshot;
use world::Moment;

/// How long an answer waits for the disk before its outcome counts as unknown.
const SETTLE_LIMIT: Duration = Duration::from_secs(20);

/// A call that ran: its reply, and what to wait for before it may be told.
pub struct Ran<R> {
    pub(super) reply: R,
    /// Virtual time of the call.
    pub at: Moment,
    /// Place of the first event it caused.
    pub first: u64,
    /// How many events it caused.
    pub events: u64,
    pub(super) wait: Wait,
}

pub(super) enum Wait {
    Nothing,
    For(oneshot::Receiver<Result<(), Broken>>),
}

/// Why a reply may not be told.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unsettled {
    /// The store stopped: nothing is known to be durable.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The disk did not answer in time; what was asked may or may not be durable.
    #[error("the store did not answer within {} s", SETTLE_LIMIT.as_secs())]
    Late,
}

impl<R> Ran<R> {
    /// The reply at once, for who waits for something sent after it.
    pub(crate) fn unsettled(self) -> R {
        self.reply
    }

    /// Whether the disk has to be waited for.
    pub fn waits(&self) -> bool {
        matches!(self.wait, Wait::For(_))
    }

    /// The reply, once everything it speaks of is durable.
    ///
    /// # Errors
    /// [`Unsettled`]: the reply must not be told.
    pub async fn settled(self) -> Result<R, Unsettled> {
        match self.wait {
            Wait::Nothing => Ok(self.reply),
            Wait::For(told) => match within(SETTLE_LIMIT, told).await {
                Some(Ok(stored)) => stored.map(|()| self.reply).map_err(Unsettled::Broken),
                Some(Err(_)) => Err(Broken::Poisoned("the writer is gone".into()).into()),
                None => Err(Unsettled::Late),
            },
        }
    }

    /// The same for callers without a runtime.
    ///
    /// # Errors
    /// [`Unsettled`]: the reply must not be told.
    pub fn settled_blocking(self) -> Result<R, Unsettled> {
        match self.wait {
            Wait::Nothing => Ok(self.reply),
            Wait::For(told) => match told.blocking_recv() {
                Ok(stored) => stored.map(|()| self.reply).map_err(Unsettled::Broken),
                Err(_) => Err(Broken::Poisoned("the writer is gone".into()).into()),
            },
        }
    }
}
