//! `alipay.open.auth.token.app.query`: whether a token that calls are made with in a merchant's place is good, and for what.
//!
//! Sources: spec table of the same name; commerce SEMANTICS 11.

use super::{YEAR_SECONDS, provider_only};
use crate::gateway::placed;
use crate::method::{Call, Method, Outcome};
use crate::methods;
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};

pub(crate) struct TokenAppQuery;

#[derive(Deserialize)]
pub(crate) struct Params {
    app_auth_token: String,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    user_id: String,
    auth_app_id: String,
    expires_in: i64,
    auth_methods: Vec<String>,
    auth_start: String,
    auth_end: String,
    status: &'static str,
    is_by_app_auth: bool,
}

impl Method for TokenAppQuery {
    const NAME: &'static str = "alipay.open.auth.token.app.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &["ILLEGAL_PARAM", "APP_NOT_ISV", "AUTH_TOKEN_NOT_EXISTED", "AUTH_TOKEN_NOT_CONSISTENT"],
        differs: &[
            "auth_end is a year after auth_start although the token does not run out, as expires_in says.",
            "A token that was replaced or withdrawn is `invalid` for two days, and unknown after that.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        provider_only(call)?;
        let delegation = call.world().delegations().get(&params.app_auth_token.as_str().into());
        let delegation = delegation.ok_or_else(|| Refused::business("AUTH_TOKEN_NOT_EXISTED", "授权令牌不存在"))?;
        if delegation.provider != call.app().id {
            return Err(Refused::business("AUTH_TOKEN_NOT_CONSISTENT", "授权令牌与应用不匹配").into());
        }
        let good = delegation.holds() && !placed::has_run_out(call.world(), delegation, call.now());
        let all = delegation.calls.is_empty();
        let mut calls: Vec<String> = methods::all().map(|entry| entry.name.to_owned()).collect();
        calls.retain(|name| placed::is_for_merchants(name) && delegation.covers(name));
        Ok(Reply {
            user_id: delegation.merchant.to_string(),
            auth_app_id: delegation.app.to_string(),
            expires_in: YEAR_SECONDS,
            auth_methods: calls,
            auth_start: delegation.from.text(),
            auth_end: delegation.from.plus_seconds(YEAR_SECONDS).text(),
            status: if good { "valid" } else { "invalid" },
            is_by_app_auth: all,
        })
    }
}

#[cfg(test)]
mod tests;
