//! Trades as a shop lives them: a payment that has to be confirmed, told, given back and billed; a provider's; one in GBK.

use crate::check::{Merchant, Shop, check};
use crate::customer::fast::wait;
use axum::body::Body;
use axum::http::Request;
use engine::pass;
use engine::provider::Provider;
use serde_json::{Value, json};
use testkit::{Answer, Field, Names, Stage};
use tower::ServiceExt;
use wire::alipay::{Charset, NoticeRule, SignType};
use world::merchant::Era;
use world::names::TradeNumber;

fn call(shop: &mut Shop, method: &str, fields: &Value) -> Answer {
    let fields: Vec<Field> =
        fields.as_object().unwrap().iter().map(|(path, value)| Field { path: path.clone(), value: value.clone() }).collect();
    shop.call(None, method, &fields, &Names::default()).unwrap()
}

fn text(answer: &Answer, name: &str) -> String {
    answer.object[name].as_str().unwrap_or_else(|| panic!("no {name} in {:#}", answer.object)).to_owned()
}

/// Lets everything fall due that is due now, notices included.
fn settle(shop: &Shop) {
    wait(pass(&shop.platform.engine, &*shop.platform, &shop.sandbox, shop.now())).unwrap();
}

#[test]
fn a_payment_is_confirmed_told_given_back_and_billed() {
    let merchant = Merchant::that(Box::new(|_| Some((200, b"success".to_vec()))));
    let mut shop = Shop::new(7, Era::UserId);
    let user = shop.customer(0);
    let code = shop.platform.pay_code(&shop.sandbox, &user, None).unwrap().code;
    let notify_url = format!("http://{}/n", merchant.address);
    let pay = json!({"out_trade_no": "T1", "scene": "bar_code", "auth_code": code.as_str(), "subject": "奶茶", "total_amount": "250.00", "@notify_url": notify_url});
    let waiting = call(&mut shop, "alipay.trade.pay", &pay);
    assert_eq!((waiting.code.as_str(), text(&waiting, "msg").as_str()), ("10003", " order success pay inprocess"));
    assert_eq!(text(&call(&mut shop, "alipay.trade.query", &json!({"out_trade_no": "T1"})), "trade_status"), "WAIT_BUYER_PAY");

    shop.pass(5);
    let number = TradeNumber::from(text(&waiting, "trade_no").as_str());
    shop.platform.confirm(&shop.sandbox, &user, &number, world::trade::Answer::Pay).unwrap();
    assert_eq!(text(&call(&mut shop, "alipay.trade.query", &json!({"out_trade_no": "T1"})), "trade_status"), "TRADE_SUCCESS");
    settle(&shop);
    let refund = json!({"out_trade_no": "T1", "refund_amount": "50.00", "out_request_no": "R1"});
    assert_eq!(text(&call(&mut shop, "alipay.trade.refund", &refund), "fund_change"), "Y");
    settle(&shop);
    shop.pass(10);
    let asked = call(&mut shop, "alipay.trade.fastpay.refund.query", &json!({"out_trade_no": "T1", "out_request_no": "R1"}));
    assert_eq!((text(&asked, "refund_status"), text(&asked, "refund_amount")), ("REFUND_SUCCESS".to_owned(), "50.00".to_owned()));

    let taken = merchant.taken();
    let told: Vec<_> = taken.iter().map(|one| ["trade_status", "refund_fee", "out_biz_no"].map(|name| one.text(name))).collect();
    let words = |words: [Option<&str>; 3]| words.map(|word| word.map(str::to_owned));
    assert_eq!(told, [words([Some("TRADE_SUCCESS"), None, None]), words([Some("TRADE_SUCCESS"), Some("50.00"), Some("R1")])]);
    let key = shop.platform_key();
    assert!(taken.iter().all(|notice| notice.verifies(key.verifying(), NoticeRule::V1)));

    shop.pass(86_400);
    let bill = call(&mut shop, "alipay.data.dataservice.bill.downloadurl.query", &json!({"bill_type": "trade", "bill_date": "2026-07-01"}));
    let url = text(&bill, "bill_download_url");
    let target = url.strip_prefix("http://127.0.0.1:8600").unwrap();
    let router = crate::gateway_router(shop.platform.clone());
    let fetched = shop.runtime.block_on(router.oneshot(Request::get(target).body(Body::empty()).unwrap())).unwrap();
    assert_eq!((fetched.status().as_u16(), fetched.headers()["content-type"].to_str().unwrap()), (200, "application/zip"));
}

