//! Calls with `app_auth_token`: every code about it, and that a provider's call is the merchant's in everything but its signature.

use crate::check::{BEGINNING, Shop, check};
use engine::journal::RequestBytes;
use engine::provider::Provider;
use serde_json::Value;
use testkit::{Names, Stage};
use wire::alipay::v3;
use world::Moment;
use world::merchant::Era;

#[test]
fn a_provider_works_on_the_merchants_objects() {
    check(
        "
        given a provider P
        given a template T
        given Li holds card C of T
        > as P alipay.marketing.card.template.query template_id=T
        < 40004 TEMPLATE_NOT_EXIT
        given P stands for the merchant
        > as P alipay.marketing.card.template.query template_id=T @app_auth_token=P.app_token
        < 10000
        > as P alipay.marketing.card.update target_card_no=C target_card_no_type=BIZ_CARD occur_time=\"2026-07-01 12:00:00\" card_info.point=35 @app_auth_token=P.app_token
        < 10000
        expect C has 35 points
        > as P alipay.marketing.card.query target_card_no=C target_card_no_type=BIZ_CARD @app_auth_token=P.app_token
        < 10000 card_info.biz_card_no=C
        ",
    );
}

#[test]
fn customers_codes_and_tokens_are_the_merchants_also_when_a_provider_calls() {
    check(
        "
        given a provider P
        given P stands for the merchant
        given Li agrees to auth_user
        > as P alipay.system.oauth.token grant_type=authorization_code code=Li.code @app_auth_token=P.app_token
        < 10000 user_id=Li access_token>t
        > alipay.user.info.share @auth_token=t
        < 10000 user_id=Li
        ",
    );
}

#[test]
fn a_token_that_does_not_stand_is_invalid_for_a_reason() {
    check(
        "
        given a provider P
        given a provider Q
        given P stands for the merchant
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=201509BBeff9351ad1874306903e96b91d248A36
        < 20001 aop.invalid-app-auth-token sub_msg~无效的应用授权令牌
        > as Q alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=P.app_token
        < 20001 aop.invalid-app-auth-token sub_msg~signed
        > alipay.system.oauth.token grant_type=authorization_code code=x @app_auth_token=P.app_token
        < 20001 aop.invalid-app-auth-token
        given the merchant withdraws from P
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=P.app_token
        < 20001 aop.invalid-app-auth-token sub_msg~withdrew
        ",
    );
}

#[test]
fn authorising_again_replaces_the_token() {
    check(
        "
        given a provider P
        given P stands for the merchant
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=P.app_token
        < 10000
        given the merchant authorises P
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=P.app_token
        < 10000
        > as P alipay.open.auth.token.app grant_type=authorization_code code=P.app_code
        < 10000 app_auth_token>new
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=P.app_token
        < 20001 aop.invalid-app-auth-token sub_msg~replaced
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=new
        < 10000
        ",
    );
}

#[test]
fn a_token_runs_out_only_where_the_switch_says_so() {
    check(
        "
        given a provider P
        given P stands for the merchant
        given the switch delegations_run_out on
        given 364 days pass
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=P.app_token
        < 10000
        given the switch delegations_run_out off
        given 1 days pass
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=P.app_token
        < 10000
        given the switch delegations_run_out on
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=P.app_token
        < 20001 aop.app-auth-token-time-out
        > as P alipay.open.auth.token.app.query app_auth_token=P.app_token
        < 10000 status=invalid
        ",
    );
}

#[test]
fn what_was_not_allowed_has_no_product_or_is_the_providers_own_is_refused() {
    check(
        "
        given a provider P
        given the merchant authorises P for alipay.marketing.card.query
        > as P alipay.open.auth.token.app grant_type=authorization_code code=P.app_code
        < 10000 app_auth_token>some
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=some
        < 20001 aop.invalid-app-auth-token-no-api
        given P stands for the merchant
        > as P alipay.open.auth.token.app.query app_auth_token=P.app_token @app_auth_token=P.app_token
        < 40002 isv.not-support-app-auth
        > as P alipay.open.auth.token.app grant_type=refresh_token refresh_token=P.app_refresh @app_auth_token=P.app_token
        < 40002 isv.not-support-app-auth
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=P.app_token
        < 10000
        given the switch delegated_without_product on
        > as P alipay.marketing.card.template.batchquery page_no:=1 @app_auth_token=P.app_token
        < 20001 aop.no-product-reg-by-partner
        ",
    );
}

