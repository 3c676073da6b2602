//! The customer's side: joining, consenting, showing and removing a card, as the phone does it.
//!
//! Each step is a plain function of the sandbox; the control API and the real pages both call it. What the phone shows when a
//! step stops is the platform's text, and the reason stands beside it for the tester. Source: card SEMANTICS 5, 12;
//! gateway PROTOCOL E; UI 8.

pub(crate) mod authorize;
pub(crate) mod callback;
pub(crate) mod enrol;
pub(crate) mod face;
pub(crate) mod fast;
pub(crate) mod flows;
pub(crate) mod form;
pub(crate) mod join;
pub(crate) mod mini_program;
pub(crate) mod paying;
pub(crate) mod phone_number;
pub(crate) mod trade_pay;
pub(crate) mod wallet;

use crate::Alipay;
use engine::journal::{AnswerBytes, Direction, Exchange, Flag, RequestBytes, SignatureVerdict};
use engine::provider::{Joined, Stopped};
use engine::{Ran, Sandbox, real_now};
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;
use world::Moment;

/// A page that tells nothing, as the real one does.
pub(crate) const BUSY: &str = "系统繁忙，请稍后再试";

/// A step that stopped.
pub(crate) fn stopped(code: &str, shown: &str, reason: impl Into<String>) -> Stopped {
    Stopped { code: code.to_owned(), shown: shown.to_owned(), reason: reason.into() }
}

/// A customer's step, as an exchange of the journal: the redirect is what a merchant's run hangs on.
pub(crate) struct Visit {
    begun: Instant,
    real: Moment,
    at: Option<Moment>,
    events: Option<(u64, u64)>,
    request: RequestBytes,
    app: Option<String>,
}

impl Visit {
    /// A browser came with a request.
    pub(crate) fn begin(request: RequestBytes, app: Option<String>) -> Self {
        Self { begun: Instant::now(), real: real_now(), at: None, events: None, request, app }
    }

    /// The control API acts for a browser that would have come to this address.
    pub(crate) fn to(target: &str, app: Option<String>) -> Self {
        Self::begin(RequestBytes { method: "GET".to_owned(), target: target.to_owned(), ..RequestBytes::default() }, app)
    }

    pub(crate) fn request(&self) -> &RequestBytes {
        &self.request
    }

    /// The step ran in the sandbox.
    pub(crate) fn ran<R>(&mut self, ran: &Ran<R>) {
        self.at = Some(ran.at);
        self.events = (ran.events > 0).then_some((ran.first, ran.first + ran.events));
    }

    /// Keeps what a control call led to.
    pub(crate) fn keep_joined(self, sandbox: &Sandbox, came_of_it: Result<&Joined, &Stopped>, flags: Vec<Flag>) {
        let (status, headers) = match came_of_it.ok().and_then(|joined| joined.redirect_url.clone()) {
            Some(address) => (302, vec![("location".to_owned(), address)]),
            None => (200, Vec::new()),
        };
        let body = came_of_it.err().map(|stopped| stopped.shown.clone()).unwrap_or_default();
        let code = came_of_it.err().map(|stopped| stopped.code.clone()).unwrap_or_default();
        self.keep(sandbox, AnswerBytes { status, headers, body: body.into(), ..AnswerBytes::default() }, &code, flags);
    }

    /// Keeps what a mini program was told.
    pub(crate) fn keep_told(self, sandbox: &Sandbox, told: Result<&Value, &Stopped>) {
        let (body, code) = match told {
            Ok(object) => (object.to_string(), ""),
            Err(stopped) => (stopped.shown.clone(), stopped.code.as_str()),
        };
        self.keep(sandbox, AnswerBytes { status: 200, body: body.into(), ..AnswerBytes::default() }, code, Vec::new());
    }

    /// Keeps the exchange, and gives it back as it is kept.
    pub(crate) fn keep(self, sandbox: &Sandbox, answer: AnswerBytes, stopped: &str, flags: Vec<Flag>) -> Arc<Exchange> {
        let (id, trace) = sandbox.journal().open();
        sandbox.journal().keep(Exchange {
            id,
            direction: Direction::In,
            provider: Alipay::NAME,
            method: path(&self.request.target).to_owned(),
            app: self.app,
            about: None,
            trace,
            at: self.at.unwrap_or_else(|| sandbox.look(|_, now| now)),
            real: self.real,
            took_us: u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            request: self.request,
            answer,
            signature: SignatureVerdict::NotChecked,
            code: String::new(),
            sub_code: stopped.to_owned(),
            flags,
            events: self.events,
            fault: None,
        })
    }
}

/// The path of an address, whole or from its path on; a link that is still encoded has none and stands for the form's.
fn path(target: &str) -> &str {
    let before = target.split('?').next().unwrap_or_default();
    let path = before.split_once("://").map_or(before, |(_, rest)| rest.find('/').map_or("/", |slash| &rest[slash..]));
    if path.starts_with('/') { path } else { crate::activation::link::PATH }
}
