//! The activation form by hand: from a poster's link to the merchant's callback, and the ways it does not get there.

use crate::browser::Browser;
use crate::merchant::value;
use crate::shop::{FIELD, Shop};
use serde_json::json;

/// The documented order of what a browser brings back.
const ORDER: [&str; 7] = ["app_id", "auth_code", "state", "scope", "template_id", "request_id", "out_string"];

async fn shop_with_li() -> (Shop, String) {
    let shop = Shop::open().await;
    let li = shop.customer(json!({"name": "李四", "mobile": "13800138000", "gender": "female", "email": ""})).await;
    (shop, li)
}

/// Picks the phone up as a person does: in the console, at the customer's line.
async fn pick_up(phone: &Browser, shop: &Shop, name: &str) {
    phone.open(&shop.page("/console/customers?lang=zh")).await;
    phone.click(&format!("form[action*='{name}/pick-up'] button")).await;
    phone.sees(&["卡包", "还没有会员卡"]).await;
}

/// Joins by the form and comes back to the merchant, then finds the card in the wallet.
async fn joins(phone: &Browser) {
    let (shop, li) = shop_with_li().await;
    let template = shop
        .template(|template| {
            template["template_style_info"]["slogan"] = json!("一期一会");
            template["template_style_info"]["feature_descriptions"] = json!(["每杯积 1 分，满 10 分赠一杯", "生日当月饮品八折"]);
        })
        .await;
    let poster = shop.poster(&template, &["MOBILE", "NAME", "GENDER"], &["EMAIL", "BIRTHDAY"]).await;

    pick_up(phone, &shop, &li).await;
    phone.open(&poster).await;
    phone.sees(&["茶馆会员卡", "手机号 （必填） 来自支付宝", "姓名 （必填） 来自支付宝", "邮箱 （选填）", "同意并领取", "取消"]).await;
    assert!(phone.draws("img.logo").await && phone.draws("img.background").await, "the merchant's pictures are drawn");
    assert_eq!(phone.value(&format!("{FIELD}MOBILE")).await, "13800138000");
    assert_eq!(phone.value(&format!("{FIELD}NAME")).await, "李四");
    assert!(phone.has(&format!("[name='{FIELD}GENDER'][value='女']:checked")).await);
    phone.is_clean().await;
    phone.fits().await;
    phone.keep_picture("form").await;

    phone.fill(&format!("{FIELD}EMAIL"), "li@tea.example").await;
    phone.fill(&format!("{FIELD}BIRTHDAY"), "").await;
    phone.press("同意并领取").await;
    let visitor = shop.merchant.visitor().await;
    phone.sees(&["欢迎光临茶馆"]).await;
    assert_eq!(visitor.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ORDER);
    assert_eq!(value(&visitor, "app_id"), shop.client.app_id);
    assert_eq!((value(&visitor, "state"), value(&visitor, "scope")), ("bWNhcmQ%3D", "auth_base%2Cauth_user%2Cauth_ecard"));
    assert_eq!((value(&visitor, "template_id"), value(&visitor, "out_string")), (template.as_str(), "till%201"));

    let token = shop.token(value(&visitor, "auth_code")).await;
    assert_eq!(token["user_id"], json!(li));
    let token = token["access_token"].as_str().unwrap();
    let typed = json!([
        {"OPEN_FORM_FIELD_EMAIL": "li@tea.example"},
        {"OPEN_FORM_FIELD_GENDER": "女"},
        {"OPEN_FORM_FIELD_MOBILE": "13800138000"},
        {"OPEN_FORM_FIELD_NAME": "李四"},
    ]);
    assert_eq!(shop.answers(token, &visitor).await, typed, "what was typed, without what was cleared");
    let card = shop.open_card(token, &li, &visitor, "860012345678").await;

    phone.open(&shop.page(&format!("/phone/{li}"))).await;
    phone.keep_picture("wallet").await;
    phone.follow("茶馆会员卡").await;
    phone.sees(&["茶馆会员卡", "860012345678", "积分", "35", "余额", "12.50", "黄金会员"]).await;
    assert!(phone.address().await.contains(&card), "the card that was opened");
    phone.is_clean().await;
}

#[tokio::test]
async fn a_customer_opens_a_card_from_a_poster_and_finds_it_in_the_wallet() {
    joins(&Browser::phone().await).await;
}

#[tokio::test]
async fn the_same_opening_works_with_scripts_switched_off() {
    joins(&Browser::phone_without_script().await).await;
}

