//! Sandboxes: made, emptied, carried over, dropped.

use axum::body::Body;
use axum::http::header;
use engine::wire::keys::SigningKey;
use std::time::{Duration, Instant};

use crate::call::Asked;
use crate::shop::Shop;

#[tokio::test]
async fn a_sandbox_is_made_from_nothing_and_ready_with_keys_that_fit() {
    let asked = Asked::new();
    let made = asked.post("/sandboxes", "").await.expect(201).json();
    let name = made["sandbox"].as_str().unwrap();
    let app = &made["apps"][0];
    assert_eq!(app["published_test_keys"], true);
    let key = SigningKey::from_text(app["app_private_key"].as_str().unwrap()).unwrap();
    assert_eq!(key.verifying().spki_base64(), app["app_public_key"].as_str().unwrap());
    assert_ne!(app["app_public_key"], app["alipay_public_key"]);
    assert_eq!(asked.get(&format!("/sandboxes/{name}")).await.expect(200).json()["apps"], made["apps"]);
    assert_eq!(asked.get("/sandboxes").await.expect(200).json()["sandboxes"][0]["sandbox"], name);
}

#[tokio::test]
async fn a_sandbox_is_ready_within_20_ms() {
    let asked = Asked::new();
    // parsing the published keys is paid by the first few
    for _ in 0..3 {
        asked.post("/sandboxes", r#"{"seed":5,"name":"warm"}"#).await.expect(201);
        asked.delete("/sandboxes/warm").await.expect(204);
    }
    // the quickest of twenty: what else the machine does at this moment is not what is asked
    let mut quickest = Duration::MAX;
    for number in 0..20 {
        let start = Instant::now();
        asked.post("/sandboxes", &format!(r#"{{"seed":5,"name":"n{number}"}}"#)).await.expect(201);
        quickest = quickest.min(start.elapsed());
        asked.delete(&format!("/sandboxes/n{number}")).await.expect(204);
    }
    assert!(quickest < Duration::from_millis(20), "the quickest of 20 took {quickest:?}");
}

#[tokio::test]
async fn the_same_seed_and_calls_give_the_same_file() {
    let files = async || {
        let asked = Asked::demo().await;
        asked.post("/customers", r#"{"count":3}"#).await.expect(201);
        asked.get("/sandboxes/demo/export").await.expect(200).text
    };
    assert_eq!(files().await, files().await);
}

#[tokio::test]
async fn two_sandboxes_of_one_seed_cannot_be_open_at_once() {
    let asked = Asked::demo().await;
    let error = asked.post("/sandboxes", r#"{"name":"other","seed":7}"#).await.refused(409, "app_taken");
    assert!(error["hint"].as_str().unwrap().contains("another seed"));
    asked.post("/sandboxes", r#"{"name":"demo"}"#).await.refused(409, "name_taken");
    asked.post("/sandboxes", r#"{"name":"a/b"}"#).await.refused(400, "bad_name");
    assert_eq!(asked.get("/sandboxes").await.json()["sandboxes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_reset_forgets_what_happened_and_keeps_application_keys_and_clock() {
    let shop = Shop::open().await;
    let before = shop.asked.get("/sandboxes/demo").await.expect(200).json();
    shop.asked.with_body("PUT", &format!("/apps/{}/callback", shop.app), r#"{"callback":"http://127.0.0.1:9000/cb"}"#).await.expect(200);
    shop.asked.post("/clock/advance", r#"{"by":"30 days"}"#).await.expect(200);
    assert_eq!(before["customers"], 1);
    assert_eq!(before["cards"], 1);
    let after = shop.asked.post("/sandboxes/demo/reset", "").await.expect(200).json();
    assert_eq!((&after["customers"], &after["cards"], &after["templates"]), (&0.into(), &0.into(), &0.into()));
    assert_eq!(after["clock"], before["clock"]);
    assert_eq!(after["apps"][0]["app_id"], before["apps"][0]["app_id"]);
    assert_eq!(after["apps"][0]["app_private_key"], before["apps"][0]["app_private_key"]);
    assert_eq!(after["apps"][0]["callback"], "http://127.0.0.1:9000/cb");
    // applications that were added stay, too, each with its keys and with the merchant it belongs to
    let added = shop.asked.post("/apps", r#"{"name":"other"}"#).await.expect(201).json();
    let merchant = added["merchant_id"].as_str().unwrap();
    shop.asked.post("/apps", &format!(r#"{{"name":"third","merchant":"{merchant}"}}"#)).await.expect(201);
    let before = shop.asked.get("/sandboxes/demo").await.expect(200).json();
    let after = shop.asked.post("/sandboxes/demo/reset", "").await.expect(200).json();
    assert_eq!(after["apps"].as_array().unwrap().len(), 3);
    assert_eq!(after["apps"], before["apps"]);
    // the old owner is fenced: nothing it does reaches the new sandbox
    assert!(shop.sandbox.run(|call| call.record(engine::world::Event::ClockSet(engine::world::clock::Clock::default()))).is_err());
}

#[tokio::test]
async fn a_sandbox_is_carried_over_as_a_file() {
    let shop = Shop::open().await;
    let file = shop.asked.get("/sandboxes/demo/export").await.expect(200);
    assert_eq!(file.header("content-type"), "application/x-ndjson");
    shop.asked.post("/sandboxes/import?name=copy", &file.text).await.refused(409, "app_taken");
    shop.asked.delete("/sandboxes/demo").await.expect(204);
    shop.asked.get("/sandboxes/demo").await.refused(404, "unknown_sandbox");
    let copy = shop.asked.post("/sandboxes/import?name=copy", &file.text).await.expect(201).json();
    assert_eq!((&copy["sandbox"], &copy["cards"]), (&"copy".into(), &1.into()));
    let cards = shop.asked.get(&format!("/customers/{}/cards?sandbox=copy", shop.user)).await.expect(200).json();
    assert_eq!(cards["cards"][0]["point"], "135");
    let error = shop.asked.post("/sandboxes/import?name=third", "{\"hello\":1}").await.refused(400, "bad_export");
    assert!(error["message"].as_str().unwrap().starts_with("line 1"), "{error}");
}

#[tokio::test]
async fn a_callback_is_a_whole_web_address() {
    let asked = Asked::demo().await;
    let app = asked.get("/sandboxes/demo").await.json()["apps"][0]["app_id"].as_str().unwrap().to_owned();
    for wrong in ["javascript:alert(1)", "/cb", "ftp://x/", "http://"] {
        asked
            .with_body("PUT", &format!("/apps/{app}/callback"), &serde_json::json!({ "callback": wrong }).to_string())
            .await
            .refused(400, "bad_callback");
    }
    asked.with_body("PUT", "/apps/1/callback", r#"{"callback":""}"#).await.refused(404, "unknown_app");
}

#[tokio::test]
async fn a_file_that_is_too_large_or_stops_coming_makes_no_sandbox() {
    let asked = Asked::demo().await;
    let file = asked.get("/sandboxes/demo/export").await.expect(200).text;
    asked.delete("/sandboxes/demo").await.expect(204);
    let import = |length: u64, body: Body| {
        let request = Asked::request("POST", "/_kabao/v1/sandboxes/import?name=copy").header(header::CONTENT_TYPE, "application/x-ndjson");
        asked.send(request.header(header::CONTENT_LENGTH, length).body(body).unwrap())
    };
    import((4 << 30) + 1, Body::from(file.clone())).await.refused(413, "body_too_large");
    // a connection that breaks after a whole line
    let (mut sent, body) = http_body_util::channel::Channel::<axum::body::Bytes, std::io::Error>::new(2);
    let (first, _) = file.split_at(file.find('\n').unwrap() + 1);
    sent.send_data(first.to_owned().into()).await.unwrap();
    sent.abort(std::io::Error::other("gone"));
    import(file.len() as u64, Body::new(body)).await.refused(400, "body_cut");
    assert_eq!(asked.get("/sandboxes").await.json()["sandboxes"], serde_json::json!([]));
    asked.post("/sandboxes/import?name=copy", &file).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_that_is_added_while_the_sandbox_is_reset_stays() {
    let shop = Shop::open().await;
    for place in 0..40 {
        let add = r#"{"name": "another"}"#;
        let (_, added) = tokio::join!(shop.asked.post("/sandboxes/demo/reset", ""), shop.asked.post("/apps", add));
        if added.status != 201 {
            continue;
        }
        let (added, known) = (added.json(), shop.asked.get("/sandboxes/demo").await.expect(200).json());
        let is_there = known["apps"].as_array().unwrap().iter().any(|app| app["app_id"] == added["app_id"]);
        assert!(is_there, "round {place}: {added}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_and_readers_at_once_always_find_a_sandbox() {
    let asked = Asked::demo().await;
    let tasks: Vec<_> = (0..6)
        .map(|number| {
            let asked = asked.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    if number < 2 {
                        asked.post("/sandboxes/demo/reset", "").await.expect(200);
                    } else {
                        let status = asked.get("/customers").await.status.as_u16();
                        // one that read the old sandbox is told that it was reset, never that there is none
                        assert!(status == 200 || status == 503, "{status}");
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn a_copy_of_a_sandbox_has_applications_of_its_own_and_goes_its_own_way() {
    let asked = Asked::demo().await;
    asked.post("/customers", r#"{"name":"李雷"}"#).await.expect(201);
    let copy = asked.post("/sandboxes/demo/fork", r#"{"name":"other"}"#).await.expect(201).json();
    let old = asked.get("/sandboxes/demo").await.json();
    assert_eq!((&copy["sandbox"], &copy["customers"], &copy["seed"]), (&"other".into(), &old["customers"], &old["seed"]));
    assert_ne!(copy["apps"][0]["app_id"], old["apps"][0]["app_id"]);
    assert_eq!(copy["apps"][0]["app_private_key"], old["apps"][0]["app_private_key"]);
    asked.post("/customers?sandbox=other", "{}").await.expect(201);
    assert_eq!(asked.get("/sandboxes/demo").await.json()["customers"], old["customers"]);
    asked.post("/sandboxes/demo/fork", r#"{"name":"other"}"#).await.refused(409, "name_taken");
    asked.post("/sandboxes/nowhere/fork", "{}").await.refused(404, "unknown_sandbox");
}
