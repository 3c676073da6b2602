//! Joining in both flows, codes of every kind, the template, and acting for a merchant as its provider.

use crate::street::{Person, Street};
use conformance::practice::{Flow, Role};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A shop whose customers join without leaving the wallet.
async fn fast() -> Street {
    let street = Street::bare(|setup| setup.flow = Flow::Fast).await;
    street.gateway_is("/spi").await;
    assert_eq!(street.post("/setup", &json!({})).await.0, StatusCode::OK);
    street
}

async fn confirm(street: &Street, person: &Person) -> (StatusCode, Value) {
    let link = street.get("/poster").await["link"].clone();
    let form = json!({"OPEN_FORM_FIELD_MOBILE": person.mobile, "OPEN_FORM_FIELD_NAME": "李雷"});
    street.try_control("POST", &format!("/customers/{}/activate", person.user), json!({"link": link, "form": form})).await
}

#[tokio::test]
async fn the_fast_flow_opens_a_card_with_the_points_of_a_member_of_old() {
    let street = fast().await;
    street.post("/members", &json!({"name": "李雷", "mobile": "13800138000", "points": 120})).await;
    let li = street.customer("13800138000", "200.00").await;
    let (status, told) = confirm(&street, &li).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let members = street.until("/members", |told| told["members"][0]["card"] == "held").await;
    assert_eq!((&members["count"], &members["members"][0]["biz_card_no"]), (&json!(1), &told["opened"]), "{members}");
    assert_eq!(street.card_points(&li).await, "120");
    let sale = street.sell(json!({"card_no": told["opened"], "amount": "35.00"})).await;
    assert_eq!((&sale["points"], &sale["sync"]), (&json!(155), &json!("done")), "{sale}");
    assert!(street.calls("alipay.marketing.card.open").await.is_empty());
    assert_eq!(street.get("/health").await["pending"], 0);
}

#[tokio::test]
async fn a_question_is_answered_the_same_again_and_a_forged_or_old_one_makes_no_card() {
    let street = fast().await;
    let template = street.get("/poster").await["template_id"].clone();
    let question = |edit: Value| {
        let mut question = json!({
            "method": "spi.alipay.user.opencard.get", "charset": "UTF-8", "version": "1.0", "biz_app_id": street.app_id(),
            "invoke_app_id": street.app_id(), "utc_timestamp": (street.now_ms / 1_000).to_string(), "user_id": "2088000000000101",
            "template_id": template, "out_serial_no": "1621923366000", "biz_card_no": "kabao0000000099",
            "user_info": "[{\"OPEN_FORM_FIELD_NAME\":\"韩梅梅\"}]",
        });
        for (name, value) in edit.as_object().unwrap() {
            question[name] = value.clone();
        }
        question
    };
    for (edit, sign) in [
        (json!({}), "none"),
        (json!({}), "v2"),
        (json!({"utc_timestamp": (street.now_ms / 1_000 - 3 * 86_400).to_string()}), "v1"),
        (json!({"template_id": "20200312000000000414103000300846"}), "v1"),
        (json!({"biz_app_id": "2021000000000001"}), "v1"),
        (json!({"biz_card_no": ""}), "v1"),
    ] {
        let told = street.question("/spi", &question(edit.clone()), sign).await;
        assert_eq!(told["response"]["code"], "40004", "{edit} {sign}: {told}");
    }
    assert_eq!(street.get("/members").await["count"], 0);
    let first = street.question("/spi", &question(json!({})), "v1").await;
    assert_eq!(first["response"]["card_info"]["biz_card_no"], "kabao0000000099", "{first}");
    let again = street.question("/notify", &question(json!({})), "v1").await;
    assert_eq!(again, first, "the same serial number gets the same card, at either door");
    let other = street.question("/spi", &question(json!({"biz_card_no": "kabao0000000098"})), "v1").await;
    assert_eq!(other["response"]["code"], "40004", "{other}");
    assert_eq!(street.get("/members").await["count"], 1);
}

#[tokio::test]
async fn an_opening_that_nobody_tells_the_end_of_is_asked_about() {
    let mut street = fast().await;
    street.deafen().await;
    let li = street.customer("13800138000", "200.00").await;
    let (_, told) = confirm(&street, &li).await;
    assert_eq!(street.get("/members").await["members"][0]["card"], "opening", "{told}");
    assert_eq!(street.get("/health").await["pending"], 1);
    street.leap(60).await;
    assert_eq!(street.get("/members").await["members"][0]["card"], "held");
    assert_eq!(street.get("/health").await["pending"], 0);
}

