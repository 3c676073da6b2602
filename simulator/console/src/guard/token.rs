//! Other machines need the token: programs in `Authorization: Bearer`, browsers once in the printed address, then as a cookie.
//!
//! Requests from this machine need none. The token is kept and compared as a digest, so a comparison's time says nothing.

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;

use super::cookie::{SameSite, cookie, set_cookie};
use super::{forbidden, is_safe};
use crate::api::Refused;

/// Name of the cookie that opens the pages.
const COOKIE: &str = "kabao_token";

/// Who sent a request. Whoever listens puts it into the request's extensions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer(pub SocketAddr);

/// What callers from other machines must show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Token([u8; 32]);

/// Why a page is not shown.
pub(super) enum Stop {
    /// The token is missing or wrong.
    Refused(Refused),
    /// The token stood in the address: it becomes a cookie, and the address is asked for again without it.
    Welcome(Box<Response>),
}

impl Token {
    pub(crate) fn new(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    fn fits(&self, shown: &str) -> bool {
        !shown.is_empty() && Self::new(shown) == *self
    }
}

/// Whether a request comes from this machine. One that nobody says anything of does not.
pub(crate) fn is_local(request: &Request) -> bool {
    let extensions = request.extensions();
    let peer = extensions.get::<Peer>().map(|peer| peer.0).or_else(|| extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0));
    peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
}

fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn no_token_set() -> Refused {
    forbidden("only_from_this_machine", "only this machine may do that").hint("to let other machines in, start with --token")
}

fn unauthorized() -> Refused {
    Refused::new(StatusCode::UNAUTHORIZED, "token_needed", "from another machine this needs the token")
        .hint("programs send `Authorization: Bearer …`; browsers open the address that was printed at the start once")
}

/// Whether a program may call.
pub(super) fn check_api(token: Option<&Token>, request: &Request) -> Result<(), Refused> {
    if is_local(request) {
        return Ok(());
    }
    let token = token.ok_or_else(no_token_set)?;
    if bearer(request).is_some_and(|shown| token.fits(shown)) { Ok(()) } else { Err(unauthorized()) }
}

/// Whether a browser may see a page.
pub(super) fn check_page(token: Option<&Token>, request: &Request) -> Result<(), Stop> {
    if is_local(request) {
        return Ok(());
    }
    let token = token.ok_or_else(|| Stop::Refused(no_token_set()))?;
    if bearer(request).is_some_and(|shown| token.fits(shown)) || cookie(request.headers(), COOKIE).is_some_and(|shown| token.fits(&shown)) {
        return Ok(());
    }
    match token_in_query(request.uri().query().unwrap_or_default()) {
        Some((shown, rest)) if is_safe(request.method()) && token.fits(&shown) => {
            Err(Stop::Welcome(Box::new(welcome(request, &shown, &rest))))
        }
        _ => Err(Stop::Refused(unauthorized())),
    }
}

/// The token in a query, and the query without it.
fn token_in_query(query: &str) -> Option<(String, String)> {
    let mut shown = None;
    let mut rest = Vec::new();
    for pair in query.split('&') {
        match pair.strip_prefix("token=") {
            Some(text) => shown = Some(percent_encoding::percent_decode_str(text).decode_utf8().ok()?.into_owned()),
            None => rest.push(pair),
        }
    }
    shown.map(|shown| (shown, rest.join("&")))
}

fn welcome(request: &Request, shown: &str, rest: &str) -> Response {
    let path = request.uri().path();
    // "//host" would be another site's address
    let path = format!("/{}", path.trim_start_matches('/'));
    let address = if rest.is_empty() { path } else { format!("{path}?{rest}") };
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::LOCATION, HeaderValue::try_from(address).unwrap_or_else(|_| HeaderValue::from_static("/"))),
        (header::SET_COOKIE, set_cookie(COOKIE, shown, SameSite::Strict)),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
