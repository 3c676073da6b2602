//! # SIG-009: calls are signed on a server and not in a browser or phone
//!
//! **Why.** A private key in a mini program or a page is everybody's: whoever unpacks it opens cards and takes refunds in the
//! merchant's name.
//! **Provoked by** any call. It shows only where the call itself comes out of a browser or a phone; a key that lies in a bundle
//! unused is not seen from the platform.
//! **Holds** when no signed call carries the marks of a browser (`Origin`, `Referer`, `Sec-Fetch-Site`) or a phone's user agent.
//! Page calls, which the server signs and a browser carries, are not meant.
//! **Source.** charleyw/cordova-plugin-alipay#60; PROTOCOL A.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, Signature};

pub(super) const RULE: Rule = Rule {
    id: "SIG-009",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.signs_in_the_browser",
    judge,
    source: include_str!("sig_009_key_not_in_client.rs"),
    chinese: include_str!("sig_009_key_not_in_client.zh.md"),
};

/// Headers that only browsers send.
const OF_BROWSERS: &[&str] = &["sec-fetch-site", "sec-fetch-mode", "origin", "referer"];
/// Beginnings or parts of user agents that are no server's.
const AGENTS: &[&str] = &["Mozilla/", "AlipayClient", "MiniProgram", "okhttp-mobile", "CFNetwork", "Dalvik/"];

fn judge(run: &Run) -> Verdict {
    let mut signed = 0;
    // a page call is answered by a redirect: its browser is the customer's
    for call in run.calls.iter().filter(|call| call.signature == Signature::Valid && call.status / 100 != 3) {
        signed += 1;
        if let Some((name, value)) = mark(call) {
            return Breach::by_itself(call, format!("{} comes from the merchant's server", call.name()), "a browser or phone sent it, rightly signed")
                .fact(name, value)
                .mend(
                    "The private key reached a client: it signed this call itself. Sign on the server only, and replace the key pair, which is public now.",
                    "私钥已经到了客户端：这次调用是客户端自己签的。请只在服务器签名，并立即更换已经泄露的密钥对。",
                )
                .into();
        }
    }
    Verdict::after(signed, "no call carried a signature that fits")
}

fn mark(call: &Call) -> Option<(&'static str, &str)> {
    let of_browsers = OF_BROWSERS.iter().find_map(|name| Some((*name, call.header(name)?)));
    of_browsers.or_else(|| {
        let agent = call.header("user-agent").filter(|agent| AGENTS.iter().any(|part| agent.contains(part)))?;
        Some(("user-agent", agent))
    })
}
