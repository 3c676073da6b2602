//! Paying by hand: the till scans the payment code from the phone's screen, asks for more than is paid unasked, and the customer
//! confirms.

use crate::browser::Browser;
use crate::scanner::scan;
use crate::shop::Shop;
use serde_json::json;

#[tokio::test]
async fn a_till_charges_the_code_on_the_screen_and_the_phone_confirms() {
    let shop = Shop::open().await;
    // a payment code is good for a minute: here that minute is as long as the machine needs
    shop.client.control("POST", "/clock", Some(json!({"stop": true}))).await;
    let template = shop.template(|_| {}).await;
    let poster = shop.poster(&template, &["MOBILE"], &[]).await;
    let (user, card) = shop.holder(&template, &poster, "860012345678").await;
    let phone = Browser::phone().await;
    phone.open(&shop.page(&format!("/phone/{user}/card/{card}"))).await;
    phone.press("去付款").await;
    phone.sees(&["付款码", "有效至", "¥1000.00"]).await;
    phone.is_clean().await;
    phone.fits().await;
    let picture = phone.photograph().await;
    let code = tokio::task::spawn_blocking(move || scan(&picture)).await.unwrap().expect("a code is on the screen");

    let order = json!({"out_trade_no": "T1", "scene": "bar_code", "auth_code": code, "subject": "十年陈普洱", "total_amount": "300.00"});
    let waiting = shop.client.call("alipay.trade.pay", &order).await;
    assert_eq!(waiting["code"], "10003", "{waiting}");
    let stands = async || {
        let found = shop.client.call("alipay.trade.query", &json!({"out_trade_no": "T1"})).await;
        found["trade_status"].as_str().unwrap_or_else(|| panic!("{found}")).to_owned()
    };
    assert_eq!(stands().await, "WAIT_BUYER_PAY");

    phone.open(&shop.page(&format!("/phone/{user}/pay"))).await;
    phone.follow("待确认").await;
    phone.sees(&["¥300.00", "十年陈普洱", "待确认"]).await;
    phone.is_clean().await;
    phone.fits().await;
    phone.keep_picture("confirm").await;
    phone.press("确认付款").await;
    phone.sees(&["付款成功"]).await;
    phone.is_clean().await;
    assert_eq!(stands().await, "TRADE_SUCCESS");
    phone.open(&shop.page(&format!("/phone/{user}/pay"))).await;
    phone.sees(&["¥700.00"]).await;
}
