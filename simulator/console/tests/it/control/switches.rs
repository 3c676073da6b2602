//! Switches and mini programs' calls over the API.

use crate::call::Asked;

#[tokio::test]
async fn switches_are_off_until_they_are_turned() {
    let asked = Asked::demo().await;
    assert_eq!(asked.get("/switches").await.expect(200).json()["switches"]["strict_occur_time"], false);
    let turned = asked.with_body("PUT", "/switches/strict_occur_time", r#"{"on":true}"#).await.expect(200).json();
    assert_eq!((&turned["switches"]["strict_occur_time"], &turned["switches"]["open_without_consent"]), (&true.into(), &false.into()));
    asked.with_body("PUT", "/switches/strict_occur_time", r#"{"on":false}"#).await.expect(200);
    assert_eq!(asked.get("/switches").await.json()["switches"]["strict_occur_time"], false);
    asked.with_body("PUT", "/switches/gravity", r#"{"on":true}"#).await.refused(404, "unknown_switch");
}

#[tokio::test]
async fn a_mini_programs_call_is_carried_to_the_platform() {
    let asked = Asked::demo().await;
    let customer = asked.post("/customers", "{}").await.expect(201).json();
    let path = format!("/customers/{}/mini-program", customer["user_id"].as_str().unwrap());
    let told = asked.post(&path, r#"{"api":"my.addCardAuth","app_id":"1","url":"x"}"#).await.expect(200).json();
    assert_eq!((&told["answer"]["user"], &told["answer"]["url"]), (&customer["user_id"], &"x".into()));
    asked.post(&path, r#"{"api":"my.dance","app_id":"1"}"#).await.refused(409, "UNKNOWN_API");
}

#[tokio::test]
async fn an_application_s_gateway_and_what_was_sent_to_it_can_be_asked() {
    let asked = Asked::demo().await;
    let app = asked.get("/sandboxes/demo").await.json()["apps"][0]["app_id"].as_str().unwrap().to_owned();
    let path = format!("/apps/{app}/gateway");
    let set = asked.with_body("PUT", &path, r#"{"gateway":"http://127.0.0.1:9000/gateway"}"#).await.expect(200).json();
    assert_eq!(set["gateway"], "http://127.0.0.1:9000/gateway");
    asked.with_body("PUT", &path, r#"{"gateway":"nonsense"}"#).await.refused(400, "bad_callback");
    asked.with_body("PUT", "/apps/1/gateway", r#"{"gateway":""}"#).await.refused(404, "unknown_app");
    let notices = asked.get("/notices").await.expect(200).json();
    assert_eq!((&notices["total"], &notices["notices"]), (&0.into(), &serde_json::json!([])));
    asked.get("/templates/none/migration").await.refused(404, "unknown_template");
}
