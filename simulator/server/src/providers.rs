//! The providers there are. Adding one is a line here and its dependency; nothing else lists them.

use alipay::Alipay;
use axum::Router;
use engine::Engine;
use engine::provider::Provider;
use std::sync::Arc;

/// A provider with its own addresses.
pub(crate) struct Installed {
    pub(crate) provider: Arc<dyn Provider>,
    /// What programs call, from wherever merchants run.
    pub(crate) gateway: Router,
    /// What customers' browsers open: guarded like our own pages.
    pub(crate) pages: Router,
}

/// Every provider, over one engine; `address` is where people and merchants reach this process.
pub(crate) fn all(engine: &Arc<Engine>, address: &str) -> Vec<Installed> {
    let alipay = Arc::new(Alipay::new(engine.clone(), &alipay::Settings::at(address)));
    vec![Installed { provider: alipay.clone(), gateway: alipay::gateway_router(alipay.clone()), pages: alipay::pages_router(alipay) }]
}
