//! What the journal keeps of an exchange with the gateway.

use super::registry::Desk;
use super::{Sealing, Told, flag};
use crate::Alipay;
use crate::fault::{Looked, bent};
use engine::fault::{Strike, Struck};
use engine::journal::{AnswerBytes, Direction, Exchange, Flag, Journal, RequestBytes, Sent, SignatureVerdict};
use engine::{Sandbox, real_now};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;
use wire::alipay::{Diagnosis, Opened};
use world::Moment;
use world::names::NoticeId;

/// What came of a request, for the journal.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The first notices it made.
    pub(super) notices: Vec<NoticeId>,
    pub(super) method: String,
    pub(super) app: Option<String>,
    pub(super) signature: SignatureVerdict,
    /// For the answer's header: which mistake explains the signature.
    pub(super) diagnosis: Option<String>,
    /// Where the browser that made a page call is sent.
    pub(super) location: Option<String>,
    pub(super) code: String,
    pub(super) sub_code: String,
    /// The trace that a refusal's text leads to, where the sandbox has texts end as in production.
    pub(super) leads_to: Option<String>,
    pub(super) flags: Vec<Flag>,
    pub(super) at: Option<Moment>,
    pub(super) events: Option<(u64, u64)>,
    /// The fault that struck.
    pub(super) struck: Option<Box<Struck>>,
}

impl Default for Outcome {
    fn default() -> Self {
        Self {
            method: String::new(),
            app: None,
            signature: SignatureVerdict::NotChecked,
            diagnosis: None,
            location: None,
            code: String::new(),
            sub_code: String::new(),
            leads_to: None,
            flags: Vec::new(),
            at: None,
            events: None,
            struck: None,
            notices: Vec::new(),
        }
    }
}

impl Outcome {
    /// What a request says about itself, before anything is believed.
    pub(super) fn of(opened: &Opened) -> Self {
        let word = |name: &str| opened.word(name).map(|word| word[..word.floor_char_boundary(128)].to_owned());
        Self { method: word("method").unwrap_or_default(), app: word("app_id"), ..Self::default() }
    }

    /// What came of looking for faults.
    pub(super) fn looked(&mut self, looked: Looked) {
        self.at = Some(looked.at);
        self.events = looked.events;
        self.struck = looked.struck;
        self.flags.extend(looked.found.remarks.into_iter().map(|remark| flag("fault", remark)));
    }

    /// The fault that struck.
    pub(super) fn strike(&self) -> Option<&Strike> {
        self.struck.as_deref().map(|struck| &struck.strike)
    }

    /// So many events were caused, from this place on.
    pub(super) fn caused(&mut self, first: u64, events: u64) {
        if events > 0 {
            // another call may have come between a fault's count and the work
            self.events = Some((self.events.filter(|(_, end)| *end == first).map_or(first, |(before, _)| before), first + events));
        }
    }
}

/// One exchange under way: when it began, whose journal it belongs to and its number there.
pub(super) struct Visit {
    begun: Instant,
    real: Moment,
    sandbox: Option<Arc<Sandbox>>,
    opened: Option<(u64, String)>,
}

impl Visit {
    pub(super) fn begun() -> Self {
        Self { begun: Instant::now(), real: real_now(), sandbox: None, opened: None }
    }

    /// What this exchange is called, once the sandbox is known.
    pub(super) fn trace(&self) -> &str {
        self.opened.as_ref().map_or("", |(_, trace)| trace)
    }

    /// The trace that texts of refusals lead to, where the sandbox has them end as in production.
    pub(super) fn leads_to(&self, desk: &Desk<'_>) -> Option<String> {
        desk.has_solution_links().then(|| self.trace().to_owned())
    }

    /// The sandbox, once it is known.
    pub(super) fn sandbox(&self) -> Option<&Arc<Sandbox>> {
        self.sandbox.as_ref()
    }

    /// The sandbox is known now, or that there is none.
    pub(super) fn enter(&mut self, platform: &Alipay, sandbox: Option<Arc<Sandbox>>) {
        let journal = sandbox.as_ref().map_or_else(|| platform.stray(), |sandbox| sandbox.journal());
        self.opened = Some(journal.open());
        self.sandbox = sandbox;
    }
}

impl Alipay {
    /// Keeps an exchange in its journal; its answer goes out from there.
    pub(super) fn record(&self, visit: Visit, request: RequestBytes, told: Told) -> Arc<Exchange> {
        let Visit { begun, real, sandbox, opened } = visit;
        let journal: &Journal = sandbox.as_ref().map_or_else(|| self.stray(), |sandbox| sandbox.journal());
        let (id, trace) = opened.unwrap_or_else(|| journal.open());
        let Told { sealed, outcome } = told;
        let signature = outcome.diagnosis.map(|text| ("kabao-signature".to_owned(), text));
        let mut answer = match (sealed, outcome.location) {
            (Sealing::V3(sealed), _) => {
                let headers = sealed.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                AnswerBytes { status: sealed.status, headers, body: sealed.body, sent: Sent::Whole }
            }
            (Sealing::Classic(sealed), None) => {
                let headers = vec![("content-type".to_owned(), sealed.content_type), ("trace_id".to_owned(), trace.clone())];
                AnswerBytes { status: 200, headers, body: sealed.body, sent: Sent::Whole }
            }
            (Sealing::Classic(_), Some(location)) => {
                let headers = [("location", location), ("cache-control", "no-store".to_owned()), ("trace_id", trace.clone())];
                let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
                AnswerBytes { status: 302, headers, ..AnswerBytes::default() }
            }
        };
        answer.headers.extend(signature);
        if let Some(struck) = &outcome.struck {
            bent::whole(&struck.strike, &mut answer);
        }
        journal.keep(Exchange {
            id,
            direction: Direction::In,
            provider: Self::NAME,
            method: outcome.method,
            app: outcome.app,
            about: None,
            trace,
            at: outcome.at.unwrap_or_else(|| sandbox.as_ref().map_or(real, |sandbox| sandbox.look(|_, now| now))),
            real,
            took_us: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            request,
            answer,
            signature: outcome.signature,
            code: outcome.code,
            sub_code: outcome.sub_code,
            flags: outcome.flags,
            events: outcome.events,
            fault: outcome.struck,
        })
    }
}

/// A diagnosis as the journal keeps it.
pub(super) fn diagnosed(found: &Diagnosis) -> Value {
    json!({
        "id": found.id,
        "gateway_string": String::from_utf8_lossy(&found.gateway_string),
        "client_string": String::from_utf8_lossy(&found.client_string),
        "first_difference": found.first_difference,
        "hint": found.hint,
        "hint_zh": found.hint_zh,
    })
}
