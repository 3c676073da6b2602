//! Giving money back: in parts, with the points, once each, never too much.

use crate::street::{Person, Street};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn paid(street: &Street, amount: &str) -> Person {
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    let code = street.pay_code(&li).await;
    let sale = street.sell(json!({"card_no": card, "amount": amount, "pay_code": code, "sale_no": "S-1"})).await;
    assert_eq!(sale["status"], "paid", "{sale}");
    li
}

async fn give_back(street: &Street, body: Value) -> Value {
    let (status, told) = street.post("/till/sale/S-1/refund", &body).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    told
}

#[tokio::test]
async fn parts_take_the_points_back_in_proportion_and_sum_to_what_was_added() {
    let mut street = Street::open().await;
    let li = paid(&street, "10.00").await;
    let first = give_back(&street, json!({"amount": "3.33", "refund_no": "R-1"})).await;
    assert_eq!((&first["status"], &first["points_taken"], &first["refunded"]), (&json!("done"), &json!(3), &json!("3.33")), "{first}");
    let second = give_back(&street, json!({"amount": "3.33"})).await;
    assert_eq!(second["status"], "pending", "two refunds of a sale keep three seconds apart: {second}");
    street.pass(3).await;
    let third = give_back(&street, json!({"amount": "3.34"})).await;
    assert_eq!(third["status"], "pending");
    street.pass(3).await;
    let refunds = street.get("/refunds").await;
    let taken: Vec<&Value> = refunds["refunds"].as_array().unwrap().iter().map(|refund| &refund["points_taken"]).collect();
    assert_eq!(taken, [3, 3, 4], "{refunds}");
    assert_eq!((street.wallet(&li).await.as_str(), street.card_points(&li).await.as_str()), ("200.00", "0"));
    assert_eq!(street.get("/till/sale/S-1").await["refunded"], "10.00");
    let (status, told) = street.post("/till/sale/S-1/refund", &json!({"amount": "0.01"})).await;
    assert_eq!((status, told["error"]["code"].as_str()), (StatusCode::CONFLICT, Some("REFUND_TOO_LARGE")));
    assert_eq!(street.calls("alipay.trade.refund").await.len(), 3, "what is too much never reaches the platform");
}

#[tokio::test]
async fn refunds_at_the_same_moment_never_give_back_more_than_was_paid() {
    let mut street = Street::open().await;
    let li = paid(&street, "10.00").await;
    let body = json!({"amount": "6.00"});
    let path = "/till/sale/S-1/refund";
    let (one, other) = tokio::join!(street.post(path, &body), street.post(path, &body));
    let statuses = [one.0, other.0];
    assert!(statuses.contains(&StatusCode::OK) && statuses.contains(&StatusCode::CONFLICT), "{statuses:?}");
    street.pass(20).await;
    assert_eq!(street.wallet(&li).await, "196.00");
}

#[tokio::test]
async fn the_same_refund_number_is_the_same_refund() {
    let mut street = Street::open().await;
    let li = paid(&street, "10.00").await;
    let body = json!({"amount": "4.00", "refund_no": "R-1"});
    let first = give_back(&street, body.clone()).await;
    assert_eq!(give_back(&street, body).await, first);
    let (status, told) = street.post("/till/sale/S-1/refund", &json!({"amount": "5.00", "refund_no": "R-1"})).await;
    assert_eq!((status, told["error"]["code"].as_str()), (StatusCode::CONFLICT, Some("REFUND_CONFLICT")));
    street.pass(20).await;
    assert_eq!((street.wallet(&li).await.as_str(), street.calls("alipay.trade.refund").await.len()), ("194.00", 1));
}

#[tokio::test]
async fn a_lost_answer_to_a_refund_is_asked_about_with_the_same_number() {
    let mut street = Street::open().await;
    street.deafen().await;
    let li = paid(&street, "10.00").await;
    street.fault(json!({"method": "alipay.trade.refund", "reply": "drop"})).await;
    let told = give_back(&street, json!({"amount": "4.00", "refund_no": "R-1"})).await;
    assert_eq!((&told["status"], &told["points_taken"]), (&json!("pending"), &json!(0)), "{told}");
    street.pass(15).await;
    let refunds = street.get("/refunds").await;
    assert_eq!((&refunds["refunds"][0]["status"], &refunds["refunds"][0]["points_taken"]), (&json!("done"), &json!(4)), "{refunds}");
    assert_eq!(street.calls("alipay.trade.refund").await.len(), 1, "it had its effect");
    assert_eq!(street.calls("alipay.trade.fastpay.refund.query").await.len(), 1);
    assert_eq!((street.wallet(&li).await.as_str(), street.card_points(&li).await.as_str()), ("194.00", "6"));
}

