//! Calls to a merchant that a tester asks for, beside all notices: any message, and the check of an application's gateway.
//!
//! They leave nothing but an exchange in the journal. Only addresses that somebody configured are called, or this machine.

use crate::delivery::PATIENCE;
use crate::engine::Engine;
use crate::journal::{AnswerBytes, Flag, RequestBytes, SignatureVerdict};
use crate::outgoing::{ANSWER_LIMIT, Came, Judged, Trip};
use crate::sandbox::Sandbox;
use world::World;
use world::names::AppId;
use world::notice::target_of;

/// Looks at an answer and says what is wrong with it.
pub type Look = Box<dyn FnOnce(&AnswerBytes) -> Vec<String> + Send>;

/// A call that a tester asked for, signed and ready.
pub struct Probe {
    /// Which provider's dialect it is in.
    pub provider: &'static str,
    /// The platform's name for it.
    pub method: String,
    /// The application it is for.
    pub app: AppId,
    /// The request; its target is the whole address.
    pub request: RequestBytes,
    /// Looks at the answer.
    pub look: Look,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The number of the exchange in the journal.
    pub exchange: u64,
    /// HTTP status, when an answer came.
    pub status: Option<u16>,
    /// What was wrong with the answer, or why none came; nothing when all was well.
    pub problems: Vec<String>,
}

/// How a message of a tester's own is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Signing {
    /// Over everything but `sign` and `sign_type`.
    #[default]
    V1,
    /// Over everything but `sign`.
    V2,
    /// Not at all.
    Unsigned,
}

/// A message of a tester's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// A form, signed with the platform's key for the application.
    Form(Vec<(String, String)>, Signing),
    /// A body as it stands, of this type.
    Raw(String, String),
}

impl Engine {
    /// Makes such a call and waits for what comes of it.
    pub async fn probe(&self, sandbox: &Sandbox, probe: Probe) -> Probed {
        let Probe { provider, method, app, request, look } = probe;
        let (told, found) = tokio::sync::oneshot::channel();
        let judge = Box::new(move |came: &Came| {
            let problems = came.as_ref().map_or_else(|failed| vec![failed.to_string()], look);
            let judged = Judged {
                code: if problems.is_empty() { "success".to_owned() } else { String::new() },
                sub_code: String::new(),
                signature: SignatureVerdict::NotChecked,
                // why no answer came is said by whoever keeps the exchange
                flags: came.iter().flat_map(|_| &problems).map(|text| Flag { path: String::new(), text: text.clone() }).collect(),
            };
            let _ = told.send(problems);
            judged
        });
        let app = app.to_string();
        let trip =
            Trip { provider, method, app, about: None, at: None, fault: None, request, patience: PATIENCE, most: ANSWER_LIMIT, judge };
        match self.outgoing().go(sandbox, trip).await {
            Ok(back) => Probed {
                exchange: back.exchange,
                status: back.came.ok().map(|answer| answer.status),
                problems: found.await.unwrap_or_default(),
            },
            Err(_) => Probed { exchange: 0, status: None, problems: vec!["the process was ending".to_owned()] },
        }
    }
}

/// Whether a tester may have this address called: it leads to this machine, or where somebody configured an address.
pub fn may_be_called(world: &World, url: &str) -> bool {
    let target = target_of(url);
    let host = target.rsplit_once(':').map_or(target.as_str(), |(host, _)| host);
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.to_canonical().is_loopback()) || world.is_configured(&target)
}
