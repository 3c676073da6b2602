//! Sales with payment: paid, waiting, unknown, given up, refused; once each, whatever happens on the way.

use crate::street::Street;
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn a_paid_sale_is_answered_at_once_and_its_points_stand_on_the_card() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    let code = street.pay_code(&li).await;
    let sale = street.sell(json!({"card_no": card, "amount": "35.00", "pay_code": code, "sale_no": "S-1"})).await;
    assert_eq!((&sale["status"], &sale["paid_by"], &sale["paid"]), (&json!("paid"), &json!("alipay"), &json!("35.00")), "{sale}");
    assert_eq!((&sale["points_added"], &sale["points"], &sale["sync"]), (&json!(35), &json!(35), &json!("done")), "{sale}");
    assert!(sale["trade_no"].is_string() && sale["out_trade_no"].is_string(), "{sale}");
    assert_eq!((street.wallet(&li).await.as_str(), street.card_points(&li).await.as_str()), ("165.00", "35"));
    assert_eq!(street.get("/till/sale/S-1").await, sale);
    assert_eq!(street.get("/health").await["pending"], 0);
}

#[tokio::test]
async fn the_same_scan_twice_at_the_same_moment_is_one_trade() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    let code = street.pay_code(&li).await;
    let body = json!({"amount": "35.00", "pay_code": code});
    let (one, other) = tokio::join!(street.sell(body.clone()), street.sell(body));
    assert_eq!((&one["status"], &one["sale_no"]), (&json!("paid"), &other["sale_no"]), "{one} {other}");
    assert_eq!(street.calls("alipay.trade.pay").await.len(), 1);
    assert_eq!(street.wallet(&li).await, "165.00");
}

#[tokio::test]
async fn a_number_belongs_to_one_sale() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    let sale = street.sell(json!({"card_no": card, "amount": "35.00", "sale_no": "S-1"})).await;
    assert_eq!((&sale["status"], &sale["paid_by"], &sale["out_trade_no"]), (&json!("paid"), &json!("cash"), &Value::Null), "{sale}");
    assert_eq!(street.sell(json!({"card_no": card, "amount": "35.00", "sale_no": "S-1"})).await, sale);
    let (status, told) = street.post("/till/sale", &json!({"card_no": card, "amount": "36.00", "sale_no": "S-1"})).await;
    assert_eq!((status, told["error"]["code"].as_str()), (StatusCode::CONFLICT, Some("SALE_CONFLICT")));
    assert_eq!(street.get("/sales").await["count"], 1);
}

#[tokio::test]
async fn a_customer_who_has_to_confirm_is_waited_for_and_pays_within_the_minute() {
    let mut street = Street::open().await;
    street.deafen().await;
    let li = street.customer("13800138000", "900.00").await;
    let card = street.join(&li).await;
    let code = street.pay_code(&li).await;
    let sale = street.sell(json!({"card_no": card, "amount": "500.00", "pay_code": code, "sale_no": "S-1"})).await;
    assert_eq!((&sale["status"], &sale["points_added"], &sale["paid"]), (&json!("waiting"), &json!(0), &Value::Null), "{sale}");
    street.pass(10).await;
    assert_eq!(street.calls("alipay.trade.query").await.len(), 2, "every five seconds");
    street.control("POST", &format!("/customers/{}/confirm", li.user), json!({"trade_no": sale["trade_no"], "decide": "pay"})).await;
    street.pass(5).await;
    let sale = street.get("/till/sale/S-1").await;
    assert_eq!((&sale["status"], &sale["points_added"], &sale["sync"]), (&json!("paid"), &json!(500), &json!("done")), "{sale}");
    street.pass(60).await;
    assert_eq!(street.calls("alipay.trade.query").await.len(), 3, "nobody asks about what is known");
    assert_eq!(street.card_points(&li).await, "500");
}

#[tokio::test]
async fn a_customer_who_walks_away_is_not_charged_after_a_minute() {
    let mut street = Street::open().await;
    let li = street.customer("13800138000", "900.00").await;
    let code = street.pay_code(&li).await;
    street.sell(json!({"amount": "500.00", "pay_code": code, "sale_no": "S-1"})).await;
    street.pass(55).await;
    assert_eq!((street.calls("alipay.trade.query").await.len(), street.calls("alipay.trade.cancel").await.len()), (11, 0));
    street.pass(5).await;
    assert_eq!((street.calls("alipay.trade.query").await.len(), street.calls("alipay.trade.cancel").await.len()), (12, 1));
    assert_eq!(street.get("/till/sale/S-1").await["status"], "cancelled");
    assert_eq!((street.wallet(&li).await.as_str(), street.get("/health").await["pending"].as_i64()), ("900.00", Some(0)));
}

#[tokio::test]
async fn a_clock_that_leaps_makes_up_for_no_queries() {
    let mut street = Street::open().await;
    let li = street.customer("13800138000", "900.00").await;
    let code = street.pay_code(&li).await;
    street.sell(json!({"amount": "500.00", "pay_code": code, "sale_no": "S-1"})).await;
    street.leap(3_600).await;
    assert_eq!((street.calls("alipay.trade.query").await.len(), street.calls("alipay.trade.cancel").await.len()), (1, 1));
}

