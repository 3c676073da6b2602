//! What a mini program on the customer's phone may ask: `my.addCardAuth`, the authorisation button, `my.getPhoneNumber`,
//! `my.tradePay`.
//!
//! The answer is the object that the mini program's callback gets. Sources: spec tables jsapi.my.addCardAuth and
//! jsapi.my.getPhoneNumber; card SEMANTICS 3, 13.

use crate::Alipay;
use crate::activation::link::Link;
use crate::customer::join::{self, FormPage, Page};
use crate::customer::{phone_number, stopped, trade_pay};
use engine::Call;
use engine::contract::{ImitatedMethod, Imitates};
use engine::provider::{ClientCall, Decide, Joined, Stopped};
use serde_json::{Value, json};
use std::sync::Arc;
use world::World;
use world::agreement::Agreed;
use world::merchant::App;
use world::names::{AppId, UserId};

/// How far `my.addCardAuth` is imitated: it has a table like a call.
pub(crate) const ADD_CARD_AUTH: ImitatedMethod<'static> = ImitatedMethod {
    name: "jsapi.my.addCardAuth",
    request: &[Imitates::full("")],
    response: &[Imitates::full("")],
    errors: &[
        "JSAPI_SERVICE_TERMINATED",
        "JSAPI_PARAM_INVALID",
        "INVALID_APPLY_CARD_LINK",
        "OPEN_FORM_TEMPLATE_NOT_EXIST",
        "ALREADY_ACTIVE_CARD",
        "OPEN_FORM_USER_LACK_INFO",
    ],
    differs: &[
        "The codes that only IoT devices are documented to get come on every device, so that a test can tell the reasons apart.",
        "A link that is still percent-encoded is JSAPI_PARAM_INVALID; out_string is empty when the link has none.",
        "OPEN_FORM_FIELD_NOT_PERMITTED cannot happen: every application is granted every field.",
    ],
};

/// The application a mini program belongs to.
fn app_of<'w>(world: &'w World, asked: &ClientCall) -> Result<&'w Arc<App>, Stopped> {
    let unknown = || stopped("UNKNOWN_APP", "小程序不存在", format!("no application `{}` in this sandbox", asked.app));
    world.apps().get(&AppId::from(&asked.app)).ok_or_else(unknown)
}

/// The whole step at once, for the control API.
pub(crate) fn decide(platform: &Alipay, call: &mut Call<'_>, user: &UserId, asked: &ClientCall) -> Result<Value, Stopped> {
    let app = app_of(call.world(), asked)?.clone();
    call.world().customer(user).map_err(|refusal| stopped("UNKNOWN_CUSTOMER", "用户不存在", refusal.to_string()))?;
    match asked.api.as_str() {
        "my.addCardAuth" => Ok(add_card_auth(call, user, asked)),
        "my.getAuthorize" => authorize(call, user, &app, asked),
        "my.getPhoneNumber" => Ok(json!({"response": phone_number::response(platform, call, user, &app)})),
        "my.tradePay" => Ok(trade_pay::pay(call, user, asked)),
        other => Err(stopped(
            "UNKNOWN_API",
            "暂不支持",
            format!("`{other}` is not imitated; there are my.addCardAuth, my.getAuthorize, my.getPhoneNumber and my.tradePay"),
        )),
    }
}

/// The button of open-type getAuthorize: the only scope imitated is the phone number's.
fn authorize(call: &mut Call<'_>, user: &UserId, app: &App, asked: &ClientCall) -> Result<Value, Stopped> {
    if asked.scope.as_deref() != Some(phone_number::SCOPE) {
        return Err(stopped("INVALID_SCOPE", "暂不支持", format!("the button's scope must be `{}`", phone_number::SCOPE)));
    }
    if asked.decide != Decide::Agree {
        return Ok(json!({"authorized": false}));
    }
    let agreed = Agreed { user: user.clone(), app: app.id.clone(), scope: phone_number::SCOPE.to_owned() };
    if !call.world().agrees(&agreed) {
        call.record(agreed);
    }
    Ok(json!({"authorized": true}))
}

fn add_card_auth(call: &mut Call<'_>, user: &UserId, asked: &ClientCall) -> Value {
    let failed = |code: &str| json!({"success": false, "code": code});
    let url = asked.url.as_deref().unwrap_or_default();
    if url.is_empty() {
        return failed("JSAPI_PARAM_INVALID");
    }
    let link = match Link::read(url) {
        None => return failed("INVALID_APPLY_CARD_LINK"),
        Some(read) if read.was_encoded => return failed("JSAPI_PARAM_INVALID"),
        Some(read) => read.link,
    };
    let page = match join::behind(call.world(), user, &link) {
        Ok(Page::Form(page)) => page,
        Ok(Page::Card(_)) => return failed("ALREADY_ACTIVE_CARD"),
        Err(stopped) if stopped.code == "OPEN_FORM_TEMPLATE_NOT_EXIST" => return failed("OPEN_FORM_TEMPLATE_NOT_EXIST"),
        Err(_) => return failed("INVALID_APPLY_CARD_LINK"),
    };
    if asked.decide != Decide::Agree {
        return failed("JSAPI_SERVICE_TERMINATED");
    }
    match join::submit(call, user, &page, &asked.form) {
        Err(_) => failed("OPEN_FORM_USER_LACK_INFO"),
        Ok(joined) => json!({"success": true, "resultStatus": "9000", "result": result(&page, &joined)}),
    }
}

/// The data of the redirect, as an object.
fn result(page: &FormPage, joined: &Joined) -> Value {
    json!({
        "app_id": page.app.id.as_str(),
        "auth_code": joined.auth_code,
        "state": "bWNhcmQ=",
        "scope": join::SCOPES.join(","),
        "template_id": page.programme.id.as_str(),
        "request_id": joined.request_id,
        "out_string": page.link.out_string.clone().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
