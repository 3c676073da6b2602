//! Where a customer's browser may be sent back to: http and https only, and only where the application said.
//!
//! A registered callback must be met exactly, but for the query string and a slash at the end. Without one, addresses of this
//! machine are allowed (ours: the real platform demands a registration). Sources: card SEMANTICS 5 (ERR010), PROTOCOL E.

use crate::customer::stopped;
use axum::http::Uri;
use engine::provider::Stopped;
use std::net::{IpAddr, Ipv6Addr};
use world::merchant::App;

/// An address taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Callback {
    text: String,
    scheme: String,
    host: String,
    port: u16,
    path: String,
    query: bool,
}

impl Callback {
    /// Reads an address; nothing for one that is not plain http or https.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // a browser drops or reinterprets these, so that what was checked would not be where it goes
        if text.contains(|letter: char| letter.is_control() || letter.is_whitespace() || "\\\"<>".contains(letter)) {
            return None;
        }
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let usual = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let authority = uri.authority()?;
        let host = authority.host();
        // it goes into a content security policy, where a `;` or a `'` would begin something else
        let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let is_host = match bracketed {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)),
        };
        // what is left beside the host is a port or nothing: no name and password either
        let port = match authority.as_str().strip_prefix(host)? {
            "" => usual,
            rest => rest.strip_prefix(':').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?,
        };
        is_host.then_some(())?;
        Some(Self {
            text: text.to_owned(),
            host: host.to_ascii_lowercase(),
            port,
            path: uri.path().to_owned(),
            query: text.contains(['?', '#']),
            scheme,
        })
    }

    /// Whether a query string or a fragment follows the path.
    pub(crate) fn has_query(&self) -> bool {
        self.query
    }

    /// The origin, as a content security policy can name it: of an IPv6 address it can name the scheme only.
    pub(crate) fn form_action(&self) -> String {
        if self.host.starts_with('[') { format!("{}:", self.scheme) } else { format!("{}://{}:{}", self.scheme, self.host, self.port) }
    }

    fn meets(&self, registered: &Self) -> bool {
        let path = |callback: &Self| callback.path.trim_end_matches('/').to_owned();
        (&self.scheme, &self.host, self.port) == (&registered.scheme, &registered.host, registered.port) && path(self) == path(registered)
    }

    /// Whether it is an address of this machine.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The address with more parameters, names and values already encoded.
    pub(crate) fn with(&self, parameters: &[(&str, String)]) -> String {
        let (address, fragment) =
            self.text.split_once('#').map_or((self.text.as_str(), None), |(address, fragment)| (address, Some(fragment)));
        let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let joint = if !address.contains('?') {
            "?"
        } else if address.ends_with(['?', '&']) {
            ""
        } else {
            "&"
        };
        let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
        format!("{address}{joint}{}{fragment}", query.join("&"))
    }
}

/// The address to go back to: the one asked for when the application allows it, else the registered one.
///
/// # Errors
/// ERR010 with the reason.
pub(crate) fn allowed(app: &App, asked: Option<&str>) -> Result<Callback, Stopped> {
    let err010 = |reason: String| stopped("ERR010", "系统异常，请联系商家(ERR010)", reason);
    let registered = Some(app.callback.as_str()).filter(|callback| !callback.is_empty());
    let Some(address) = asked.or(registered) else {
        return Err(err010(format!("neither the link names a callback nor has application {} registered one", app.id)));
    };
    let callback = Callback::parse(address).ok_or_else(|| err010(format!("`{address}` is not a plain http or https address")))?;
    match registered.map(|registered| (registered, Callback::parse(registered))) {
        None if callback.is_on_this_machine() => Ok(callback),
        None => Err(err010(format!(
            "application {} has no registered callback; then only addresses of this machine are allowed, not `{address}`",
            app.id
        ))),
        Some((_, Some(registered))) if callback.meets(&registered) => Ok(callback),
        Some((registered, _)) => {
            Err(err010(format!("callback `{address}` is not the one registered for application {}: `{registered}`", app.id)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use world::merchant::Era;

    fn app(callback: &str) -> App {
        App {
            id: "9021000000000000".into(),
            merchant: "2088000000000000".into(),
            name: String::new(),
            app_key: String::new(),
            platform_key: String::new(),
            callback: callback.to_owned(),
            era: Era::UserId,
            security: std::sync::Arc::default(),
            kind: world::merchant::AppKind::Merchant,
        }
    }

    #[test]
    fn a_registered_callback_must_be_met() {
        let app = app("https://shop.example/card/back");
        for fine in ["https://shop.example/card/back", "https://shop.example:443/card/back/", "https://SHOP.example/card/back?x=1"] {
            assert!(allowed(&app, Some(fine)).is_ok(), "{fine}");
        }
        for not in [
            "http://shop.example/card/back",
            "https://shop.example/card",
            "https://shop.example.evil/card/back",
            "https://shop.example@evil/card/back",
            "javascript:alert(1)",
            "https:\\\\shop.example/card/back",
            "https://shop.example/card/back\nx",
        ] {
            assert_eq!(allowed(&app, Some(not)).unwrap_err().code, "ERR010", "{not}");
        }
        assert_eq!(allowed(&app, None).unwrap().text, "https://shop.example/card/back");
    }

    #[test]
    fn without_a_registration_only_this_machine_is_an_address() {
        for fine in ["http://127.0.0.1:3000/cb", "http://localhost/cb", "http://[::1]:3000/"] {
            assert!(allowed(&app(""), Some(fine)).is_ok(), "{fine}");
        }
        assert!(allowed(&app(""), Some("https://shop.example/cb")).is_err());
        assert!(allowed(&app(""), None).is_err());
    }

    #[test]
    fn a_host_is_a_name_or_a_number_and_a_port_a_number() {
        for fine in ["http://shop-1.example:65535/", "http://127.0.0.1/", "https://[2001:db8::1]:8443/x", "HTTP://SHOP.example"] {
            assert!(Callback::parse(fine).is_some(), "{fine}");
        }
        for not in [
            "http://h;script-src/",
            "http://h'unsafe-inline'/",
            "http://h,x/",
            "http://*.example/",
            "http://h_x/",
            "http://h%2e/",
            "http://h$/",
            "http://h:/",
            "http://h:65536/",
            "http://h:+80/",
            "http://user@h/",
            "http://[::1;x]/",
            "http://[v1.x]/",
        ] {
            assert_eq!(Callback::parse(not), None, "{not}");
        }
    }

    #[test]
    fn parameters_are_added_behind_what_is_there() {
        let with = |text: &str| Callback::parse(text).unwrap().with(&[("a", "1".to_owned()), ("b", "2".to_owned())]);
        assert_eq!(with("http://h/p"), "http://h/p?a=1&b=2");
        assert_eq!(with("http://h/p?c=3"), "http://h/p?c=3&a=1&b=2");
        assert_eq!(with("http://h/p#top"), "http://h/p?a=1&b=2#top");
    }
}
