//! The fast flow by hand: one tap, the platform asks the merchant, and the card lies in the wallet; or the page says why not.

use crate::browser::Browser;
use crate::merchant::Manner;
use crate::shop::{FIELD, Shop};
use serde_json::json;
use wire::alipay::{NoticeRule, SignType};
use wire::keys::{SigningKey, VerifyingKey};

/// What the merchant's application is asked for a card by.
const QUESTION: &str = "spi.alipay.user.opencard.get";

/// A merchant that gives a card to whom the platform asks for, after it checked that it is the platform; what it signed is spoilt
/// on the way.
fn giving(key: SigningKey, platform: VerifyingKey, spoil: fn(String) -> String) -> Manner {
    Box::new(move |asked| {
        if asked.text("method").as_deref() != Some(QUESTION) {
            return "success".to_owned();
        }
        let card = json!({"biz_card_no": asked.text("biz_card_no"), "external_card_no": "860012345678", "level": "VIP1", "point": "357"});
        let trusted = asked.verifies(&platform, NoticeRule::V1);
        let response = json!({"code": if trusted { "10000" } else { "40004" }, "card_info": card}).to_string();
        let sign = key.sign_text(SignType::Rsa2.digest(), response.as_bytes());
        format!(r#"{{"response":{},"sign":"{sign}"}}"#, spoil(response))
    })
}

/// A customer comes to the form of a template with the fast flow and agrees.
async fn agrees(spoil: fn(String) -> String) -> (Shop, Browser, String) {
    let shop = Shop::open().await;
    let client = &shop.client;
    shop.merchant.answers(giving(client.key.clone(), client.platform.clone(), spoil));
    client.control("PUT", &format!("/apps/{}/gateway", client.app_id), Some(json!({"gateway": shop.merchant.gateway}))).await;
    let template = shop
        .template(|template| {
            template["spi_app_id"] = json!(client.app_id);
            template["access_version"] = json!("3.1");
            template["template_form_config"] = json!({"fields": {"required": [format!("{FIELD}MOBILE")]}});
        })
        .await;
    let li = shop.customer(json!({"name": "李四", "mobile": "13800138000"})).await;
    let phone = Browser::phone().await;
    let query = format!("app_id={}&template_id={template}", client.app_id);
    phone.open(&format!("{}/account/openform/fastopen.htm?{query}", client.base)).await;
    phone.click(&format!("button[value='{li}']")).await;
    phone.sees(&["茶馆会员卡", "手机号 （必填） 来自支付宝", "同意并领取"]).await;
    phone.is_clean().await;
    phone.press("同意并领取").await;
    (shop, phone, li)
}

#[tokio::test]
async fn one_tap_opens_the_card_that_the_merchant_gives() {
    let (shop, phone, li) = agrees(|signed| signed).await;
    phone.sees(&["茶馆会员卡", "860012345678", "积分", "357", "黄金会员"]).await;
    assert!(phone.address().await.contains(&format!("/phone/{li}/card/")), "{}", phone.address().await);
    phone.is_clean().await;
    phone.fits().await;
    phone.keep_picture("fast-card").await;
    phone.open(&shop.page(&format!("/phone/{li}"))).await;
    phone.follow("茶馆会员卡").await;
    phone.sees(&["860012345678"]).await;
    shop.merchant.was_not_visited().await;
}

#[tokio::test]
async fn an_answer_that_the_merchant_did_not_sign_is_said_and_gives_no_card() {
    let (shop, phone, li) = agrees(|signed| signed.replace(r#""point":"357""#, r#""point":"753""#)).await;
    phone.sees(&["开卡失败，请联系商家"]).await;
    phone.click("summary").await;
    phone.sees(&["SPI_WRONG_SIGNATURE"]).await;
    phone.is_clean().await;
    phone.fits().await;
    phone.open(&shop.page(&format!("/phone/{li}"))).await;
    phone.sees(&["卡包", "还没有会员卡"]).await;
}
