//! Every fact can fail: each is looked at in two worlds, one in which nothing happened and one in which other things did, and
//! does not come true in at least one of them. A fact that holds in both would let every merchant through.

use crate::stand_in::serve;
use axum::Router;
use axum::extract::{Json, Path, RawQuery};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use scenarios::run::Outcome;
use scenarios::vocabulary::Kind;
use scenarios::{PlayOptions, Story, Target, play, steps};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Which contrary world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum World {
    /// The merchant does nothing that it should.
    Nothing,
    /// It does other things, and too many of them.
    Other,
}

const BEFORE: &str = "Feature: F\n  Scenario: S\n    Given the merchant \"tea-house\" with a member card template\n    And the customer \"Li Lei\"\n    \
    And the customer \"Han Meimei\"\n    When Li Lei scans the join poster and agrees\n    And the scanner reads \"KB1\" instead\n    \
    And the cashier looks the member up\n    And the cashier charges 35.00, and Li Lei shows the payment code\n    \
    And the cashier refunds 10.00\n    And the platform sends a notice of the unknown kind \"x\"\n";

#[tokio::test]
async fn every_fact_does_not_come_true_where_nothing_or_something_else_happened() {
    let targets = [opened(World::Nothing).await, opened(World::Other).await];
    let mut never_failed = Vec::new();
    let mut odd = Vec::new();
    let facts: Vec<_> = steps().iter().filter(|step| step.kind == Kind::Fact).collect();
    assert!(facts.len() > 40);
    for step in facts {
        let fact = step.example.strip_prefix("within ").and_then(|rest| rest.split_once(" s ")).map_or(step.example, |(_, fact)| fact);
        let story = Story::read("f.feature", &format!("{BEFORE}    Then {fact}\n")).unwrap();
        let mut failed = false;
        for target in &targets {
            let run = play(&story, target, &PlayOptions::default()).await;
            let steps: Vec<_> = run.steps().collect();
            let (last, before) = steps.split_last().unwrap();
            if let Some(trouble) = before.iter().find(|step| step.outcome != Outcome::Passed) {
                odd.push(format!("before {fact:?}: {} {:?}", trouble.sentence, trouble.outcome));
            }
            match &last.outcome {
                Outcome::Failed(_) => failed = true,
                Outcome::Passed => {}
                other => odd.push(format!("{fact}: {other:?}")),
            }
        }
        if !failed {
            never_failed.push(fact);
        }
    }
    assert!(odd.is_empty(), "not judged at all:\n{}", odd.join("\n"));
    assert!(never_failed.is_empty(), "came true in both worlds:\n{}", never_failed.join("\n"));
}

async fn opened(world: World) -> Target {
    let merchant = serve(merchant(world)).await;
    Target::at(&serve(platform(world, &merchant)).await, merchant)
}

/// A path below the control API.
fn v1(path: &str) -> String {
    format!("/_kabao/v1{path}")
}

fn platform(world: World, merchant: &str) -> Router {
    let is_other = world == World::Other;
    let some = move |list: Value| if is_other { list } else { json!([]) };
    let back = format!("{merchant}/join/callback?auth_code=c&request_id=r");
    let cards = some(json!([{"biz_card_no": "kabao1", "state": "held"}, {"biz_card_no": "kabao2", "state": "held"}]));
    let trade = |order: &str| {
        json!({"trade_no": order, "out_trade_no": order, "status": "paid", "paid": "2026-11-21 12:00:00", "total": "1.23", "total_fen": 123,
            "refunded_fen": 23, "end": null})
    };
    let trades = some(json!([trade("A1"), trade("A2")]));
    let face = json!({"kind": "qrcode", "code": "287634438256643945", "face": {"card_show_name": "other", "records": [], "messages": [{"changed_point": "7"}],
        "columns": [{"code": "POINT", "value": "7"}, {"code": "LEVEL", "value": "VIP9"}]}});
    let app = json!({"app_id": "2021", "kind": "merchant"});
    let success = if is_other { "ZmFpbHVyZQ==" } else { "c3VjY2Vzcw==" };
    let told = json!({"answer": {"body_base64": success}});
    Router::new()
        .route("/_kabao/health", get(async || Json(json!({"version": "9.9.9"}))))
        .route(&v1("/sandboxes/demo"), get(async move || Json(json!({"sandbox": "demo", "seed": 1, "apps": [app]}))))
        .route(&v1("/journal"), get(async move |RawQuery(query): RawQuery| Json(journal(world, &query.unwrap_or_default()))))
        .route(&v1("/journal/{id}"), get(async move |Path(id): Path<u64>| Json(if id == 900 { told } else { exchange(id) })))
        .route(&v1("/events"), get(async || Json(json!({"events": [], "next": 0}))))
        .route(&v1("/faults"), get(async || Json(json!({"faults": [], "never_matched": 0}))))
        .route(&v1("/customers"), post(async || Json(json!({"user_id": "2088000000000001"}))))
        .route(&v1("/customers/{id}/activate"), post(async move || Json(json!({"redirect_url": back}))))
        .route(&v1("/customers/{id}/cards"), get(async move || Json(json!({"cards": cards}))))
        .route(&v1("/customers/{id}/cards/{card}/show"), post(async move || Json(face)))
        .route(&v1("/customers/{id}/paycode"), post(async || Json(json!({"auth_code": "287634438256643945"}))))
        .route(&v1("/customers/{id}/wallet"), get(async || Json(json!({"balance": "0.01", "balance_fen": 1}))))
        .route(&v1("/customers/{id}/mini-program"), post(async || Json(json!({"answer": {"response": "{}"}}))))
        .route(&v1("/trades"), get(async move || Json(json!({"trades": trades}))))
        .route(&v1("/notices"), get(async move |RawQuery(query): RawQuery| Json(notices(world, &query.unwrap_or_default()))))
        .route(&v1("/notices/{id}"), get(async |Path(id): Path<String>| Json(notice(&id))))
        .route(&v1("/notices/send"), post(async || Json(json!({"status": 200, "exchange": 900}))))
        .route(&v1("/clock"), post(async || Json(json!({"now_ms": 1_763_697_600_000_i64}))))
}

