//! What the API refuses, and how it says so.

use axum::body::Body;
use axum::http::header;

use crate::call::Asked;

#[tokio::test]
async fn unknown_fields_and_queries_are_refused_with_the_name_that_was_meant() {
    let asked = Asked::demo().await;
    let error = asked.post("/customers", r#"{"mobil":"138"}"#).await.refused(400, "bad_body");
    assert_eq!(error["hint"], "did you mean the field `mobile`?");
    let error = asked.get("/journal?aftr=3").await.refused(400, "bad_query");
    assert_eq!(error["hint"], "did you mean the field `after`?");
    asked.get("/journal?after=x").await.refused(400, "bad_query");
    asked.post("/customers", "{").await.refused(400, "bad_body");
    asked.get("/clock?sandbox=nope").await.refused(404, "unknown_sandbox");
}

#[tokio::test]
async fn a_body_is_json_and_says_so() {
    let asked = Asked::demo().await;
    for said in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonx")] {
        let mut request = Asked::request("POST", "/_kabao/v1/customers");
        if let Some(said) = said {
            request = request.header(header::CONTENT_TYPE, said);
        }
        asked.send(request.body(Body::from("{}")).unwrap()).await.refused(415, "wrong_content_type");
    }
    let request = Asked::request("POST", "/_kabao/v1/customers").header(header::CONTENT_TYPE, "Application/JSON; charset=utf-8");
    asked.send(request.body(Body::from("{}")).unwrap()).await.expect(201);
}

#[tokio::test]
async fn bodies_are_bounded() {
    let asked = Asked::demo().await;
    let body = format!("{{\"name\":\"{}\"}}", "x".repeat(300 << 10));
    asked.post("/customers", &body).await.refused(413, "body_too_large");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    asked.post("/customers", &deep).await.refused(400, "bad_body");
}

#[tokio::test]
async fn addresses_nobody_has_and_wrong_methods_are_answered_in_the_same_form() {
    let asked = Asked::demo().await;
    asked.get("/nothing").await.refused(404, "unknown_call");
    asked.delete("/clock").await.refused(405, "method_not_allowed");
}

#[tokio::test]
async fn readiness_is_told_to_anybody_and_tells_of_nobody() {
    let asked = Asked::demo().await;
    let request = axum::http::Request::builder().uri("/_kabao/health").header(header::HOST, "anything").body(Body::empty()).unwrap();
    let health = asked.send(request).await.expect(200).json();
    assert_eq!((&health["status"], &health["store"], &health["sandboxes"]), (&"ok".into(), &"ok".into(), &1.into()));
}
