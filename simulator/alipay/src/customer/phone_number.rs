//! `my.getPhoneNumber`: the customer's phone number, encrypted for the merchant's backend.
//!
//! Needs a consent of its own, given by a button, and the application's AES key. The signature is over the cipher text in its
//! quotes. Failures are encrypted as well, all but the missing key. Source: spec table jsapi.my.getPhoneNumber; card SEMANTICS 13.

use crate::{Alipay, security};
use engine::Call;
use engine::contract::{ImitatedMethod, Imitates};
use serde_json::{Value, json};
use wire::alipay::SignType;
use world::agreement::Agreed;
use world::merchant::App;
use world::names::UserId;

/// What the button asks for.
pub(crate) const SCOPE: &str = "phoneNumber";

/// How far it is imitated: it has a table like a call.
pub(crate) const PHONE_NUMBER: ImitatedMethod<'static> = ImitatedMethod {
    name: "jsapi.my.getPhoneNumber",
    request: &[],
    response: &[Imitates::full("")],
    errors: &["isv.missing-encrypt-key", "isv.invalid-auth-relations"],
    differs: &[
        "Without an AES key the failure comes in the clear and, as nothing is configured to sign with, without a signature.",
        "isv.insufficient-isv-permissions cannot happen: every application is granted the phone number.",
        "The consent of the button holds until the customer takes consent back; how long it holds on the platform is not published.",
    ],
};

/// The text that the page hands to its backend.
pub(crate) fn response(platform: &Alipay, call: &Call<'_>, user: &UserId, app: &App) -> String {
    let Some(key) = security::content_key(app, platform.engine.keys()) else {
        let plain = json!({
            "code": "40001",
            "msg": "Missing Required Arguments",
            "subCode": "isv.missing-encrypt-key",
            "subMsg": "缺少加密配置",
        });
        return json!({"response": plain.to_string()}).to_string();
    };
    let cipher_text = key.encrypt(plain(call, user, app).to_string().as_bytes());
    let mut told = json!({"response": cipher_text, "sign_type": "RSA2", "encrypt_type": "AES", "charset": "UTF-8"});
    // without a gateway address the platform leaves the signature out (SEMANTICS 13)
    let configured = call.world().gateway_of(&app.id).is_some();
    if let Some(signing) = platform.engine.keys().signing(&app.platform_key).filter(|_| configured) {
        let quoted = format!("\"{cipher_text}\"");
        let sign = platform.signer.sign(&signing, SignType::Rsa2.digest(), quoted.as_bytes());
        told["sign"] = json!(sign.to_string());
    }
    told.to_string()
}

/// What is encrypted.
fn plain(call: &Call<'_>, user: &UserId, app: &App) -> Value {
    let agreed = Agreed { user: user.clone(), app: app.id.clone(), scope: SCOPE.to_owned() };
    if !call.world().agrees(&agreed) {
        return json!({
            "code": "40003",
            "msg": "Insufficient Conditions",
            "subCode": "isv.invalid-auth-relations",
            "subMsg": "无效的授权关系",
        });
    }
    let mobile = call.world().customer(user).map(|customer| customer.profile.get().mobile).unwrap_or_default();
    json!({"code": "10000", "msg": "Success", "mobile": mobile})
}

#[cfg(test)]
mod tests;