#[tokio::test]
async fn a_code_that_the_merchant_makes_finds_its_member_until_it_runs_out() {
    for kind in ["mdqrcode", "mdbarcode"] {
        let mut street = Street::bare(|_| {}).await;
        assert_eq!(street.post("/setup", &json!({"write_off_type": kind})).await.0, StatusCode::OK);
        let li = street.customer("13800138000", "200.00").await;
        let card = street.join(&li).await;
        let show = format!("/customers/{}/cards/{card}/show", li.user);
        street.try_control("POST", &show, json!({})).await;
        street.until_true(async || street.calls("platform.mdcode.notify").await.len() == 1).await;
        street.until_true(async || street.calls("alipay.marketing.card.update").await.len() == 1).await;
        street.rest().await;
        let shown = street.control("POST", &show, json!({})).await;
        let code = shown["code"].as_str().unwrap_or_else(|| panic!("{shown}")).to_owned();
        let (status, told) = street.post("/till/lookup", &json!({"code": code})).await;
        assert_eq!((status, &told["member"]["biz_card_no"]), (StatusCode::OK, &json!(card)), "{told}");
        let sale = street.sell(json!({"code": code, "amount": "35.00"})).await;
        assert_eq!((&sale["points_added"], &sale["sync"]), (&json!(35), &json!("done")), "{sale}");
        street.leap(120).await;
        let (status, _) = street.post("/till/lookup", &json!({"code": code})).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "two minutes");
    }
}

#[tokio::test]
async fn a_request_for_a_code_under_the_applications_own_key_is_not_believed() {
    let street = Street::bare(|_| {}).await;
    street.post("/setup", &json!({"write_off_type": "mdqrcode"})).await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    assert!(!street.send("/notify", &json!({"BizCardNo": card})).await);
    street.rest().await;
    assert!(street.calls("alipay.marketing.card.update").await.is_empty());
}

#[tokio::test]
async fn a_changed_template_says_the_whole_again() {
    let street = Street::open().await;
    let (status, told) = street.post("/setup/change", &json!({"card_name": "新茶馆会员卡"})).await;
    assert_eq!((status, &told["template_id"]), (StatusCode::OK, &street.get("/poster").await["template_id"]), "{told}");
    let li = street.customer("13800138000", "200.00").await;
    street.join(&li).await;
    let sale = street.sell(json!({"card_no": "KB000001", "amount": "35.00"})).await;
    assert_eq!((&sale["sync"], street.card_points(&li).await.as_str()), (&json!("done"), "35"), "the columns are still there");
    let bare = Street::bare(|_| {}).await;
    assert_eq!(bare.post("/setup/change", &json!({})).await.1["error"]["code"], "NOT_SET_UP");
}

#[tokio::test]
async fn a_dead_token_ends_an_attempt_with_a_page_that_says_what_to_do() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    street.fault(json!({"method": "alipay.marketing.card.activateform.query", "answer": {"sub_code": "aop.auth-token-time-out"}})).await;
    let attempt = street.come(&li).await;
    let told = street.until(&format!("/join/{attempt}"), |told| told["status"] != "working").await;
    assert_eq!((&told["status"], &told["message"]), (&json!("failed"), &json!("请重新扫码领卡")), "{told}");
    assert_eq!(street.get("/members").await["count"], 0);
    street.join(&li).await;
    assert_eq!(street.calls("alipay.system.oauth.token").await.len(), 2, "a new code each time, each sent once");
}

#[tokio::test]
async fn a_code_whose_answer_was_lost_is_not_sent_again() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    street.fault(json!({"method": "alipay.system.oauth.token", "reply": "drop"})).await;
    let attempt = street.come(&li).await;
    let told = street.until(&format!("/join/{attempt}"), |told| told["status"] != "working").await;
    assert_eq!(told["status"], "failed", "{told}");
    assert_eq!(street.calls("alipay.system.oauth.token").await.len(), 1);
}

#[tokio::test]
async fn a_number_that_another_account_holds_a_card_for_gives_that_card_to_nobody_else() {
    let street = Street::open().await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    street.sell(json!({"card_no": card, "amount": "35.00"})).await;
    let thief = Person { mobile: li.mobile.clone(), ..street.customer("13900139000", "0.00").await };
    street.join(&thief).await;
    let members = street.get("/members").await;
    assert_eq!(
        (&members["count"], &members["members"][1]["points"], &members["members"][1]["mobile"]),
        (&json!(2), &json!(0), &Value::Null)
    );
    assert_eq!((street.card_points(&li).await.as_str(), street.card_points(&thief).await.as_str()), ("35", "0"));
}

