//! Ending hard at a chosen point, so that a restart can be practised at the nasty ones.
//!
//! A process of its own ends there. Within another program the shop goes dead instead: whoever comes to the point never gets
//! further, until the shop is thrown away and opened again.

use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// A point at which the shop can end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// The sale is booked, the platform was not told.
    BeforePay,
    /// The platform answered the payment, the answer is not booked.
    AfterPay,
    /// The sale is paid and the points are booked, the card was not told.
    BeforeCard,
    /// The member is in the book, the card was not asked for.
    BeforeOpen,
    /// The card is open at the platform, the answer is not booked.
    AfterOpen,
    /// The platform gave the money back, the answer is not booked.
    AfterRefund,
    /// A notice is booked, its sender was not told.
    BeforeSuccess,
}

/// What a process that ends there says.
const KILLED: i32 = 137;

#[derive(Debug)]
pub(super) struct Crash {
    /// Whether the process itself ends.
    ends_the_process: bool,
    armed: Mutex<Option<Cut>>,
    told: watch::Sender<bool>,
}

impl Crash {
    pub(super) fn new(ends_the_process: bool) -> Self {
        Self { ends_the_process, armed: Mutex::default(), told: watch::Sender::new(false) }
    }

    /// The next time somebody comes to that point is the last.
    pub(super) fn arm(&self, cut: Cut) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = Some(cut);
    }

    /// Goes on, or never again.
    pub(super) async fn point(&self, cut: Cut) {
        let strikes = self.armed.lock().unwrap_or_else(PoisonError::into_inner).take_if(|armed| *armed == cut).is_some();
        if strikes {
            if self.ends_the_process {
                std::process::exit(KILLED);
            }
            self.told.send_replace(true);
            std::future::pending::<()>().await;
        }
    }

    /// Tells when it struck.
    pub(super) fn told(&self) -> watch::Receiver<bool> {
        self.told.subscribe()
    }
}
