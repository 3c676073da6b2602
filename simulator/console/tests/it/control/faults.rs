//! Faults over the control API: made, told of, taken away; what never matched is named.

use crate::call::Asked;
use engine::fault::find;
use engine::world::fault::{Aim, Seen};
use engine::world::names::AppId;

/// A call comes that rules may be about.
async fn call(asked: &Asked, method: &str) {
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let app = AppId::from("a");
    let ran = sandbox.run(|call| {
        let seen = Seen {
            aim: Aim::Call,
            can_wait: false,
            method,
            app: &app,
            now: call.now(),
            parameter: &|_| None,
            header: &|_| None,
            card: &|_| false,
            says: &|_| true,
            dice: &|_, _| 0,
        };
        find(call, &seen, 7, None).strike.is_some()
    });
    ran.unwrap().settled().await.unwrap();
}

#[tokio::test]
async fn a_fault_is_made_counted_and_taken_away() {
    let asked = Asked::demo().await;
    let made = asked.post("/faults", r#"{"method":"pay","reply":"drop"}"#).await.expect(201).json();
    assert_eq!((made["id"].as_u64(), made["action"].as_str(), made["rule"]["times"].as_u64()), (Some(1), Some("drop"), Some(1)));
    asked.post("/faults", r#"{"method":"refund","delay_ms":5}"#).await.expect(201);
    call(&asked, "pay").await;
    call(&asked, "pay").await;
    let list = asked.get("/faults").await.expect(200).json();
    assert_eq!((list["faults"][0]["matched"].as_u64(), list["faults"][0]["struck"].as_u64()), (Some(2), Some(1)));
    assert_eq!((list["never_matched"].as_u64(), list["words"].as_bool()), (Some(1), Some(true)));
    let unmatched = asked.get("/faults?unmatched=true").await.expect(200).json();
    assert_eq!(unmatched["faults"].as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect::<Vec<_>>(), [2]);
    assert!(asked.delete("/faults/1").await.expect(200).json().get("warning").is_none());
    assert!(asked.delete("/faults/2").await.expect(200).json()["warning"].as_str().unwrap().contains("tested nothing"));
    asked.delete("/faults/2").await.refused(404, "unknown_fault");
    asked.delete("/faults/x").await.refused(404, "unknown_fault");
}

#[tokio::test]
async fn rules_that_are_none_are_refused_with_what_was_meant() {
    let asked = Asked::demo().await;
    let error = asked.post("/faults", r#"{"methd":"pay","reply":"drop"}"#).await.refused(400, "bad_body");
    assert_eq!(error["hint"], "did you mean the field `method`?");
    let error = asked.post("/faults", r#"{"reply":"dorp"}"#).await.refused(400, "bad_body");
    assert_eq!(error["hint"], "did you mean the value `drop`?");
    asked.post("/faults", r#"{"delay_ms":99999999}"#).await.refused(400, "bad_fault");
    asked.post("/faults", r#"{"percent":0.5,"reply":"drop"}"#).await.refused(400, "bad_body");
}

#[tokio::test]
async fn no_more_rules_are_kept_than_the_limit() {
    let asked = Asked::demo().await;
    for _ in 0..engine::world::fault::LIMIT {
        asked.post("/faults", r#"{"reply":"drop"}"#).await.expect(201);
    }
    asked.post("/faults", r#"{"reply":"drop"}"#).await.refused(429, "too_many_faults");
    asked.delete("/faults/7").await.expect(200);
    assert_eq!(
        asked.post("/faults", r#"{"reply":"drop"}"#).await.expect(201).json()["id"].as_u64(),
        Some(201),
        "numbers are not used again"
    );
}

#[tokio::test]
async fn a_reset_drops_faults() {
    let asked = Asked::demo().await;
    asked.post("/faults", r#"{"reply":"drop"}"#).await.expect(201);
    asked.post("/sandboxes/demo/reset", "").await.expect(200);
    assert_eq!(asked.get("/faults").await.expect(200).json()["faults"], serde_json::json!([]));
}
