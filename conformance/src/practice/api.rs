//! The till API's addresses. Source: fixtures/merchants/till-api.md; `/practice/lose` is this merchant's own.

use super::body::Body;
use super::book::Attempt;
use super::clock;
use super::joining::Arrival;
use super::page::page;
use super::problem::Problem;
use super::set_up::Wish;
use super::till::{Charge, LookUp};
use super::{Defect, Shop};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use wire::alipay::Limits;
use wire::alipay::notification::{Notice, NoticeRule, TAKEN};

type Answered = Result<Json<Value>, Problem>;
type Here = State<Arc<Shop>>;

pub(super) fn router(shop: Arc<Shop>) -> Router {
    // for the notices only: `Body` has its own limit
    let limit = DefaultBodyLimit::max(64 << 10);
    Router::new()
        .route("/setup", post(set_up))
        .route("/poster", get(poster))
        .route("/join/callback", get(callback))
        .route("/join/{attempt}", get(attempt))
        .route("/members", get(members).post(take_over))
        .route("/till/lookup", post(look_up))
        .route("/till/sale", post(sell))
        .route("/sales", get(sales))
        .route("/notify", post(notice))
        .route("/health", get(health))
        .route("/shutdown", post(shut_down))
        .route("/practice/lose", post(lose))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "no such address"))
        .method_not_allowed_fallback(async || Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "not with this verb"))
        .layer(limit)
        .with_state(shop)
}

async fn set_up(State(shop): Here, Body(wish): Body<Wish>) -> Answered {
    let (poster, created) = shop.set_up(wish).await?;
    Ok(Json(json!({"template_id": poster.template_id, "link": poster.link, "created": created})))
}

async fn poster(State(shop): Here) -> Answered {
    let poster = shop.book().poster.clone().ok_or_else(Problem::not_set_up)?;
    Ok(Json(json!({"template_id": poster.template_id, "link": poster.link})))
}

async fn callback(State(shop): Here, Query(arrival): Query<Arrival>) -> Result<Response, Problem> {
    let (Some(code), Some(request_id)) = (arrival.auth_code, arrival.request_id) else {
        return Err(Problem::bad("auth_code and request_id are needed"));
    };
    let own = shop.book().poster.as_ref().map(|poster| poster.template_id.clone());
    let template_id = arrival.template_id.or(own).ok_or_else(Problem::not_set_up)?;
    let attempt = shop.arrive(code, request_id, template_id);
    Ok(shown(&attempt))
}

async fn attempt(State(shop): Here, Path(number): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let known = shop.book().attempts.get(&number).cloned();
    let attempt = known.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "no such attempt"))?;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Ok(if accept.contains("json") { Json(attempt).into_response() } else { shown(&attempt) })
}

/// Attempts are numbered by the platform; one that is no header value is shown without.
fn shown(attempt: &Attempt) -> Response {
    let mut response = Html(page(attempt)).into_response();
    if let Ok(value) = attempt.attempt.parse() {
        response.headers_mut().insert("x-join-attempt", value);
    }
    response
}

async fn members(State(shop): Here) -> Json<Value> {
    let book = shop.book();
    Json(json!({"count": book.members.len(), "members": book.members}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OldMember {
    name: Option<String>,
    mobile: String,
    points: Option<i64>,
}

async fn take_over(State(shop): Here, Body(old): Body<OldMember>) -> Result<(StatusCode, Json<Value>), Problem> {
    let OldMember { name, mobile, points } = old;
    if points.is_some_and(|points| points < 0) {
        return Err(Problem::bad("points are not negative"));
    }
    let mut book = shop.book();
    if book.by_mobile(&mobile).is_some() {
        return Err(Problem::new(StatusCode::CONFLICT, "MOBILE_TAKEN", "another member has that number"));
    }
    let member = book.enrol(name, Some(mobile), points.unwrap_or(0), clock::now());
    Ok((StatusCode::CREATED, Json(json!({"member": member}))))
}

async fn look_up(State(shop): Here, Body(asked): Body<LookUp>) -> Answered {
    shop.look_up(asked).await.map(Json)
}

async fn sell(State(shop): Here, Body(asked): Body<Charge>) -> Answered {
    let sale = shop.sell(asked).await?;
    Ok(Json(json!(sale)))
}

async fn sales(State(shop): Here) -> Json<Value> {
    let book = shop.book();
    Json(json!({"count": book.sales.len(), "sales": book.sales}))
}

/// A message of the platform's about cards: verified, stored, acknowledged.
async fn notice(State(shop): Here, bytes: Bytes) -> &'static str {
    let taken = std::str::from_utf8(TAKEN).expect("it is plain ASCII");
    match Notice::read(&bytes, &Limits::default()) {
        Ok(notice) if shop.gateway.trusts(&notice, NoticeRule::V1) => taken,
        _ => "failure",
    }
}

async fn health(State(shop): Here) -> Json<Value> {
    let book = shop.book();
    let defects: Vec<&str> = shop.defects.iter().map(|defect: &Defect| defect.name()).collect();
    Json(json!({"status": "ok", "set_up": book.poster.is_some(), "pending": book.pending, "defects": defects}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn shut_down(State(shop): Here, Body(Nothing {}): Body<Nothing>) -> Answered {
    shop.stop.send_replace(true);
    Ok(Json(json!({"stopping": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lose {
    method: String,
}

async fn lose(State(shop): Here, Body(Lose { method }): Body<Lose>) -> Answered {
    shop.gateway.lose(method.clone());
    Ok(Json(json!({"will_lose": method})))
}
