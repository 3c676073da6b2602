//! The control API, `/_kabao/v1`: what test drivers and the pages' own script say to a sandbox.
//!
//! Routes and their description come from the same macro on each handler, so neither can miss the other. Every call takes
//! `sandbox` where it speaks of one. Source: DESIGN "Control API".

mod apps;
mod asked;
mod cards;
mod carried;
mod client_calls;
mod clock;
mod consent;
mod customers;
mod delegations;
mod events;
mod faults;
mod health;
mod journal;
mod ledger;
mod members;
mod notices;
mod paying;
mod refused;
mod sandboxes;
mod security;
mod switches;
mod templates;
mod trades;
mod vouchers;
mod wallet;

pub(crate) use cards::CardSheet;
pub(crate) use clock::{ClockAsk, Goal, Preset, set_clock, travel};
pub(crate) use customers::make_customers;
pub(crate) use faults::{FaultSheet, make as make_fault, take as take_fault};
pub(crate) use journal::{Seen, redact};
pub(crate) use ledger::{AccountSheet, account_sheet};
pub(crate) use notices::{parameters, send::again};
pub(crate) use refused::Refused;

use axum::http::StatusCode;
use axum::{Json, Router};
use serde::Deserialize;
use utoipa::openapi::{Info, OpenApi};
use utoipa::{IntoParams, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::house::House;

/// The query of calls that say nothing but which sandbox they mean.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InSandbox {
    /// Which sandbox is meant; `demo` when absent.
    pub(crate) sandbox: Option<String>,
}

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(refused::ErrorAnswer)))]
struct Base;

fn described() -> OpenApiRouter<House> {
    let mut base = Base::openapi();
    base.info = Info::builder()
        .title("kabao control API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Sandboxes, their customers, clock, journal and ledger. Every refusal is `{\"error\":{\"code\",\"message\",\"hint\"}}`; unknown fields are refused.",
        ))
        .build();
    OpenApiRouter::with_openapi(base).nest(
        "/_kabao/v1",
        OpenApiRouter::new()
            .routes(routes!(sandboxes::list, sandboxes::create))
            .routes(routes!(sandboxes::show, sandboxes::delete))
            .routes(routes!(sandboxes::reset))
            .routes(routes!(carried::export))
            .routes(routes!(carried::import))
            .routes(routes!(sandboxes::fork))
            .routes(routes!(switches::list))
            .routes(routes!(switches::turn))
            .routes(routes!(apps::add))
            .routes(routes!(apps::set_callback))
            .routes(routes!(delegations::list, delegations::delegate))
            .routes(routes!(delegations::withdraw))
            .routes(routes!(security::set))
            .routes(routes!(customers::list, customers::create))
            .routes(routes!(customers::show))
            .routes(routes!(consent::activate))
            .routes(routes!(consent::authorize))
            .routes(routes!(consent::withdraw))
            .routes(routes!(client_calls::call))
            .routes(routes!(cards::list))
            .routes(routes!(cards::show))
            .routes(routes!(cards::remove))
            .routes(routes!(members::list))
            .routes(routes!(members::enrol))
            .routes(routes!(wallet::show, wallet::change))
            .routes(routes!(vouchers::list, vouchers::give))
            .routes(routes!(paying::code))
            .routes(routes!(paying::confirm))
            .routes(routes!(paying::scan))
            .routes(routes!(trades::list))
            .routes(routes!(trades::show))
            .routes(routes!(trades::settlement))
            .routes(routes!(trades::withdraw))
            .routes(routes!(clock::read, clock::set))
            .routes(routes!(clock::advance))
            .routes(routes!(journal::list))
            .routes(routes!(journal::show))
            .routes(routes!(events::list))
            .routes(routes!(ledger::batch))
            .routes(routes!(ledger::account))
            .routes(routes!(ledger::totals))
            .routes(routes!(faults::list, faults::add))
            .routes(routes!(faults::remove))
            .routes(routes!(notices::list))
            .routes(routes!(notices::show))
            .routes(routes!(notices::send::send))
            .routes(routes!(notices::send::resend))
            .routes(routes!(notices::send::check_gateway))
            .routes(routes!(templates::migration))
            .routes(routes!(apps::set_gateway)),
    )
}

/// The OpenAPI description of the control API.
pub fn description() -> OpenApi {
    described().split_for_parts().1
}

/// The routes of the control API, without guards.
pub(crate) fn router(house: &House) -> Router {
    let (router, description) = described().split_for_parts();
    router
        .route("/_kabao/v1/openapi.json", axum::routing::get(async move || Json(description)))
        .route("/_kabao/{*rest}", axum::routing::any(no_such_call))
        .method_not_allowed_fallback(async || {
            Refused::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this address is not called with that HTTP method")
                .hint("GET /_kabao/v1/openapi.json describes every call")
        })
        .with_state(house.clone())
}

/// Readiness, the one address of the API that is open to everybody.
pub(crate) fn health(house: &House) -> Router {
    Router::new().route("/_kabao/health", axum::routing::get(health::health)).with_state(house.clone())
}

async fn no_such_call(uri: axum::http::Uri) -> Refused {
    Refused::missing("unknown_call", format!("no call has the address {}", uri.path()))
        .hint("GET /_kabao/v1/openapi.json describes every call")
}
