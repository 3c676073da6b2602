//! A visit at the till's own page: a member looked up, a payment that the phone confirms while the till waits, and money given back.

use crate::browser::Browser;
use crate::scanner::scan;
use crate::shop::Shop;
use serde_json::json;

/// What ends a scan, as scanners type it.
const ENTER: char = '\u{e007}';

#[tokio::test]
async fn a_member_is_looked_up_charged_and_given_money_back() {
    let shop = Shop::open().await;
    // a payment code is good for a minute: here that minute is as long as the machine needs
    shop.client.control("POST", "/clock", Some(json!({"stop": true}))).await;
    let template = shop.template(|_| {}).await;
    let poster = shop.poster(&template, &["MOBILE"], &[]).await;
    let (user, card) = shop.holder(&template, &poster, "860012345678").await;
    let (till, phone) = (Browser::desk().await, Browser::phone().await);
    till.open(&shop.page("/till")).await;
    till.follow("收银台 1").await;
    till.sees(&["未识别", "请输入应收金额"]).await;
    // the field is ready for the scanner, and content decides
    assert!(till.has("[name='scan']:focus").await);
    till.fill("scan", &format!("860012345678{ENTER}")).await;
    till.sees(&["860012345678", "VIP1", "35", "在顾客卡包中"]).await;
    till.is_clean().await;
    till.fill("scan", &format!("300{ENTER}")).await;
    till.sees(&["¥300.00", "现在扫顾客的付款码即收款"]).await;
    till.is_clean().await;
    till.fits().await;
    till.keep_picture("till-sale").await;

    phone.open(&shop.page(&format!("/phone/{user}/card/{card}"))).await;
    phone.press("去付款").await;
    phone.sees(&["付款码", "有效至"]).await;
    let picture = phone.photograph().await;
    let code = tokio::task::spawn_blocking(move || scan(&picture)).await.unwrap().expect("a code is on the screen");
    till.fill("scan", &format!("{code}{ENTER}")).await;
    till.sees(&["等待顾客确认", "手机屏幕不是凭证", "¥300.00"]).await;
    till.is_clean().await;
    till.keep_picture("till-waiting").await;
    phone.open(&shop.page(&format!("/phone/{user}/pay"))).await;
    phone.follow("待确认").await;
    phone.press("确认付款").await;
    phone.sees(&["付款成功"]).await;
    // nobody touches the till: it asks by itself
    till.sees(&["已付款"]).await;
    till.is_clean().await;
    till.fits().await;

    till.fill("amount", "100").await;
    till.press("退款").await;
    till.sees(&["已退款", "累计退款 ¥100.00"]).await;
    assert_eq!(till.value("amount").await, "200.00", "what is left is offered");
    till.is_clean().await;
    till.keep_picture("till-refund").await;
    phone.open(&shop.page(&format!("/phone/{user}/pay"))).await;
    phone.sees(&["¥800.00"]).await;
    // every call is the application's own, rightly signed
    till.follow("本机流水").await;
    till.sees(&["alipay.marketing.card.query", "alipay.trade.pay", "alipay.trade.query", "alipay.trade.refund", "有效"]).await;
    assert!(!till.text().await.contains("无效"));
    till.is_clean().await;
    till.fits().await;
}

#[tokio::test]
async fn a_lost_answer_is_queried_and_a_cashier_who_gives_up_cancels() {
    let shop = Shop::open().await;
    shop.client.control("POST", "/clock", Some(json!({"stop": true}))).await;
    let user = shop.customer(json!({})).await;
    let till = Browser::phone_without_script().await;
    let code = async || {
        let shown = shop.client.control("POST", &format!("/customers/{user}/paycode"), None).await;
        shown["auth_code"].as_str().unwrap_or_else(|| panic!("{shown}")).to_owned()
    };
    shop.client.control("POST", "/faults", Some(json!({"method": "alipay.trade.pay", "first": 1, "reply": "drop"}))).await;
    let desk = shop.page(&format!("/till/{}/2", shop.client.app_id));
    till.open(&desk).await;
    till.fill("scan", &format!("35.00{ENTER}")).await;
    till.sees(&["¥35.00"]).await;
    till.fill("scan", &format!("{}{ENTER}", code().await)).await;
    till.sees(&["结果未知", "不要当作失败"]).await;
    // it had been charged, and the till finds out without a script
    till.sees(&["已付款"]).await;
    till.fits().await;

    till.open(&desk).await;
    till.fill("scan", &format!("300{ENTER}")).await;
    till.sees(&["¥300.00"]).await;
    till.fill("scan", &format!("{}{ENTER}", code().await)).await;
    till.sees(&["等待顾客确认"]).await;
    till.press("撤销（结束等待）").await;
    till.sees(&["已撤销，请勿放行", "顾客若显示已付，退款将自动到账", "没有扣款"]).await;
    till.fits().await;
    till.keep_picture("till-cancelled").await;
}
