//! What the platform tells by itself: believed only when it is about an order of this shop, granted once, acknowledged when it
//! is booked.

use crate::street::{Person, Street};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A waiting sale of 500.00 with the number `S-1`.
async fn waiting(street: &Street) -> (Person, Value) {
    let li = street.customer("13800138000", "900.00").await;
    let card = street.join(&li).await;
    let code = street.pay_code(&li).await;
    let sale = street.sell(json!({"card_no": card, "amount": "500.00", "pay_code": code, "sale_no": "S-1"})).await;
    assert_eq!(sale["status"], "waiting", "{sale}");
    (li, sale)
}

async fn confirm(street: &Street, li: &Person, sale: &Value) {
    let decide = json!({"trade_no": sale["trade_no"], "decide": "pay"});
    street.control("POST", &format!("/customers/{}/confirm", li.user), decide).await;
}

/// A notice of a trade about the waiting sale, as the platform writes it, with other values.
fn about(street: &Street, sale: &Value, edit: &Value) -> Value {
    let mut notice = json!({
        "notify_id": "2026112100222120000000000000000001", "notify_type": "trade_status_sync", "notify_time": "2026-11-21 12:00:00",
        "app_id": street.app_id(), "charset": "utf-8", "version": "1.0", "out_trade_no": sale["out_trade_no"], "trade_no": sale["trade_no"],
        "seller_id": street.seller(), "trade_status": "TRADE_SUCCESS", "total_amount": "500.00", "buyer_pay_amount": "500.00",
    });
    for (name, value) in edit.as_object().unwrap() {
        notice[name] = value.clone();
    }
    notice.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    notice
}

#[tokio::test]
async fn a_payments_notice_makes_a_waiting_sale_paid_without_a_query() {
    let street = Street::open().await;
    let (li, sale) = waiting(&street).await;
    confirm(&street, &li, &sale).await;
    let sale = street.until("/till/sale/S-1", |sale| sale["status"] == "paid" && sale["sync"] == "done").await;
    assert_eq!(sale["points_added"], 500);
    assert!(street.calls("alipay.trade.query").await.is_empty());
    let notices = street.get("/notices").await;
    let ours = notices["notices"].as_array().unwrap().iter().filter(|notice| notice["kind"] == "trade_status_sync");
    let ours: Vec<&Value> = ours.collect();
    assert_eq!((ours.len(), &ours[0]["out_trade_no"], &ours[0]["believed"]), (1, &sale["out_trade_no"], &json!(true)), "{notices}");
}

#[tokio::test]
async fn the_same_payment_told_again_under_any_number_is_granted_once() {
    let street = Street::open().await;
    let (li, sale) = waiting(&street).await;
    let sent = |id: &str, edit: Value| {
        let mut notice = about(&street, &sale, &edit);
        notice["notify_id"] = json!(id);
        notice
    };
    let (one, two) = (sent("1", json!({})), sent("2", json!({})));
    let told = tokio::join!(street.send("/notify", &one), street.send("/notify", &one), street.send("/notify", &two));
    assert_eq!([told.0, told.1, told.2], [true, true, true]);
    assert!(street.send("/notify", &sent("3", json!({"trade_status": "TRADE_FINISHED"}))).await);
    assert!(street.send("/notify", &sent("4", json!({"trade_status": "TRADE_CLOSED"}))).await, "closed after success changes nothing");
    street.rest().await;
    let sale = street.get("/till/sale/S-1").await;
    assert_eq!((&sale["status"], &sale["points"]), (&json!("paid"), &json!(500)), "{sale}");
    assert_eq!(street.card_points(&li).await, "500");
}

