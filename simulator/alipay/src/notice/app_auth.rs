//! What a provider's gateway is told about merchants' authorisations: one was taken up (the older envelope), one was withdrawn.
//!
//! When the platform sends the first is not published: here once the provider took the offer up, for every application of it.
//! Sources: spec tables `notify.open_app_auth_notify` and `alipay.open.auth.appauth.cancelled`.

use super::message;
use engine::Call;
use engine::contract::{ImitatedMethod, Imitates};
use serde_json::json;
use world::delegation::Delegation;
use world::names::AuthCode;

/// The message's name when an authorisation was withdrawn.
const CANCELLED: &str = "alipay.open.auth.appauth.cancelled";

/// How far the push after an authorisation is imitated.
pub(crate) const GIVEN: ImitatedMethod<'static> = ImitatedMethod {
    name: "notify.open_app_auth_notify",
    request: &[Imitates::full("")],
    response: &[],
    errors: &[],
    differs: &[
        "Sent when the provider has taken the authorisation up, once for each application of it; when the platform sends it is not published. trigger is kabao, out_biz_no the code.",
    ],
};

/// How far the message about a withdrawal is imitated.
pub(crate) const WITHDRAWN: ImitatedMethod<'static> = ImitatedMethod {
    name: CANCELLED,
    request: &[Imitates::full(""), Imitates::ignored("order_id", "no authorisation has an order here")],
    response: &[],
    errors: &[],
    differs: &[],
};

/// A provider took an offer up.
pub(crate) fn given(call: &mut Call<'_>, delegation: &Delegation, code: &AuthCode, seconds: (i64, i64)) {
    let own = [("status", "execute_auth".to_owned()), ("auth_app_id", delegation.app.to_string())];
    let own = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let content = json!({
        "notify_context": {"trigger": "kabao", "trigger_context": {"out_biz_no": code.as_str()}},
        "detail": {
            "app_auth_token": delegation.token.as_str(),
            "app_refresh_token": delegation.refresh.as_str(),
            "app_auth_code": code.as_str(),
            "user_id": delegation.merchant.as_str(),
            "auth_app_id": delegation.app.as_str(),
            "app_id": delegation.provider.as_str(),
            "auth_time": delegation.from.0,
            "expires_in": seconds.0,
            "re_expires_in": seconds.1,
        },
        "error": {},
    });
    message::tell_older(call, &delegation.provider, own, &content);
}

/// A merchant withdrew.
pub(crate) fn withdrawn(call: &mut Call<'_>, delegation: &Delegation) {
    let content = json!({"auth_app_id": delegation.app.as_str(), "user_id": delegation.merchant.as_str()});
    message::tell(call, &delegation.provider, CANCELLED, &content);
}
