//! Alipay's open platform, imitated: the member-card side of it, with the pages its customers see.
//!
//! [`Alipay`] is the engine's `Provider`; [`router`] serves the classic gateway, the two real pages and uploaded pictures.
//! Errors: a merchant gets [`refused::Refused`] in the platform's words (`refusal_codes` maps the world's refusals), a
//! customer `Stopped`; a store that fails becomes the platform's own "system busy". What is imitated and what is not stands
//! in `METHODS.md`. Sources: spec alipay/card/SEMANTICS.md, alipay/gateway/PROTOCOL.md, each file names its section.

mod activation;
mod benefit;
mod beside;
mod bill;
mod biz_content;
mod card;
#[cfg(test)]
mod check;
mod codes;
pub mod contract;
mod customer;
mod delegation;
pub mod fault;
mod gateway;
mod http;
mod ids;
mod image;
mod intake;
mod meant;
mod merchant_call;
mod method;
mod methods;
mod newer;
mod notice;
mod pages;
mod refusal_codes;
pub mod refused;
mod sandbox;
mod security;
mod template;
mod trade;
mod user;
mod view;

pub use codes::{codes, explain_code};
pub use gateway::GATEWAY_PATH;
pub use http::{call, gateway_router, pages_router, router};
pub use methods::methods_md;

use beside::Beside;
use engine::Engine;
use engine::fault::Meddling;
use engine::journal::Journal;
use gateway::Admission;
use intake::Intake;
use std::sync::Arc;
use wire::alipay::{Options, v3};
use wire::signer::Signer;

/// How the platform is set up in one process.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address that merchants and browsers reach this server at, without a slash at the end: `http://127.0.0.1:8600`. It
    /// stands in links and picture addresses.
    pub address: String,
    /// Cores to serve with: bounds how many calls are worked on at once.
    pub cores: usize,
    /// Whether a POST that names its charset in the body only is refused when it needs it, as production does (QUIRKS Q12).
    pub charset_must_be_in_url: bool,
}

impl Settings {
    /// The usual set-up at this address.
    pub fn at(address: impl Into<String>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { address: address.into(), cores, charset_must_be_in_url: false }
    }
}

/// The platform.
pub struct Alipay {
    engine: Arc<Engine>,
    address: Arc<str>,
    options: Options,
    signer: Signer,
    admission: Admission,
    intake: Intake,
    galleries: Beside<image::Pictures>,
    asking: customer::fast::Asking,
    vault: security::Vault,
    nonces: Beside<v3::Nonces>,
    /// Held while a bill is made.
    bills: Beside<tokio::sync::Mutex<()>>,
}

impl Alipay {
    /// The provider's name.
    pub const NAME: &'static str = "alipay";

    /// The platform over an engine's sandboxes.
    pub fn new(engine: Arc<Engine>, settings: &Settings) -> Self {
        let options =
            Options { charset_must_be_in_url: settings.charset_must_be_in_url, suspect_reserved_names: true, ..Options::default() };
        let address: Arc<str> = settings.address.trim_end_matches('/').into();
        engine.set_meddler(Arc::new(Meddling::at(address.clone())));
        Self {
            engine,
            address,
            options,
            signer: Signer::default(),
            admission: Admission::of(settings.cores),
            intake: Intake::default(),
            galleries: Beside::default(),
            asking: customer::fast::Asking::default(),
            vault: security::Vault::default(),
            nonces: Beside::default(),
            bills: Beside::default(),
        }
    }

    /// Address that links and pictures are under.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The signatures made so far, for figures about the cache.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Requests that belong to no sandbox: unknown applications, bytes that could not be read.
    pub fn stray(&self) -> &Journal {
        self.engine.stray()
    }
}
