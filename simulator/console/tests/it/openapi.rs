//! The description and the routes are the same thing.

use axum::body::Body;
use std::collections::BTreeSet;

use crate::call::Asked;

/// The calls of DESIGN's "Control API", and those that its five lines leave out.
const CALLS: &[&str] = &[
    "DELETE /apps/{app_id}/delegations/{provider_app_id}",
    "DELETE /customers/{id}/cards/{biz_card_no}",
    "DELETE /customers/{id}/consent/{app_id}",
    "DELETE /faults/{id}",
    "DELETE /sandboxes/{id}",
    "GET /apps/{app_id}/delegations",
    "GET /cards",
    "GET /clock",
    "GET /customers",
    "GET /customers/{id}",
    "GET /customers/{id}/cards",
    "GET /customers/{id}/vouchers",
    "GET /customers/{id}/wallet",
    "GET /events",
    "GET /faults",
    "GET /journal",
    "GET /journal/{id}",
    "GET /ledger/accounts/{id}",
    "GET /ledger/totals",
    "GET /merchants/{id}/settlement",
    "GET /notices",
    "GET /notices/{id}",
    "GET /sandboxes",
    "GET /sandboxes/{id}",
    "GET /sandboxes/{id}/export",
    "GET /switches",
    "GET /templates/{id}/migration",
    "GET /trades",
    "GET /trades/{trade_no}",
    "POST /apps",
    "POST /apps/{app_id}/delegations",
    "POST /apps/{app_id}/gateway/check",
    "POST /clock",
    "POST /clock/advance",
    "POST /customers",
    "POST /customers/{id}/activate",
    "POST /customers/{id}/authorize",
    "POST /customers/{id}/cards/{biz_card_no}/show",
    "POST /customers/{id}/confirm",
    "POST /customers/{id}/mini-program",
    "POST /customers/{id}/paycode",
    "POST /customers/{id}/scan",
    "POST /customers/{id}/vouchers",
    "POST /customers/{id}/wallet",
    "POST /faults",
    "POST /ledger/batch",
    "POST /merchants/{id}/settlement/withdraw",
    "POST /notices/send",
    "POST /notices/{id}/resend",
    "POST /sandboxes",
    "POST /sandboxes/import",
    "POST /sandboxes/{id}/fork",
    "POST /sandboxes/{id}/reset",
    "POST /templates/{id}/members",
    "PUT /apps/{app_id}/callback",
    "PUT /apps/{app_id}/gateway",
    "PUT /apps/{app_id}/security",
    "PUT /switches/{name}",
];

fn described() -> BTreeSet<String> {
    let description = serde_json::to_value(console::description()).unwrap();
    let paths = description["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let path = path.strip_prefix("/_kabao/v1").unwrap();
            item.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

#[test]
fn every_call_there_is_to_be_is_described_and_no_other() {
    assert_eq!(described().iter().map(String::as_str).collect::<Vec<_>>(), CALLS);
}

#[tokio::test]
async fn every_described_call_has_a_route_and_every_route_is_described() {
    let asked = Asked::demo().await;
    let described = described();
    let paths: BTreeSet<&str> = described.iter().map(|call| call.split_once(' ').unwrap().1).collect();
    for path in paths {
        let target = format!(
            "/_kabao/v1{}",
            path.replace("{id}", "1").replace("{app_id}", "2").replace("{biz_card_no}", "3").replace("{trade_no}", "4")
        );
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let answer = asked.send(Asked::request(method, &target).body(Body::from("x")).unwrap()).await;
            let routed = answer.status != 405 && !answer.text.contains("unknown_call");
            // a path without parameters may also be one of a path with them: /sandboxes/import is a sandbox's name as well
            let elsewhere = path == "/sandboxes/import";
            assert_eq!(
                routed,
                described.contains(&format!("{method} {path}")) || (elsewhere && routed && method != "POST"),
                "{method} {target}: {} {}",
                answer.status,
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn the_description_is_served_and_names_every_schema_it_refers_to() {
    let asked = Asked::new();
    let served = asked.get("/openapi.json").await.expect(200);
    let description = served.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let schemas = description["components"]["schemas"].as_object().unwrap();
    for reference in served.text.split("\"$ref\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{name} is referred to and not described");
    }
}
