//! The shop's clock: told, standing, never back.

use crate::street::{NOON, Street};
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_told_clock_stands_and_what_is_written_to_the_platform_comes_from_it() {
    let mut street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    let sale = street.sell(json!({"card_no": card, "amount": "35.00"})).await;
    assert_eq!(sale["occur_time"], "2026-11-21 12:00:00");
    let health = street.get("/health").await;
    assert_eq!((&health["now_ms"], &health["standing"], &health["busy"]), (&json!(NOON), &json!(true), &json!(0)));
    let (status, told) = street.post("/clock", &json!({"now_ms": NOON - 1})).await;
    assert_eq!((status, told["error"]["code"].as_str()), (StatusCode::CONFLICT, Some("CLOCK_BACK")));
    street.leap(86_400).await;
    let sale = street.sell(json!({"card_no": card, "amount": "35.00"})).await;
    assert_eq!(sale["occur_time"], "2026-11-22 12:00:00");
    let (status, told) = street.post("/clock", &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(told["now_ms"], json!(NOON + 86_400_000), "it runs with the machine again");
}

#[tokio::test]
async fn pending_counts_what_waits_and_busy_what_is_worked_on() {
    let street = Street::open().await;
    street.sell(json!({"amount": "35.00", "qr": true})).await;
    street.rest().await;
    let health = street.get("/health").await;
    assert_eq!((&health["pending"], &health["busy"]), (&json!(1), &json!(0)), "{health}");
}

#[tokio::test]
async fn an_update_that_got_lost_unnoticed_is_found_at_night_and_a_card_that_is_gone_too() {
    let mut street = Street::open().await;
    street.deafen().await;
    let (li, han) = (street.customer("13800138000", "200.00").await, street.customer("13900139000", "200.00").await);
    let (card, other) = (street.join(&li).await, street.join(&han).await);
    street.sell(json!({"card_no": card, "amount": "35.00"})).await;
    street.tell_card(&card, "80").await;
    street.control("DELETE", &format!("/customers/{}/cards/{other}", han.user), json!({})).await;
    street.leap(14 * 3_600).await;
    assert_eq!(street.card_points(&li).await, "80", "it is not three o'clock yet");
    street.leap(3_600).await;
    street.rest().await;
    assert_eq!(street.card_points(&li).await, "35");
    assert_eq!(street.get("/members").await["members"][1]["card"], "released");
}
