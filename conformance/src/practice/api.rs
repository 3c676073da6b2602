//! The till API's addresses. Source: fixtures/merchants/till-api.md; what begins with `/practice` is this merchant's own.

use super::Defect;
use super::attempt::Attempt;
use super::body::Body;
use super::books::Books;
use super::clock::STANDING;
use super::crash::Cut;
use super::joining::Arrival;
use super::member;
use super::notice::{Kind, Message};
use super::page::{page, told};
use super::points::{self, NewEntry, Sync};
use super::problem::Problem;
use super::provider::Authorised;
use super::refund::GiveBack;
use super::sale::{self, Status};
use super::set_up::{Change, Wish};
use super::shop::{Matter, Shop};
use super::till::{Charge, LookUp, no_such_sale};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use wire::alipay::Limits;
use wire::alipay::notification::{Notice, TAKEN};

type Answered = Result<Json<Value>, Problem>;
type Here = State<Arc<Shop>>;

pub(super) fn router(shop: Arc<Shop>) -> Router {
    // for the notices only: `Body` has its own limit
    let limit = DefaultBodyLimit::max(64 << 10);
    Router::new()
        .route("/setup", post(set_up))
        .route("/setup/change", post(change))
        .route("/poster", get(poster))
        .route("/join/callback", get(callback))
        .route("/join/{attempt}", get(attempt))
        .route("/members", get(members).post(take_over))
        .route("/till/lookup", post(look_up))
        .route("/till/sale", post(sell))
        .route("/till/sale/{sale_no}", get(sale))
        .route("/till/sale/{sale_no}/cancel", post(give_up))
        .route("/till/sale/{sale_no}/refund", post(refund))
        .route("/sales", get(sales))
        .route("/refunds", get(refunds))
        .route("/pay/return", get(came_back))
        .route("/notify", post(notice))
        .route("/spi", post(notice))
        .route("/notices", get(notices))
        .route("/provider", get(provider))
        .route("/provider/link", get(provider_link))
        .route("/provider/callback", get(authorised))
        .route("/clock", post(set_clock))
        .route("/health", get(health))
        .route("/shutdown", post(shut_down))
        .route("/practice/lose", post(lose))
        .route("/practice/crash", post(crash))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "no such address"))
        .method_not_allowed_fallback(async || Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "not with this verb"))
        .layer(limit)
        .with_state(shop)
}

async fn set_up(State(shop): Here, Body(wish): Body<Wish>) -> Answered {
    let (poster, created) = shop.set_up(wish).await?;
    Ok(Json(json!({"template_id": poster.template_id, "link": poster.link, "created": created})))
}

async fn change(State(shop): Here, Body(change): Body<Change>) -> Answered {
    Ok(Json(json!({"template_id": shop.change(change).await?})))
}

async fn poster(State(shop): Here) -> Answered {
    let poster = shop.show_poster().await?.ok_or_else(Problem::not_set_up)?;
    Ok(Json(json!({"template_id": poster.template_id, "link": poster.link})))
}

async fn callback(State(shop): Here, Query(arrival): Query<Arrival>, headers: HeaderMap) -> Result<Response, Problem> {
    let (Some(code), Some(request_id)) = (arrival.auth_code, arrival.request_id) else {
        // a customer who cancelled comes without a code, and is told how to go on
        let person = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains("html"));
        let problem = Problem::bad("auth_code and request_id are needed");
        if shop.does(Defect::CrashesWithoutCode) {
            return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        }
        return if person {
            Ok((StatusCode::BAD_REQUEST, Html(told("入会", "没有完成授权，请重新扫码领卡"))).into_response())
        } else {
            Err(problem)
        };
    };
    let template_id = arrival.template_id.or(shop.books.setting("template_id")?).ok_or_else(Problem::not_set_up)?;
    shop.reload(&code, &request_id).await?;
    if shop.does(Defect::NeedsOutString) && arrival.out_string.is_none() {
        return Err(Problem::bad("out_string is needed"));
    }
    if shop.does(Defect::SplitsState) && arrival.state.is_some_and(|state| state.chars().nth(1).is_none()) {
        return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    }
    let attempt = shop.arrive(&code, &request_id, &template_id, arrival.app_id.as_deref())?;
    if shop.does(Defect::CrashesOnOldCode) {
        let stands = |books: &Books| Ok(books.attempt(&request_id)?.is_some_and(|attempt| attempt.status == "failed"));
        if shop.patiently(stands, |failed| *failed).await? {
            return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        }
    }
    Ok(shown(&attempt))
}

