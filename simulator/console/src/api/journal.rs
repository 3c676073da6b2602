//! The exchange journal, read: which calls came, what was answered, what was made of their signatures.
//!
//! Redacted on the way out: the decoded view always, raw bytes are not shown at all unless asked for with `reveal=1`, which
//! is written to the process's own messages. Taking exchanges apart runs beside the runtime's workers. Source: DESIGN "The exchange journal"; engine `redact`.

use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::Sandbox;
use engine::fault::Struck;
use engine::journal::{Direction, Exchange, Flag, Journal, Sent, SignatureVerdict};
use engine::redact::{Found, Redaction};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

use super::asked::Query;
use super::customers::bounded;
use super::refused::{ErrorAnswer, Refused};
use crate::house::{House, aside};

/// The longest a reader may wait for something to come.
const WAIT_LIMIT_MS: u64 = 30_000;
/// Headers whose values are secrets.
const PRIVATE_HEADERS: &[&str] = &["alipay-app-auth-token", "authorization", "cookie", "set-cookie", "proxy-authorization"];
/// Headers that are addresses, with codes and the like behind the question mark.
const ADDRESS_HEADERS: &[&str] = &["location", "content-location", "referer"];
/// What stands for a value that is not shown and has no mark of its own.
const HIDDEN: &str = "‹redacted›";

/// Which exchanges are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JournalAsk {
    /// Which sandbox is meant; `demo` when absent.
    sandbox: Option<String>,
    /// `1`: calls that belong to no sandbox, because they name no known application.
    stray: Option<u8>,
    /// Those after this number; all that are still kept when absent.
    after: Option<u64>,
    /// How many at most, 1 to 1000; 100 when absent.
    limit: Option<usize>,
    /// Only calls whose method contains this text.
    method: Option<String>,
    /// Wait so many milliseconds, at most 30000, until there is one.
    wait_ms: Option<u64>,
    /// `1`: each as `GET /journal/{id}` shows it.
    whole: Option<u8>,
}

/// Which exchange is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExchangeAsk {
    /// Which sandbox is meant; `demo` when absent.
    sandbox: Option<String>,
    /// `1`: a call that belongs to no sandbox.
    stray: Option<u8>,
    /// `1`: with raw bytes, secrets and personal data as they are.
    reveal: Option<u8>,
}

/// A remark about a call that was served all the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Remark {
    /// The field, or empty.
    path: String,
    /// What is odd about it.
    text: String,
}

/// An exchange in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExchangeLine {
    /// Its number in the sandbox, from 1.
    id: u64,
    /// `in`: a merchant called; `out`: the platform called.
    direction: &'static str,
    /// Whose dialect it is in.
    provider: &'static str,
    /// The platform's method, or the page's address.
    method: String,
    /// The application that called, if it said.
    app_id: Option<String>,
    /// Trace id given in the answer.
    trace_id: String,
    /// Virtual time of arrival, China.
    at: String,
    /// Virtual time, milliseconds since 1970 (UTC).
    at_ms: i64,
    /// Real time, milliseconds since 1970 (UTC).
    real_ms: i64,
    /// How long it took, microseconds.
    took_us: u64,
    /// HTTP status of the answer.
    http_status: u16,
    /// `valid`, `invalid` or `not_checked`.
    signature: &'static str,
    /// The platform's class code; empty for pages.
    code: String,
    /// The platform's sub code, when refused.
    sub_code: String,
    /// Remarks.
    flags: Vec<Remark>,
    /// Place of the first event it caused and of the one after the last.
    #[schema(value_type = Option<Vec<u64>>)]
    events: Option<(u64, u64)>,
    /// The fault that struck it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<StruckSheet>,
}

/// A fault that struck an exchange.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StruckSheet {
    /// The rule's number, when a rule struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    /// `rule`, `header` or `id`: what asked for it.
    by: &'static str,
    /// What went wrong.
    action: String,
    /// The how-manieth call that the rule is about this was.
    nth: u64,
    /// The sandbox's seed.
    seed: u64,
    /// How many bytes of the answer's body went out; absent when all did.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_bytes: Option<usize>,
    /// The line for a terminal that makes it strike again.
    replay: String,
}

impl StruckSheet {
    fn new(exchange: &Exchange) -> Option<Self> {
        let Struck { strike, seed, replay } = exchange.fault.as_deref()?;
        let sent_bytes = match exchange.answer.sent {
            Sent::Whole => None,
            Sent::First(bytes) => Some(bytes),
            Sent::Nothing => Some(0),
        };
        let (by, action) = (strike.door.name(), strike.rule.action());
        Some(Self { id: strike.fault, by, action, nth: strike.nth, seed: *seed, sent_bytes, replay: replay.clone() })
    }
}

/// Some exchanges.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JournalPage {
    /// Oldest first.
    exchanges: Vec<Entry>,
    /// What to give as `after` for those that follow.
    next: u64,
    /// The number of the newest exchange of all; 0 when there is none.
    newest: u64,
    /// How many the journal had to drop since it began: above 0 it is not complete.
    dropped: u64,
}

