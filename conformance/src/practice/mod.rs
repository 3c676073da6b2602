//! The practice merchant: a small shop's service that is right, and can be told to be wrong in one named way.
//!
//! It offers the till API (`fixtures/merchants/till-api.md`) and speaks to the platform only over the wire, with the public
//! client half of `wire`. What it owes and grants stands in books of its own (SQLite), which outlive it; `/practice/…` makes it
//! lose answers and end at chosen points. It runs in a runtime of its own, so that it can be ended hard within a program too.

mod api;
mod attempt;
mod body;
mod books;
mod card;
mod certified;
mod clock;
mod code;
mod configuration;
mod crash;
mod defect;
mod fast;
mod gateway;
mod joining;
mod member;
mod mistaken;
mod money;
mod nightly;
mod notice;
mod notice_card;
mod notice_trade;
mod page;
mod payment;
mod picture;
mod points;
mod problem;
mod provider;
mod refund;
mod sale;
mod schema;
mod service;
mod set_up;
mod shop;
mod till;

pub use books::Broken;
pub use certified::CertificateFiles;
pub use crash::Cut;
pub use defect::Defect;
pub use provider::Role;
pub use service::PracticeShops;
pub use set_up::Flow;

use books::Books;
use certified::Certified;
use clock::Clock;
use crash::Crash;
use gateway::{Gateway, Keys};
use shop::{Matter, Shop};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use wire::keys::{KeyError, SigningKey, VerifyingKey};
use wire::pool;