async fn attempt(State(shop): Here, Path(number): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let attempt = shop.books.attempt(&number)?.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "no such attempt"))?;
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

/// Where a browser comes back to from a payment: whatever its address says, the book knows how the order stands.
async fn came_back(State(shop): Here, Query(said): Query<HashMap<String, String>>) -> Result<Response, Problem> {
    let order = said.get("out_trade_no").map(String::as_str).unwrap_or_default();
    if shop.does(Defect::BelievesTheReturn) {
        shop.believe_the_return(order, said.get("trade_no").cloned())?;
    }
    let sale = shop.books.read(|books| sale::by_order(books, order))?;
    let sale = sale.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "no order of that number"))?;
    let message = if sale.status == Status::Paid { "付款成功" } else { "正在确认付款结果，请以收银台显示为准" };
    Ok(Html(told("付款", message)).into_response())
}

async fn members(State(shop): Here) -> Answered {
    let members = shop.books.members()?;
    Ok(Json(json!({"count": members.len(), "members": members})))
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
    let points = points.unwrap_or_default();
    if points < 0 {
        return Err(Problem::bad("points are not negative"));
    }
    let now = shop.clock.now();
    let member = shop.books.write(|books| {
        if member::by_mobile(books, &mobile)?.is_some() {
            return Ok(None);
        }
        let id = member::enrol(books, name.as_deref(), Some(&mobile), &now)?;
        let reference = member::member_no(id);
        let carried =
            NewEntry { change: points::Change::Carried, reference: &reference, points, told: 0, occur_time: &now, sync: Sync::None };
        points::enter(books, id, &carried)?;
        member::by_id(books, id).map(Some)
    })?;
    let taken = || Problem::new(StatusCode::CONFLICT, "MOBILE_TAKEN", "another member has that number");
    Ok((StatusCode::CREATED, Json(json!({"member": member.ok_or_else(taken)?}))))
}

async fn look_up(State(shop): Here, Body(asked): Body<LookUp>) -> Answered {
    shop.look_up(asked).await.map(Json)
}

async fn sell(State(shop): Here, Body(asked): Body<Charge>) -> Answered {
    shop.sell(asked).await.map(Json)
}

async fn sale(State(shop): Here, Path(sale_no): Path<String>) -> Answered {
    shop.books.sale_shown(&sale_no)?.map(Json).ok_or_else(no_such_sale)
}

async fn give_up(State(shop): Here, Path(sale_no): Path<String>, Body(Nothing {}): Body<Nothing>) -> Answered {
    shop.give_up(&sale_no).await.map(Json)
}

async fn refund(State(shop): Here, Path(sale_no): Path<String>, Body(asked): Body<GiveBack>) -> Answered {
    shop.refund(&sale_no, asked).await.map(Json)
}

async fn sales(State(shop): Here) -> Answered {
    let sales = shop.books.sales_shown()?;
    Ok(Json(json!({"count": sales.len(), "sales": sales})))
}

async fn refunds(State(shop): Here) -> Answered {
    let refunds = shop.books.refunds_shown()?;
    Ok(Json(json!({"count": refunds.len(), "refunds": refunds})))
}

/// Longer than the platform waits for a card.
const TOO_LATE: Duration = Duration::from_millis(5_500);