#[tokio::test]
async fn a_lost_answer_to_a_payment_is_found_out_by_asking_and_never_charged_twice() {
    let mut street = Street::open().await;
    street.deafen().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    street.fault(json!({"method": "alipay.trade.pay", "reply": "drop"})).await;
    let code = street.pay_code(&li).await;
    let sale = street.sell(json!({"card_no": card, "amount": "35.00", "pay_code": code, "sale_no": "S-1"})).await;
    assert_eq!((&sale["status"], &sale["points_added"]), (&json!("unknown"), &json!(0)), "{sale}");
    street.pass(5).await;
    let sale = street.get("/till/sale/S-1").await;
    assert_eq!((&sale["status"], &sale["points_added"]), (&json!("paid"), &json!(35)), "{sale}");
    assert_eq!((street.calls("alipay.trade.pay").await.len(), street.wallet(&li).await.as_str()), (1, "165.00"));
}

#[tokio::test]
async fn a_payment_that_never_arrived_is_taken_back_after_a_minute_of_asking() {
    let mut street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    street.fault(json!({"method": "alipay.trade.pay", "reply": "drop", "after_work": false})).await;
    let code = street.pay_code(&li).await;
    let sale = street.sell(json!({"amount": "35.00", "pay_code": code, "sale_no": "S-1"})).await;
    assert_eq!(sale["status"], "unknown", "{sale}");
    street.pass(60).await;
    assert_eq!(street.get("/till/sale/S-1").await["status"], "cancelled");
    assert_eq!(street.calls("alipay.trade.cancel").await.len(), 1);
}

#[tokio::test]
async fn a_cancel_is_repeated_until_its_outcome_is_known() {
    let mut street = Street::open().await;
    let li = street.customer("13800138000", "900.00").await;
    street.fault(json!({"method": "alipay.trade.cancel", "fields": {"retry_flag": "Y"}})).await;
    street.fault(json!({"method": "alipay.trade.cancel", "nth": 2, "reply": "drop"})).await;
    let code = street.pay_code(&li).await;
    street.sell(json!({"amount": "500.00", "pay_code": code, "sale_no": "S-1"})).await;
    let sale = street.post("/till/sale/S-1/cancel", &json!({})).await.1;
    assert_eq!(sale["status"], "unknown", "retry_flag Y is no outcome: {sale}");
    street.pass(10).await;
    assert_eq!(street.get("/till/sale/S-1").await["status"], "cancelled");
    assert_eq!(street.calls("alipay.trade.cancel").await.len(), 3);
}

#[tokio::test]
async fn a_cashier_who_gives_up_finds_the_customer_who_was_quicker_paid() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "900.00").await;
    let code = street.pay_code(&li).await;
    let sale = street.sell(json!({"amount": "500.00", "pay_code": code, "sale_no": "S-1"})).await;
    street.control("POST", &format!("/customers/{}/confirm", li.user), json!({"trade_no": sale["trade_no"], "decide": "pay"})).await;
    let sale = street.post("/till/sale/S-1/cancel", &json!({})).await.1;
    assert_eq!(sale["status"], "paid", "{sale}");
    assert_eq!((street.calls("alipay.trade.cancel").await.len(), street.wallet(&li).await.as_str()), (0, "400.00"));
    let again = street.post("/till/sale/S-1/cancel", &json!({})).await.1;
    assert_eq!(again["status"], "paid");
}

#[tokio::test]
async fn a_cashier_who_gives_up_is_rid_of_it_at_once() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "900.00").await;
    let card = street.join(&li).await;
    street.sell(json!({"card_no": card, "amount": "120.00"})).await;
    let code = street.pay_code(&li).await;
    street.sell(json!({"card_no": card, "amount": "500.00", "pay_code": code, "sale_no": "S-1", "spend_points": 100})).await;
    assert_eq!(street.get("/members").await["members"][0]["points"], 20, "points are set aside while it waits");
    let sale = street.post("/till/sale/S-1/cancel", &json!({})).await.1;
    assert_eq!((&sale["status"], &sale["points_spent"]), (&json!("cancelled"), &json!(100)), "{sale}");
    assert_eq!(street.get("/members").await["members"][0]["points"], 120, "and come back");
    assert_eq!(street.card_points(&li).await, "120");
    let (status, told) = street.post("/till/sale/S-9/cancel", &json!({})).await;
    assert_eq!((status, told["error"]["code"].as_str()), (StatusCode::NOT_FOUND, Some("SALE_NOT_FOUND")));
}

#[tokio::test]
async fn what_the_platform_refuses_is_refused_with_its_reason() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "10.00").await;
    let code = street.pay_code(&li).await;
    let sale = street.sell(json!({"amount": "35.00", "pay_code": code})).await;
    assert_eq!((&sale["status"], &sale["reason"]["method"]), (&json!("refused"), &json!("alipay.trade.pay")), "{sale}");
    assert_eq!(street.wallet(&li).await, "10.00");
}

