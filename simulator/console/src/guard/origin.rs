//! Whether a request was made by a page of another site.
//!
//! Browsers say so themselves: `Sec-Fetch-Site`, and `Origin` where they are older or the connection is not trustworthy.
//! Neither header means no browser. As in Go's `CrossOriginProtection`; GET changes nothing anywhere.

use axum::extract::Request;
use axum::http::{HeaderName, header};

use super::forbidden;
use crate::api::Refused;

/// Refuses what comes from another site.
pub(super) fn check(request: &Request) -> Result<(), Refused> {
    let foreign =
        || forbidden("cross_site", "this was sent by a page of another site").hint("open the console's own pages, or call from a program");
    match only(request, &HeaderName::from_static("sec-fetch-site")).map_err(|()| foreign())? {
        Some("same-origin" | "none") => Ok(()),
        Some(_) => Err(foreign()),
        None => match only(request, &header::ORIGIN).map_err(|()| foreign())? {
            None => Ok(()),
            Some(origin) if is_own(request, origin) => Ok(()),
            Some(_) => Err(foreign()),
        },
    }
}

/// Whether an origin is the very host that was called, which the host list has let through already.
fn is_own(request: &Request, origin: &str) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// The one value of a header; several, or one that is no text, are nobody's.
fn only<'r>(request: &'r Request, name: &HeaderName) -> Result<Option<&'r str>, ()> {
    let mut values = request.headers().get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}
