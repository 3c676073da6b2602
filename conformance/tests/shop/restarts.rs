//! Ended hard at the nasty points, and opened again: nothing is lost, nothing is done twice.

use crate::street::{Person, Street};
use serde_json::{Value, json};

async fn member(street: &Street) -> (Person, String) {
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    (li, card)
}

/// Ends the shop at that point of a sale, opens it again and lets half a minute pass.
async fn sold_across(street: Street, at: &str, card: &str, code: &str) -> Street {
    street.post("/practice/crash", &json!({"at": at})).await;
    let body = json!({"card_no": card, "amount": "35.00", "pay_code": code, "sale_no": "S-1"});
    street.post_until_the_end("/till/sale", &body).await;
    let mut street = street.restart().await;
    street.pass(30).await;
    street
}

#[tokio::test]
async fn ended_between_booking_and_telling_nobody_is_charged_twice() {
    let street = Street::open().await;
    let (li, card) = member(&street).await;
    let code = street.pay_code(&li).await;
    let mut street = sold_across(street, "before_pay", &card, &code).await;
    street.pass(60).await;
    let sale = street.get("/till/sale/S-1").await;
    assert_eq!((&sale["status"], &sale["points_added"]), (&json!("cancelled"), &json!(0)), "{sale}");
    assert_eq!((street.calls("alipay.trade.pay").await.len(), street.wallet(&li).await.as_str()), (0, "200.00"));
}

#[tokio::test]
async fn ended_between_the_platforms_answer_and_the_book_the_sale_is_found_paid() {
    let street = Street::open().await;
    let (li, card) = member(&street).await;
    let code = street.pay_code(&li).await;
    let street = sold_across(street, "after_pay", &card, &code).await;
    let sale = street.get("/till/sale/S-1").await;
    assert_eq!((&sale["status"], &sale["points_added"], &sale["sync"]), (&json!("paid"), &json!(35), &json!("done")), "{sale}");
    assert_eq!(street.calls("alipay.trade.pay").await.len(), 1);
    assert_eq!((street.wallet(&li).await.as_str(), street.card_points(&li).await.as_str()), ("165.00", "35"));
}

#[tokio::test]
async fn ended_between_paid_and_points_the_card_is_told_afterwards() {
    let street = Street::open().await;
    let (li, card) = member(&street).await;
    let code = street.pay_code(&li).await;
    let street = sold_across(street, "before_card", &card, &code).await;
    assert_eq!(street.get("/till/sale/S-1").await["sync"], "done");
    assert_eq!(street.get("/members").await["members"][0]["points"], 35);
    assert_eq!((street.card_points(&li).await.as_str(), street.calls("alipay.marketing.card.update").await.len()), ("35", 1));
}

#[tokio::test]
async fn ended_between_refund_and_card_the_money_goes_back_once_and_the_points_with_it() {
    for at in ["after_refund", "before_card"] {
        let street = Street::open().await;
        let (li, card) = member(&street).await;
        let code = street.pay_code(&li).await;
        street.sell(json!({"card_no": card, "amount": "35.00", "pay_code": code, "sale_no": "S-1"})).await;
        street.rest().await;
        street.post("/practice/crash", &json!({"at": at})).await;
        let body = json!({"amount": "10.00", "refund_no": "R-1"});
        street.post_until_the_end("/till/sale/S-1/refund", &body).await;
        let mut street = street.restart().await;
        street.pass(30).await;
        let refund = street.post("/till/sale/S-1/refund", &body).await.1;
        assert_eq!((&refund["status"], &refund["points_taken"]), (&json!("done"), &json!(10)), "{at}: {refund}");
        assert_eq!((street.wallet(&li).await.as_str(), street.card_points(&li).await.as_str()), ("175.00", "25"), "{at}");
        assert_eq!(street.get("/health").await["pending"], 0);
    }
}

#[tokio::test]
async fn ended_around_the_opening_of_a_card_there_is_one_card_and_one_member() {
    for at in ["before_open", "after_open"] {
        let street = Street::open().await;
        let li = street.customer("13800138000", "200.00").await;
        street.post("/practice/crash", &json!({"at": at})).await;
        let attempt = street.come(&li).await;
        street.shop.crashed().await;
        let street = street.restart().await;
        let told = street.until(&format!("/join/{attempt}"), |told| told["status"] != "working").await;
        assert_eq!(told["status"], "joined", "{at}: {told}");
        let members = street.get("/members").await;
        assert_eq!((&members["count"], &members["members"][0]["card"]), (&json!(1), &json!("held")), "{at}: {members}");
        let serials: Vec<Value> = street.calls("alipay.marketing.card.open").await.iter().map(|call| call["exchange"].clone()).collect();
        assert_eq!(serials.len(), if at == "after_open" { 2 } else { 1 }, "{at}");
    }
}

#[tokio::test]
async fn books_in_a_file_outlive_the_shop() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("books.sqlite");
    let street = Street::with(|setup| setup.books = Some(file.clone())).await;
    let (li, card) = member(&street).await;
    let poster = street.get("/poster").await;
    let address = street.shop.address().to_owned();
    let street = street.restart().await;
    assert_eq!((street.get("/poster").await, street.shop.address()), (poster, address.as_str()), "posters carry the address");
    let sale = street.sell(json!({"card_no": card, "amount": "35.00"})).await;
    assert_eq!((&sale["points"], &sale["sync"]), (&json!(35), &json!("done")), "{sale}");
    assert_eq!(street.card_points(&li).await, "35");
    assert_eq!(street.post("/setup", &json!({})).await.1["created"], false);
}

#[tokio::test]
async fn books_that_cannot_be_used_are_spoken_of_until_they_can() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("books.sqlite");
    let mut street = Street::with(|setup| setup.books = Some(file.clone())).await;
    let (li, card) = member(&street).await;
    let code = street.pay_code(&li).await;
    street.sell(json!({"card_no": card, "amount": "35.00", "pay_code": code, "sale_no": "S-1"})).await;
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("ALTER TABLE doubtful_refund RENAME TO gone").unwrap();
    let body = json!({"amount": "10.00", "refund_no": "R-1"});
    street.post("/till/sale/S-1/refund", &body).await;
    let health = street.until("/health", |health| !health["trouble"].is_null()).await;
    assert!(health["trouble"].as_str().unwrap().contains("doubtful_refund"), "{health}");
    other.execute_batch("ALTER TABLE gone RENAME TO doubtful_refund").unwrap();
    street.pass(30).await;
    assert_eq!(street.post("/till/sale/S-1/refund", &body).await.1["status"], "done");
    assert_eq!(street.get("/health").await["trouble"], Value::Null);
}
