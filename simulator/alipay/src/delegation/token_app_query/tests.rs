//! Checks of `alipay.open.auth.token.app.query`.

use crate::check::check;

#[test]
fn a_token_tells_whose_it_is_and_what_it_allows() {
    check(
        r#"
        given a provider P
        given P stands for the merchant
        > as P alipay.open.auth.token.app.query app_auth_token=P.app_token
        < 10000 status=valid user_id=merchant auth_app_id=app expires_in:=31536000 auth_start="2026-07-01 12:00:00" auth_end="2027-07-01 12:00:00" is_by_app_auth:=true
        "#,
    );
}

#[test]
fn only_what_the_merchant_allowed_is_listed() {
    check(
        "
        given a provider P
        given the merchant authorises P for alipay.marketing.card.query
        > as P alipay.open.auth.token.app grant_type=authorization_code code=P.app_code
        < 10000 app_auth_token>P.app_token
        > as P alipay.open.auth.token.app.query app_auth_token=P.app_token
        < 10000 auth_methods[0]=alipay.marketing.card.query !auth_methods[1] is_by_app_auth:=false
        ",
    );
}

#[test]
fn a_token_that_was_withdrawn_is_invalid() {
    check(
        "
        given a provider P
        given P stands for the merchant
        given the merchant withdraws from P
        > as P alipay.open.auth.token.app.query app_auth_token=P.app_token
        < 10000 status=invalid
        ",
    );
}

#[test]
fn a_token_is_shown_to_its_provider_only() {
    check(
        "
        given a provider P
        given a provider Q
        given P stands for the merchant
        > as Q alipay.open.auth.token.app.query app_auth_token=P.app_token
        < 40004 AUTH_TOKEN_NOT_CONSISTENT
        > as P alipay.open.auth.token.app.query app_auth_token=201509BBeff9351ad1874306903e96b91d248A36
        < 40004 AUTH_TOKEN_NOT_EXISTED
        > as P alipay.open.auth.token.app.query
        < 40004 ILLEGAL_PARAM
        > alipay.open.auth.token.app.query app_auth_token=P.app_token
        < 40004 APP_NOT_ISV
        ",
    );
}
