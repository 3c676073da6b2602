//! The customer's side: joining, consenting, showing and removing a card, as the phone does it.
//!
//! Each step is a plain function of the sandbox; the control API and the real pages both call it. What the phone shows when a
//! step stops is the platform's text, and the reason stands beside it for the tester. Source: card SEMANTICS 5, 12;
//! gateway PROTOCOL E; UI 8.

pub(crate) mod authorize;
pub(crate) mod callback;
pub(crate) mod face;
pub(crate) mod form;
pub(crate) mod join;
pub(crate) mod wallet;

use crate::Alipay;
use engine::journal::{AnswerBytes, Direction, Exchange, Flag, RequestBytes, SignatureVerdict};
use engine::provider::{Joined, Stopped};
use engine::{Ran, Sandbox, real_now};
use std::time::Instant;
use world::Moment;

/// A page that tells nothing, as the real one does.
pub(crate) const BUSY: &str = "系统繁忙，请稍后再试";

/// A step that stopped.
pub(crate) fn stopped(code: &str, shown: &str, reason: impl Into<String>) -> Stopped {
    Stopped { code: code.to_owned(), shown: shown.to_owned(), reason: reason.into() }
}

/// A customer's step through the control API, as an exchange of the journal: the redirect is what a merchant's run hangs on.
pub(crate) struct Visit {
    begun: Instant,
    at: Moment,
    events: Option<(u64, u64)>,
    target: String,
}

impl Visit {
    pub(crate) fn of<R>(ran: &Ran<R>, target: &str) -> Self {
        let events = (ran.events > 0).then_some((ran.first, ran.first + ran.events));
        Self { begun: Instant::now(), at: ran.at, events, target: target.to_owned() }
    }

    pub(crate) fn keep(self, sandbox: &Sandbox, came_of_it: Result<&Joined, &Stopped>, flags: Vec<Flag>) {
        let (id, trace) = sandbox.journal().open();
        let path = self.target.split('?').next().unwrap_or_default();
        let path = path.find("://").and_then(|scheme| path[scheme + 3..].find('/').map(|slash| &path[scheme + 3 + slash..])).unwrap_or(path);
        let answer = match came_of_it {
            Ok(joined) => AnswerBytes {
                status: if joined.redirect_url.is_some() { 302 } else { 200 },
                headers: joined.redirect_url.iter().map(|url| ("location".to_owned(), url.clone())).collect(),
                body: bytes::Bytes::new(),
            },
            Err(stopped) => AnswerBytes { status: 200, headers: Vec::new(), body: stopped.shown.clone().into() },
        };
        sandbox.journal().keep(Exchange {
            id,
            direction: Direction::In,
            provider: Alipay::NAME,
            method: path.to_owned(),
            app: None,
            trace,
            at: self.at,
            real: real_now(),
            took_us: u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            request: RequestBytes { method: "GET".to_owned(), target: self.target, ..RequestBytes::default() },
            answer,
            signature: SignatureVerdict::NotChecked,
            code: String::new(),
            sub_code: came_of_it.err().map(|stopped| stopped.code.clone()).unwrap_or_default(),
            flags,
            events: self.events,
        });
    }
}