#[tokio::test]
async fn a_refund_that_never_arrived_is_asked_for_again_with_the_same_number() {
    let mut street = Street::open().await;
    let li = paid(&street, "10.00").await;
    street.fault(json!({"method": "alipay.trade.refund", "reply": "drop", "after_work": false})).await;
    give_back(&street, json!({"amount": "4.00"})).await;
    street.pass(15).await;
    assert_eq!(street.get("/refunds").await["refunds"][0]["status"], "done");
    assert_eq!((street.wallet(&li).await.as_str(), street.calls("alipay.trade.refund").await.len()), ("194.00", 2));
}

#[tokio::test]
async fn points_that_were_spent_meanwhile_are_taken_back_all_the_same() {
    let mut street = Street::open().await;
    let li = paid(&street, "120.00").await;
    let card = street.get("/members").await["members"][0]["biz_card_no"].clone();
    street.sell(json!({"card_no": card, "amount": "1.00", "spend_points": 100})).await;
    give_back(&street, json!({"amount": "120.00"})).await;
    street.pass(5).await;
    assert_eq!(street.get("/members").await["members"][0]["points"], -100, "the policy: the balance may go below zero");
    assert_eq!(street.card_points(&li).await, "-100");
}

#[tokio::test]
async fn spent_points_come_back_with_the_last_of_the_money() {
    let mut street = Street::open().await;
    let li = paid(&street, "120.00").await;
    let card = street.get("/members").await["members"][0]["biz_card_no"].clone();
    street.sell(json!({"card_no": card, "amount": "21.00", "spend_points": 100, "sale_no": "S-2"})).await;
    let half = street.post("/till/sale/S-2/refund", &json!({"amount": "10.00"})).await.1;
    assert_eq!((&half["status"], &half["points_taken"]), (&json!("done"), &json!(10)), "cash needs nobody: {half}");
    street.rest().await;
    assert_eq!(street.card_points(&li).await, "30");
    street.post("/till/sale/S-2/refund", &json!({"amount": "10.00"})).await;
    street.pass(5).await;
    assert_eq!(street.card_points(&li).await, "120");
}

#[tokio::test]
async fn what_was_not_paid_is_not_given_back() {
    let street = Street::open().await;
    street.sell(json!({"amount": "35.00", "qr": true, "sale_no": "S-1"})).await;
    let (status, told) = street.post("/till/sale/S-1/refund", &json!({"amount": "1.00"})).await;
    assert_eq!((status, told["error"]["code"].as_str()), (StatusCode::CONFLICT, Some("NOT_PAID")));
    assert!(street.calls("alipay.trade.refund").await.is_empty());
}

#[tokio::test]
async fn a_refund_that_came_too_soon_is_asked_for_again() {
    let mut street = Street::open().await;
    let li = paid(&street, "10.00").await;
    let sub_code = json!({"sub_code": "ACQ.REASON_TRADE_REFUND_FEE_ERR"});
    street.fault(json!({"method": "alipay.trade.refund", "answer": sub_code})).await;
    assert_eq!(give_back(&street, json!({"amount": "4.00"})).await["status"], "pending");
    street.pass(15).await;
    assert_eq!(street.get("/refunds").await["refunds"][0]["status"], "done");
    assert_eq!(street.wallet(&li).await, "194.00");
}

#[tokio::test]
async fn a_pause_between_two_refunds_is_not_cut_short_by_whoever_asks_for_the_next_one() {
    let mut street = Street::open().await;
    let li = paid(&street, "10.00").await;
    assert_eq!(give_back(&street, json!({"amount": "2.00"})).await["status"], "done");
    let part = || give_back(&street, json!({"amount": "2.00"}));
    tokio::join!(part(), part(), part(), part());
    street.rest().await;
    assert_eq!(street.calls("alipay.trade.refund").await.len(), 1, "no time has gone by");
    for asked in 2..=5 {
        street.leap(3).await;
        assert_eq!(street.calls("alipay.trade.refund").await.len(), asked, "one every three seconds");
    }
    assert_eq!(street.wallet(&li).await, "200.00");
}

