//! A storm of notices on merchants of different honesty: what each made of it is read in its own books, over its till API, and held
//! against what it acknowledged and what the platform holds.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod order;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use benches::load::{Check, Order, Report, page, run, tell};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use server::house::{House, Plan};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wire::alipay::client::ClientRequest;
use wire::keys::SigningKey;

/// What a merchant does with a notice that it answers with success.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ways {
    /// Keeps it, and books what it says once.
    Sound,
    /// Nothing.
    Drops,
    /// Keeps it, and books what it says each time it comes.
    BooksTwice,
    /// Books what it says, and keeps no trace of it.
    Forgets,
    /// Keeps it, and books it as another sale when it comes again.
    SellsTwice,
}

/// A merchant's books as its till shows them.
struct Shop {
    ways: Ways,
    member: Value,
    sales: Vec<Value>,
    notices: Vec<Value>,
    came: usize,
}

type Books = Arc<Mutex<Shop>>;

async fn notified(State(books): State<Books>, body: String) -> &'static str {
    let fields: Vec<(&str, &str)> = body.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let of = |name: &str| fields.iter().find(|(known, _)| *known == name).unwrap().1;
    let (id, order, amount) = (of("notify_id"), of("out_trade_no"), of("total_amount"));
    let mut shop = books.lock().unwrap();
    shop.came += 1;
    let ways = shop.ways;
    if !matches!(ways, Ways::Drops | Ways::Forgets) {
        shop.notices.push(json!({"notify_id": id, "kind": "trade_status_sync", "out_trade_no": order, "believed": true}));
    }
    let place = shop.sales.iter().position(|sale| sale["out_trade_no"] == order);
    match place {
        None => shop.sales.push(sale(&format!("S_{order}"), order, amount, if ways == Ways::Drops { "waiting" } else { "paid" })),
        Some(_) if ways == Ways::SellsTwice => {
            let number = format!("S_{order}_{}", shop.came);
            shop.sales.push(sale(&number, order, amount, "paid"));
        }
        Some(_) if ways == Ways::BooksTwice => {
            let more = shop.member["points"].as_i64().unwrap() + 1;
            shop.member["points"] = json!(more);
        }
        Some(_) => {}
    }
    "success"
}

fn sale(number: &str, order: &str, amount: &str, status: &str) -> Value {
    json!({"sale_no": number, "out_trade_no": order, "status": status, "payable": amount, "points_added": 0, "refunded": "0.00", "paid_by": "alipay"})
}

fn till(books: Books) -> Router {
    let list = |name: &'static str, of: fn(&Shop) -> Value| {
        get(move |State(books): State<Books>| async move { Json(json!({name: of(&books.lock().unwrap())})) })
    };
    Router::new()
        .route("/notify", post(notified))
        .route("/health", get(async || Json(json!({"status": "ok", "pending": 0, "busy": 0}))))
        .route("/members", list("members", |shop| json!([shop.member])))
        .route("/sales", list("sales", |shop| json!(shop.sales)))
        .route("/refunds", list("refunds", |_| json!([])))
        .route("/notices", list("notices", |shop| json!(shop.notices)))
        .with_state(books)
}

/// A platform on whose demo sandbox this merchant was paid three times.
struct Paid {
    _runtime: tokio::runtime::Runtime,
    target: String,
    till: String,
}

impl Paid {
    fn at(ways: Ways) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(1), ..Plan::default() };
        let house = runtime.block_on(House::open(&plan)).unwrap();
        let target = house.base();
        // it runs on its own tasks; dropping the value would not end them, but keeps nobody waiting either
        std::mem::forget(house);
        let held = run(&order(&target, "initial-sync", None)).unwrap();
        assert!(held.holds() && held.done() > 0, "{}", tell(&held));
        let till = runtime.block_on(paid(&target, ways));
        Self { _runtime: runtime, target, till }
    }

    fn storm(&self, till: Option<&str>) -> Report {
        run(&order(&self.target, "notices", till)).unwrap()
    }
}

fn order(target: &str, profile: &str, till: Option<&str>) -> Order {
    Order { till: till.map(str::to_owned), ..order::short(target, Some("demo"), profile) }
}