#[tokio::test]
async fn what_is_not_about_an_order_of_this_shop_is_answered_failure_and_grants_nothing() {
    let street = Street::with_seller().await;
    let (_, sale) = waiting(&street).await;
    for (edit, why) in [
        (json!({"total_amount": "0.01"}), "another amount"),
        (json!({"app_id": "2021000000000001"}), "another application"),
        (json!({"seller_id": "2088000000000001"}), "another seller"),
        (json!({"seller_id": null}), "nobody's"),
        (json!({"out_trade_no": "T999"}), "no order"),
        (json!({"trade_no": "2026112122000000000000000000"}), "another trade"),
    ] {
        assert!(!street.send("/notify", &about(&street, &sale, &edit)).await, "{why}: {edit}");
    }
    assert!(!street.send_unsigned("/notify", &about(&street, &sale, &json!({}))).await, "nobody signed it");
    let refund = json!({"refund_fee": "1.00", "gmt_refund": "2026-11-21 12:00:00.000", "out_biz_no": "R-9"});
    assert!(street.send("/notify", &about(&street, &sale, &refund)).await, "a refund is acknowledged and is no payment");
    assert!(street.send("/notify", &about(&street, &sale, &json!({"trade_status": "WAIT_BUYER_PAY"}))).await);
    assert!(street.send("/notify", &json!({"notify_type": "something_new", "app_id": street.app_id()})).await, "unknown kinds are taken");
    let sale = street.get("/till/sale/S-1").await;
    assert_eq!((&sale["status"], &sale["points_added"]), (&json!("waiting"), &json!(0)), "{sale}");
    let notices = street.get("/notices").await;
    let whys = notices["notices"].as_array().unwrap().iter().filter(|notice| notice["believed"] == false && notice["why"].is_string());
    assert_eq!(whys.count(), 7, "{notices}");
}

#[tokio::test]
async fn a_notice_with_parameters_nobody_knows_verifies_over_all_of_them() {
    let street = Street::open().await;
    let (_, sale) = waiting(&street).await;
    let odd =
        json!({"new_field": "50% + \"quotes\" & 表情 😀", "fund_bill_list": "[{\"amount\":\"500.00\",\"fundChannel\":\"ALIPAYACCOUNT\"}]"});
    assert!(street.send("/notify", &about(&street, &sale, &odd)).await);
    assert_eq!(street.get("/till/sale/S-1").await["status"], "paid");
}

#[tokio::test]
async fn a_notice_that_overtakes_the_answer_grants_once() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    street.fault(json!({"method": "alipay.trade.pay", "reply": "after_notice"})).await;
    let code = street.pay_code(&li).await;
    let sale = street.sell(json!({"card_no": card, "amount": "35.00", "pay_code": code})).await;
    street.rest().await;
    assert_eq!((&sale["status"], &sale["points"]), (&json!("paid"), &json!(35)), "{sale}");
    assert_eq!(street.card_points(&li).await, "35");
}

#[tokio::test]
async fn a_lost_notice_is_healed_by_asking() {
    let mut street = Street::open().await;
    street.deafen().await;
    let (li, sale) = waiting(&street).await;
    confirm(&street, &li, &sale).await;
    street.pass(5).await;
    assert_eq!(street.get("/till/sale/S-1").await["status"], "paid");
}

#[tokio::test]
async fn money_that_comes_after_the_sale_was_taken_back_does_not_stay() {
    let mut street = Street::open().await;
    let (_, sale) = waiting(&street).await;
    street.post("/till/sale/S-1/cancel", &json!({})).await;
    assert_eq!(street.get("/till/sale/S-1").await["status"], "cancelled");
    assert!(street.send("/notify", &about(&street, &sale, &json!({}))).await);
    street.pass(5).await;
    let sale = street.get("/till/sale/S-1").await;
    assert_eq!((&sale["status"], &sale["points_added"]), (&json!("cancelled"), &json!(0)), "{sale}");
    assert_eq!(street.calls("alipay.trade.cancel").await.len(), 2);
}

