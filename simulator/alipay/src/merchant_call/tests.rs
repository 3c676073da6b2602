//! Calls made in a merchant's place: what the journal keeps of them, and what is believed of their answers.

use crate::check::Shop;
use engine::journal::{Direction, SignatureVerdict};
use engine::provider::{Heard, MerchantCall, Provider, Renew, Securing};
use serde_json::json;
use world::fault::Rule;
use world::merchant::Era;

const PROGRAM: &str = "till 1";

/// Asks about an order that nobody made; gives the exchange's number and what was heard.
fn asks(shop: &Shop) -> (u64, Heard) {
    let call =
        MerchantCall {
            method: "alipay.trade.query".to_owned(), content: json!({"out_trade_no": "订单&1+1"}), program: PROGRAM.to_owned()
        };
    let number = shop.platform.call(&shop.sandbox, &shop.app, &call).unwrap();
    let exchange = shop.sandbox.journal().get(number).unwrap();
    (number, shop.platform.heard(&shop.sandbox, &exchange))
}

fn wants(shop: &Shop, rule: &serde_json::Value) {
    let rule: Rule = serde_json::from_value(rule.clone()).unwrap();
    shop.platform.check_fault(&rule).unwrap();
    shop.record(world::fault::FaultMade { fault: 1, rule });
}

#[test]
fn a_call_is_signed_by_the_application_and_kept_like_any_other() {
    let shop = Shop::new(7, Era::UserId);
    let (number, heard) = asks(&shop);
    let exchange = shop.sandbox.journal().get(number).unwrap();
    assert_eq!((exchange.direction, &exchange.signature), (Direction::In, &SignatureVerdict::Valid), "{:?}", exchange.flags);
    assert_eq!((exchange.method.as_str(), exchange.app.as_deref()), ("alipay.trade.query", Some(shop.app.as_str())));
    assert!(exchange.request.headers.contains(&("user-agent".to_owned(), PROGRAM.to_owned())));
    assert!(exchange.flags.iter().all(|flag| flag.path.is_empty()), "nothing about it is odd: {:?}", exchange.flags);
    assert_eq!(heard.asked, json!({"out_trade_no": "订单&1+1"}));
    assert_eq!(heard.says.unwrap()["sub_code"], "ACQ.TRADE_NOT_EXIST");
}

#[test]
fn certificates_and_encryption_are_used_where_the_application_has_them() {
    let shop = Shop::new(7, Era::UserId);
    let keys = shop.platform.engine.keys().clone();
    let fresh_keys = (0..2).map(|index| keys.published(2 + index).verifying().spki_base64()).collect();
    let ask = Securing { certificates: Some(true), encryption: Some(true), renew: Vec::<Renew>::new(), fresh_keys };
    let ran = shop.sandbox.run(|call| shop.platform.secure(call, &keys, &shop.app, &ask)).unwrap();
    ran.settled_blocking().unwrap().unwrap();
    let (number, heard) = asks(&shop);
    let exchange = shop.sandbox.journal().get(number).unwrap();
    let sent = String::from_utf8_lossy(&exchange.request.body).into_owned();
    assert!(exchange.request.target.contains("app_cert_sn=") && exchange.request.target.contains("encrypt_type=AES"), "{sent}");
    assert_eq!(exchange.signature, SignatureVerdict::Valid);
    assert_eq!(heard.asked, json!({"out_trade_no": "订单&1+1"}), "what was encrypted is read again");
    assert_eq!(heard.says.unwrap()["sub_code"], "ACQ.TRADE_NOT_EXIST");
}

#[test]
fn an_answer_that_was_lost_cut_or_wrongly_signed_says_nothing() {
    for (reply, why) in [("drop", "no answer came"), ("cut", "broke off"), ("wrong_signature", "signature"), ("http_502", "HTTP 502")] {
        let shop = Shop::new(7, Era::UserId);
        wants(&shop, &json!({"method": "alipay.trade.query", "reply": reply}));
        let (number, heard) = asks(&shop);
        let said = heard.says.expect_err(reply);
        assert!(said.contains(why), "{reply}: {said}");
        assert!(shop.sandbox.journal().get(number).unwrap().fault.is_some(), "{reply} struck");
    }
}

#[test]
fn who_has_no_private_key_calls_nobody() {
    let shop = Shop::new(7, Era::UserId);
    let platform_key = shop.look(|world, _| world.apps().get(&shop.app).unwrap().platform_key.clone());
    let app_key = wire::keys::SigningKey::generate().unwrap().verifying().spki_base64();
    shop.record(world::merchant::AppKeysSet { app: shop.app.clone(), app_key, platform_key });
    let stopped = shop.platform.call(&shop.sandbox, &shop.app, &MerchantCall::default()).unwrap_err();
    assert_eq!(stopped.code, "NO_PRIVATE_KEY");
    let unknown = shop.platform.call(&shop.sandbox, &"2021000000000000".into(), &MerchantCall::default()).unwrap_err();
    assert_eq!(unknown.code, "UNKNOWN_APP");
    assert_eq!(shop.sandbox.journal().after(0, 10, |_| true).exchanges.len(), 0);
}
