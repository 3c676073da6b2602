//! The practice merchant: a small shop's service that is right, and can be told to be wrong in one named way.
//!
//! It offers the till API (`fixtures/merchants/till-api.md`) and speaks to the platform only over the wire, with the public
//! client half of `wire`. Its books are in memory: what a restart would lose is not practised here yet. Beyond the till API
//! it has `POST /practice/lose {"method": …}`: the answer to the next such call never reaches it.

mod api;
mod body;
mod book;
mod clock;
mod defect;
mod gateway;
mod joining;
mod money;
mod page;
mod picture;
mod problem;
mod set_up;
mod till;

pub use defect::Defect;

use book::Book;
use gateway::Gateway;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wire::keys::{KeyError, SigningKey, VerifyingKey};

/// What a practice merchant needs to know about the platform, and how wrong it shall be.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The classic gateway, with its path.
    pub gateway: String,
    /// The merchant's application.
    pub app_id: String,
    /// Its private key, PEM or Base64.
    pub app_private_key: String,
    /// The platform's public key, PEM or Base64.
    pub alipay_public_key: String,
    /// Where to listen; any free port on loopback when absent.
    pub listen: Option<SocketAddr>,
    /// What it does wrong.
    pub defects: BTreeSet<Defect>,
}

/// Why a practice merchant could not open its shop.
#[derive(Debug, thiserror::Error)]
pub enum CannotOpen {
    /// One of the keys is none.
    #[error("{which}: {why}")]
    Key {
        /// Which key.
        which: &'static str,
        /// What is wrong with it.
        why: KeyError,
    },
    /// The address is taken or not this machine's.
    #[error("the practice merchant cannot listen: {0}")]
    Listen(#[from] std::io::Error),
}

/// A practice merchant that is open for business. Dropping it closes the shop at once.
#[derive(Debug)]
pub struct Practice {
    address: String,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

/// What every handler shares.
struct Shop {
    gateway: Gateway,
    book: Mutex<Book>,
    /// One statement about cards at a time, so that totals reach the platform in the order in which they were booked.
    syncing: tokio::sync::Mutex<()>,
    public_url: String,
    defects: BTreeSet<Defect>,
    stop: watch::Sender<bool>,
}

impl Shop {
    fn book(&self) -> MutexGuard<'_, Book> {
        // nothing in the book is left half-written by a panic: every change is one statement
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn does(&self, defect: Defect) -> bool {
        self.defects.contains(&defect)
    }
}

impl Practice {
    /// Opens the shop. Must be called within a runtime.
    ///
    /// # Errors
    /// A key that is none, an address that cannot be listened on.
    pub async fn start(setup: Setup) -> Result<Self, CannotOpen> {
        let key = SigningKey::from_text(&setup.app_private_key).map_err(|why| CannotOpen::Key { which: "app_private_key", why })?;
        let platform =
            VerifyingKey::from_text(&setup.alipay_public_key).map_err(|why| CannotOpen::Key { which: "alipay_public_key", why })?;
        let listener = TcpListener::bind(setup.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let (stop, mut ending) = watch::channel(false);
        let shared = Arc::new(Shop {
            gateway: Gateway::new(&setup, key, platform),
            book: Mutex::new(Book::new(clock::now_ms())),
            syncing: tokio::sync::Mutex::new(()),
            public_url: address.clone(),
            defects: setup.defects,
            stop: stop.clone(),
        });
        let router = api::router(shared);
        let serving = tokio::spawn(async move {
            let ended = async move {
                let _ = ending.wait_for(|stop| *stop).await;
            };
            // a connection that breaks ends its own task only; the listener itself does not fail on loopback
            let _ = axum::serve(listener, router).with_graceful_shutdown(ended).await;
        });
        Ok(Self { address, stop, serving })
    }

    /// The address of its till API, without a slash at the end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Closes the shop once what is in flight is done.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}
