//! Calls as fast as they are answered, over connections that stay open: hyper's own, one request at a time on each.

use bytes::Bytes;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper::Method;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// One request, ready to be sent.
#[derive(Clone)]
pub(crate) struct Ready {
    method: Method,
    /// Path and query.
    target: String,
    body: Bytes,
}

impl Ready {
    pub(crate) fn get(target: String) -> Self {
        Self { method: Method::GET, target, body: Bytes::new() }
    }

    pub(crate) fn post(target: String, body: Bytes) -> Self {
        Self { method: Method::POST, target, body }
    }
}

/// What a slice of a round gave.
pub(crate) struct Slice {
    /// Answers.
    pub(crate) calls: u64,
    /// How long it lasted.
    pub(crate) took: Duration,
    /// Time from sending to the last byte of the answer, microseconds.
    pub(crate) times: Histogram<u64>,
    /// Answers that did not hold what a good one holds.
    pub(crate) wrong: u64,
    /// One of them.
    pub(crate) example: Option<String>,
}

/// Calls for `span` over `connections`, taking requests in turn from where `next` stands.
pub(crate) async fn call(
    address: SocketAddr,
    requests: &Arc<Vec<Ready>>,
    next: &Arc<AtomicUsize>,
    good: &'static str,
    connections: usize,
    span: Duration,
) -> Slice {
    let begun = Instant::now();
    let until = begun + span;
    let callers: Vec<_> = (0..connections).map(|_| tokio::spawn(one(address, requests.clone(), next.clone(), good, until))).collect();
    let mut whole = Slice { calls: 0, took: Duration::ZERO, times: times(), wrong: 0, example: None };
    for caller in callers {
        let (times, wrong, example) = caller.await.unwrap();
        whole.calls += times.len();
        whole.wrong += wrong;
        whole.example = whole.example.or(example);
        whole.times.add(times).unwrap();
    }
    whole.took = begun.elapsed();
    whole
}

fn times() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).unwrap()
}

async fn one(
    address: SocketAddr,
    requests: Arc<Vec<Ready>>,
    next: Arc<AtomicUsize>,
    good: &'static str,
    until: Instant,
) -> (Histogram<u64>, u64, Option<String>) {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut sender, connection) = handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (mut times, mut wrong, mut example) = (times(), 0, None);
    while Instant::now() < until {
        let ready = &requests[next.fetch_add(1, Ordering::Relaxed) % requests.len()];
        let request = hyper::Request::builder()
            .method(&ready.method)
            .uri(&ready.target)
            .header("host", address.to_string())
            .header("content-type", "application/x-www-form-urlencoded;charset=utf-8")
            .body(Full::new(ready.body.clone()))
            .unwrap();
        let sent = Instant::now();
        let answer = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        times.record(u64::try_from(sent.elapsed().as_micros()).unwrap()).unwrap();
        if !answer.windows(good.len()).any(|window| window == good.as_bytes()) {
            wrong += 1;
            example.get_or_insert_with(|| String::from_utf8_lossy(&answer).into_owned());
        }
    }
    (times, wrong, example)
}