/// In the other world every method was called three times.
fn journal(world: World, query: &str) -> Value {
    let method = query.split('&').find_map(|pair| pair.strip_prefix("method=")).unwrap_or_default();
    let calls: Vec<Value> = if world == World::Other && !method.is_empty() && query.contains("after=0") {
        CALLED
            .iter()
            .position(|known| *known == method)
            .into_iter()
            .flat_map(|place| (1..=3).map(move |n| exchange(place as u64 * 10 + n)))
            .collect()
    } else {
        Vec::new()
    };
    json!({"exchanges": calls, "next": 0, "dropped": 0})
}

const CALLED: &[&str] =
    &["alipay.marketing.card.open", "alipay.marketing.card.update", "alipay.trade.pay", "alipay.trade.cancel", "alipay.trade.refund"];

fn exchange(id: u64) -> Value {
    let method = CALLED.get(usize::try_from(id / 10).unwrap()).copied().unwrap_or_default();
    let content =
        json!({"out_serial_no": format!("s{id}"), "out_trade_no": format!("o{id}"), "out_request_no": "same", "auth_code": "2876"});
    json!({"id": id, "method": method, "code": "40004", "view": {"params": {"auth_token": "t"}, "biz_content": content}})
}

/// In the other world there is a notice of every kind, and the merchant took none.
fn notices(world: World, query: &str) -> Value {
    let kind = query.split('&').find_map(|pair| pair.strip_prefix("kind=")).unwrap_or_default();
    // before the scene is set there are none
    if world == World::Nothing || query.contains("limit=1&") || query.ends_with("limit=1") {
        return json!({"notices": [], "total": 0});
    }
    json!({"notices": [{"number": 1, "notify_id": format!("n-{kind}"), "kind": kind}], "total": 1})
}

fn notice(id: &str) -> Value {
    json!({"number": 1, "notify_id": id, "kind": id, "parameters": {"trade_status": "TRADE_SUCCESS"}, "attempts": [{"came": "taken"}, {"came": "not_taken"}]})
}

fn merchant(world: World) -> Router {
    let is_other = world == World::Other;
    let sale = json!({"sale_no": "S-1", "status": "unknown", "out_trade_no": "A1", "points_added": 3, "payable": "1.00", "paid": null, "refunded": "0.00"});
    let again = sale.clone();
    // each time somebody asks there is one more
    let members = Arc::new(AtomicI64::new(0));
    let asked = Arc::new(AtomicI64::new(0));
    Router::new()
        .route("/setup", post(async || Json(json!({"template_id": "T1", "link": "https://x", "created": true}))))
        .route("/poster", get(async || Json(json!({"template_id": "T1", "link": "https://x"}))))
        .route("/join/callback", get(async || ([("x-join-attempt", "a1")], "come in").into_response()))
        .route("/join/{attempt}", get(async || Json(json!({"status": "working", "message": "", "already_member": false}))))
        .route(
            "/till/lookup",
            post(async move || {
                let member = json!({"member": {"name": "Somebody", "points": 7}, "card": {}});
                if is_other { Json(member).into_response() } else { StatusCode::NOT_FOUND.into_response() }
            }),
        )
        .route("/till/sale", post(async move || Json(sale)))
        .route("/till/sale/{no}", get(async move || Json(again)))
        .route("/till/sale/{no}/refund", post(async || Json(json!({"status": "pending", "sale_no": "S-1", "refund_no": "R-1"}))))
        .route("/members", get(async move || Json(json!({"count": members.fetch_add(if is_other { 2 } else { 0 }, Ordering::Relaxed)}))))
        // busy whenever a fact asks, and done when the player asks once more
        .route("/health", get(async move || Json(json!({"status": "ok", "pending": 1 - asked.fetch_add(1, Ordering::Relaxed) % 2}))))
}