/// What the platform sends by itself: taken in, then acknowledged; a question is answered.
async fn notice(State(shop): Here, bytes: Bytes) -> Response {
    let failure = || (StatusCode::OK, "failure").into_response();
    if shop.does(Defect::GuardsNotices) {
        return (StatusCode::FORBIDDEN, "CSRF token missing").into_response();
    }
    let Ok(notice) = Notice::read(&bytes, &Limits::default()) else { return failure() };
    let message = Message::of(notice);
    if message.kind == Kind::Opening {
        if shop.does(Defect::SpiAnswersLate) {
            tokio::time::sleep(TOO_LATE).await;
        }
        if shop.does(Defect::SpiKnowsTwoFields) && message.text("user_info").is_some_and(|form| has_strange_fields(&form)) {
            return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "CRASHED", "unhandled exception").into_response();
        }
        return match shop.answer(&message) {
            Ok(answer) if shop.does(Defect::SpiCrashesOnRefusal) && !answer.contains("card_info") => {
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "CRASHED", "unhandled exception").into_response()
            }
            Ok(answer) => ([(header::CONTENT_TYPE, "application/json;charset=UTF-8")], answer).into_response(),
            Err(broken) => Problem::from(broken).into_response(),
        };
    }
    if message.kind == Kind::Check {
        return match shop.checked(&message) {
            Ok(answer) => ([(header::CONTENT_TYPE, "text/xml;charset=GBK")], answer).into_response(),
            Err(broken) => Problem::from(broken).into_response(),
        };
    }
    if message.kind == Kind::Trade && shop.does(Defect::AcknowledgesFirst) {
        shop.hear_later(message);
        return TAKEN.into_response();
    }
    match shop.hear(&message) {
        Ok(true) => {
            shop.crash.point(Cut::BeforeSuccess).await;
            if shop.does(Defect::DecoratesSuccess) { [TAKEN, b"\n"].concat().into_response() } else { TAKEN.into_response() }
        }
        Ok(false) | Err(_) => failure(),
    }
}

async fn notices(State(shop): Here) -> Answered {
    let notices = shop.books.notices_shown()?;
    Ok(Json(json!({"count": notices.len(), "notices": notices})))
}

async fn provider_link(State(shop): Here) -> Answered {
    Ok(Json(json!({"link": shop.provider_link()?})))
}

async fn authorised(State(shop): Here, Query(came): Query<Authorised>) -> Answered {
    shop.authorised(came).await.map(Json)
}

async fn provider(State(shop): Here) -> Answered {
    Ok(Json(shop.provider_shown()?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moment {
    now_ms: Option<i64>,
}

async fn set_clock(State(shop): Here, Body(Moment { now_ms }): Body<Moment>) -> Answered {
    if now_ms.is_some_and(|now| !(0..=LAST_MOMENT).contains(&now)) {
        return Err(Problem::bad("now_ms is milliseconds since 1970, before the year 9999").at(Some("now_ms".to_owned())));
    }
    let back = |_| Problem::new(StatusCode::CONFLICT, "CLOCK_BACK", "the clock stands at a later moment already");
    let before = shop.clock.standing();
    shop.clock.set(now_ms).map_err(back)?;
    if before.is_some() != now_ms.is_some() {
        // the next night is another one now
        shop.work(Matter::Night);
    }
    // whoever waits for the shop to be quiet says the same moment again, often
    if before != now_ms {
        shop.books.keep(STANDING, &now_ms.map(|now| now.to_string()).unwrap_or_default())?;
    }
    Ok(Json(json!({"now_ms": shop.clock.now_ms(), "busy": shop.clock.busy(), "next_ms": shop.clock.next_ms()})))
}

/// The end of the year 9998.
const LAST_MOMENT: i64 = 253_370_764_799_999;

async fn health(State(shop): Here) -> Answered {
    Ok(Json(json!({
        "status": "ok",
        "set_up": shop.poster()?.is_some(),
        "pending": shop.unfinished()?.len(),
        "busy": shop.clock.busy(),
        "now_ms": shop.clock.now_ms(),
        "standing": shop.clock.standing().is_some(),
        "trouble": *shop.trouble.lock().unwrap_or_else(PoisonError::into_inner),
    })))
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CrashAt {
    at: Cut,
}

async fn crash(State(shop): Here, Body(CrashAt { at }): Body<CrashAt>) -> Answered {
    shop.crash.arm(at);
    Ok(Json(json!({"will_end": true})))
}

/// Whether a form has another field than name and number.
fn has_strange_fields(form: &str) -> bool {
    let fields: Vec<Value> = serde_json::from_str(form).unwrap_or_default();
    let known = |name: &String| ["OPEN_FORM_FIELD_NAME", "OPEN_FORM_FIELD_MOBILE"].contains(&name.as_str());
    fields.iter().filter_map(Value::as_object).any(|field| !field.keys().all(known))
}
