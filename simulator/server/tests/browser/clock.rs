//! The clock on a desk: stopped, moved by its buttons to what falls due next.

use crate::browser::Browser;
use crate::shop::Shop;
use serde_json::json;

#[tokio::test]
async fn time_is_stopped_and_moved_to_what_falls_due_next() {
    let (shop, desk) = (Shop::open().await, Browser::desk().await);
    let user = shop.customer(json!({})).await;
    shop.client.control("POST", "/clock", Some(json!({"set": "2026-11-21 14:00:00", "stop": true}))).await;
    desk.open(&shop.page("/console/journal")).await;
    // from wherever one is, the clock leads to its page
    desk.click("header .clock").await;
    desk.sees(&["虚拟时间", "2026-11-21 14:00:00", "已停止", "没有将要到期的事"]).await;
    desk.is_clean().await;
    desk.press("▶ 继续走").await;
    desk.find("button[value='stop']").await;
    desk.press("■ 停止").await;
    desk.find("button[value='resume']").await;

    desk.fill("at", "2026-11-21 14:00:00").await;
    desk.press("设定并停止").await;
    desk.sees(&["2026-11-21 14:00:00"]).await;
    // an order above the limit waits for the customer, and not for ever
    let code = shop.client.control("POST", &format!("/customers/{user}/paycode"), None).await;
    let code = code["auth_code"].as_str().unwrap_or_else(|| panic!("{code}"));
    let order = json!({"out_trade_no": "T1", "scene": "bar_code", "auth_code": code, "subject": "茶", "total_amount": "300.00", "timeout_express": "3m"});
    assert_eq!(shop.client.call("alipay.trade.pay", &order).await["code"], "10003");
    desk.open(&shop.page("/console/clock")).await;
    desk.sees(&["交易关闭", "2026-11-21 14:03:00"]).await;
    desk.press("推进到这里").await;
    desk.sees(&["途中发生的事", "trade_closed", "没有将要到期的事"]).await;
    desk.is_clean().await;
    desk.fits().await;
    desk.keep_picture("clock").await;
    let closed = shop.client.call("alipay.trade.query", &json!({"out_trade_no": "T1"})).await;
    assert_eq!(closed["trade_status"], "TRADE_CLOSED", "{closed}");

    desk.press("→ 月末前 10 秒").await;
    desk.sees(&["2026-11-30 23:59:50", "途中没有到期的事"]).await;
    desk.find("#by").await.send_keys("-1h").await.unwrap();
    desk.click("form:has(#by) button").await;
    desk.sees(&["goes backwards"]).await;
}
