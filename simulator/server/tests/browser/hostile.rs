//! What a hostile merchant writes is text on every page that shows it: nothing runs, nothing loads, no policy is even tried.

use crate::browser::Browser;
use crate::shop::{FIELD, Shop};
use serde_json::json;

/// Leaves an attribute, turns the line round, opens a tag: as much as ten characters can.
const NAME: &str = "\"\u{202e}<script>";
const TEXT: &str = "</style><img src=x onerror=alert(1)><script>document.title='owned';alert(2)</script>'\" onclick=alert(3) {{7*7}}";

#[tokio::test]
async fn what_a_hostile_merchant_writes_stays_text_on_every_page() {
    let shop = Shop::open().await;
    let template = shop
        .template(|template| {
            let style = &mut template["template_style_info"];
            style["card_show_name"] = json!(NAME);
            style["brand_name"] = json!(&TEXT[..90]);
            style["slogan"] = json!("\u{202e}</bdi></p>\"><svg onload=alert(4)>");
            style["bg_color"] = json!("rgb(0,0,0);}");
            style["feature_descriptions"] = json!([TEXT]);
            template["column_info_list"] = json!([
                {"code": "POINT", "title": "<b>积分"},
                {"code": "X1", "title": "\"><i>", "value": "<script>alert(5)</script>", "operate_type": "openWeb", "more_info": {"title": "<u>", "url": "javascript:alert(6)"}},
            ]);
            template["card_action_list"] = json!([{"code": "A", "text": "<u>去", "url": "javascript:alert(7)"}]);
        })
        .await;
    let poster = shop.poster(&template, &["NAME", "MOBILE"], &["ADDRESS"]).await;
    let (user, card) = shop.holder(&template, &poster, "\"><script>alert(8)</script>").await;
    let fresh = shop.customer(json!({"name": TEXT, "mobile": "13800138000", "address": "\" autofocus onfocus=alert(9) x=\""})).await;

    let phone = Browser::phone().await;
    phone.open(&poster).await;
    phone.is_clean().await;
    phone.click(&format!("button[value='{fresh}']")).await;
    phone.sees(&["\"<script>", "同意并领取"]).await;
    assert_eq!(phone.value(&format!("{FIELD}ADDRESS")).await, "\" autofocus onfocus=alert(9) x=\"");
    phone.is_clean().await;
    phone.fits().await;
    phone.keep_picture("hostile-form").await;

    phone.open(&shop.asks_for("auth_user", &shop.merchant.callback)).await;
    phone.sees(&["同意"]).await;
    phone.is_clean().await;

    for path in [format!("/phone/{user}"), format!("/phone/{user}/card/{card}")] {
        phone.open(&shop.page(&path)).await;
        phone.sees(&["\"<script>"]).await;
        phone.is_clean().await;
        phone.fits().await;
    }
    phone.keep_picture("hostile-card").await;

    let desk = Browser::desk().await;
    for path in ["templates", "cards", "customers", "journal", "journal?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E"] {
        desk.open(&shop.page(&format!("/console/{path}"))).await;
        desk.find("main").await;
        desk.is_clean().await;
    }
    desk.open(&shop.page("/console/journal?q=method:template.create")).await;
    desk.click("tbody a").await;
    desk.sees(&["card_show_name", "alert(1)"]).await;
    desk.is_clean().await;
    desk.keep_picture("hostile-exchange").await;
}
