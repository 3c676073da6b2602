//! Notices to merchants, read: what waits, what was sent and what came of it.
//!
//! Sending is in `notices/send.rs`. Source: DESIGN "Control API"; UI.md "Notices".

pub(super) mod send;

use axum::Json;
use axum::extract::{Path, State};
use engine::redact::Redaction;
use engine::world::Moment;
use engine::world::notice::{Attempt, Notice, Tried};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::InSandbox;
use super::asked::Query;
use super::customers::bounded;
use super::journal::redact;
use super::refused::{ErrorAnswer, Refused};
use crate::house::{House, aside};
use crate::notices::{State as Stands, Wanted, exchanges};

/// Which notices are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NoticesAsk {
    /// Which sandbox is meant; `demo` when absent.
    sandbox: Option<String>,
    /// Only those of this application.
    app_id: Option<String>,
    /// Only those whose kind contains this text.
    kind: Option<String>,
    /// Only those that stand like this: `waiting`, `taken`, `taken_changed` (with other words, by a fault) or `given_up`.
    #[param(value_type = Option<String>)]
    state: Option<Stands>,
    /// Only those whose address contains this text.
    target: Option<String>,
    /// Only those before this number: the `next` of the page before.
    before: Option<u64>,
    /// How many at most, 1 to 1000; 100 when absent.
    limit: Option<usize>,
}

/// An attempt to send a notice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptSheet {
    /// When, virtual time, China.
    at: String,
    /// The same, milliseconds since 1970 (UTC).
    at_ms: i64,
    /// `taken`, `not_taken`, `timed_out`, `unreachable`, `forbidden` or, by a fault, `lost`.
    #[schema(value_type = String)]
    came: Attempt,
    /// HTTP status, when an answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Whether somebody asked for it, beside the calendar.
    asked: bool,
    /// The parameters that it said otherwise than the notice; signed all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    edited: Vec<String>,
    /// How many more times the same was sent.
    #[serde(skip_serializing_if = "is_zero")]
    copies: u32,
    /// The fault that made it special.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    /// Numbers of its exchanges in the journal, as far as they are still kept; one of the sheet only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exchanges: Vec<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl AttemptSheet {
    fn new(tried: &Tried) -> Self {
        let special = tried.special.as_deref().cloned().unwrap_or_default();
        Self {
            at: tried.at.text(),
            at_ms: tried.at.0,
            came: tried.attempt,
            status: tried.status,
            asked: special.asked,
            edited: special.edited.into_iter().map(|(name, _)| name).collect(),
            copies: special.copies,
            cause: special.cause,
            exchanges: Vec::new(),
        }
    }
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeSheet {
    /// Its place among the sandbox's notices, from 1.
    number: u64,
    /// Its own number, the same in every attempt.
    notify_id: String,
    /// What kind: the platform's own word for it.
    kind: String,
    /// The application it is for.
    app_id: String,
    /// Where it goes; values of its query as marks.
    url: String,
    /// When it was made, virtual time, China.
    made: String,
    /// How it stands.
    #[schema(value_type = String)]
    state: Stands,
    /// The attempts so far.
    attempts: Vec<AttemptSheet>,
    /// When it is tried next; absent when it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Whether the merchant took it.
    taken: bool,
}

/// Some notices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeList {
    /// Newest first.
    notices: Vec<NoticeSheet>,
    /// How many there are in all.
    total: usize,
    /// What to give as `before` for older ones; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// A notice, whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WholeNotice {
    #[serde(flatten)]
    notice: NoticeSheet,
    /// What it says, in order, before it is signed; secrets and personal data as marks.
    #[schema(value_type = Object)]
    parameters: Value,
}

fn sheet(number: u64, notice: &Notice, redaction: &Redaction) -> NoticeSheet {
    NoticeSheet {
        number,
        notify_id: notice.made.notice.to_string(),
        kind: notice.made.kind.clone(),
        app_id: notice.made.app.to_string(),
        url: redaction.address(&notice.made.url),
        made: notice.at.text(),
        state: Stands::of(notice),
        attempts: notice.attempts.iter().map(AttemptSheet::new).collect(),
        next: notice.next.map(Moment::text),
        taken: notice.is_taken(),
    }
}

/// What a notice says, with its content taken apart.
pub(crate) fn parameters(notice: &Notice) -> Value {
    let apart = |value: &str| serde_json::from_str::<Value>(value).ok().filter(|value| value.is_object() || value.is_array());
    let pairs = notice.made.parameters.iter().map(|(name, value)| (name.clone(), apart(value).unwrap_or_else(|| value.as_str().into())));
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn unknown(id: &str) -> Refused {
    Refused::missing("unknown_notice", format!("there is no notice `{id}`")).hint("GET /_kabao/v1/notices lists them")
}

/// Notices to merchants, newest first.
#[utoipa::path(get, path = "/notices", tag = "notices", params(NoticesAsk),
    responses((status = 200, body = NoticeList), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn list(State(house): State<House>, Query(ask): Query<NoticesAsk>) -> Result<Json<NoticeList>, Refused> {
    let sandbox = house.sandbox(ask.sandbox.as_deref())?;
    let NoticesAsk { app_id, kind, state, target, before, limit, .. } = ask;
    let wanted = Wanted { app: app_id, kind, state, target, before, limit: bounded(limit, 100)? };
    let redaction = Redaction::new(sandbox.seed());
    let ran = sandbox.run(|call| {
        let found = wanted.find(call.world());
        let notices = found.notices.into_iter().map(|(number, notice)| sheet(number, notice, &redaction)).collect();
        NoticeList { notices, total: call.world().notices().len(), next: found.next }
    })?;
    Ok(Json(ran.settled().await?))
}

/// A notice: what it says, its attempts, and where the journal has them.
#[utoipa::path(get, path = "/notices/{id}", tag = "notices", params(InSandbox, ("id" = String, Path)),
    responses((status = 200, body = WholeNotice), (status = 404, body = ErrorAnswer)))]
pub(super) async fn show(
    State(house): State<House>,
    Path(id): Path<String>,
    Query(query): Query<InSandbox>,
) -> Result<Json<WholeNotice>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| {
        let notices = call.world().notices();
        notices.find(&id.as_str().into()).map(|row| (u64::from(row) + 1, notices.at(row).clone()))
    })?;
    let (number, notice) = ran.settled().await?.ok_or_else(|| unknown(&id))?;
    let whole = aside(move || {
        let redaction = Redaction::new(sandbox.seed());
        let mut sheet = sheet(number, &notice, &redaction);
        for (attempt, exchanges) in sheet.attempts.iter_mut().zip(exchanges(&sandbox, &notice)) {
            attempt.exchanges = exchanges.iter().map(|exchange| exchange.id).collect();
        }
        WholeNotice { notice: sheet, parameters: redact(&redaction, parameters(&notice)) }
    });
    Ok(Json(whole.await))
}
