//! Listening: connections in, with a limit on their number and on how long each may last.
//!
//! HTTP/1.1 only, which is what every SDK speaks. A connection that does not finish its request head in time is closed, bodies
//! have their own time-out where they are read, and one whose client leaves its answer unread is closed. When all places are taken,
//! new connections wait in the system's queue.
//!
//! A connection that is closed while its client begins to send loses a call, and nobody may send a POST twice. So the end of one that has
//! lasted long is announced with an answer, and one that idles is left longer than most clients keep theirs.

use crate::patient::Patient;
use crate::providers::Busiest;
use crate::turn::Turn;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::Response;
use console::Peer;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

/// The most connections at once.
pub(crate) const CONNECTION_LIMIT: u32 = 4_096;
/// The most bytes of a request head.
const HEAD_BYTES: usize = 64 << 10;
/// How long a call waits for keys that are being made.
const KEYS_LIMIT: Duration = Duration::from_secs(10);
/// The one address that is answered while they are: whether the house is up.
const HEALTH: &str = "/_kabao/health";

/// How long what may last on one connection.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    /// A request's head that has begun, and the first of a connection.
    head: Duration,
    /// The quiet between an answer and the end of the next head.
    idle: Duration,
    /// An answer that its client leaves unread.
    unread: Duration,
    /// A connection, before its next answer says that it is the last.
    life: Duration,
    /// A connection, whatever it does: for an answer that is taken drop by drop.
    cut: Duration,
    /// A request under way, once its connection was cut or the house stops.
    farewell: Duration,
}

impl Times {
    /// The house's. Most clients give up an idle connection of their own: after 4 s (Node's fetch), 5 s (Java's `HttpURLConnection`), 90 s
    /// (Go, reqwest).
    pub(crate) const HOUSE: Self = Self {
        head: Duration::from_secs(10),
        idle: Duration::from_mins(2),
        unread: Duration::from_secs(30),
        life: Duration::from_mins(10),
        cut: Duration::from_mins(20),
        farewell: Duration::from_secs(5),
    };
}

/// What stands behind every listener.
pub(crate) struct Front {
    pub(crate) router: Router,
    pub(crate) busiest: Vec<Busiest>,
    pub(crate) keys_made: watch::Receiver<bool>,
}

impl Front {
    async fn answer(&self, peer: SocketAddr, mut request: Request) -> Response {
        if !*self.keys_made.borrow() && request.uri().path() != HEALTH {
            wait_for_keys(&mut self.keys_made.clone()).await;
        }
        if let Some(busiest) = self.busiest.iter().find(|one| one.takes(request.method(), request.uri().path())) {
            return busiest.answer(request).await;
        }
        request.extensions_mut().insert(Peer(peer));
        let Ok(answer) = self.router.clone().oneshot(request).await;
        answer
    }
}

/// Serves what stands behind `front` on `listener` until `stop` turns true, then lets running requests end.
pub(crate) async fn serve(listener: TcpListener, front: Arc<Front>, places: Arc<Semaphore>, mut stop: watch::Receiver<bool>, times: Times) {
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        if let Some((stream, peer, place)) = accepted {
            let (front, stop) = (front.clone(), stop.clone());
            tokio::spawn(async move {
                talk(stream, peer, front, stop, times).await;
                drop(place);
            });
        }
    }
    drop(listener);
    // every place is free again once every connection has ended
    if tokio::time::timeout(times.farewell + Duration::from_secs(1), places.acquire_many(CONNECTION_LIMIT)).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut");
    }
}

/// One connection, to its end.
async fn talk(stream: TcpStream, peer: SocketAddr, front: Arc<Front>, mut stop: watch::Receiver<bool>, times: Times) {
    // small answers must not wait for more bytes to come
    let _ = stream.set_nodelay(true);
    let (turn, begun) = (Arc::new(Turn::new()), Instant::now());
    let patient = Patient::new(stream, turn.clone(), times.head, times.unread);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        turn.asked();
        let (front, turn) = (front.clone(), turn.clone());
        async move {
            let mut answer = front.answer(peer, request.map(Body::new)).await;
            turn.answered();
            if begun.elapsed() >= times.life {
                // hyper closes after an answer that says so
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        // of a head that has begun `patient` knows better
        .header_read_timeout(times.idle)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(patient), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stop.wait_for(|stop| *stop) => None,
        () = tokio::time::sleep(times.cut) => None,
    };
    let ended = if let Some(ended) = ended {
        Ok(ended)
    } else {
        connection.as_mut().graceful_shutdown();
        tokio::time::timeout(times.farewell, connection).await
    };
    if let Ok(Err(error)) = ended {
        tracing::debug!(%peer, %error, "connection ended");
    }
}

/// Waits, within bounds, for keys that are being made.
pub(crate) async fn wait_for_keys(made: &mut watch::Receiver<bool>) {
    // a maker that is gone without success has said so in the log
    let _ = tokio::time::timeout(KEYS_LIMIT, made.wait_for(|made| *made)).await;
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            // out of file descriptors, most likely: give others time to end
            tracing::warn!(%error, "a connection could not be taken");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

#[cfg(test)]
mod tests;
