//! `alipay.system.oauth.token`: a code, or a refresh token, becomes an access token.
//!
//! The code is spent by the attempt, whatever comes of it. Success carries no `code` and `msg`; lives are numbers.
//! Sources: spec table of the same name; card SEMANTICS 12; gateway PROTOCOL A6, E.

use crate::ids;
use crate::method::{Call, Method, Outcome};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use wire::alipay::codes::sub_code;
use world::consent::{CodeSpent, Token, TokenRenewed};
use world::merchant::Era;
use world::names::UserId;
use world::{Moment, Refusal};

pub(crate) struct OauthToken;

/// Life of an access token, seconds: typical on the wire; the platform decides by scope, in a way that no source states.
const ACCESS_SECONDS: i64 = 1_296_000;
/// Life of a refresh token, seconds.
const REFRESH_SECONDS: i64 = 2_592_000;

#[derive(Deserialize)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
pub(crate) enum Params {
    AuthorizationCode { code: String },
    RefreshToken { refresh_token: String },
}

/// In the order of the captured answers: by name, `open_id` last.
#[derive(Serialize)]
pub(crate) struct Reply {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alipay_user_id: Option<String>,
    auth_start: String,
    expires_in: i64,
    re_expires_in: i64,
    refresh_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_id: Option<String>,
}

impl Method for OauthToken {
    const NAME: &'static str = "alipay.system.oauth.token";
    const BARE: bool = true;
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[
            Imitates::full(""),
            Imitates::ignored("union_id", "application groups are not imitated"),
            Imitates::ignored("auth_token_type", "every token runs out"),
        ],
        errors: &[
            "isv.code-invalid",
            "isv.grant-type-invalid",
            "isv.refresh-token-invalid",
            "isv.refresh-token-time-out",
            "isv.refreshed-token-invalid",
            "isv.unmatched-app-id",
            "isp.unknow-error",
        ],
        differs: &[
            "expires_in is 1296000 and re_expires_in 2592000 for every scope; the real platform decides by scope.",
            "A code lives 24 hours; sources say between 3 minutes and 24 hours.",
            "A code of another application is isv.code-invalid, a refresh token of another application isv.unmatched-app-id; sources allow either.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let token = match params {
            Params::AuthorizationCode { code } => exchange(call, &code)?,
            Params::RefreshToken { refresh_token } => renew(call, &refresh_token)?,
        };
        Ok(reply(call, &token))
    }
}

fn exchange(call: &mut Call<'_, '_>, code: &str) -> Outcome<Token> {
    let grant = call.world().grants().get(&code.into()).cloned().ok_or(Refusal::UnknownCode)?;
    let redeemed = grant.redeem(&call.app().id, call.now());
    if grant.spent.is_none() {
        call.record(CodeSpent { code: grant.code.clone() });
    }
    match redeemed {
        Ok(()) => {}
        Err(refusal @ Refusal::OtherApp { .. }) => {
            return Err(Refused::gateway(sub_code::CODE_INVALID).with_hint(&refusal.to_string()).into());
        }
        Err(refusal) => return Err(refusal.into()),
    }
    let refresh_expires = call.now().plus_seconds(REFRESH_SECONDS);
    let token = issue(call, &grant.user, grant.scopes, grant.submission, refresh_expires);
    call.record(token.clone());
    Ok(token)
}

fn renew(call: &mut Call<'_, '_>, refresh: &str) -> Outcome<Token> {
    let old = call.world().token_by_refresh(&refresh.into()).cloned().ok_or(Refusal::UnknownRefreshToken)?;
    old.renew(&call.app().id, call.now())?;
    // the new pair's refresh token lives no longer than the old one's (PROTOCOL E)
    let new = issue(call, &old.user, old.scopes, old.submission, old.refresh_expires);
    call.record(TokenRenewed { old: old.access, new: new.clone() });
    Ok(new)
}

fn issue(
    call: &mut Call<'_, '_>,
    user: &UserId,
    scopes: Vec<String>,
    submission: Option<world::names::SubmissionId>,
    refresh_expires: Moment,
) -> Token {
    let now = call.now();
    Token {
        access: ids::access_token(user, &scopes, call.chance()),
        refresh: ids::refresh_token(user, &scopes, call.chance()),
        user: user.clone(),
        app: call.app().id.clone(),
        scopes,
        submission,
        from: now,
        expires: now.plus_seconds(ACCESS_SECONDS),
        refresh_expires,
        ended: None,
        ran_out: false,
        refresh_ran_out: false,
    }
}

fn reply(call: &Call<'_, '_>, token: &Token) -> Reply {
    let (app, seed) = (call.app(), call.caller().seed);
    let seconds = |until: Moment| (until.0 - token.from.0) / 1_000;
    let by_user_id = app.era != Era::OpenId;
    Reply {
        access_token: token.access.to_string(),
        alipay_user_id: by_user_id.then(|| ids::alipay_user_id(seed, &token.user)),
        auth_start: token.from.text(),
        expires_in: seconds(token.expires),
        re_expires_in: seconds(token.refresh_expires),
        refresh_token: token.refresh.to_string(),
        user_id: by_user_id.then(|| token.user.to_string()),
        open_id: (app.era != Era::UserId).then(|| ids::open_id(seed, &app.id, &token.user)),
    }
}

#[cfg(test)]
mod tests;
