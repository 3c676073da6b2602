//! # NTF-016: a `notify_url` is an absolute address without query
//!
//! **Why.** Parameters in the address arrive among those that are signed and break the verification; a relative or local address
//! is never reached from the platform.
//! **Provoked by** any call with `notify_url`.
//! **Holds** when every `notify_url` is http or https with a host, without query and fragment, and in production names no machine
//! of one's own.
//! **Source.** gateway/PROTOCOL F; QUIRKS Q58.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};

pub(super) const RULE: Rule = Rule {
    id: "NTF-016",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.notify_url_with_query",
    judge,
    source: include_str!("ntf_016_url_clean.rs"),
    chinese: include_str!("ntf_016_url_clean.zh.md"),
};

/// Hosts that nobody else reaches.
const LOCAL: &[&str] = &["localhost", "127.", "0.0.0.0", "[::1]", "10.", "192.168."];

fn judge(run: &Run) -> Verdict {
    let mut looked_at = 0;
    for call in &run.calls {
        let Some(url) = call.param("notify_url").filter(|url| !url.is_empty()) else { continue };
        looked_at += 1;
        if let Some(why) = wrong(call, url) {
            return breach(call, url, why).into();
        }
    }
    Verdict::after(looked_at, "no call named a notify_url")
}

fn wrong(call: &Call, url: &str) -> Option<&'static str> {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return Some("it is no absolute http address");
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() {
        return Some("it names no host");
    }
    if url.contains(['?', '#']) {
        return Some("it has a query or a fragment");
    }
    // the simulator's own applications are of the sandbox, and live on one machine
    let in_production = call.app_id.as_deref().is_some_and(|app| app.starts_with("20"));
    (in_production && LOCAL.iter().any(|local| host.starts_with(local))).then_some("nobody else reaches that machine")
}

fn breach(call: &Call, url: &str, why: &str) -> Breach {
    Breach::by_itself(call, "an absolute address without query that the platform reaches", format!("{} named {url}: {why}", call.name())).fact("notify_url", url).mend(
        format!("notify_url: {why}. Give a public http(s) address of its own path; tell notices apart by what they say, not by parameters in the address."),
        "notify_url 请用公网可访问、不带参数的 http(s) 绝对地址；用通知内容区分业务，不要靠地址里的参数。",
    )
}
