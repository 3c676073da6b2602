//! The practice merchant's own side, as far as it needs no platform: the till API's refusals, and a platform that is not there.

use conformance::practice::{CannotOpen, Practice, Setup};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use wire::pool;

fn setup() -> Setup {
    Setup {
        // nobody listens there: the port is closed again at once
        gateway: format!("http://{}/gateway.do", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()),
        app_id: "9021000000000001".to_owned(),
        app_private_key: pool::private_pem(0).to_owned(),
        alipay_public_key: pool::signing_key(1).verifying().spki_base64(),
        ..Setup::default()
    }
}

async fn post(address: &str, path: &str, body: &str) -> (StatusCode, Value) {
    let answer = Client::new()
        .post(format!("{address}{path}"))
        .header("content-type", "application/json")
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    let status = answer.status();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

#[tokio::test]
async fn what_the_till_api_forbids_is_refused_in_its_own_words() {
    let practice = Practice::start(setup()).await.unwrap();
    let address = practice.address();
    for (path, body, status, code) in [
        ("/setup", r#"{"card_nam":"x"}"#, 400, "BAD_REQUEST"),
        ("/setup", "{", 400, "BAD_REQUEST"),
        ("/setup", r#"{"card_name":"十一个字的会员卡名字长"}"#, 400, "BAD_REQUEST"),
        ("/till/lookup", r#"{"code":"KB000001"}"#, 409, "NOT_SET_UP"),
        ("/till/sale", r#"{"code":"KB000001","amount":"88"}"#, 400, "BAD_REQUEST"),
        ("/till/sale", r#"{"card_no":"KB000001","code":"KB000001","amount":"88.00"}"#, 400, "BAD_REQUEST"),
        ("/till/sale", r#"{"card_no":"KB000009","amount":"88.00"}"#, 404, "MEMBER_NOT_FOUND"),
        ("/till/nowhere", "{}", 404, "NOT_FOUND"),
        ("/poster", "{}", 405, "METHOD_NOT_ALLOWED"),
    ] {
        let (seen, body) = post(address, path, body).await;
        assert_eq!((seen.as_u16(), body["error"]["code"].as_str()), (status, Some(code)), "{path}: {body}");
    }
    assert_eq!(post(address, "/setup", &"x".repeat(70_000)).await.1["error"]["code"], "TOO_LARGE");
    assert_eq!(post(address, "/setup", r#"{"card_nam":"x"}"#).await.1["error"]["field"], "card_nam");
    let foreign = Client::new().post(format!("{address}/shutdown")).header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let form = Client::new().post(format!("{address}/setup")).body("a=1").send().await.unwrap();
    assert_eq!(form.status(), StatusCode::BAD_REQUEST, "a body that does not say it is JSON");
    practice.stop().await;
}

#[tokio::test]
async fn a_member_of_old_is_taken_over_once() {
    let practice = Practice::start(setup()).await.unwrap();
    let old = r#"{"name":"李雷","mobile":"13800138000","points":120}"#;
    let (status, told) = post(practice.address(), "/members", old).await;
    assert_eq!(status, StatusCode::CREATED);
    let member = &told["member"];
    assert_eq!((&member["points"], &member["level"], &member["card"]), (&json!(120), &json!("VIP1"), &json!("none")));
    assert_eq!(post(practice.address(), "/members", old).await.1["error"]["code"], "MOBILE_TAKEN");
    practice.stop().await;
}

#[tokio::test]
async fn a_platform_that_is_not_there_leaves_the_outcome_unknown() {
    let practice = Practice::start(setup()).await.unwrap();
    let (status, told) = post(practice.address(), "/setup", "{}").await;
    assert_eq!((status, told["error"]["code"].as_str()), (StatusCode::GATEWAY_TIMEOUT, Some("PLATFORM_UNKNOWN")), "{told}");
    practice.stop().await;
}

#[tokio::test]
async fn a_forged_notice_is_not_acknowledged() {
    let practice = Practice::start(setup()).await.unwrap();
    let answer = Client::new().post(format!("{}/notify", practice.address())).body("a=1&sign=AAAA&sign_type=RSA2").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "failure");
    practice.stop().await;
}

#[tokio::test]
async fn a_text_that_is_no_key_is_named() {
    let wrong = Setup { app_private_key: "not a key".to_owned(), ..setup() };
    let Err(CannotOpen::Key { which, .. }) = Practice::start(wrong).await else { panic!("it opened") };
    assert_eq!(which, "app_private_key");
}
