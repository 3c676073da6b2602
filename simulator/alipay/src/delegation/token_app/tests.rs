//! Checks of `alipay.open.auth.token.app`.

use crate::check::{Shop, check};
use crate::contract::CONTRACTS;
use serde_json::Value;
use testkit::{Names, Stage};
use world::joining::GatewaySet;
use world::merchant::Era;
use world::names::AppId;

#[test]
fn a_merchants_code_becomes_a_token_that_stands_for_its_application() {
    check(
        r#"
        given a provider P
        given the merchant authorises P
        > as P alipay.open.auth.token.app grant_type=authorization_code code=P.app_code
        < 10000 app_auth_token~202607BB app_refresh_token~202607BB auth_app_id=app user_id=merchant expires_in="31536000" re_expires_in="32140800" !tokens
        "#,
    );
}

#[test]
fn several_applications_are_named_in_one_answer() {
    check(
        "
        given a provider P
        given another application A
        given the merchant authorises P with A too
        > as P alipay.open.auth.token.app grant_type=authorization_code code=P.app_code
        < 10000 auth_app_id=app tokens[0].auth_app_id=app tokens[1].auth_app_id=A tokens[1].app_auth_token~202607BB
        ",
    );
}

#[test]
fn a_code_is_spent_by_its_first_use_even_by_one_that_fails() {
    check(
        "
        given a provider P
        given a provider Q
        given the merchant authorises P
        > as Q alipay.open.auth.token.app grant_type=authorization_code code=P.app_code
        < 40004 APP_ID_NOT_CONSISTENT
        > as P alipay.open.auth.token.app grant_type=authorization_code code=P.app_code
        < 40004 AUTH_CODE_NOT_VALID sub_msg~used
        > as P alipay.open.auth.token.app grant_type=authorization_code code=1cc19911172e4f8aaa509c8fb5d12F56
        < 40004 AUTH_CODE_NOT_EXIST
        > as P alipay.open.auth.token.app grant_type=authorization_code
        < 40004 AUTH_CODE_NOT_EXIST
        ",
    );
}

#[test]
fn a_code_runs_out_after_a_day() {
    check(
        "
        given a provider P
        given the merchant authorises P
        given 24 hours pass
        > as P alipay.open.auth.token.app grant_type=authorization_code code=P.app_code
        < 40004 AUTH_CODE_NOT_VALID sub_msg~out
        ",
    );
}

#[test]
fn only_providers_ask_and_only_with_a_known_grant() {
    check(
        "
        given a provider P
        given the merchant authorises P
        > alipay.open.auth.token.app grant_type=authorization_code code=P.app_code
        < 40004 APP_NOT_ISV
        > as P alipay.open.auth.token.app grant_type=password code=P.app_code
        < 40004 GRANT_TYPE_INVALID
        > as P alipay.open.auth.token.app code=P.app_code
        < 40004 GRANT_TYPE_INVALID
        > as P alipay.open.auth.token.app grant_type=authorization_code code=P.app_code
        < 10000
        ",
    );
}

#[test]
fn a_refresh_replaces_both_tokens() {
    check(
        "
        given a provider P
        given P stands for the merchant
        > as P alipay.open.auth.token.app grant_type=refresh_token refresh_token=P.app_refresh
        < 10000 auth_app_id=app app_auth_token~202607BB
        > as P alipay.open.auth.token.app grant_type=refresh_token refresh_token=P.app_refresh
        < 40004 REFRESH_TOKEN_NOT_VALID
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=P.app_token
        < 20001 aop.invalid-app-auth-token sub_msg~replaced
        ",
    );
}

#[test]
fn a_refresh_token_that_is_unknown_old_anothers_or_withdrawn_is_refused_for_its_own_reason() {
    check(
        "
        given a provider P
        given a provider Q
        given P stands for the merchant
        > as Q alipay.open.auth.token.app grant_type=refresh_token refresh_token=P.app_refresh
        < 40004 APP_ID_NOT_CONSISTENT
        > as P alipay.open.auth.token.app grant_type=refresh_token refresh_token=201509BBdcba1e3347de4e75ba3fed2c9abebE36
        < 40004 REFRESH_TOKEN_NOT_EXIST
        > as P alipay.open.auth.token.app grant_type=refresh_token
        < 40004 REFRESH_TOKEN_NOT_EXIST
        given 372 days pass
        > as P alipay.open.auth.token.app grant_type=refresh_token refresh_token=P.app_refresh
        < 40004 REFRESH_TOKEN_TIME_OUT
        given the merchant withdraws from P
        > as P alipay.open.auth.token.app grant_type=refresh_token refresh_token=P.app_refresh
        < 40004 AUTH_TOKEN_NOT_FOUND
        ",
    );
}

#[test]
fn a_provider_with_a_gateway_is_told_what_was_given_and_what_was_withdrawn() {
    let mut shop = Shop::new(7, Era::UserId);
    let mut names = Names::default();
    shop.given(&["a", "provider", "P"], &[], &mut names).unwrap();
    let provider: AppId = names.get("P").unwrap().into();
    shop.record(GatewaySet { app: provider.clone(), gateway: "http://127.0.0.1:9/gateway".to_owned() });
    for line in ["P stands for the merchant", "the merchant withdraws from P"] {
        shop.given(&line.split(' ').collect::<Vec<_>>(), &[], &mut names).unwrap();
    }
    let told = shop.look(|world, _| world.notices().iter().map(|notice| notice.made.clone()).collect::<Vec<_>>());
    let value_of =
        |at: usize, name: &str| told[at].parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap();
    let content = |at: usize| serde_json::from_str::<Value>(&value_of(at, "biz_content")).unwrap();
    assert!(told.len() == 2 && told.iter().all(|made| made.app == provider), "{told:?}");
    assert_eq!((value_of(0, "notify_type"), value_of(0, "status")), ("open_app_auth_notify".to_owned(), "execute_auth".to_owned()));
    assert_eq!(content(0)["detail"]["app_auth_token"].as_str(), names.get("P.app_token"));
    assert_eq!(content(0)["detail"]["app_auth_code"].as_str(), names.get("P.app_code"));
    assert_eq!((value_of(1, "msg_method"), value_of(1, "app_id")), ("alipay.open.auth.appauth.cancelled".to_owned(), provider.to_string()));
    assert_eq!(content(1), serde_json::json!({"auth_app_id": shop.app.as_str(), "user_id": names.get("merchant")}));
    for (at, table) in [(0, "notify.open_app_auth_notify"), (1, "alipay.open.auth.appauth.cancelled")] {
        let fields: Value = match at {
            0 => Value::Object(told[0].parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()),
            _ => content(1),
        };
        let report = CONTRACTS.get(table).unwrap().validate_request(&fields);
        assert!(report.is_valid(), "{table}: {report:?}");
    }
}