#[tokio::test]
async fn a_provider_calls_for_the_merchant_that_authorised_it_and_stops_when_that_is_taken_back() {
    let mut street = Street::provider().await;
    assert_eq!(street.post("/setup", &json!({})).await.1["error"]["code"], "NOT_AUTHORISED");
    assert_eq!(street.get("/provider").await, json!({"authorised": false, "app_id": null}));
    street.authorise().await;
    let merchant = street.merchant_app.clone();
    assert_eq!(street.get("/provider").await, json!({"authorised": true, "app_id": merchant}));
    assert_eq!(street.post("/setup", &json!({})).await.0, StatusCode::OK);
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    let code = street.pay_code(&li).await;
    let sale = street.sell(json!({"card_no": card, "amount": "35.00", "pay_code": code})).await;
    assert_eq!((&sale["status"], &sale["sync"]), (&json!("paid"), &json!("done")), "{sale}");
    street
        .until("/notices", |told| {
            told["notices"].as_array().unwrap().iter().any(|one| one["kind"] == "trade_status_sync" && one["believed"] == true)
        })
        .await;

    street.control("DELETE", &format!("/apps/{merchant}/delegations/{}", street.app_id()), json!({})).await;
    street.until("/provider", |told| told["authorised"] == false).await;
    let made = street.calls("alipay.marketing.card.update").await.len();
    let sale = street.sell(json!({"card_no": card, "amount": "10.00", "sale_no": "S-2"})).await;
    assert_eq!((&sale["status"], &sale["sync"]), (&json!("paid"), &json!("pending")), "{sale}");
    let code = street.pay_code(&li).await;
    let told = street.post("/till/sale", &json!({"amount": "35.00", "pay_code": code})).await;
    assert_eq!((told.0, told.1["error"]["code"].as_str()), (StatusCode::CONFLICT, Some("NOT_AUTHORISED")));
    street.pass(60).await;
    assert_eq!(street.calls("alipay.marketing.card.update").await.len(), made, "nobody calls without an authorisation");
    street.authorise().await;
    let sale = street.until("/till/sale/S-2", |sale| sale["sync"] == "done").await;
    assert_eq!(sale["points"], 45);
    assert_eq!(street.card_points(&li).await, "45");
}

#[tokio::test]
async fn a_token_that_is_dead_before_anybody_said_so_loses_nothing() {
    let street = Street::provider().await;
    street.authorise().await;
    street.post("/setup", &json!({})).await;
    let li = street.customer("13800138000", "200.00").await;
    let card = street.join(&li).await;
    street.fault(json!({"method": "alipay.marketing.card.update", "answer": {"sub_code": "aop.app-auth-token-time-out"}})).await;
    let sale = street.sell(json!({"card_no": card, "amount": "10.00", "sale_no": "S-2"})).await;
    assert_eq!(sale["sync"], "pending", "{sale}");
    assert_eq!(street.get("/provider").await["authorised"], false);
    street.authorise().await;
    street.until("/till/sale/S-2", |sale| sale["sync"] == "done").await;
    assert_eq!(street.card_points(&li).await, "10");
}

#[tokio::test]
async fn a_merchant_who_did_not_come_from_this_providers_link_is_not_taken() {
    let street = Street::provider().await;
    let link = street.get("/provider/link").await["link"].as_str().unwrap().to_owned();
    assert!(link.contains("/oauth2/appToAppAuth.htm?app_id=") && link.contains("&state="), "{link}");
    for query in ["app_auth_code=P1&state=guessed", "app_auth_code=P1&app_id=2021000000000001", "state=guessed"] {
        assert!(street.get(&format!("/provider/callback?{query}")).await["error"].is_object(), "{query}");
    }
    assert!(street.calls("alipay.open.auth.token.app").await.is_empty());
    let own = Street::bare(|setup| setup.role = Role::Merchant).await;
    assert_eq!(own.get("/provider/link").await["error"]["code"], "NOT_A_PROVIDER");
}

#[tokio::test]
async fn an_opening_whose_outcome_nobody_knows_for_minutes_is_asked_for_until_it_is_known() {
    let mut street = Street::open().await;
    street.deafen().await;
    let li = street.customer("13800138000", "200.00").await;
    street.fault(json!({"method": "alipay.marketing.card.open", "reply": "drop", "first": 16})).await;
    let attempt = street.come(&li).await;
    street.rest().await;
    street.pass(120).await;
    assert_eq!(street.get(&format!("/join/{attempt}")).await["status"], "working");
    street.pass(180).await;
    let told = street.get(&format!("/join/{attempt}")).await;
    assert_eq!(told["status"], "joined", "{told}");
    assert_eq!(street.get("/members").await["members"][0]["card"], "held");
}
