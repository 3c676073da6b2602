//! The clock over the API.

use super::notices::{merchant, tell};
use crate::call::Asked;

#[tokio::test]
async fn the_clock_is_stopped_moved_and_resumed() {
    let asked = Asked::demo().await;
    let clock = asked.get("/clock").await.expect(200).json();
    assert_eq!((&clock["now"], &clock["state"]), (&"2026-11-21 14:00:00".into(), &"stopped".into()));
    let moved = asked.post("/clock/advance", r#"{"by":"25h"}"#).await.expect(200).json();
    assert_eq!((&moved["clock"]["now"], &moved["ran"]), (&"2026-11-22 15:00:00".into(), &serde_json::json!([])));
    let month = asked.post("/clock/advance", r#"{"by":"1 month"}"#).await.expect(200).json();
    assert_eq!(month["clock"]["now"], "2026-12-22 15:00:00");
    let back = asked.post("/clock", r#"{"set":"2026-01-31 00:00:00"}"#).await.expect(200).json();
    assert_eq!((&back["now"], &back["state"]), (&"2026-01-31 00:00:00".into(), &"stopped".into()));
    let runs = asked.post("/clock", r#"{"resume":true}"#).await.expect(200).json();
    assert_eq!(runs["state"], "running");
    assert!(asked.get("/clock").await.json()["now"].as_str().unwrap().starts_with("2026-01-31 00:0"));
    asked.post("/clock/advance", r#"{"by":"-1h"}"#).await.refused(400, "bad_span");
    asked.post("/clock/advance", r#"{"by":"9000 years"}"#).await.refused(400, "bad_span");
    asked.post("/clock", "").await.refused(400, "bad_clock");
}

#[tokio::test]
async fn presets_are_jumped_to_or_led_to() {
    let asked = Asked::demo().await;
    let jumped = asked.post("/clock", r#"{"preset":"month_end"}"#).await.expect(200).json();
    assert_eq!((&jumped["now"], &jumped["state"]), (&"2026-11-30 23:59:50".into(), &"stopped".into()));
    let led = asked.post("/clock/advance", r#"{"by":"leap_day"}"#).await.expect(200).json();
    assert_eq!(led["clock"]["now"], "2028-02-28 23:59:50");
    let calendar = asked.post("/clock/advance", r#"{"by":"retry_calendar"}"#).await.expect(200).json();
    assert_eq!(calendar["clock"]["now"], "2028-03-01 00:59:50");
    asked.post("/clock", r#"{"preset":"midnight","set":"2026-01-31 00:00:00"}"#).await.refused(400, "bad_clock");
    let error = asked.post("/clock", r#"{"preset":"month_ends"}"#).await.refused(400, "bad_body");
    assert_eq!(error["hint"], "did you mean the value `month_end`?");
}

#[tokio::test]
async fn advancing_tells_what_fell_due_on_the_way() {
    let asked = Asked::demo().await;
    let customer = asked.post("/customers", "{}").await.expect(201).json();
    let user = customer["user_id"].as_str().unwrap();
    let app = asked.get("/sandboxes/demo").await.json()["apps"][0]["app_id"].as_str().unwrap().to_owned();
    let ask = format!(r#"{{"app_id":"{app}","scopes":["auth_user"]}}"#);
    let code = asked.post(&format!("/customers/{user}/authorize"), &ask).await.expect(200).json();
    let still = asked.post("/clock/advance", r#"{"by":"0s"}"#).await.expect(200).json();
    let moved = asked.post("/clock/advance", r#"{"by":"2 years"}"#).await.expect(200).json();
    assert!(still["next_ms"].is_i64() && still["next_ms"] == moved["ran"][0]["at_ms"], "{still:#} {moved:#}");
    let (ran, code) = (&moved["ran"], code["auth_code"].as_str().unwrap());
    assert_eq!((&ran[0]["kind"], &moved["counts"]["code_ran_out"]), (&"code_ran_out".into(), &1.into()), "{moved:#}");
    assert!(ran[0]["what"].as_str().unwrap().starts_with(&code[..8]) && !moved.to_string().contains(code), "{moved:#}");
    assert!(ran[0]["at"].as_str().unwrap() < moved["clock"]["now"].as_str().unwrap());
    assert_eq!(moved["cut"], false);
}

#[tokio::test]
async fn of_many_who_advance_at_once_each_goes_on_from_where_the_one_before_got_to() {
    let asked = Asked::demo().await;
    let shows = async || asked.get("/clock").await.expect(200).json()["now_ms"].as_i64().unwrap();
    let before = shows().await;
    // somebody to wait for on the way: the others come meanwhile
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    tell(&sandbox, 1, "trade_status_sync", merchant("success").0).await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let asked = asked.clone();
        all.spawn(
            async move { asked.post("/clock/advance", r#"{"by":"1h"}"#).await.expect(200).json()["clock"]["now_ms"].as_i64().unwrap() },
        );
    }
    let mut hours: Vec<_> = all.join_all().await.into_iter().map(|now| (now - before) / 3_600_000).collect();
    hours.sort_unstable();
    assert_eq!(hours, (1..=20).collect::<Vec<_>>());
    assert_eq!(shows().await - before, 20 * 3_600_000);
}
