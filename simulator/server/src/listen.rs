//! Listening: connections in, with a limit on their number and on how long a slow one may take.
//!
//! HTTP/1.1 only, which is what every SDK speaks. A connection that does not finish its request head in time is closed; bodies
//! have their own time-out where they are read. When all places are taken, new connections wait in the system's queue.

use axum::Router;
use console::Peer;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// The most connections at once.
pub(crate) const CONNECTION_LIMIT: usize = 4_096;
/// How long a request head may take to arrive; also how long a connection may idle.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// The most bytes of a request head.
const HEAD_BYTES: usize = 64 << 10;
/// How long running requests may take to end when the process stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves `router` on `listener` until `stop` turns true, then lets running requests end.
pub(crate) async fn serve(listener: TcpListener, router: Router, places: Arc<Semaphore>, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        // small answers must not wait for more bytes to come
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            service.call(request)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(FAREWELL, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
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