#[test]
fn a_providers_payment_is_the_merchants_and_its_notice_names_both() {
    check(
        "
        given a provider P
        given P stands for the merchant
        given Li shows payment code C
        > as P alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=1.00 @app_auth_token=P.app_token @notify_url=http://127.0.0.1:9/n
        < 10000 trade_no>T
        > alipay.trade.query trade_no=T
        < 10000 trade_status=TRADE_SUCCESS
        expect the shop's account holds 1.00
        expect the last notice says app_id=P auth_app_id=app
        > as P alipay.trade.query trade_no=T
        < 40004 ACQ.TRADE_NOT_EXIST
        ",
    );
}

#[test]
fn a_notice_names_the_customer_as_the_answer_did_also_to_a_provider() {
    check(
        "
        given applications name customers by open_id
        given a provider P
        given P stands for the merchant
        given Li shows payment code C
        > as P alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=2.00 @app_auth_token=P.app_token @notify_url=http://127.0.0.1:9/n
        < 10000 buyer_open_id>O
        expect the last notice says buyer_open_id=O app_id=P auth_app_id=app
        ",
    );
}

#[test]
fn a_refund_is_told_to_whoever_asked_for_it() {
    check(
        "
        given a provider P
        given P stands for the merchant
        given Li shows payment code C
        > alipay.trade.pay out_trade_no=T1 auth_code=C subject=奶茶 total_amount=2.00 @notify_url=http://127.0.0.1:9/n
        < 10000
        expect the last notice says app_id=app !auth_app_id
        > as P alipay.trade.refund out_trade_no=T1 refund_amount=1.00 out_request_no=R1 @app_auth_token=P.app_token @notify_url=http://127.0.0.1:9/p
        < 10000 fund_change=Y
        expect the last notice goes to http://127.0.0.1:9/p
        expect the last notice says app_id=P auth_app_id=app out_biz_no=R1
        given 3 seconds pass
        > as P alipay.trade.refund out_trade_no=T1 refund_amount=1.00 out_request_no=R2 @app_auth_token=P.app_token
        < 10000 fund_change=Y
        expect the last notice goes to http://127.0.0.1:9/n
        expect the last notice says app_id=app !auth_app_id
        ",
    );
}

#[test]
fn a_payment_in_gbk_keeps_its_title() {
    let shop = Shop::new(7, Era::UserId);
    let user = shop.customer(0);
    let code = shop.platform.pay_code(&shop.sandbox, &user, None).unwrap().code;
    let fields = json!({"out_trade_no": "T1", "auth_code": code.as_str(), "subject": "奶茶", "total_amount": "1.00"}).to_string();
    let answer = shop.send(&shop.request("alipay.trade.pay").parameter("charset", "GBK").biz_content(&fields));
    let read = wire::alipay::Answer::read(&answer.body, Charset::Gbk, "alipay_trade_pay_response").unwrap();
    read.verify(shop.platform_key().verifying(), SignType::Rsa2).unwrap();
    let subject = shop.look(|world, _| world.trades().iter().next().map(|trade| trade.terms.get().subject));
    assert_eq!(subject.as_deref(), Some("奶茶"));
    let refused = shop.send(&shop.request("alipay.trade.query").parameter("charset", "GBK").biz_content(r#"{"out_trade_no":"T2"}"#));
    assert!(Charset::Gbk.decode(&refused.body).unwrap().contains("交易不存在"));
}
