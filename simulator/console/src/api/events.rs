//! A sandbox's events, as the log keeps them: what really happened, in order.
//!
//! Read from the log, so only what is durable shows. Redacted unless asked otherwise.

use axum::Json;
use axum::extract::State;
use engine::log::{SandboxId, Sequence};
use engine::redact::Redaction;
use engine::world::Moment;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ops::ControlFlow;
use utoipa::{IntoParams, ToSchema};

use super::asked::Query;
use super::customers::bounded;
use super::journal::redact;
use super::refused::{ErrorAnswer, Refused};
use crate::house::{House, aside};

/// Which events are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsAsk {
    /// Which sandbox is meant; `demo` when absent.
    sandbox: Option<String>,
    /// Those after this one; all when absent.
    after: Option<u64>,
    /// How many at most, 1 to 1000; 100 when absent.
    limit: Option<usize>,
    /// `1`: secrets and personal data as they are.
    reveal: Option<u8>,
    /// `1`: no events, only in `next` where they end now.
    last: Option<u8>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventSheet {
    /// Its place in the sandbox.
    sequence: u64,
    /// What kind it is.
    kind: String,
    /// Virtual time, China.
    at: String,
    /// Virtual time, milliseconds since 1970 (UTC).
    at_ms: i64,
    /// What it says.
    #[schema(value_type = Object)]
    body: Value,
    /// How many ledger rows were written with it.
    rows: usize,
}

/// Some events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventList {
    /// In order.
    events: Vec<EventSheet>,
    /// What to give as `after` for those that follow.
    next: u64,
}

/// What happened in a sandbox.
#[utoipa::path(get, path = "/events", tag = "journal", params(EventsAsk), responses((status = 200, body = EventList), (status = 404, body = ErrorAnswer)))]
pub(super) async fn list(State(house): State<House>, Query(ask): Query<EventsAsk>) -> Result<Json<EventList>, Refused> {
    let sandbox = house.sandbox(ask.sandbox.as_deref())?;
    let limit = bounded(ask.limit, 100)?;
    if ask.last == Some(1) {
        let ran = sandbox.run(|_| ())?;
        let next = ran.first.saturating_sub(1);
        ran.settled().await?;
        return Ok(Json(EventList { events: Vec::new(), next }));
    }
    let after = ask.after.unwrap_or(Sequence::FIRST.0.saturating_sub(1));
    let reveal = ask.reveal == Some(1);
    if reveal {
        tracing::info!(sandbox = sandbox.name(), after, "events were read unredacted");
    }
    let redaction = Redaction::new(sandbox.seed());
    let events = aside(move || {
        let mut events = Vec::new();
        house.engine().log().scan(&SandboxId::from(sandbox.name()), Sequence(after.saturating_add(1)), &mut |record| {
            let body = serde_json::from_str(record.body).unwrap_or(Value::Null);
            let body = if reveal { body } else { redact(&redaction, body) };
            let at = Moment(record.at_virtual_ms);
            events.push(EventSheet {
                sequence: record.sequence.0,
                kind: record.kind.to_owned(),
                at: at.text(),
                at_ms: at.0,
                body,
                rows: record.rows.len(),
            });
            if events.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok::<_, Refused>(events)
    })
    .await?;
    let next = events.last().map_or(after, |event| event.sequence);
    Ok(Json(EventList { events, next }))
}
