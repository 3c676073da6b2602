//! The console on a desk: the journal of what programs and people did, in both languages.

use crate::browser::Browser;
use crate::shop::Shop;

/// A shop in which something happened.
async fn busy_shop() -> Shop {
    let shop = Shop::open().await;
    let template = shop.template(|_| {}).await;
    let poster = shop.poster(&template, &["MOBILE"], &[]).await;
    shop.holder(&template, &poster, "860012345678").await;
    shop
}

#[tokio::test]
async fn the_journal_shows_every_exchange_and_each_opens() {
    let (shop, desk) = (busy_shop().await, Browser::desk().await);
    desk.open(&shop.page("/console/journal?lang=zh")).await;
    desk.sees(&["alipay.marketing.card.template.create", "alipay.marketing.card.open", "/account/openform/activecard.htm", "10000"]).await;
    desk.is_clean().await;
    desk.fits().await;
    desk.keep_picture("journal").await;

    desk.fill("q", "method:card.open").await;
    desk.click("form[role='search'] button").await;
    desk.sees(&["alipay.marketing.card.open"]).await;
    assert!(!desk.text().await.contains("template.create"), "the filter holds");
    desk.click("tbody a").await;
    desk.sees(&["out_serial_no", "external_card_no", "biz_card_no", "card_opened"]).await;
    desk.is_clean().await;
    desk.fits().await;
    desk.keep_picture("exchange").await;
    desk.follow("深色").await;
    desk.find("html[data-theme='dark']").await;
    desk.is_clean().await;
    desk.keep_picture("exchange-dark").await;
}

#[tokio::test]
async fn the_console_speaks_chinese_and_english() {
    let (shop, desk) = (busy_shop().await, Browser::desk().await);
    for (path, chinese, english) in [
        ("/console/journal", "调用记录", "Journal"),
        ("/console/cards", "会员卡", "Cards"),
        ("/console/templates", "卡模板", "Templates"),
        ("/console/customers", "顾客", "Customers"),
    ] {
        desk.open(&shop.page(&format!("{path}?lang=zh"))).await;
        desk.sees(&[chinese]).await;
        assert!(desk.has("html[lang='zh-CN']").await);
        desk.follow("English").await;
        desk.sees(&[english]).await;
        assert!(desk.has("html[lang='en']").await && desk.address().await.contains(path));
        desk.is_clean().await;
        desk.fits().await;
        desk.keep_picture(&format!("{}-en", path.rsplit('/').next().unwrap())).await;
    }
    // the choice is remembered
    desk.open(&shop.page("/")).await;
    assert!(desk.has("html[lang='en']").await);
    desk.is_clean().await;
    desk.fits().await;
    desk.keep_picture("start-en").await;
}
