//! Sandboxes: made, emptied, carried over, dropped.

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
    let mut took: Vec<Duration> = Vec::new();
    for number in 0..20 {
        let start = Instant::now();
        asked.post("/sandboxes", &format!(r#"{{"seed":5,"name":"n{number}"}}"#)).await.expect(201);
        took.push(start.elapsed());
        asked.delete(&format!("/sandboxes/n{number}")).await.expect(204);
    }
    took.sort_unstable();
    assert!(took[10] < Duration::from_millis(20), "the median of 20 took {:?}", took[10]);
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
async fn what_the_store_has_not_taken_yet_is_not_told() {
    use engine::log::{Cut, CutWaits, Log, Memory, SandboxId, Sequence};
    use engine::world::customer::{Customer, Profile};
    let log = std::sync::Arc::new(CutWaits::new(Memory::new()));
    let asked = Asked::over(log.clone(), crate::call::settings());
    asked.post("/sandboxes", r#"{"name":"demo"}"#).await.expect(201);
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let stored = |first| {
        let mut any = false;
        log.scan(&SandboxId::from("demo"), Sequence(first), &mut |_| {
            any = true;
            std::ops::ControlFlow::Break(())
        })
        .unwrap();
        any
    };
    for (path, customers) in [("/sandboxes", 1), ("/sandboxes/demo", 2)] {
        log.plan([Cut::BeforeCommit; 4]);
        let ran = sandbox.run(|call| {
            let user = format!("20880000000000{customers:02}");
            call.record(Customer { user: user.as_str().into(), profile: Profile::default() });
        });
        let ran = ran.unwrap();
        assert!(!stored(ran.first), "the log is slow");
        let told = asked.get(path).await.expect(200).json();
        let line = if told["sandboxes"].is_array() { &told["sandboxes"][0] } else { &told };
        assert_eq!(line["customers"], customers, "{path}: {told}");
        assert!(stored(ran.first), "{path} told of what was not stored");
    }
}