#[tokio::test]
async fn a_refunds_notice_settles_a_refund_whose_answer_was_lost() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    let code = street.pay_code(&li).await;
    street.sell(json!({"card_no": card, "amount": "35.00", "pay_code": code, "sale_no": "S-1"})).await;
    street.fault(json!({"method": "alipay.trade.refund", "reply": "drop"})).await;
    street.post("/till/sale/S-1/refund", &json!({"amount": "10.00"})).await;
    let told = street.until("/refunds", |all| all["refunds"][0]["status"] == "done").await;
    assert_eq!(told["refunds"][0]["points_taken"], 10, "told by the notice: {told}");
    street.rest().await;
    assert_eq!((street.wallet(&li).await.as_str(), street.card_points(&li).await.as_str()), ("175.00", "25"));
    assert!(street.calls("alipay.trade.fastpay.refund.query").await.is_empty());
}

#[tokio::test]
async fn nothing_is_acknowledged_that_could_not_be_booked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("books.sqlite");
    let street = Street::with(|setup| setup.books = Some(file.clone())).await;
    let (_, sale) = waiting(&street).await;
    let notice = about(&street, &sale, &json!({}));
    let holder = rusqlite::Connection::open(&file).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(!street.send("/notify", &notice).await, "another program holds the books");
    holder.execute_batch("ROLLBACK").unwrap();
    assert!(street.send("/notify", &notice).await, "the platform sends it again");
    assert_eq!(street.get("/till/sale/S-1").await["status"], "paid");
}

#[tokio::test]
async fn ended_between_the_book_and_the_acknowledgement_a_notice_grants_once() {
    let street = Street::open().await;
    let (li, sale) = waiting(&street).await;
    street.post("/practice/crash", &json!({"at": "before_success"})).await;
    let notice = about(&street, &sale, &json!({}));
    tokio::select! {
        _ = street.send("/notify", &notice) => panic!("it was acknowledged"),
        () = street.shop.crashed() => {}
    }
    let street = street.restart().await;
    assert!(street.send("/notify", &notice).await);
    street.rest().await;
    assert_eq!((street.get("/till/sale/S-1").await["points"].as_i64(), street.card_points(&li).await.as_str()), (Some(500), "500"));
}

#[tokio::test]
async fn a_deleted_card_releases_its_member_and_joining_again_gives_everything_back() {
    let mut street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    street.sell(json!({"card_no": card, "amount": "35.00"})).await;
    street.control("DELETE", &format!("/customers/{}/cards/{card}", li.user), json!({})).await;
    let released = street.until("/members", |told| told["members"][0]["card"] == "released").await;
    assert_eq!((&released["members"][0]["points"], &released["count"]), (&json!(35), &json!(1)));
    let sale = street.sell(json!({"card_no": card, "amount": "10.00"})).await;
    assert_eq!((&sale["status"], &sale["sync"], &sale["points"]), (&json!("paid"), &json!("refused"), &json!(45)), "{sale}");
    assert_eq!(street.calls("alipay.marketing.card.update").await.len(), 1, "a card that is gone is not told anything");
    street.pass(5).await;
    street.join(&li).await;
    let members = street.get("/members").await;
    assert_eq!(
        (&members["count"], &members["members"][0]["card"], &members["members"][0]["points"]),
        (&json!(1), &json!("held"), &json!(45))
    );
    assert_eq!(street.card_points(&li).await, "45");
}

#[tokio::test]
async fn a_deletion_that_nobody_told_is_found_by_looking_and_stops_the_updates() {
    let mut street = Street::open().await;
    street.deafen().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    street.control("DELETE", &format!("/customers/{}/cards/{card}", li.user), json!({})).await;
    street.pass(5).await;
    assert_eq!(street.get("/members").await["members"][0]["card"], "held");
    let (status, told) = street.post("/till/lookup", &json!({"code": "KB000001"})).await;
    assert_eq!((status, &told["member"]["card"]), (StatusCode::OK, &json!("released")), "{told}");
}
