//! A house to ask, and asking it.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use console::{House, Peer, Settings};
use engine::log::{Log, Memory};
use engine::{Engine, KeyStore};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tower::ServiceExt;

use crate::platform::Platform;

/// The port everything listens on in these tests.
pub(crate) const HOST: &str = "127.0.0.1:8600";

/// A house in memory and its router.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) house: House,
    pub(crate) router: Router,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        let body = self.expect(status).json();
        assert_eq!(body["error"]["code"], code, "{body}");
        body["error"].clone()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) fn settings() -> Settings {
    Settings { base: format!("http://{HOST}"), listening: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8600))], ..Settings::default() }
}

impl Asked {
    pub(crate) fn new() -> Self {
        Self::with(settings())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Self::over(Arc::new(Memory::new()), settings)
    }

    pub(crate) fn over(log: Arc<dyn Log>, settings: Settings) -> Self {
        let engine = Engine::open(log, Arc::new(KeyStore::open(None).unwrap())).unwrap();
        let house = House::new(Arc::new(engine), vec![Arc::new(Platform)], settings);
        Self { router: console::router(&house), house }
    }

    /// A house with a sandbox `demo`: clock standing still, seed 7.
    pub(crate) async fn demo() -> Self {
        let asked = Self::new();
        asked.post("/sandboxes", r#"{"name":"demo","seed":7,"clock":{"set":"2026-11-21 14:00:00","stop":true}}"#).await.expect(201);
        asked
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// A request from this machine, as a program sends it.
    pub(crate) fn request(method: &str, target: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, HOST)
            .extension(Peer(SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000))))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Self::request("GET", &format!("/_kabao/v1{path}")).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Self::request("DELETE", &format!("/_kabao/v1{path}")).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.with_body("POST", path, body).await
    }

    pub(crate) async fn with_body(&self, method: &str, path: &str, body: &str) -> Answer {
        let request = Self::request(method, &format!("/_kabao/v1{path}")).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }
}
