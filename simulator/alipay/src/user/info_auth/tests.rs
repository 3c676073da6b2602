//! Checks of `alipay.user.info.auth`: its answer is a redirect, so the calls are made by hand.

use crate::check::{Shop, check};
use world::merchant::Era;

#[test]
fn the_browser_is_sent_to_the_consent_page_with_what_the_merchant_asked_for() {
    let shop = Shop::new(7, Era::UserId);
    let request = shop
        .request("alipay.user.info.auth")
        .parameter("return_url", "http://127.0.0.1:3000/back?x=1")
        .biz_content(r#"{"scopes":["auth_user","auth_ecard"],"state":"aW5pdA=="}"#);
    let answer = shop.send(&request);
    assert_eq!(answer.status, 302);
    assert!(answer.body.is_empty());
    let location = answer.headers.iter().find(|(name, _)| name == "location").map(|(_, to)| to.clone()).unwrap();
    let expected = format!(
        "http://127.0.0.1:8600/oauth2/publicAppAuthorize.htm?app_id={}&scope=auth_user%2Cauth_ecard&redirect_uri=http%3A%2F%2F127.0.0.1%3A3000%2Fback%3Fx%3D1&state=aW5pdA%3D%3D",
        shop.app
    );
    assert_eq!(location, expected);
}

#[test]
fn an_unknown_scope_or_a_state_that_is_not_base64_is_refused() {
    check(
        r#"
        > alipay.user.info.auth scopes:=["auth_everything"] state=aW5pdA==
        < 40002 isv.invalid-parameter sub_msg~scopes
        > alipay.user.info.auth scopes:=["auth_user"] state="a b"
        < 40002 isv.invalid-parameter sub_msg~state
        "#,
    );
}
