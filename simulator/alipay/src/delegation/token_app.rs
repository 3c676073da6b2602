//! `alipay.open.auth.token.app`: a merchant's code, or a refresh token, becomes a token that calls are made with in its place.
//!
//! The code is spent by the attempt, whatever comes of it. Sources: spec table of the same name; commerce SEMANTICS 11.

use super::{YEAR_SECONDS, provider_only};
use crate::ids;
use crate::method::{Call, Method, Outcome};
use crate::notice::app_auth;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::Refusal;
use world::consent::CodeSpent;
use world::delegation::Delegation;
use world::names::{AppId, MerchantId};

pub(crate) struct TokenApp;

/// How long a refresh token is good, seconds.
const REFRESH_SECONDS: i64 = 32_140_800;

#[derive(Deserialize)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
pub(crate) enum Params {
    AuthorizationCode { code: String },
    RefreshToken { refresh_token: String },
}

#[derive(Serialize)]
pub(crate) struct Reply {
    #[serde(flatten)]
    first: Issued,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<Issued>,
}

#[derive(Clone, Serialize)]
struct Issued {
    app_auth_token: String,
    app_refresh_token: String,
    auth_app_id: String,
    expires_in: String,
    re_expires_in: String,
    user_id: String,
}

impl Method for TokenApp {
    const NAME: &'static str = "alipay.open.auth.token.app";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &[
            "APP_NOT_ISV",
            "GRANT_TYPE_INVALID",
            "AUTH_CODE_NOT_EXIST",
            "AUTH_CODE_NOT_VALID",
            "APP_ID_NOT_CONSISTENT",
            "AUTH_TOKEN_NOT_FOUND",
            "REFRESH_TOKEN_NOT_EXIST",
            "REFRESH_TOKEN_NOT_VALID",
            "REFRESH_TOKEN_TIME_OUT",
        ],
        differs: &[
            "A code lives 24 hours; no source states its life.",
            "A new authorisation between the same two applications, and a refresh, replace the token before it at once; sources only suggest the first.",
            "Which code stands for which refusal is inferred from their names: AUTH_CODE_NOT_VALID for a code that was used or ran out, REFRESH_TOKEN_NOT_VALID for one that was replaced, AUTH_TOKEN_NOT_FOUND for one whose authorisation was withdrawn, APP_ID_NOT_CONSISTENT for a code or refresh token of another application.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        provider_only(call)?;
        let issued = match params {
            Params::AuthorizationCode { code } => take_up(call, &code)?,
            Params::RefreshToken { refresh_token } => vec![renew(call, &refresh_token)?],
        };
        let first = issued.first().cloned().ok_or(Refusal::UnknownCode)?;
        Ok(Reply { first, tokens: if issued.len() > 1 { issued } else { Vec::new() } })
    }
}

fn take_up(call: &mut Call<'_, '_>, code: &str) -> Outcome<Vec<Issued>> {
    let offer = call.world().delegation_offers().get(&code.into()).cloned().ok_or(Refusal::UnknownCode)?;
    let taken = offer.take_up(&call.app().id, call.now());
    if offer.spent.is_none() {
        call.record(CodeSpent { code: offer.code.clone() });
    }
    taken?;
    let mut issued = Vec::new();
    for app in offer.apps {
        let delegation = issue(call, app, offer.merchant.clone(), offer.calls.clone());
        app_auth::given(call, &delegation, &offer.code, (YEAR_SECONDS, REFRESH_SECONDS));
        issued.push(Issued::of(&delegation));
    }
    Ok(issued)
}

fn renew(call: &mut Call<'_, '_>, refresh: &str) -> Outcome<Issued> {
    let old = call.world().delegation_by_refresh(refresh).cloned().ok_or(Refusal::UnknownRefreshToken)?;
    old.renew(&call.app().id, call.now())?;
    Ok(Issued::of(&issue(call, old.app, old.merchant, old.calls)))
}

fn issue(call: &mut Call<'_, '_>, app: AppId, merchant: MerchantId, calls: Vec<String>) -> Delegation {
    let now = call.now();
    let (token, refresh) = (ids::app_auth_token(now, &merchant, call.chance()), ids::app_auth_token(now, &merchant, call.chance()));
    let provider = call.app().id.clone();
    let refresh_expires = now.plus_seconds(REFRESH_SECONDS);
    let (token, refresh) = (token.into(), refresh.into());
    let delegation = Delegation { token, refresh, provider, app, merchant, calls, from: now, refresh_expires, ended: None };
    call.record(delegation.clone());
    delegation
}

impl Issued {
    fn of(delegation: &Delegation) -> Self {
        Self {
            app_auth_token: delegation.token.to_string(),
            app_refresh_token: delegation.refresh.to_string(),
            auth_app_id: delegation.app.to_string(),
            expires_in: YEAR_SECONDS.to_string(),
            re_expires_in: REFRESH_SECONDS.to_string(),
            user_id: delegation.merchant.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
