//! Listening: connections in, with a limit on their number and on how long each may last.
//!
//! HTTP/1.1 only, which is what every SDK speaks. A connection that does not finish its request head in time is closed, bodies
//! have their own time-out where they are read, one whose client leaves its answer unread is closed, and one that has lasted long
//! is asked to end and then cut. When all places are taken, new connections wait in the system's queue.

use crate::patient::Patient;
use crate::providers::Busiest;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use console::Peer;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

/// The most connections at once.
pub(crate) const CONNECTION_LIMIT: u32 = 4_096;
/// How long a request head may take to arrive; also how long a connection may idle.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// The most bytes of a request head.
const HEAD_BYTES: usize = 64 << 10;
/// How long a call waits for keys that are being made.
const KEYS_LIMIT: Duration = Duration::from_secs(10);
/// The one address that is answered while they are: whether the house is up.
const HEALTH: &str = "/_kabao/health";
/// How long a client may leave an answer unread.
const READ_TIME: Duration = Duration::from_secs(30);
/// How long a connection may last before it is asked to end after the request under way.
const LIFE: Duration = Duration::from_mins(10);
/// How long a request under way may take to end once its connection was asked to.
const FAREWELL: Duration = Duration::from_secs(5);

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
pub(crate) async fn serve(listener: TcpListener, front: Arc<Front>, places: Arc<Semaphore>, mut stop: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        if let Some((stream, peer, place)) = accepted {
            let (front, stop) = (front.clone(), stop.clone());
            tokio::spawn(async move {
                talk(stream, peer, front, stop).await;
                drop(place);
            });
        }
    }
    drop(listener);
    // every place is free again once every connection has ended
    if tokio::time::timeout(FAREWELL + Duration::from_secs(1), places.acquire_many(CONNECTION_LIMIT)).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut");
    }
}

/// One connection, to its end.
async fn talk(stream: TcpStream, peer: SocketAddr, front: Arc<Front>, mut stop: watch::Receiver<bool>) {
    // small answers must not wait for more bytes to come
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let front = front.clone();
        async move { Ok::<_, Infallible>(front.answer(peer, request.map(Body::new)).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(Patient::new(stream, READ_TIME)), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stop.wait_for(|stop| *stop) => None,
        () = tokio::time::sleep(LIFE) => None,
    };
    let ended = if let Some(ended) = ended {
        Ok(ended)
    } else {
        connection.as_mut().graceful_shutdown();
        tokio::time::timeout(FAREWELL, connection).await
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
