//! How an application's calls are protected: what is asked for reaches the platform with the keys it needs.

use crate::call::Asked;

#[tokio::test]
async fn encryption_is_asked_for_at_the_making_and_changed_later() {
    let asked = Asked::new();
    let made = asked.post("/sandboxes", r#"{"aes":true,"mode":"certificate"}"#).await.expect(201).json();
    let (name, app) = (made["sandbox"].as_str().unwrap(), &made["apps"][0]);
    assert_eq!(app["aes_key"], "a2V5");
    let path = format!("/apps/{}/security?sandbox={name}", app["app_id"].as_str().unwrap());
    let off = asked.with_body("PUT", &path, r#"{"aes":false,"renew":["app_key","alipay_cert"]}"#).await.expect(200).json();
    assert_eq!((&off["app_id"], off.get("aes_key")), (&app["app_id"], None));
    let plain = asked.post("/sandboxes", "").await.expect(201).json();
    assert_eq!(plain["apps"][0].get("aes_key"), None);
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_named() {
    let asked = Asked::new();
    let made = asked.post("/sandboxes", "").await.expect(201).json();
    let (name, app) = (made["sandbox"].as_str().unwrap(), made["apps"][0]["app_id"].as_str().unwrap());
    asked.with_body("PUT", &format!("/apps/2021000000000000/security?sandbox={name}"), "{}").await.refused(404, "unknown_app");
    for body in [r#"{"mode":"sm2"}"#, r#"{"renew":["everything"]}"#, r#"{"cert":true}"#] {
        asked.with_body("PUT", &format!("/apps/{app}/security?sandbox={name}"), body).await.refused(400, "bad_body");
    }
}

#[tokio::test]
async fn a_sandbox_that_cannot_be_secured_as_asked_is_not_left_behind() {
    let asked = Asked::new();
    let before = asked.get("/sandboxes").await.expect(200).json();
    let body = r#"{"name":"half","mode":"certificate","callback":"http://127.0.0.1/unsafe"}"#;
    asked.post("/sandboxes", body).await.refused(409, "no_security");
    assert_eq!(asked.get("/sandboxes").await.expect(200).json(), before);
    asked.post("/sandboxes", r#"{"name":"half"}"#).await.expect(201);
}
