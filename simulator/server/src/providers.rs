//! The providers there are. Adding one is a line here and its dependency; nothing else lists them.

use alipay::Alipay;
use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use engine::Engine;
use engine::provider::Provider;
use std::pin::Pin;
use std::sync::Arc;

/// A provider with its own addresses.
pub(crate) struct Installed {
    pub(crate) provider: Arc<dyn Provider>,
    /// What programs call, from wherever merchants run.
    pub(crate) gateway: Router,
    /// What customers' browsers open: guarded like our own pages.
    pub(crate) pages: Router,
    /// The address that nearly every request is for.
    pub(crate) busiest: Busiest,
}

/// An address whose POSTs are answered without asking the router, which would do the same a little later.
pub(crate) struct Busiest {
    path: &'static str,
    answer: Box<dyn Fn(Request) -> Answering + Send + Sync>,
}

/// An answer under way.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

impl Busiest {
    /// Whether a request is for it.
    pub(crate) fn takes(&self, method: &Method, path: &str) -> bool {
        method == Method::POST && path == self.path
    }

    /// Answers one.
    pub(crate) fn answer(&self, request: Request) -> Answering {
        (self.answer)(request)
    }
}

/// Every provider, over one engine; `address` is where people and merchants reach this process.
pub(crate) fn all(engine: &Arc<Engine>, address: &str) -> Vec<Installed> {
    let alipay = Arc::new(Alipay::new(engine.clone(), &alipay::Settings::at(address)));
    let (gateway, pages) = (alipay::gateway_router(alipay.clone()), alipay::pages_router(alipay.clone()));
    let called = alipay.clone();
    let answer = Box::new(move |request| -> Answering { Box::pin(alipay::call(called.clone(), request)) });
    vec![Installed { provider: alipay, gateway, pages, busiest: Busiest { path: alipay::GATEWAY_PATH, answer } }]
}