/// An exchange in a list, whole when that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Entry {
    Line(Box<ExchangeLine>),
    Sheet(Box<ExchangeSheet>),
}

/// An exchange, whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExchangeSheet {
    #[serde(flatten)]
    line: ExchangeLine,
    /// What the signature would have fitted, when it did not fit and a cause was found.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis: Option<Value>,
    /// Parameters and answer, taken apart.
    #[schema(value_type = Object)]
    view: Value,
    /// The request's HTTP side.
    request: HttpSide,
    /// The answer's HTTP side.
    answer: HttpSide,
}

/// One side of an exchange on the wire.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HttpSide {
    /// HTTP method and path, or status; the query only when revealed.
    line: String,
    /// Header names and values.
    #[schema(value_type = Vec<Vec<String>>)]
    headers: Vec<(String, String)>,
    /// Length of the body, bytes.
    bytes: usize,
    /// The body, Base64; only when revealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

/// The word for a verdict on a signature.
pub(crate) fn signature_word(verdict: &SignatureVerdict) -> &'static str {
    match verdict {
        SignatureVerdict::NotChecked => "not_checked",
        SignatureVerdict::Valid => "valid",
        SignatureVerdict::Invalid(_) => "invalid",
    }
}

impl ExchangeLine {
    fn new(exchange: &Exchange, flags: Vec<Flag>) -> Self {
        Self {
            id: exchange.id,
            direction: match exchange.direction {
                Direction::In => "in",
                Direction::Out => "out",
            },
            provider: exchange.provider,
            method: exchange.method.clone(),
            app_id: exchange.app.clone(),
            trace_id: exchange.trace.clone(),
            at: exchange.at.text(),
            at_ms: exchange.at.0,
            real_ms: exchange.real.0,
            took_us: exchange.took_us,
            http_status: exchange.answer.status,
            signature: signature_word(&exchange.signature),
            code: exchange.code.clone(),
            sub_code: exchange.sub_code.clone(),
            flags: flags.into_iter().map(|Flag { path, text }| Remark { path, text }).collect(),
            events: exchange.events,
            fault: StruckSheet::new(exchange),
        }
    }
}

/// What an exchange says, as it may be shown.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Parameters and answer, taken apart; why not, when there is too much to redact.
    pub(crate) view: Value,
    /// What the signature would have fitted.
    pub(crate) diagnosis: Option<Value>,
    /// Remarks.
    pub(crate) flags: Vec<Flag>,
    /// The request's headers.
    pub(crate) asked: Vec<(String, String)>,
    /// The answer's headers.
    pub(crate) answered: Vec<(String, String)>,
}

impl Seen {
    /// Takes an exchange apart; redacted unless revealed. Takes its time with large ones: not for a runtime's worker.
    pub(crate) fn new(house: &House, seed: u64, exchange: &Exchange, reveal: bool) -> Self {
        let mut shown = Self {
            view: house.provider_named(exchange.provider).map_or(Value::Null, |provider| provider.view(exchange)),
            diagnosis: match &exchange.signature {
                SignatureVerdict::Invalid(found) => found.clone(),
                SignatureVerdict::NotChecked | SignatureVerdict::Valid => None,
            },
            flags: exchange.flags.clone(),
            asked: exchange.request.headers.clone(),
            answered: exchange.answer.headers.clone(),
        };
        if !reveal {
            shown.redact(&Redaction::new(seed));
        }
        shown
    }

    fn redact(&mut self, redaction: &Redaction) {
        let mut none = Value::Null;
        match redaction.redact(&mut [&mut self.view, self.diagnosis.as_mut().unwrap_or(&mut none)]) {
            Ok(found) => {
                for flag in &mut self.flags {
                    *flag = Flag { path: found.text(&flag.path), text: found.text(&flag.text) };
                }
                for (name, value) in self.asked.iter_mut().chain(&mut self.answered) {
                    *value = header_shown(redaction, &found, name, value);
                }
            }
            Err(too_much) => {
                self.view = json!({"unreadable": too_much.to_string()});
                self.diagnosis = None;
                self.flags.iter_mut().for_each(|flag| *flag = Flag { path: String::new(), text: HIDDEN.to_owned() });
                self.asked.iter_mut().chain(&mut self.answered).for_each(|(_, value)| HIDDEN.clone_into(value));
            }
        }
    }
}

fn header_shown(redaction: &Redaction, found: &Found, name: &str, value: &str) -> String {
    let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    if is(PRIVATE_HEADERS) {
        HIDDEN.to_owned()
    } else if is(ADDRESS_HEADERS) {
        found.text(&redaction.address(value))
    } else {
        found.text(value)
    }
}

impl ExchangeSheet {
    fn new(house: &House, seed: u64, exchange: &Exchange, reveal: bool) -> Self {
        let Seen { view, diagnosis, flags, asked, answered } = Seen::new(house, seed, exchange, reveal);
        let Exchange { request, answer, .. } = exchange;
        let target = if reveal { request.target.as_str() } else { request.target.split('?').next().unwrap_or_default() };
        Self {
            line: ExchangeLine::new(exchange, flags),
            diagnosis,
            view,
            request: HttpSide::new(format!("{} {target}", request.method), asked, &request.body, reveal),
            answer: HttpSide::new(answer.status.to_string(), answered, &answer.body, reveal),
        }
    }
}

