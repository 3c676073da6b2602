//! Checks of my.getPhoneNumber: read as a merchant's backend reads it.

use crate::check::Shop;
use crate::contract::CONTRACTS;
use engine::provider::{ClientCall, Decide, Provider, Securing};
use serde_json::{Value, json};
use wire::alipay::{AesKey, SignType};
use world::consent::ConsentWithdrawn;
use world::joining::GatewaySet;
use world::merchant::Era;
use world::names::UserId;

fn ask(shop: &Shop, user: &UserId, api: &str, decide: Decide) -> Value {
    let asked = ClientCall {
        api: api.to_owned(),
        app: shop.app.to_string(),
        scope: Some("phoneNumber".to_owned()),
        decide,
        ..ClientCall::default()
    };
    shop.platform.client_call(&shop.sandbox, user, &asked).unwrap()
}

/// What the page hands over, taken apart.
fn response(shop: &Shop, user: &UserId) -> Value {
    serde_json::from_str(ask(shop, user, "my.getPhoneNumber", Decide::Agree)["response"].as_str().unwrap()).unwrap()
}

fn opened(shop: &Shop, told: &Value) -> Value {
    let key = shop.platform.apps(&shop.sandbox, shop.platform.engine.keys())[0].aes_key.clone().unwrap();
    let plain = AesKey::from_base64(&key).unwrap().decrypt(told["response"].as_str().unwrap().as_bytes()).unwrap();
    serde_json::from_slice(&plain).unwrap()
}

#[test]
fn the_number_comes_encrypted_and_signed_after_the_button_only() {
    let shop = Shop::new(7, Era::UserId);
    let user = shop.customer(1);
    let plain: Value = serde_json::from_str(response(&shop, &user)["response"].as_str().unwrap()).unwrap();
    assert_eq!(plain["subCode"], "isv.missing-encrypt-key");

    let on = Securing { encryption: Some(true), ..Securing::default() };
    let keys = shop.platform.engine.keys().clone();
    let app = shop.app.clone();
    let secured = shop.sandbox.run(|call| shop.platform.secure(call, &keys, &app, &on)).unwrap();
    secured.settled_blocking().unwrap().unwrap();
    assert_eq!(opened(&shop, &response(&shop, &user))["subCode"], "isv.invalid-auth-relations");
    assert_eq!(ask(&shop, &user, "my.getAuthorize", Decide::Deny), json!({"authorized": false}));
    assert_eq!(opened(&shop, &response(&shop, &user))["subCode"], "isv.invalid-auth-relations");
    assert_eq!(ask(&shop, &user, "my.getAuthorize", Decide::Agree), json!({"authorized": true}));

    let unsigned = response(&shop, &user);
    assert_eq!(unsigned.get("sign"), None, "no gateway address is configured");
    shop.record(GatewaySet { app: shop.app.clone(), gateway: "http://127.0.0.1:9/".to_owned() });
    let told = response(&shop, &user);
    let signed = format!("\"{}\"", told["response"].as_str().unwrap());
    let key = shop.platform_key();
    assert!(key.verifying().verifies_text(SignType::Rsa2.digest(), signed.as_bytes(), told["sign"].as_str().unwrap().as_bytes()));
    let number = opened(&shop, &told);
    let mobile = shop.look(|world, _| world.customer(&user).unwrap().profile.get().mobile);
    assert_eq!((&number["code"], &number["mobile"]), (&json!("10000"), &json!(mobile)));
    let whole = json!({"response": told.to_string(), "response_json": told, "plain": number});
    let report = CONTRACTS.get("jsapi.my.getPhoneNumber").unwrap().validate_response(&whole);
    assert!(report.is_valid(), "{report:?}");

    shop.record(ConsentWithdrawn { user: user.clone(), app: shop.app.clone() });
    assert_eq!(opened(&shop, &response(&shop, &user))["subCode"], "isv.invalid-auth-relations");
}
