//! The exact list of hosts this process answers for. A page of another site that has its own name point at this machine
//! (DNS rebinding) still sends that name.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use std::collections::HashSet;

use crate::api::Refused;
use crate::house::Settings;

/// The hosts that are answered for, as they stand in a request.
#[derive(Clone, Debug)]
pub(crate) struct Hosts(HashSet<String>);

impl Hosts {
    /// This machine's own names with every port listened on, the very addresses listened on, and the configured names.
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut hosts = HashSet::new();
        for address in &settings.listening {
            let port = address.port();
            let own = (!address.ip().is_unspecified()).then(|| address.to_string());
            let names = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}"));
            let configured = settings.host_names.iter().filter(|name| !has_port(name)).map(|name| format!("{name}:{port}"));
            for host in own.into_iter().chain(names).chain(configured) {
                // a browser leaves the port of plain HTTP out
                if let Some(bare) = host.strip_suffix(":80") {
                    hosts.insert(bare.to_ascii_lowercase());
                }
                hosts.insert(host.to_ascii_lowercase());
            }
        }
        // a configured name without a port is also reached through a proxy at a standard port
        hosts.extend(settings.host_names.iter().map(|name| name.to_ascii_lowercase()));
        Self(hosts)
    }

    /// Whether the request names one of them, and no other beside it.
    pub(crate) fn check(&self, request: &Request) -> Result<(), Refused> {
        let mut named = request.headers().get_all(header::HOST).iter();
        let only = match (named.next(), named.next()) {
            (Some(host), None) => host.to_str().unwrap_or_default(),
            _ => "",
        };
        // nearly everybody writes it as it is kept
        let known = |host: &str| self.0.contains(host) || self.0.contains(&host.to_ascii_lowercase());
        // a target in absolute form names the host as well, and it must not be another one's
        if known(only) && request.uri().authority().is_none_or(|authority| known(authority.as_str())) {
            return Ok(());
        }
        let hint = "use the address that was printed at the start; other names this process is reached by are given to it with --host-name";
        Err(Refused::new(StatusCode::MISDIRECTED_REQUEST, "unknown_host", "this process does not answer under that name").hint(hint))
    }
}

fn has_port(name: &str) -> bool {
    name.rsplit_once(':').is_some_and(|(before, port)| port.parse::<u16>().is_ok() && (!before.contains(':') || before.ends_with(']')))
}
