//! Customers and what they do.

use serde_json::json;

use crate::call::Asked;
use crate::shop::{CARD, Shop, TEMPLATE};

#[tokio::test]
async fn what_is_not_given_is_invented_and_what_is_given_stays() {
    let asked = Asked::demo().await;
    let one = asked.post("/customers", r#"{"name":"韩梅梅","birthday":"","gender":"female"}"#).await.expect(201).json();
    assert_eq!((&one["name"], &one["gender"], &one["birthday"]), (&"韩梅梅".into(), &"female".into(), &json!(null)));
    assert_eq!(one["mobile"].as_str().unwrap().len(), 11);
    assert_eq!(one["open_id"], json!(format!("open-{}", one["user_id"].as_str().unwrap())));
    assert_eq!(asked.get(&format!("/customers/{}", one["user_id"].as_str().unwrap())).await.expect(200).json(), one);
    asked.get("/customers/nobody").await.refused(404, "unknown_customer");
}

#[tokio::test]
async fn many_are_made_at_once_and_listed_in_parts() {
    let asked = Asked::demo().await;
    let made = asked.post("/customers", r#"{"count":7}"#).await.expect(201).json();
    let first = asked.get("/customers?limit=5").await.expect(200).json();
    assert_eq!(first["next"], 5);
    let rest = asked.get("/customers?limit=5&after=5").await.expect(200).json();
    assert_eq!(rest["next"], json!(null));
    let listed: Vec<_> = [&first, &rest].iter().flat_map(|page| page["customers"].as_array().unwrap().clone()).collect();
    assert_eq!(json!(listed), made["customers"]);
    for wrong in ["0", "1001"] {
        asked.post("/customers", &format!(r#"{{"count":{wrong}}}"#)).await.refused(400, "bad_count");
        asked.get(&format!("/customers?limit={wrong}")).await.refused(400, "bad_limit");
    }
}

#[tokio::test]
async fn a_birthday_is_a_day_that_exists() {
    let asked = Asked::demo().await;
    for wrong in ["2001-02-30", "2001-2-3", "03-04", "yesterday"] {
        asked.post("/customers", &json!({ "birthday": wrong }).to_string()).await.refused(400, "bad_customer");
    }
    asked.post("/customers", &json!({ "name": "李".repeat(201) }).to_string()).await.refused(400, "bad_customer");
}

#[tokio::test]
async fn a_customer_joins_declines_or_is_stopped_with_the_phones_own_words() {
    let shop = Shop::open().await;
    let path = format!("/customers/{}/activate", shop.user);
    let joined = shop
        .asked
        .post(&path, &json!({"link": format!("kabao:{TEMPLATE}"), "form": {"OPEN_FORM_FIELD_MOBILE": "13800138000"}}).to_string())
        .await
        .expect(200)
        .json();
    assert!(joined["redirect_url"].as_str().unwrap().contains(joined["auth_code"].as_str().unwrap()));
    assert!(joined["request_id"].is_string());
    let declined =
        shop.asked.post(&path, &json!({"link": format!("kabao:{TEMPLATE}"), "decide": "deny"}).to_string()).await.expect(200).json();
    assert_eq!(declined, json!({}));
    let error = shop.asked.post(&path, r#"{"link":"https://example.com"}"#).await.refused(409, "ERR010");
    assert_eq!(error["message"], "页面出错了");
    let error = shop.asked.post(&path, r#"{"link":"x","decide":"agre"}"#).await.refused(400, "bad_body");
    assert_eq!(error["hint"], "did you mean the value `agree`?");
    shop.asked.post("/customers/nobody/activate", r#"{"link":"x"}"#).await.refused(404, "unknown_customer");
}

#[tokio::test]
async fn consent_is_given_and_taken_back() {
    let shop = Shop::open().await;
    let given = shop
        .asked
        .post(&format!("/customers/{}/authorize", shop.user), &json!({"app_id": shop.app, "scopes": ["auth_user"]}).to_string())
        .await
        .expect(200)
        .json();
    assert_eq!(given["auth_code"].as_str().unwrap().len(), 32);
    shop.asked.delete(&format!("/customers/{}/consent/{}", shop.user, shop.app)).await.expect(204);
    let events = shop.asked.get("/events?limit=1000").await.expect(200).json();
    let last = events["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["kind"], "consent_withdrawn");
    shop.asked.delete(&format!("/customers/{}/consent/1", shop.user)).await.refused(404, "unknown_app");
}

#[tokio::test]
async fn a_card_is_listed_shown_and_taken_out_of_the_wallet() {
    let shop = Shop::open().await;
    let cards = shop.asked.get(&format!("/customers/{}/cards", shop.user)).await.expect(200).json();
    assert_eq!(
        cards["cards"][0],
        json!({"biz_card_no": CARD, "external_card_no": "M-0001", "template_id": TEMPLATE, "user_id": shop.user, "state": "held", "level": "VIP1",
            "point": "135", "balance": null, "open_date": "2026-11-21 14:00:00", "valid_date": null})
    );
    let path = format!("/customers/{}/cards/{CARD}", shop.user);
    let shown = shop.asked.post(&format!("{path}/show"), "").await.expect(200).json();
    assert_eq!((&shown["kind"], &shown["code"], &shown["face"]["point"]), (&"barcode".into(), &"M-0001".into(), &"135".into()));
    shop.asked.delete(&path).await.expect(204);
    shop.asked.post(&format!("{path}/show"), "").await.refused(409, "CARD_NOT_HELD");
    assert_eq!(shop.asked.get(&format!("/customers/{}/cards", shop.user)).await.json()["cards"][0]["state"], "released");
}

#[tokio::test]
async fn members_are_made_by_the_dozen_and_listed_in_parts_and_the_books_balance() {
    let shop = Shop::open().await;
    let path = format!("/templates/{TEMPLATE}/members");
    let before = shop.asked.get("/cards").await.expect(200).json()["cards"].as_array().unwrap().len();
    let made = shop.asked.post(&path, r#"{"count":12,"point":"7"}"#).await.expect(201).json();
    let numbers = made["biz_card_nos"].as_array().unwrap();
    assert_eq!(numbers.len(), 12);
    let page = shop.asked.get(&format!("/cards?after={before}&limit=5")).await.expect(200).json();
    assert_eq!((page["cards"].as_array().unwrap().len(), &page["next"]), (5, &(before + 5).into()));
    assert_eq!((&page["cards"][0]["biz_card_no"], &page["cards"][0]["point"]), (&numbers[0], &"7".into()));
    let rest = shop.asked.get(&format!("/cards?after={}&limit=1000", before + 5)).await.expect(200).json();
    assert_eq!((rest["cards"].as_array().unwrap().len(), rest.get("next")), (7, None));
    let totals = shop.asked.get("/ledger/totals").await.expect(200).json();
    assert_eq!((&totals["sums"]["point"], &totals["sums"]["fen"]), (&"0".into(), &"0".into()));
    assert!(totals["accounts"].as_u64().unwrap() >= 12, "{totals}");
    for wrong in [r#"{"count":0}"#, r#"{"count":1001}"#] {
        shop.asked.post(&path, wrong).await.refused(400, "bad_count");
    }
    shop.asked.post(&path, r#"{"count":1,"point":"many"}"#).await.refused(400, "bad_points");
    shop.asked.post("/templates/1/members", r#"{"count":1}"#).await.refused(404, "unknown_template");
}
