//! The consent page by hand: what is asked, what each button does, and that the page's own policy lets its redirect through.

use crate::browser::Browser;
use crate::merchant::value;
use crate::shop::Shop;
use serde_json::json;

async fn asked(shop: &Shop, phone: &Browser) -> String {
    let li = shop.customer(json!({"name": "李四光", "gender": "male"})).await;
    phone.open(&shop.asks_for("auth_user", &shop.merchant.callback)).await;
    phone.click(&format!("button[value='{li}']")).await;
    phone.sees(&["申请", "昵称、性别、地区", "李**", "男", "同意", "拒绝", "取消"]).await;
    assert!(!phone.text().await.contains("李四光"), "the name is half masked");
    li
}

#[tokio::test]
async fn agreeing_brings_the_merchant_a_code() {
    let (shop, phone) = (Shop::open().await, Browser::phone().await);
    let li = asked(&shop, &phone).await;
    phone.is_clean().await;
    phone.fits().await;
    phone.keep_picture("consent").await;
    phone.press("同意").await;
    // a policy without the callback's origin in form-action would stop the browser here
    let visitor = shop.merchant.visitor().await;
    phone.sees(&["欢迎光临茶馆"]).await;
    phone.is_clean().await;
    let order: Vec<&str> = visitor.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(order, ["app_id", "source", "scope", "state", "auth_code"]);
    assert_eq!((value(&visitor, "source"), value(&visitor, "scope"), value(&visitor, "state")), ("alipay_wallet", "auth_user", "t1"));
    let token = shop.token(value(&visitor, "auth_code")).await;
    assert_eq!(token["user_id"], json!(li));
}

#[tokio::test]
async fn refusing_and_cancelling_tell_the_merchant_nothing() {
    let (shop, phone) = (Shop::open().await, Browser::phone().await);
    asked(&shop, &phone).await;
    for button in ["拒绝", "取消"] {
        phone.open(&shop.asks_for("auth_user", &shop.merchant.callback)).await;
        phone.press(button).await;
        phone.sees(&["已取消"]).await;
        phone.is_clean().await;
    }
    shop.merchant.was_not_visited().await;
}

#[tokio::test]
async fn a_silent_scope_leads_straight_back() {
    let (shop, phone) = (Shop::open().await, Browser::phone().await);
    asked(&shop, &phone).await;
    phone.open(&shop.asks_for("auth_base", &shop.merchant.callback)).await;
    assert_eq!(value(&shop.merchant.visitor().await, "scope"), "auth_base");
}

#[tokio::test]
async fn a_page_of_another_site_cannot_agree_for_the_customer() {
    let (shop, phone) = (Shop::open().await, Browser::phone().await);
    asked(&shop, &phone).await;
    let address = shop.asks_for("auth_user", &shop.merchant.callback);
    let page = format!("<form method=post action='{}'><button name=decide value=agree>win</button></form>", address.replace('&', "&amp;"));
    phone.open(&format!("data:text/html,{}", page.replace('%', "%25"))).await;
    phone.press("win").await;
    phone.sees(&["403"]).await;
    shop.merchant.was_not_visited().await;
}