impl HttpSide {
    fn new(line: String, headers: Vec<(String, String)>, body: &[u8], reveal: bool) -> Self {
        Self { line, headers, bytes: body.len(), body_base64: reveal.then(|| STANDARD.encode(body)) }
    }
}

/// An event's body, redacted; why it is not shown, when there is too much to redact.
pub(crate) fn redact(redaction: &Redaction, mut body: Value) -> Value {
    match redaction.redact(&mut [&mut body]) {
        Ok(_) => body,
        Err(too_much) => Value::from(too_much.to_string()),
    }
}

/// The journal of a sandbox, or of the calls that belong to none.
struct Which {
    sandbox: Option<Arc<Sandbox>>,
    house: House,
}

impl Which {
    fn new(house: &House, sandbox: Option<&str>, stray: Option<u8>) -> Result<Self, Refused> {
        let sandbox = if stray == Some(1) { None } else { Some(house.sandbox(sandbox)?) };
        Ok(Self { sandbox, house: house.clone() })
    }

    fn journal(&self) -> &Journal {
        self.sandbox.as_ref().map_or_else(|| self.house.engine().stray(), |sandbox| sandbox.journal())
    }

    fn seed(&self) -> u64 {
        self.sandbox.as_ref().map_or(0, |sandbox| sandbox.seed())
    }
}

/// The calls that came, oldest first. With `wait_ms` it answers as soon as there is one.
#[utoipa::path(get, path = "/journal", tag = "journal", params(JournalAsk),
    responses((status = 200, body = JournalPage), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn list(State(house): State<House>, Query(ask): Query<JournalAsk>) -> Result<Json<JournalPage>, Refused> {
    let which = Which::new(&house, ask.sandbox.as_deref(), ask.stray)?;
    let limit = bounded(ask.limit, 100)?;
    let wait = ask.wait_ms.unwrap_or(0);
    if wait > WAIT_LIMIT_MS {
        return Err(Refused::bad("bad_wait", format!("`wait_ms` is at most {WAIT_LIMIT_MS}, not {wait}")));
    }
    let until = tokio::time::Instant::now() + Duration::from_millis(wait);
    let after = ask.after.unwrap_or(0);
    loop {
        // before looking, so that nothing can come between the look and the wait
        let changed = which.journal().changed();
        let page =
            which.journal().after(after, limit, |exchange| ask.method.as_deref().is_none_or(|method| exchange.method.contains(method)));
        if page.exchanges.is_empty() && tokio::time::timeout_at(until, changed).await.is_ok() {
            continue;
        }
        let (next, dropped) = (page.exchanges.last().map_or(after, |exchange| exchange.id), page.dropped);
        let seed = which.seed();
        let newest = which.journal().before(u64::MAX, 1, |_| true).exchanges.first().map_or(0, |exchange| exchange.id);
        let entry = move |exchange: &Exchange| {
            if ask.whole == Some(1) {
                return Entry::Sheet(Box::new(ExchangeSheet::new(&house, seed, exchange, false)));
            }
            // remarks quote what came: to hide it, what came must be taken apart
            let flags = if exchange.flags.is_empty() { Vec::new() } else { Seen::new(&house, seed, exchange, false).flags };
            Entry::Line(Box::new(ExchangeLine::new(exchange, flags)))
        };
        let exchanges = aside(move || page.exchanges.iter().map(|exchange| entry(exchange)).collect()).await;
        return Ok(Json(JournalPage { exchanges, next, newest, dropped }));
    }
}

/// A call, taken apart.
#[utoipa::path(get, path = "/journal/{id}", tag = "journal", params(ExchangeAsk, ("id" = u64, Path)),
    responses((status = 200, body = ExchangeSheet), (status = 404, body = ErrorAnswer)))]
pub(super) async fn show(
    State(house): State<House>,
    Path(id): Path<String>,
    Query(ask): Query<ExchangeAsk>,
) -> Result<Json<ExchangeSheet>, Refused> {
    let which = Which::new(&house, ask.sandbox.as_deref(), ask.stray)?;
    let reveal = ask.reveal == Some(1);
    let exchange = id.parse().ok().and_then(|id| which.journal().get(id));
    let exchange = exchange.ok_or_else(|| {
        Refused::missing("unknown_exchange", format!("exchange `{id}` is not in the journal"))
            .hint("the journal is bounded: old exchanges are dropped")
    })?;
    if reveal {
        tracing::info!(
            sandbox = which.sandbox.as_ref().map_or("", |sandbox| sandbox.name()),
            exchange = exchange.id,
            "an exchange was read unredacted"
        );
    }
    let seed = which.seed();
    let sheet = aside(move || ExchangeSheet::new(&house, seed, &exchange, reveal));
    Ok(Json(sheet.await))
}
