//! Whether a form was sent by one of our own pages: a page of another site must not agree in a customer's name.
//!
//! Browsers say so: `Sec-Fetch-Site`, and `Origin` where they are older. Neither header means no browser. The house's Host list
//! is the server's layer. Source: UI 4 (the forty lines of Go's `CrossOriginProtection`).

use crate::gateway::header;
use engine::journal::RequestBytes;

/// Whether a request that changes something may be followed.
pub(crate) fn is_own(request: &RequestBytes) -> bool {
    if let Some(site) = header(request, "sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let host = header(request, "host");
    match header(request, "origin") {
        None => true,
        Some(origin) => origin.split_once("://").is_some_and(|(_, origin)| host.is_some_and(|host| host.eq_ignore_ascii_case(origin))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_another_site_is_not_ours() {
        let with = |headers: &[(&str, &str)]| {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            is_own(&RequestBytes { headers, ..RequestBytes::default() })
        };
        assert!(with(&[]));
        assert!(with(&[("sec-fetch-site", "same-origin")]));
        assert!(!with(&[("sec-fetch-site", "cross-site"), ("host", "a:1"), ("origin", "http://a:1")]));
        assert!(with(&[("host", "a:1"), ("origin", "http://a:1")]));
        assert!(!with(&[("host", "a:1"), ("origin", "http://b:1")]));
        assert!(!with(&[("host", "a:1"), ("origin", "null")]));
    }
}
