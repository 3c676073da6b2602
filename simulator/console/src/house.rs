//! The house: what every handler needs. The engine, the imitated platforms, and how the process can be reached.
//!
//! Cheap to clone. Nothing in it changes after the start.

use engine::provider::Provider;
use engine::{Engine, Sandbox};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

use crate::api::Refused;
use crate::guard::{Hosts, Token};
use crate::till_calls::TillCalls;

/// How many sandboxes are written to files or read from files at once.
const CARRIED_AT_ONCE: usize = 3;

/// The sandbox that is meant when none is named.
pub(crate) const DEFAULT_SANDBOX: &str = "demo";

/// How the process can be reached, and what the start page says about it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The address under which people and merchants reach this process, without a slash at the end.
    pub base: String,
    /// The addresses that are listened on, with the ports that were really taken.
    pub listening: Vec<SocketAddr>,
    /// Further names this process is reached by, `name` or `name:port`.
    pub host_names: Vec<String>,
    /// What callers from other machines must show. Without one they are refused.
    pub token: Option<String>,
    /// What lies behind which address, for the start page.
    pub doors: Vec<Door>,
    /// Programs that make a first call, for the start page: with marks where an application's values belong.
    pub snippets: Vec<Snippet>,
}

/// An address of this process and what it is for.
#[derive(Clone, Debug)]
pub struct Door {
    /// What it is, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// Where it is, with the base address.
    pub address: String,
}

/// A program to be copied.
#[derive(Clone, Debug)]
pub struct Snippet {
    /// Its file's name, which says the language.
    pub title: String,
    /// The text. `{{gateway}}`, `{{app_id}}`, `{{app_private_key_pkcs1}}`, `{{app_private_key_pkcs8}}` and
    /// `{{alipay_public_key}}` in it stand for the application's values.
    pub text: String,
}

impl Snippet {
    /// The text for an application: `values` by their marks, braces included.
    pub fn filled(&self, values: &[(&str, String)]) -> String {
        values.iter().fold(self.text.clone(), |text, (mark, value)| text.replace(mark, value))
    }
}

/// What every handler needs.
#[derive(Clone)]
pub struct House(Arc<Inner>);

struct Inner {
    engine: Arc<Engine>,
    providers: Vec<Arc<dyn Provider>>,
    settings: Settings,
    hosts: Hosts,
    token: Option<Token>,
    carriers: Arc<Semaphore>,
    till_calls: TillCalls,
}

impl House {
    /// A house over these sandboxes and platforms. The first platform is the one that new sandboxes are founded on.
    ///
    /// # Panics
    /// Without any platform: there would be nothing to serve.
    pub fn new(engine: Arc<Engine>, providers: Vec<Arc<dyn Provider>>, settings: Settings) -> Self {
        assert!(!providers.is_empty(), "a house has at least one platform");
        let hosts = Hosts::new(&settings);
        let token = settings.token.as_deref().map(Token::new);
        let carriers = Arc::new(Semaphore::new(CARRIED_AT_ONCE));
        Self(Arc::new(Inner { engine, providers, settings, hosts, token, carriers, till_calls: TillCalls::default() }))
    }

    /// All sandboxes.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.0.engine
    }

    /// How the process can be reached.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn provider(&self) -> &Arc<dyn Provider> {
        &self.0.providers[0]
    }

    pub(crate) fn provider_named(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.0.providers.iter().find(|provider| provider.name() == name)
    }

    /// The calls that tills' pages made.
    pub(crate) fn till_calls(&self) -> &TillCalls {
        &self.0.till_calls
    }

    pub(crate) fn hosts(&self) -> &Hosts {
        &self.0.hosts
    }

    pub(crate) fn token(&self) -> Option<&Token> {
        self.0.token.as_ref()
    }

    /// The places of those that write sandboxes to files or read them.
    pub(crate) fn carriers(&self) -> Arc<Semaphore> {
        self.0.carriers.clone()
    }

    pub(crate) fn sandbox(&self, name: Option<&str>) -> Result<Arc<Sandbox>, Refused> {
        Ok(self.engine().sandbox(name.unwrap_or(DEFAULT_SANDBOX))?)
    }
}

/// Runs what waits for disk or computes long beside the runtime's workers.
pub(crate) async fn aside<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // only the end of the runtime aborts it, and then nobody waits for an answer any more
            Err(_) => std::future::pending().await,
        },
    }
}
