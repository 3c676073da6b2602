//! # OAU-008: a customer's code is exchanged for the application it was given to
//!
//! **Why.** A code belongs to one application. A provider that exchanges a merchant's customers under its own name is refused, or
//! would mix the people of two merchants.
//! **Provoked by** `alipay/provider/day.feature`: a provider acts for a merchant whose customers authorise the merchant.
//! **Holds** when every code went to the platform in a call of the application it was given to: by `app_id`, or by the
//! `app_auth_token` of the merchant who is acted for.
//! **Source.** alipay.system.oauth.token (isv.unmatched-app-id); 获取会员基础信息 FAQ of AlipayDocs/open-docs.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "OAU-008",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/provider/day.feature"),
    bites_on: "merchant.exchanges_as_itself",
    judge,
    source: include_str!("oau_008_app_match.rs"),
    chinese: include_str!("oau_008_app_match.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let text = |body: &'static str| move |value: &serde_json::Value| value[body].as_str().map(str::to_owned);
    let pairs = |kind: &str, key: &'static str| -> HashMap<String, String> {
        run.events_of(kind).filter_map(|body| Some((text(key)(body)?, text("app")(body)?))).collect()
    };
    let (owners, acts_for) = (pairs("consent_given", "code"), pairs("delegated", "token"));
    let mut exchanged = 0;
    for call in run.calls_of(methods::TOKEN) {
        let Some(owner) = call.param("code").and_then(|code| owners.get(code)) else { continue };
        let acting = match call.param("app_auth_token") {
            Some(token) => acts_for.get(token).map(String::as_str),
            None => call.app_id.as_deref(),
        };
        // an authorisation from before the run is not known here; whatever was done was right
        let Some(acting) = acting.filter(|_| call.told("/access_token").is_none()) else {
            exchanged += usize::from(call.told("/access_token").is_some());
            continue;
        };
        if acting != owner {
            return breach(call, acting, owner).into();
        }
        exchanged += 1;
    }
    Verdict::after(exchanged, "no customer's code of this run was exchanged")
}

fn breach(call: &Call, acting: &str, owner: &str) -> Breach {
    Breach::by_then(
        call,
        format!("the code is exchanged for {owner}"),
        format!("{} exchanged it for {acting}: {}", call.name(), call.sub_code),
    )
    .fact("the code belongs to", owner)
    .fact("the call is for", acting)
    .mend(
        format!("The code belongs to {owner}. Exchange it under that app_id, or as a provider with that merchant's app_auth_token."),
        format!("授权码属于 {owner}。请用该 app_id 换取；服务商代调用时请带上该商户的 app_auth_token。"),
    )
}
