//! # OAU-011: tokens, codes and phone numbers stand in no address
//!
//! **Why.** Addresses are written to logs of every server, proxy and browser on the way. A token in one of them is a token that
//! strangers have.
//! **Provoked by** any call that names an address, and any call by GET.
//! **Holds** when no address that the merchant hands out (notify, return, callback, link) has a parameter for a token, code or
//! phone number, no call by GET carries a token, and no `Referer` does. Public parameters of a POST in the query, as the official
//! SDKs send them, are not meant.
//! **Source.** support/01rg6k; OAuth 2.0 security practice (RFC 9700).

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use serde_json::Value;

pub(super) const RULE: Rule = Rule {
    id: "OAU-011",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.token_in_notify_url",
    judge,
    source: include_str!("oau_011_token_not_in_addresses.rs"),
    chinese: include_str!("oau_011_token_not_in_addresses.zh.md"),
};

/// Names of parameters that hold what nobody else may read.
const SECRET: &[&str] =
    &["access_token", "auth_token", "app_auth_token", "refresh_token", "auth_code", "token", "mobile", "phone", "app_private_key"];
/// Where merchants hand out addresses: beside `biz_content`, and in it.
const ADDRESSES: &[&str] = &["notify_url", "return_url", "callback", "redirect_uri", "url"];

fn judge(run: &Run) -> Verdict {
    let mut looked_at = 0;
    for call in &run.calls {
        let carried = ["auth_token", "app_auth_token", "access_token"].into_iter().find(|name| call.param(name).is_some());
        // the newer dialect reads by GET, and its table puts the customer's token into the query
        if let Some(name) = carried.filter(|_| call.line.starts_with("GET ") && !call.is_v3()) {
            return breach(call, "the address of a call by GET", name).into();
        }
        let named = ADDRESSES
            .iter()
            .filter_map(|name| Some((*name, call.param(name).or_else(|| call.business.get(*name).and_then(Value::as_str))?)));
        for (place, address) in named.chain(call.header("referer").map(|address| ("Referer", address))) {
            looked_at += 1;
            if let Some(secret) = secret_in(address) {
                return breach(call, place, secret).into();
            }
        }
        looked_at += usize::from(carried.is_some());
    }
    Verdict::after(looked_at, "no address was handed out and no token was used")
}

/// The name of the first parameter in an address that holds a secret, whatever its value.
fn secret_in(address: &str) -> Option<&'static str> {
    let (_, query) = address.split_once('?')?;
    let mut names = query.split(['&', '#', '?']).filter_map(|pair| pair.split_once('=')).filter(|(_, value)| !value.is_empty());
    names.find_map(|(name, _)| SECRET.iter().find(|secret| name.eq_ignore_ascii_case(secret)).copied())
}

fn breach(call: &Call, place: &str, name: &str) -> Breach {
    Breach::by_itself(call, "addresses without tokens, codes and phone numbers", format!("{} has {name} in {place}", call.name())).fact("place", place).mend(
        format!("{name} stands in {place}, and so in every log on the way. Send it in the body or a header; let addresses carry numbers that mean nothing to others."),
        format!("{name} 出现在 {place} 里，也就进了沿途所有日志。请放到请求体或请求头中，地址里只放对别人没有意义的编号。"),
    )
}