fn standing(shop: &mut Shop) -> Names {
    let mut names = Names::default();
    for line in ["a provider P", "P stands for the merchant"] {
        shop.given(&line.split(' ').collect::<Vec<_>>(), &[], &mut names).unwrap();
    }
    names
}

fn by_v3(shop: &Shop, app: &str, template: &str, token: Option<&str>) -> (u16, Value) {
    let route = v3::of_method("alipay.marketing.card.template.query").unwrap();
    let mut request = v3::ClientRequest::to(route, app, &format!("n-{}", token.unwrap_or_default()), shop.now().0);
    request = request.query("template_id", template);
    if let Some(token) = token {
        request = request.app_auth_token(token);
    }
    let out = request.sign(&shop.app_key);
    let request = RequestBytes { method: out.http_method, target: out.target, headers: out.headers, body: out.body };
    let answer = shop.runtime.block_on(shop.platform.answer_v3(request)).answer.clone();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

#[test]
fn the_newer_dialect_takes_the_token_from_its_header() {
    let mut shop = Shop::new(7, Era::UserId);
    let mut names = standing(&mut shop);
    shop.given(&["a", "template", "T"], &[], &mut names).unwrap();
    let (provider, template) = (names.get("P").unwrap(), names.get("T").unwrap());
    assert_eq!(by_v3(&shop, provider, template, None).1["code"], "TEMPLATE_NOT_EXIT");
    let (status, placed) = by_v3(&shop, provider, template, names.get("P.app_token"));
    assert_eq!((status, &placed["card_type"]), (200, &Value::from("OUT_MEMBER_CARD")));
    let (status, wrong) = by_v3(&shop, provider, template, Some("201509BBeff9351ad1874306903e96b91d248A36"));
    assert_eq!((status, &wrong["code"]), (401, &Value::from("invalid-app-auth-token")));
}

#[test]
fn a_card_of_a_providers_template_is_told_to_the_provider_with_the_merchants_application() {
    let mut shop = Shop::new(7, Era::UserId);
    let names = standing(&mut shop);
    let (provider, token) = (names.get("P").unwrap(), names.get("P.app_token").unwrap());
    let mut document = crate::check::template();
    document["request_id"] = Value::from("R-1");
    let request = wire::alipay::ClientRequest::new(provider, "alipay.marketing.card.template.create", Moment::parse(BEGINNING).unwrap().0)
        .biz_content(&document.to_string())
        .parameter("app_auth_token", token)
        .parameter("notify_url", "http://127.0.0.1:1/told");
    let answer: Value = serde_json::from_slice(&shop.send(&request).body).unwrap();
    let mut names = names.clone();
    let id = answer["alipay_marketing_card_template_create_response"]["template_id"].as_str().unwrap();
    names.bind("T", id);
    shop.given(&["Li", "holds", "card", "C", "of", "T"], &[], &mut names).unwrap();
    let user = names.get("Li").unwrap().into();
    shop.platform.remove(&shop.sandbox, &user, &names.get("C").unwrap().into()).unwrap();
    let told = shop.look(|world, _| world.notices().iter().map(|notice| notice.made.clone()).collect::<Vec<_>>());
    assert_eq!(told.len(), 2, "opened and deleted");
    for made in told {
        let value_of = |name: &str| made.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        assert_eq!(made.app.as_str(), provider);
        assert_eq!((value_of("app_id"), value_of("auth_app_id")), (Some(provider), Some(shop.app.as_str())));
    }
}