/// The platform refuses the first calls of a method after those that a fault meets already.
async fn refuse(street: &Street, method: &str, sub_code: &str, times: u32) {
    street.fault(json!({"method": method, "answer": {"sub_code": sub_code}, "times": times})).await;
}

#[tokio::test]
async fn a_refusal_of_a_repeat_says_nothing_about_the_try_before_it() {
    let mut street = Street::open().await;
    street.deafen().await;
    let li = paid(&street, "10.00").await;
    street.fault(json!({"method": "alipay.trade.refund", "reply": "drop"})).await;
    refuse(&street, "alipay.trade.fastpay.refund.query", "ACQ.TRADE_NOT_EXIST", 2).await;
    assert_eq!(give_back(&street, json!({"amount": "4.00"})).await["status"], "pending");
    refuse(&street, "alipay.trade.refund", "ACQ.TRADE_NOT_ALLOW_REFUND", 1).await;
    street.pass(12).await;
    let refunds = street.get("/refunds").await;
    assert_eq!((&refunds["refunds"][0]["status"], &refunds["refunds"][0]["reason"]), (&json!("pending"), &Value::Null), "{refunds}");
    street.pass(60).await;
    let refunds = street.get("/refunds").await;
    assert_eq!((&refunds["refunds"][0]["status"], &refunds["refunds"][0]["points_taken"]), (&json!("done"), &json!(4)), "{refunds}");
    assert_eq!((street.wallet(&li).await.as_str(), street.card_points(&li).await.as_str()), ("194.00", "6"));
}

#[tokio::test]
async fn a_refusal_of_a_repeat_stands_when_the_platform_knows_of_no_such_refund() {
    let mut street = Street::open().await;
    let li = paid(&street, "10.00").await;
    street.fault(json!({"method": "alipay.trade.refund", "reply": "drop", "after_work": false})).await;
    give_back(&street, json!({"amount": "4.00"})).await;
    refuse(&street, "alipay.trade.refund", "ACQ.TRADE_NOT_ALLOW_REFUND", 9).await;
    street.pass(60).await;
    let refunds = street.get("/refunds").await;
    assert_eq!(refunds["refunds"][0]["status"], "refused", "{refunds}");
    assert_eq!(refunds["refunds"][0]["reason"]["sub_code"], "ACQ.TRADE_NOT_ALLOW_REFUND", "{refunds}");
    assert_eq!((street.wallet(&li).await.as_str(), street.calls("alipay.trade.refund").await.len()), ("190.00", 2));
}

#[tokio::test]
async fn a_refused_refund_of_which_the_platform_says_later_that_it_was_made_is_made() {
    let street = Street::open().await;
    paid(&street, "10.00").await;
    refuse(&street, "alipay.trade.refund", "ACQ.TRADE_NOT_ALLOW_REFUND", 1).await;
    let refused = give_back(&street, json!({"amount": "4.00"})).await;
    assert_eq!(refused["status"], "refused", "{refused}");
    let sale = street.get("/till/sale/S-1").await;
    let notice = json!({
        "notify_id": "2026112100222120000000000000000009", "notify_type": "trade_status_sync", "notify_time": "2026-11-21 12:00:00",
        "app_id": street.app_id(), "charset": "utf-8", "version": "1.0", "out_trade_no": sale["out_trade_no"], "trade_no": sale["trade_no"],
        "seller_id": street.seller(), "trade_status": "TRADE_SUCCESS", "total_amount": "10.00", "refund_fee": "4.00",
        "gmt_refund": "2026-11-21 12:00:00.000", "out_biz_no": refused["refund_no"],
    });
    assert!(street.send("/notify", &notice).await);
    let refunds = street.get("/refunds").await;
    let refund = &refunds["refunds"][0];
    assert_eq!((&refund["status"], &refund["points_taken"], &refund["reason"]), (&json!("done"), &json!(4), &Value::Null), "{refunds}");
}