/// How long whatever is being computed may take to notice that the shop ended.
const END_TIME: Duration = Duration::from_secs(10);

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
    /// The files of certificate mode; absent in key mode.
    pub certificates: Option<CertificateFiles>,
    /// Whose application that is.
    pub role: Role,
    /// The merchant's own number at the platform: notices for another seller are not believed.
    pub seller_id: Option<String>,
    /// The key that requests for merchants' codes are signed with; the simulator's when absent.
    pub code_key: Option<String>,
    /// The flow that `/setup` prepares when it does not say.
    pub flow: Flow,
    /// Where to listen; any free port on loopback when absent.
    pub listen: Option<SocketAddr>,
    /// How browsers and the platform reach it; where it listens when absent.
    pub public_url: Option<String>,
    /// The file with the shop's books; in memory when absent.
    pub books: Option<PathBuf>,
    /// Whether it is the only one in its process, so that a practised crash ends the process.
    pub alone: bool,
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
    /// One of the certificates is none.
    #[error("the certificates: {0}")]
    Certificate(#[from] wire::alipay::certificates::CertificateError),
    /// The address is taken or not this machine's.
    #[error("the practice merchant cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    /// The books cannot be opened.
    #[error(transparent)]
    Books(#[from] Broken),
}

/// A practice merchant that is open for business. Dropping it ends the shop hard.
#[derive(Debug)]
pub struct Practice {
    address: String,
    setup: Setup,
    open: Option<Open>,
}

/// What a restart throws away, and the books that it does not.
#[derive(Debug)]
struct Open {
    runtime: Own,
    books: Arc<Books>,
    end: watch::Sender<bool>,
    served: watch::Receiver<bool>,
    crashed: watch::Receiver<bool>,
}

impl Practice {
    /// Opens the shop.
    ///
    /// # Errors
    /// A key that is none, an address that cannot be listened on, books that cannot be used.
    pub async fn start(setup: Setup) -> Result<Self, CannotOpen> {
        let books = Books::open(setup.books.as_deref(), clock::machine_ms())?;
        Self::open(setup, books).await
    }

    async fn open(setup: Setup, books: Books) -> Result<Self, CannotOpen> {
        let key = SigningKey::from_text(&setup.app_private_key).map_err(|why| CannotOpen::Key { which: "app_private_key", why })?;
        let platform =
            VerifyingKey::from_text(&setup.alipay_public_key).map_err(|why| CannotOpen::Key { which: "alipay_public_key", why })?;
        let codes = match &setup.code_key {
            Some(text) => VerifyingKey::from_text(text).map_err(|why| CannotOpen::Key { which: "code_key", why })?,
            // the last of the published test keys, as the simulator has it
            None => pool::signing_key(pool::SIZE - 1).verifying().clone(),
        };
        let certified = setup.certificates.as_ref().map(Certified::of).transpose()?;
        let keys = Keys { own: key, platform, codes, certified };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("practice").enable_all().build()?;
        let (working, runtime) = (runtime.handle().clone(), Own(Some(runtime)));
        let standing = books.setting(clock::STANDING)?.and_then(|standing| standing.parse().ok());
        let (books, clock) = (Arc::new(books), Arc::new(Clock::new(standing)));
        let (end, mut ending) = watch::channel(false);
        let (serving, served) = watch::channel(false);
        let crash = Crash::new(setup.alone);
        let crashed = crash.told();
        let (shared, wanted) = (Arc::clone(&books), setup.clone());
        let told = end.clone();
        let opened = working.spawn(async move {
            let listener = TcpListener::bind(wanted.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))).await?;
            let listening = listener.local_addr()?;
            let address = format!("http://{listening}");
            let shop = Arc::new(Shop {
                gateway: Gateway::new(&wanted, keys, Arc::clone(&clock), Arc::clone(&shared)),
                books: shared,
                clock,
                crash,
                public_url: wanted.public_url.map_or_else(|| address.clone(), |url| url.trim_end_matches('/').to_owned()),
                app_id: wanted.app_id,
                role: wanted.role,
                seller_id: wanted.seller_id,
                flow: wanted.flow,
                defects: wanted.defects,
                setting_up: tokio::sync::Mutex::default(),
                stop: told,
                trouble: std::sync::Mutex::default(),
            });
            shop.take_up_everything()?;
            shop.work(Matter::Night);
            let router = api::router(shop);
            tokio::spawn(async move {
                let ended = async move {
                    let _ = ending.wait_for(|stop| *stop).await;
                };
                // a connection that breaks ends its own task only; the listener itself does not fail on loopback
                let _ = axum::serve(listener, router).with_graceful_shutdown(ended).await;
                serving.send_replace(true);
            });
            Ok::<_, CannotOpen>((address, listening))
        });
        let opened = opened.await;
        let open = Open { runtime, books, end, served, crashed };
        match opened {
            // a restart listens where the posters say
            Ok(Ok((address, listening))) => Ok(Self { address, setup: Setup { listen: Some(listening), ..setup }, open: Some(open) }),
            Ok(Err(why)) => {
                drop(open);
                Err(why)
            }
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }

    /// The address of its till API, without a slash at the end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Closes the shop once what is in flight is done.
    pub async fn stop(mut self) {
        if let Some(mut open) = self.open.take() {
            open.end.send_replace(true);
            let _ = open.served.wait_for(|served| *served).await;
            end(open.runtime).await;
        }
    }

    /// Waits until the till API told it to end, or somebody else did.
    pub async fn ended(&self) {
        if let Some(open) = &self.open {
            let _ = open.served.clone().wait_for(|served| *served).await;
        }
    }

    /// Waits until it came to the point at which `/practice/crash` ends it.
    pub async fn crashed(&self) {
        if let Some(open) = &self.open {
            let _ = open.crashed.clone().wait_for(|crashed| *crashed).await;
        }
    }

    /// Whether it came to that point.
    pub fn has_crashed(&self) -> bool {
        self.open.as_ref().is_some_and(|open| *open.crashed.borrow())
    }

    /// Ends hard, as a process that is killed, and opens again at the same address with the same books. Everything in memory is gone.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn restart(self) -> Result<Self, CannotOpen> {
        self.kill().await.open().await
    }

    /// Ends hard, as a process that is killed. Everything in memory is gone; the books are not.
    pub async fn kill(mut self) -> Killed {
        let Open { runtime, books, .. } = self.open.take().expect("it is open until it is stopped or killed, which takes it away");
        end(runtime).await;
        let books = Arc::try_unwrap(books).expect("whoever used the books ended with the runtime");
        Killed { setup: self.setup.clone(), books }
    }
}

/// A shop that was ended hard.
#[derive(Debug)]
pub struct Killed {
    setup: Setup,
    books: Books,
}

impl Killed {
    /// The same with another public key of the platform's.
    #[must_use]
    pub fn with_platform_key(mut self, alipay_public_key: String) -> Self {
        self.setup.alipay_public_key = alipay_public_key;
        self
    }

    /// Opens it again at the same address with the same books.
    ///
    /// # Errors
    /// As [`Practice::start`].
    pub async fn open(self) -> Result<Practice, CannotOpen> {
        Practice::open(self.setup, self.books.reopened()?).await
    }
}

/// A runtime that may be dropped anywhere, also by whoever gives up waiting for its shop to open: then nobody waits for its threads.
#[derive(Debug)]
struct Own(Option<Runtime>);

impl Own {
    fn shut_down(mut self, time: Duration) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_timeout(time);
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Ends a shop hard and waits until nothing of it runs any more.
async fn end(runtime: Own) {
    // a runtime waits for its threads, which must not be done on one that others share
    let _ = tokio::task::spawn_blocking(move || runtime.shut_down(END_TIME)).await;
}

impl Drop for Practice {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            open.end.send_replace(true);
        }
    }
}
