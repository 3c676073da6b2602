//! A disk without room, met by merchants: every call is answered in the platform's own words, signed; nothing is lost.
//!
//! The real binary over files that may not grow beyond a limit, which fails as a full disk does. After the cause is mended and
//! the house started again, everything that was answered is there.

use crate::client::Client;
use crate::place::Place;
use serde_json::{Value, json};

/// Files may grow to this size, KiB: enough to start, and full after some hundred customers.
const ROOM: u64 = 1_536;

async fn health(base: &str) -> (u16, Value) {
    let answer = reqwest::get(format!("{base}/_kabao/health")).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_answered_as_a_system_error_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::over(folder.path(), &[]);
    let client = Client::of(&place.base, "demo").await;
    let (template, link) = client.template().await;
    let card = client.join(&template, &link, "m1").await;
    place.stop();

    let place = Place::cramped(folder.path(), ROOM).expect("it starts in so little room");
    let client = client.at(&place.base);
    assert_eq!(health(&place.base).await.0, 200);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let (mut answered, mut people, mut refused) = (0, 1, None);
    for points in 1..2_000_u64 {
        let stated = client.state_points(&card, points).await.expect("an answer that verifies, also when the disk is full");
        if stated["code"] != "10000" {
            refused = Some(stated);
            break;
        }
        answered = points;
        let made = http.post(format!("{}/_kabao/v1/customers", place.base)).json(&json!({"count": 50})).send().await.unwrap();
        match made.status().as_u16() {
            201 => people += 50,
            503 => {
                let body: Value = made.json().await.unwrap();
                assert_eq!(body["error"]["code"], "store_not_answering", "{body}");
            }
            other => panic!("{other}: {}", made.text().await.unwrap()),
        }
    }
    let refused = refused.expect("the disk was full in the end");
    assert_eq!((&refused["code"], &refused["msg"]), (&json!("20000"), &json!("Service Currently Unavailable")), "{refused}");
    assert!(refused["sub_code"].as_str().unwrap().ends_with(".unknow-error"), "{refused}");
    assert_eq!(refused["sub_msg"], "系统繁忙", "{refused}");
    // from now on nothing is answered from what may not be on the disk, queries neither
    for method in ["alipay.marketing.card.query", "alipay.marketing.card.template.query"] {
        let asked = json!({"target_card_no": card, "target_card_no_type": "BIZ_CARD", "template_id": template});
        let told = client.try_call(method, client.request(method).biz_content(&asked.to_string())).await.unwrap();
        assert_eq!(told["code"], "20000", "{told}");
    }
    let (status, told) = health(&place.base).await;
    assert_eq!((status, &told["status"], &told["store"]), (503, &json!("stopped"), &json!("stopped")), "{told}");
    assert!(told["why"].as_str().unwrap().contains("kabao.db"), "{told}");
    let journal = reqwest::get(format!("{}/console/journal?lang=en", place.base)).await.unwrap();
    assert_eq!(journal.status().as_u16(), 200);
    assert!(journal.text().await.unwrap().contains("The store stopped"));
    assert!(place.said().contains("the store stopped"), "{}", place.said());
    place.stop();

    let place = Place::over(folder.path(), &[]);
    let client = client.at(&place.base);
    let found: u64 = client.points(&card).await.parse().unwrap();
    assert!(found == answered || found == answered + 1, "the card shows {found}, {answered} was the last answered");
    let sheet = client.control("GET", "/sandboxes/demo", None).await;
    let customers = sheet["customers"].as_u64().unwrap();
    assert!(customers == people || customers == people + 50, "{customers} customers, {people} were answered");
    assert_eq!(health(&place.base).await.1["status"], "ok");
    assert_eq!(client.state_points(&card, found + 1).await.unwrap()["code"], "10000");
}