#[tokio::test]
async fn a_phone_that_nobody_holds_asks_who_and_goes_on() {
    let (shop, li) = shop_with_li().await;
    let template = shop.template(|_| {}).await;
    let poster = shop.poster(&template, &["MOBILE"], &[]).await;
    let phone = Browser::phone().await;
    phone.open(&poster).await;
    phone.sees(&["谁拿着这部手机？", "李四"]).await;
    phone.is_clean().await;
    phone.click(&format!("button[value='{li}']")).await;
    phone.sees(&["茶馆会员卡", "同意并领取"]).await;
    assert_eq!(phone.address().await, poster);
}

#[tokio::test]
async fn cancelling_the_form_stays_on_the_phone() {
    let (shop, li) = shop_with_li().await;
    let template = shop.template(|_| {}).await;
    let poster = shop.poster(&template, &["MOBILE", "CITY"], &[]).await;
    let phone = Browser::phone().await;
    pick_up(&phone, &shop, &li).await;
    phone.open(&poster).await;
    phone.fill(&format!("{FIELD}CITY"), "").await;
    phone.press("取消").await;
    phone.sees(&["已取消"]).await;
    phone.is_clean().await;
    shop.merchant.was_not_visited().await;
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_said_in_its_place_and_the_rest_stays() {
    let (shop, li) = shop_with_li().await;
    let template = shop.template(|_| {}).await;
    let poster = shop.poster(&template, &["MOBILE", "NAME"], &["EMAIL"]).await;
    let phone = Browser::phone().await;
    pick_up(&phone, &shop, &li).await;
    phone.open(&poster).await;
    phone.fill(&format!("{FIELD}NAME"), "李小四").await;
    phone.fill(&format!("{FIELD}MOBILE"), "").await;
    phone.fill(&format!("{FIELD}EMAIL"), "li<b>").await;
    phone.press("同意并领取").await;
    phone.sees(&["请填写", "格式不正确"]).await;
    let beside = |code: &'static str| {
        let phone = &phone;
        async move { phone.find(&format!("#{FIELD}{code}-wrong")).await.text().await.unwrap() }
    };
    assert_eq!((beside("MOBILE").await.as_str(), beside("EMAIL").await.as_str()), ("请填写", "格式不正确"));
    assert!(!phone.has(&format!("#{FIELD}NAME-wrong")).await);
    assert_eq!(phone.value(&format!("{FIELD}NAME")).await, "李小四");
    assert_eq!(phone.value(&format!("{FIELD}MOBILE")).await, "");
    assert_eq!(phone.value(&format!("{FIELD}EMAIL")).await, "li<b>");
    phone.is_clean().await;
    phone.fits().await;
    phone.keep_picture("form-with-mistakes").await;
    shop.merchant.was_not_visited().await;

    phone.fill(&format!("{FIELD}MOBILE"), "13900139000").await;
    phone.fill(&format!("{FIELD}EMAIL"), "").await;
    phone.press("同意并领取").await;
    let visitor = shop.merchant.visitor().await;
    let token = shop.token(value(&visitor, "auth_code")).await;
    let typed = json!([{"OPEN_FORM_FIELD_MOBILE": "13900139000"}, {"OPEN_FORM_FIELD_NAME": "李小四"}]);
    assert_eq!(shop.answers(token["access_token"].as_str().unwrap(), &visitor).await, typed);
}

#[tokio::test]
async fn who_holds_the_card_already_comes_to_the_card() {
    let shop = Shop::open().await;
    let template = shop.template(|_| {}).await;
    let poster = shop.poster(&template, &["MOBILE"], &[]).await;
    let (user, card) = shop.holder(&template, &poster, "860012345678").await;
    let phone = Browser::phone().await;
    phone.open(&poster).await;
    phone.click(&format!("button[value='{user}']")).await;
    phone.sees(&["茶馆会员卡", "860012345678"]).await;
    assert!(phone.address().await.contains(&format!("/phone/{user}/card/{card}")), "{}", phone.address().await);
    phone.is_clean().await;
    shop.merchant.was_not_visited().await;
}

#[tokio::test]
async fn a_callback_that_was_not_agreed_upon_is_err010() {
    let (shop, li) = shop_with_li().await;
    let template = shop.template(|_| {}).await;
    let poster = shop.poster(&template, &["MOBILE"], &[]).await;
    let elsewhere = poster.replace(&shop.merchant.callback, "https://elsewhere.example/join");
    assert_ne!(poster, elsewhere, "the link names the callback");
    let phone = Browser::phone().await;
    pick_up(&phone, &shop, &li).await;
    phone.open(&elsewhere).await;
    phone.sees(&["系统异常，请联系商家(ERR010)"]).await;
    phone.click("summary").await;
    phone.sees(&["https://elsewhere.example/join"]).await;
    phone.is_clean().await;
    phone.fits().await;
    phone.keep_picture("err010").await;
}
