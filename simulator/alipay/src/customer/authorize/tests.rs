//! A customer is asked for consent.

use super::*;
use crate::check::{Shop, check};
use engine::provider::Provider;
use world::merchant::{AppCallbackSet, Era};

fn asking(shop: &Shop) -> Asking {
    Asking {
        app: shop.app.to_string(),
        scopes: vec!["auth_user".to_owned(), "auth_base".to_owned(), "auth_user".to_owned()],
        redirect_uri: Some("http://127.0.0.1:3000/cb?x=1".to_owned()),
        state: Some("a b".to_owned()),
        decide: Decide::Agree,
    }
}

#[test]
fn agreeing_sends_the_browser_back_in_the_documented_order() {
    let shop = Shop::new(7, Era::UserId);
    let user = shop.customer(0);
    let joined = shop.platform.authorize(&shop.sandbox, &user, &asking(&shop)).unwrap();
    let code = joined.auth_code.unwrap();
    assert_eq!(code.len(), 32);
    assert!(code.ends_with(&user.as_str()[13..15]), "{code} {user}");
    let expected = format!(
        "http://127.0.0.1:3000/cb?x=1&app_id={}&source=alipay_wallet&scope=auth_user%2Cauth_base&state=a%20b&auth_code={code}",
        shop.app
    );
    assert_eq!(joined.redirect_url.unwrap(), expected);
    let again = shop.platform.authorize(&shop.sandbox, &user, &asking(&shop)).unwrap();
    assert_ne!(again.auth_code.unwrap(), code, "each authorisation makes a new code");
}

#[test]
fn saying_no_leads_nowhere_unless_nothing_was_asked() {
    let shop = Shop::new(7, Era::UserId);
    let user = shop.customer(0);
    for decide in [Decide::Deny, Decide::Cancel] {
        let joined = shop.platform.authorize(&shop.sandbox, &user, &Asking { decide, ..asking(&shop) }).unwrap();
        assert!(joined.redirect_url.is_none() && joined.auth_code.is_none());
    }
    let silent = Asking { scopes: vec!["auth_base".to_owned()], decide: Decide::Deny, ..asking(&shop) };
    assert!(shop.platform.authorize(&shop.sandbox, &user, &silent).unwrap().auth_code.is_some());
}

#[test]
fn what_may_not_be_asked_is_stopped_with_the_reason() {
    let shop = Shop::new(7, Era::UserId);
    let user = shop.customer(0);
    let stopped = |asking: &Asking| shop.platform.authorize(&shop.sandbox, &user, asking).unwrap_err().code;
    assert_eq!(stopped(&Asking { app: "9021".to_owned(), ..asking(&shop) }), "UNKNOWN_APP");
    assert_eq!(stopped(&Asking { scopes: vec!["auth_everything".to_owned()], ..asking(&shop) }), "INVALID_SCOPE");
    assert_eq!(stopped(&Asking { scopes: Vec::new(), ..asking(&shop) }), "INVALID_SCOPE");
    assert_eq!(stopped(&Asking { state: Some("状态".to_owned()), ..asking(&shop) }), "INVALID_STATE");
    assert_eq!(stopped(&Asking { redirect_uri: Some("https://shop.example/".to_owned()), ..asking(&shop) }), "ERR010");
    shop.record(AppCallbackSet { app: shop.app.clone(), callback: "https://shop.example/cb".to_owned() });
    assert_eq!(stopped(&asking(&shop)), "ERR010");
    let registered = shop.platform.authorize(&shop.sandbox, &user, &Asking { redirect_uri: None, ..asking(&shop) }).unwrap();
    assert!(registered.redirect_url.unwrap().starts_with("https://shop.example/cb?app_id="));
}

#[test]
fn an_address_is_read_as_it_is_written() {
    let shop = Shop::new(7, Era::UserId);
    let written = target(&asking(&shop));
    let read = read(written.split_once('?').unwrap().1);
    assert_eq!((read.app, read.scopes, read.redirect_uri, read.state), {
        let asked = asking(&shop);
        (asked.app, asked.scopes, asked.redirect_uri, asked.state)
    });
}

#[test]
fn a_token_covers_what_was_agreed_to_and_no_more() {
    check(
        "
        given Li agrees to auth_base
        given Li has a token
        expect Li.token begins with authbseB
        > alipay.user.info.share @auth_token=Li.token
        < 20001 aop.invalid-auth-token sub_msg~auth_user
        given Li agrees to auth_user
        given Li has a token
        expect Li.token begins with authusrB
        > alipay.user.info.share @auth_token=Li.token
        < 10000 user_id=Li !open_id !mobile !nick_name
        ",
    );
}