#[tokio::test]
async fn a_member_code_at_the_payment_prompt_goes_nowhere() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "10.00").await;
    let card = street.join(&li).await;
    for code in ["KB000001", card.as_str(), "1234567890123456"] {
        let (status, told) = street.post("/till/sale", &json!({"amount": "35.00", "pay_code": code})).await;
        assert_eq!((status, told["error"]["code"].as_str()), (StatusCode::BAD_REQUEST, Some("NOT_A_PAY_CODE")));
    }
    assert!(street.calls("alipay.trade.pay").await.is_empty());
}

#[tokio::test]
async fn a_code_to_be_scanned_is_paid_by_whoever_scans_it_and_dies_with_the_sale() {
    let mut street = Street::open().await;
    street.deafen().await;
    let li = street.customer("13800138000", "200.00").await;
    let sale = street.sell(json!({"amount": "35.00", "qr": true, "sale_no": "S-1"})).await;
    assert_eq!(sale["status"], "waiting", "{sale}");
    street.pass(5).await;
    street.control("POST", &format!("/customers/{}/scan", li.user), json!({"qr_code": sale["qr_code"]})).await;
    street.pass(5).await;
    assert_eq!(street.get("/till/sale/S-1").await["status"], "paid");

    let other = street.sell(json!({"amount": "36.00", "qr": true, "sale_no": "S-2"})).await;
    street.pass(115).await;
    assert_eq!(street.get("/till/sale/S-2").await["status"], "waiting");
    street.pass(5).await;
    assert_eq!(street.get("/till/sale/S-2").await["status"], "cancelled");
    assert_eq!(street.calls("alipay.trade.cancel").await.len(), 1);
    assert_ne!(other["out_trade_no"], sale["out_trade_no"]);
    assert_eq!(street.wallet(&li).await, "165.00");
}

#[tokio::test]
async fn points_pay_for_a_part_and_never_for_more_than_there_is() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    street.sell(json!({"card_no": card, "amount": "250.00"})).await;
    let code = street.pay_code(&li).await;
    let sale = street.sell(json!({"card_no": card, "amount": "35.00", "pay_code": code, "spend_points": 200})).await;
    assert_eq!((&sale["payable"], &sale["paid"], &sale["points_spent"]), (&json!("33.00"), &json!("33.00"), &json!(200)), "{sale}");
    assert_eq!((&sale["points_added"], &sale["points"]), (&json!(33), &json!(83)), "earned on what was paid: {sale}");
    assert_eq!((street.wallet(&li).await.as_str(), street.card_points(&li).await.as_str()), ("167.00", "83"));
    for (spends, amount, status, word) in [
        (100, "35.00", 409, "NOT_ENOUGH_POINTS"),
        (50, "35.00", 400, "BAD_REQUEST"),
        (-100, "35.00", 400, "BAD_REQUEST"),
        (4_000, "35.00", 400, "BAD_REQUEST"),
    ] {
        let (seen, told) = street.post("/till/sale", &json!({"card_no": card, "amount": amount, "spend_points": spends})).await;
        assert_eq!((seen.as_u16(), told["error"]["code"].as_str()), (status, Some(word)), "{spends}: {told}");
    }
}

#[tokio::test]
async fn many_sales_at_once_lose_no_point_and_spend_none_twice() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    street.sell(json!({"card_no": card, "amount": "150.00"})).await;
    let body = json!({"card_no": card, "amount": "2.00", "spend_points": 100});
    let (one, other, third) =
        tokio::join!(street.post("/till/sale", &body), street.post("/till/sale", &body), street.post("/till/sale", &body));
    let refused = [one, other, third].iter().filter(|(status, _)| *status == StatusCode::CONFLICT).count();
    assert_eq!(refused, 2, "150 points are spent by a hundred once");
    let street = &street;
    let ten = json!({"card_no": card, "amount": "10.00"});
    let ten = &ten;
    let sell = || async move { street.sell(ten.clone()).await };
    tokio::join!(sell(), sell(), sell(), sell(), sell());
    street.rest().await;
    assert_eq!(street.get("/members").await["members"][0]["points"], 150 - 100 + 1 + 50);
    assert_eq!(street.card_points(&li).await, "101");
}

#[tokio::test]
async fn a_platform_that_is_asked_too_much_is_asked_later_and_nothing_is_lost() {
    let mut street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    for method in ["alipay.marketing.card.update", "alipay.marketing.card.consume.sync"] {
        street.fault(json!({"method": method, "answer": {"sub_code": "isv.app-call-limited"}})).await;
    }
    let sale = street.sell(json!({"card_no": card, "amount": "35.00", "sale_no": "S-1"})).await;
    assert_eq!(sale["sync"], "pending", "{sale}");
    street.pass(10).await;
    assert_eq!((&street.get("/till/sale/S-1").await["sync"], street.card_points(&li).await.as_str()), (&json!("done"), "35"));
}
