//! Notices to merchants: what waits, what was sent and what came of it.

use axum::Json;
use axum::extract::State;
use engine::world::Moment;
use engine::world::notice::{Attempt, Notice};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asked::Query;
use super::customers::bounded;
use super::refused::{ErrorAnswer, Refused};
use crate::house::House;

/// Which notices are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NoticesAsk {
    /// Which sandbox is meant; `demo` when absent.
    sandbox: Option<String>,
    /// How many at most, 1 to 1000; 100 when absent.
    limit: Option<usize>,
}

/// An attempt to send a notice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptSheet {
    /// When, virtual time, China.
    at: String,
    /// `taken`, `not_taken`, `timed_out`, `unreachable` or `forbidden`.
    #[schema(value_type = String)]
    came: Attempt,
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeSheet {
    /// Its number, the same in every attempt.
    notify_id: String,
    /// What kind: the platform's own word for it.
    kind: String,
    /// The application it is for.
    app_id: String,
    /// Where it goes.
    url: String,
    /// When it was made, virtual time, China.
    made: String,
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
}

fn sheet(notice: &Notice) -> NoticeSheet {
    NoticeSheet {
        notify_id: notice.made.notice.to_string(),
        kind: notice.made.kind.clone(),
        app_id: notice.made.app.to_string(),
        url: notice.made.url.clone(),
        made: notice.at.text(),
        attempts: notice.attempts.iter().map(|tried| AttemptSheet { at: tried.at.text(), came: tried.attempt }).collect(),
        next: notice.next.map(Moment::text),
        taken: notice.is_taken(),
    }
}

/// Notices to merchants, newest first.
#[utoipa::path(get, path = "/notices", tag = "notices", params(NoticesAsk), responses((status = 200, body = NoticeList), (status = 404, body = ErrorAnswer)))]
pub(super) async fn list(State(house): State<House>, Query(ask): Query<NoticesAsk>) -> Result<Json<NoticeList>, Refused> {
    let sandbox = house.sandbox(ask.sandbox.as_deref())?;
    let limit = bounded(ask.limit, 100)?;
    let ran = sandbox.run(|call| {
        let notices = call.world().notices();
        NoticeList { notices: notices.iter().rev().take(limit).map(sheet).collect(), total: notices.len() }
    })?;
    Ok(Json(ran.settled().await?))
}
