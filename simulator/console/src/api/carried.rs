//! Sandboxes carried from one place to another: written to a file, read from one. Both pass through piece by piece.
//!
//! Only a few are carried at once, because each takes a thread and some memory; the others wait their turn, for a while.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::ArchiveTrouble;
use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use serde::Deserialize;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::timeout;
use utoipa::IntoParams;

use super::asked::{Query, check_type};
use super::refused::{ErrorAnswer, Refused};
use super::sandboxes::{SandboxSheet, invented_name, invented_seed, sheet};
use crate::house::{House, aside};

/// The most bytes of a file to be read as a sandbox.
const IMPORT_LIMIT: u64 = 4 << 30;
/// How long the next piece of a file may take to come.
const PIECE_TIME: Duration = Duration::from_secs(30);
/// How long to wait for a turn.
const TURN_TIME: Duration = Duration::from_secs(30);
/// How many pieces wait between the network and the log.
const PIECES: usize = 4;

/// Under which name a file is read.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportAsk {
    /// Name of the new sandbox; one is invented when absent.
    name: Option<String>,
}

async fn turn(house: &House) -> Result<OwnedSemaphorePermit, Refused> {
    match timeout(TURN_TIME, house.carriers().acquire_owned()).await {
        Ok(turn) => Ok(turn.expect("it is never closed")),
        Err(_) => Err(Refused::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "other sandboxes are being written or read just now")
            .hint("try again when they are done")),
    }
}

/// A sandbox as a text file, with its private keys. Its last line is `{"end":…}`: a file without it was cut.
#[utoipa::path(get, path = "/sandboxes/{id}/export", tag = "sandboxes", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/x-ndjson", body = String), (status = 404, body = ErrorAnswer), (status = 503, body = ErrorAnswer)))]
pub(super) async fn export(State(house): State<House>, Path(name): Path<String>) -> Result<Response, Refused> {
    let sandbox = house.sandbox(Some(&name))?;
    let turn = turn(&house).await?;
    let (mut pieces, body) = Channel::<Bytes, ArchiveTrouble>::new(PIECES);
    let (begun, beginning) = oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let export = match house.engine().exporting(&sandbox) {
            Ok(export) => export,
            Err(trouble) => return drop(begun.send(Err(trouble))),
        };
        let _ = begun.send(Ok(()));
        let runtime = Handle::current();
        let written = export.write(&mut |piece| match runtime.block_on(pieces.send_data(piece.into())) {
            Ok(()) => ControlFlow::Continue(()),
            // nobody reads any more
            Err(_) => ControlFlow::Break(()),
        });
        if let Err(trouble) = written {
            tracing::warn!(sandbox = sandbox.name(), error = %trouble, "a file was not written to its end");
            pieces.abort(trouble);
        }
    });
    match beginning.await {
        Ok(begun) => begun?,
        Err(_) => return Err(Refused::bug()),
    }
    let file = format!("attachment; filename=\"{name}.kabao.jsonl\"");
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson".to_owned()), (header::CONTENT_DISPOSITION, file)], Body::new(body)).into_response())
}

/// Make a sandbox from such a file, of at most 4 GiB. It is there once all of it was read. Notices that waited in the sandbox it was
/// exported from wait there: as with a fork nobody is told by the copy, unless somebody asks for it (`POST /notices/{id}/resend`).
#[utoipa::path(post, path = "/sandboxes/import", tag = "sandboxes", params(ImportAsk), request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 201, body = SandboxSheet), (status = 400, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 413, body = ErrorAnswer), (status = 503, body = ErrorAnswer)))]
pub(super) async fn import(
    State(house): State<House>,
    Query(ask): Query<ImportAsk>,
    request: Request,
) -> Result<(StatusCode, Json<SandboxSheet>), Refused> {
    check_type(&request, &["application/x-ndjson", "application/json"])?;
    let said = request.headers().get(header::CONTENT_LENGTH).and_then(|said| said.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| said > IMPORT_LIMIT) {
        return Err(too_large());
    }
    let turn = turn(&house).await?;
    let name = ask.name.unwrap_or_else(|| invented_name(invented_seed()));
    let (feed, pieces) = mpsc::channel(PIECES);
    let reading = aside(move || {
        let _turn = turn;
        let sandbox = house.engine().import_from(&name, &mut BufReader::new(Pieces { pieces, piece: Bytes::new() }))?;
        Ok::<_, Refused>((StatusCode::CREATED, Json(sheet(&house, &sandbox)?)))
    });
    let (made, whole) = tokio::join!(reading, feeding(request.into_body(), feed));
    // a body that did not come whole is the cause of whatever the reader made of it
    whole?;
    made
}

/// Hands a body on until its end, or until nobody wants it any more.
async fn feeding(mut body: Body, feed: mpsc::Sender<Result<Bytes, std::io::Error>>) -> Result<(), Refused> {
    let mut left = IMPORT_LIMIT;
    let refused = loop {
        let frame = match timeout(PIECE_TIME, body.frame()).await {
            Ok(None) => return Ok(()),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => break Refused::bad("body_cut", format!("the body could not be read: {error}")),
            Err(_) => {
                let text = format!("nothing of the body came for {} s", PIECE_TIME.as_secs());
                break Refused::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", text);
            }
        };
        let Ok(piece) = frame.into_data() else { continue };
        let Some(after) = left.checked_sub(piece.len() as u64) else {
            break too_large();
        };
        left = after;
        if feed.send(Ok(piece)).await.is_err() {
            return Ok(());
        }
    };
    // the reader must not take what it has for the whole
    let _ = feed.send(Err(std::io::Error::other(refused.error.message.clone()))).await;
    Err(refused)
}

fn too_large() -> Refused {
    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", format!("the file is larger than {IMPORT_LIMIT} bytes"))
}

/// A body's pieces as something to read from, beside the runtime.
struct Pieces {
    pieces: mpsc::Receiver<Result<Bytes, std::io::Error>>,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                None => return Ok(0),
                Some(piece) => self.piece = piece?,
            }
        }
        let taken = self.piece.split_to(self.piece.len().min(into.len()));
        into[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}
