//! A card on the phone: its code is read from a picture of the screen, as a till's scanner does.

use crate::browser::Browser;
use crate::scanner::scan;
use crate::shop::Shop;
use serde_json::json;

/// Shows a card whose code is of a kind; what a scanner makes of the screen.
async fn scanned(kind: &str, external: &str) -> (Shop, Browser, Option<String>) {
    let shop = Shop::open().await;
    let template = shop.template(|template| template["write_off_type"] = json!(kind)).await;
    let poster = shop.poster(&template, &["MOBILE"], &[]).await;
    let (user, card) = shop.holder(&template, &poster, external).await;
    let phone = Browser::phone().await;
    phone.open(&shop.page(&format!("/phone/{user}/card/{card}"))).await;
    phone.sees(&["茶馆会员卡", "积分"]).await;
    phone.is_clean().await;
    phone.fits().await;
    phone.keep_picture(&format!("card-{kind}")).await;
    let picture = phone.photograph().await;
    let scanned = tokio::task::spawn_blocking(move || scan(&picture)).await.unwrap();
    (shop, phone, scanned)
}

#[tokio::test]
async fn a_scanner_reads_the_merchants_number_from_the_square_code() {
    let (_shop, phone, scanned) = scanned("qrcode", "860012345678").await;
    assert_eq!(scanned.as_deref(), Some("860012345678"));
    phone.sees(&["860012345678"]).await;
}

#[tokio::test]
async fn a_scanner_reads_the_merchants_number_from_the_bars() {
    let (_shop, _phone, scanned) = scanned("barcode", "860012345678901234").await;
    assert_eq!(scanned.as_deref(), Some("860012345678901234"));
}

#[tokio::test]
async fn the_merchant_finds_the_card_by_the_platforms_code_that_was_scanned() {
    let (shop, phone, scanned) = scanned("dqrcode", "860012345678").await;
    let code = scanned.expect("a code is on the screen");
    assert!(code != "860012345678" && phone.text().await.contains(&code), "the platform's own code, with its digits");
    let asked = json!({"target_card_no": code, "target_card_no_type": "D_QR_CODE"});
    let found = shop.client.call("alipay.marketing.card.query", &asked).await;
    assert_eq!(found["card_info"]["external_card_no"], "860012345678", "{found}");
}

#[tokio::test]
async fn a_card_that_was_removed_is_gone_from_the_wallet() {
    let (shop, phone, _) = scanned("qrcode", "860012345678").await;
    phone.click("details.remove summary").await;
    phone.press("确认移除").await;
    phone.sees(&["还没有会员卡"]).await;
    phone.is_clean().await;
    let journal = shop.client.control("GET", "/events", None).await.to_string();
    assert!(journal.contains("860012345678"), "the house remembers it");
}