/// Opens the shop, has it paid three times, and waits until it was told; gives where its till is.
async fn paid(target: &str, ways: Ways) -> String {
    let cards = ask(target, "GET", "/_kabao/v1/cards?limit=1", "").await;
    let card = &cards["cards"][0];
    let points: i64 = card["point"].as_str().unwrap().parse().unwrap();
    let member = json!({"member_no": "M000001", "points": points, "card": "held", "biz_card_no": card["biz_card_no"], "level": "VIP1"});
    let books = Arc::new(Mutex::new(Shop { ways, member, sales: Vec::new(), notices: Vec::new(), came: 0 }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let till_address = format!("http://{}", listener.local_addr().unwrap());
    let door = till(books.clone());
    tokio::spawn(async { axum::serve(listener, door).await });

    let sheet = ask(target, "GET", "/_kabao/v1/sandboxes/demo", "").await;
    let app = &sheet["apps"][0];
    let key = SigningKey::from_text(app["app_private_key"].as_str().unwrap()).unwrap();
    let customer = ask(target, "POST", "/_kabao/v1/customers", r#"{"count": 1, "wallet": "1000.00"}"#).await;
    let user = customer["customers"][0]["user_id"].as_str().unwrap().to_owned();
    for number in 1..=3 {
        let code = ask(target, "POST", &format!("/_kabao/v1/customers/{user}/paycode"), "{}").await;
        let business = json!({
            "out_trade_no": format!("ORDER{number}"), "scene": "bar_code", "auth_code": code["auth_code"], "subject": "tea",
            "product_code": "FACE_TO_FACE_PAYMENT", "total_amount": format!("{number}.50"),
        });
        let now = jiff::Timestamp::now().as_millisecond();
        let request = ClientRequest::new(app["app_id"].as_str().unwrap(), "alipay.trade.pay", now)
            .parameter("notify_url", &format!("{till_address}/notify"))
            .biz_content(&business.to_string());
        let out = request.sign(&key).unwrap();
        let answer = send(target, "POST", &out.target("/gateway.do"), "application/x-www-form-urlencoded;charset=utf-8", out.body).await;
        assert_eq!(answer["alipay_trade_pay_response"]["code"], "10000", "{answer}");
    }
    for _ in 0..600 {
        if books.lock().unwrap().came >= 3 {
            return till_address;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the platform told nobody of three payments");
}

async fn ask(target: &str, method: &str, path: &str, body: &str) -> Value {
    send(target, method, path, "application/json", body.to_owned().into()).await
}

async fn send(target: &str, method: &str, path: &str, content_type: &str, body: bytes::Bytes) -> Value {
    let host = target.strip_prefix("http://").unwrap();
    let stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::builder().method(method).uri(path).header("host", host).header("content-type", content_type);
    let answer = sender.send_request(request.body(Full::new(body)).unwrap()).await.unwrap();
    serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

const UNCHANGED: &str = "the merchant's members, sales and refunds are as before the storm: what comes again books nothing";
const KEPT: &str = "every notice that the merchant acknowledged is among those that it kept, and believed";
const PAID: &str = "every order whose payment the merchant acknowledged is paid in its book once, with the platform's amount";
const SHOWN: &str = "every member has the points that the customer's card shows";

/// The sentences that do not hold after a storm on a merchant of these ways.
fn broken(ways: Ways) -> Vec<String> {
    let paid = Paid::at(ways);
    let report = paid.storm(Some(&paid.till));
    assert!(report.done() > 0 && report.unseen.is_empty(), "{}", tell(&report));
    let sentences = |holds: bool| report.proof.iter().filter(move |check| check.holds() == holds).map(|check: &Check| check.says.clone());
    let all: Vec<String> = sentences(true).chain(sentences(false)).collect();
    assert!([UNCHANGED, KEPT, PAID, SHOWN].iter().all(|says| all.iter().any(|known| known == says)), "{all:?}");
    assert!(report.proof.iter().all(|check| check.looked_at > 0), "{}", tell(&report));
    let broken: Vec<String> = sentences(false).collect();
    assert_eq!(broken.is_empty(), report.holds());
    assert_eq!(broken.is_empty(), !tell(&report).contains("No figures"), "{}", tell(&report));
    broken
}

#[test]
fn a_sound_merchant_is_believed_and_without_its_till_nobody_says_so() {
    let paid = Paid::at(Ways::Sound);
    let seen = paid.storm(Some(&paid.till));
    assert!(seen.holds() && seen.unseen.is_empty() && seen.done() > 3, "{}", tell(&seen));
    let unseen = paid.storm(None);
    assert!(unseen.holds() && unseen.proof.iter().all(|check| ![UNCHANGED, KEPT, PAID, SHOWN].contains(&check.says.as_str())));
    assert!(tell(&unseen).contains("--till") && page(&unseen).contains("--till"), "{}", tell(&unseen));
}

#[test]
fn a_merchant_that_answers_success_and_drops_it_is_found() {
    assert_eq!(broken(Ways::Drops), [KEPT, PAID]);
}

#[test]
fn a_merchant_that_books_what_comes_again_is_found() {
    assert_eq!(broken(Ways::BooksTwice), [UNCHANGED, SHOWN]);
}

#[test]
fn a_merchant_that_sells_once_more_for_each_notice_is_found() {
    assert_eq!(broken(Ways::SellsTwice), [UNCHANGED, PAID]);
}

#[test]
fn a_merchant_that_keeps_no_trace_of_what_it_acknowledged_is_found() {
    assert_eq!(broken(Ways::Forgets), [KEPT]);
}

#[test]
fn a_storm_wants_a_sandbox_and_a_till_wants_a_storm() {
    let nowhere = "http://127.0.0.1:1";
    let mut without = order(nowhere, "notices", None);
    without.address.sandbox = None;
    assert!(run(&without).unwrap_err().to_string().contains("name it"));
    assert!(run(&order(nowhere, "steady", Some(nowhere))).unwrap_err().to_string().contains("in the profile `notices`"));
}
