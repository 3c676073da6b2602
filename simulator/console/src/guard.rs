//! The walls around everything but the gateway and the health check: who may reach the pages and the control API at all.
//!
//! Layers on the router, so a path spelt otherwise cannot walk round them. Host list against rebinding, Sec-Fetch-Site and
//! Origin against other sites, a token against other machines, headers against what merchants' texts might try in a page.
//! No CORS header is ever sent. Source: UI.md §4, where each hole that these close is named.

mod cookie;
mod headers;
mod host;
mod origin;
mod token;

pub(crate) use cookie::{SameSite, cookie, set_cookie};
pub use headers::CONTENT_SECURITY_POLICY;
pub(crate) use host::Hosts;
pub use token::Peer;
pub(crate) use token::{Token, is_local};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use crate::api::Refused;
use crate::house::House;

/// Puts the guards of pages around a router: the customer's pages of a platform as well as our own.
///
/// A request from another machine needs the token; that a request comes from this machine is only believed of one that
/// carries [`Peer`] (or axum's `ConnectInfo`) in its extensions. A page may set its own `Content-Security-Policy`.
pub fn guard(router: Router, house: &House) -> Router {
    router.layer(from_fn_with_state(house.clone(), page))
}

/// The guards of the control API: stricter about other sites, and no cookie opens it.
pub(crate) fn guard_api(router: Router, house: &House) -> Router {
    router.layer(from_fn_with_state(house.clone(), api))
}

async fn page(State(house): State<House>, request: Request, next: Next) -> Response {
    headers::secure(trusted_page(house, request, next)).await
}

async fn trusted_page(house: House, request: Request, next: Next) -> Response {
    if let Err(refused) = house.hosts().check(&request) {
        return plain(&refused);
    }
    if !is_safe(request.method())
        && let Err(refused) = origin::check(&request)
    {
        return plain(&refused);
    }
    match token::check_page(house.token(), &request) {
        Ok(()) => next.run(request).await,
        Err(token::Stop::Refused(refused)) => plain(&refused),
        Err(token::Stop::Welcome(response)) => *response,
    }
}

/// Lets nothing through that a page of another site asked for, reading included: for pages whose mere opening makes a call.
pub(crate) async fn own_pages_only(request: Request, next: Next) -> Response {
    match origin::check(&request) {
        Ok(()) => next.run(request).await,
        Err(refused) => plain(&refused),
    }
}

async fn api(State(house): State<House>, request: Request, next: Next) -> Response {
    headers::secure(trusted_call(house, request, next)).await
}

async fn trusted_call(house: House, request: Request, next: Next) -> Response {
    let checked =
        house.hosts().check(&request).and_then(|()| origin::check(&request)).and_then(|()| token::check_api(house.token(), &request));
    match checked {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

/// Methods that change nothing.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// A refusal for a person whose request is not trusted enough for a page.
fn plain(refused: &Refused) -> Response {
    let hint = refused.error.hint.as_deref().map(|hint| format!("\n{hint}")).unwrap_or_default();
    (refused.status, format!("{}\n{}{hint}\n", refused.status, refused.error.message)).into_response()
}

fn forbidden(code: &str, message: &str) -> Refused {
    Refused::new(StatusCode::FORBIDDEN, code, message)
}
