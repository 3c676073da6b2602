//! Applications are added to a sandbox, and merchants delegate to providers among them.

use crate::call::Asked;
use engine::world::merchant::Era;
use serde_json::Value;

async fn made(asked: &Asked) -> (String, Value) {
    let made = asked.post("/sandboxes", "").await.expect(201).json();
    (made["sandbox"].as_str().unwrap().to_owned(), made["apps"][0].clone())
}

#[tokio::test]
async fn a_sandbox_holds_several_merchants_and_applications_each_with_keys_of_its_own() {
    let asked = Asked::new();
    let (sandbox, first) = made(&asked).await;
    let add = async |body: &str| asked.post(&format!("/apps?sandbox={sandbox}"), body).await.expect(201).json();
    let second = add(r#"{"name":"云朵书店小程序","era":"open_id"}"#).await;
    assert_eq!(second["name"], "云朵书店小程序");
    let era = asked.house.engine().sandbox(&sandbox).unwrap().look(|world, _| {
        let app = world.apps().get(&second["app_id"].as_str().unwrap().into()).unwrap();
        app.era
    });
    assert_eq!(era, Era::OpenId);
    assert_eq!((&second["merchant_id"], &second["kind"]), (&first["merchant_id"], &Value::from("merchant")));
    let other = add(r#"{"name":"云朵书店","merchant":"new"}"#).await;
    assert_ne!(other["merchant_id"], first["merchant_id"]);
    let of_other = add(&format!(r#"{{"merchant":{}}}"#, other["merchant_id"])).await;
    assert_eq!(of_other["merchant_id"], other["merchant_id"]);
    let provider = add(r#"{"kind":"provider","callback":"http://127.0.0.1:9000/isv"}"#).await;
    assert!([&first, &other].iter().all(|app| app["merchant_id"] != provider["merchant_id"]), "a provider is nobody's merchant");
    assert_eq!((&provider["kind"], &provider["callback"]), (&Value::from("provider"), &Value::from("http://127.0.0.1:9000/isv")));
    let all = [&first, &second, &other, &of_other, &provider];
    let keys: std::collections::BTreeSet<_> =
        all.iter().flat_map(|app| [&app["app_public_key"], &app["alipay_public_key"]]).map(Value::to_string).collect();
    assert_eq!(keys.len(), 2 * all.len(), "no two share a key");
    let shown = asked.get(&format!("/sandboxes/{sandbox}")).await.expect(200).json();
    assert_eq!(shown["apps"].as_array().unwrap().len(), all.len());
    assert!(asked.house.engine().sandbox_of_app(provider["app_id"].as_str().unwrap()).is_some(), "calls find it");
}

#[tokio::test]
async fn what_cannot_be_added_is_named() {
    let asked = Asked::new();
    let (sandbox, _) = made(&asked).await;
    let path = format!("/apps?sandbox={sandbox}");
    asked.post(&path, r#"{"merchant":"2088000000000000"}"#).await.refused(409, "UNKNOWN_MERCHANT");
    asked.post(&path, r#"{"kind":"isv"}"#).await.refused(400, "bad_body");
    asked.post(&path, r#"{"name":""}"#).await.refused(400, "bad_name");
    asked.post(&path, &format!(r#"{{"name":"{}"}}"#, "店".repeat(65))).await.refused(400, "bad_name");
    asked.post(&path, r#"{"callback":"javascript:alert(1)"}"#).await.refused(400, "bad_callback");
    asked.post("/apps?sandbox=nowhere", "{}").await.refused(404, "unknown_sandbox");
    let shown = asked.get(&format!("/sandboxes/{sandbox}")).await.expect(200).json();
    assert_eq!(shown["apps"].as_array().unwrap().len(), 1, "what was refused is not there");
}

#[tokio::test]
async fn a_merchant_decides_about_a_provider() {
    let asked = Asked::new();
    let (sandbox, app) = made(&asked).await;
    let app = app["app_id"].as_str().unwrap();
    let path = format!("/apps/{app}/delegations?sandbox={sandbox}");
    let agreed = asked.post(&path, r#"{"provider_app_id":"2021000000000009","also":["2021000000000008"]}"#).await.expect(200).json();
    assert_eq!(agreed["auth_code"], format!("{app}+2021000000000008->2021000000000009"));
    let denied = asked.post(&path, r#"{"provider_app_id":"2021000000000009","decide":"deny"}"#).await.expect(200).json();
    assert_eq!(denied.get("auth_code"), None);
    assert_eq!(asked.get(&path).await.expect(200).json()["delegations"].as_array().map(Vec::len), Some(0));
    let taken_back = asked.with_body("DELETE", &format!("/apps/{app}/delegations/2021000000000009?sandbox={sandbox}"), "").await;
    taken_back.refused(409, "NOT_AUTHORISED");
}
