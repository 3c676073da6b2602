//! Checks of `alipay.system.oauth.token`.

use crate::check::check;

#[test]
fn a_code_becomes_a_token_without_code_and_msg() {
    check(
        r#"
        given Li agrees to auth_user
        > alipay.system.oauth.token grant_type=authorization_code code=Li.code
        < 10000 !code !msg user_id=Li alipay_user_id~2088 auth_start="2026-07-01 12:00:00" expires_in:=1296000 re_expires_in:=2592000 access_token~authusrB refresh_token~authusrB !open_id
        "#,
    );
}

#[test]
fn both_ids_come_while_an_application_migrates() {
    check(
        "
        given applications name customers by both
        given Li agrees to auth_user
        > alipay.system.oauth.token grant_type=authorization_code code=Li.code
        < 10000 user_id=Li open_id=Li.open_id
        ",
    );
}

#[test]
fn a_code_is_spent_by_its_first_use_even_by_one_that_fails() {
    check(
        "
        given Li agrees to auth_user
        given another application A
        > as A alipay.system.oauth.token grant_type=authorization_code code=Li.code
        < 40002 isv.code-invalid sub_msg~application
        > alipay.system.oauth.token grant_type=authorization_code code=Li.code
        < 40002 isv.code-invalid sub_msg~used
        given Li agrees to auth_user
        given Li has a token
        > alipay.system.oauth.token grant_type=authorization_code code=Li.code
        < 40002 isv.code-invalid sub_msg~used
        > alipay.system.oauth.token grant_type=authorization_code code=4b203fe6c11548bcabd8da5bb087a83b
        < 40002 isv.code-invalid sub_msg~unknown
        > alipay.system.oauth.token grant_type=authorization_code
        < 40002 isv.code-invalid
        ",
    );
}

#[test]
fn a_code_runs_out() {
    check(
        r#"
        given Li agrees to auth_user
        given 24 hours pass
        > alipay.system.oauth.token grant_type=authorization_code code=Li.code
        < 40002 isv.code-invalid sub_msg~"ran out"
        "#,
    );
}

#[test]
fn a_refresh_replaces_the_pair_and_does_not_lengthen_the_refresh_tokens_life() {
    check(
        r#"
        given Li agrees to auth_user
        given Li has a token
        given 1 day pass
        > alipay.system.oauth.token grant_type=refresh_token refresh_token=Li.refresh
        < 10000 expires_in:=1296000 re_expires_in:=2505600 access_token>K refresh_token>R
        > alipay.user.info.share @auth_token=Li.token
        < 20001 aop.invalid-auth-token sub_msg~replaced
        > alipay.user.info.share @auth_token=K
        < 10000 user_id=Li
        > alipay.system.oauth.token grant_type=refresh_token refresh_token=Li.refresh
        < 40002 isv.refreshed-token-invalid
        given 29 days pass
        > alipay.system.oauth.token grant_type=refresh_token refresh_token=R
        < 40002 isv.refresh-token-time-out
        > alipay.system.oauth.token grant_type=refresh_token refresh_token=nonsense
        < 40002 isv.refresh-token-invalid
        > alipay.system.oauth.token grant_type=refresh_token
        < 40002 isv.refresh-token-invalid
        > alipay.system.oauth.token grant_type=password
        < 40002 isv.grant-type-invalid sub_msg="grant_type参数不正确"
        "#,
    );
}

#[test]
fn a_refresh_token_belongs_to_its_application() {
    check(
        "
        given Li agrees to auth_user
        given Li has a token
        given another application A
        > as A alipay.system.oauth.token grant_type=refresh_token refresh_token=Li.refresh
        < 40002 isv.unmatched-app-id
        > alipay.system.oauth.token grant_type=refresh_token refresh_token=Li.refresh
        < 10000
        ",
    );
}
