//! A platform that lies about what it holds: a house behind a door that changes one thing on its way out. Each lie has to be found by
//! the check that is there for it, and no figure counts then.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod order;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use benches::load::{Report, run};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use server::house::{House, Plan};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What becomes of an answer: its path, its JSON, and how often the lie was told before.
type Lie = fn(&str, &mut Value, usize) -> bool;

struct Liar {
    house: std::net::SocketAddr,
    lie: Lie,
    told: AtomicUsize,
}

async fn pass(State(liar): State<Arc<Liar>>, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let body = body.collect().await.unwrap().to_bytes();
    let stream = tokio::net::TcpStream::connect(liar.house).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    head.headers.insert("host", liar.house.to_string().parse().unwrap());
    let (mut head, answer) = sender.send_request(Request::from_parts(head, Full::new(body))).await.unwrap().into_parts();
    let mut answer = answer.collect().await.unwrap().to_bytes();
    if path.starts_with("/_kabao/v1/")
        && let Ok(mut value) = serde_json::from_slice(&answer)
        && (liar.lie)(&path, &mut value, liar.told.load(Ordering::Relaxed))
    {
        liar.told.fetch_add(1, Ordering::Relaxed);
        answer = serde_json::to_vec(&value).unwrap().into();
        head.headers.remove("content-length");
    }
    Response::from_parts(head, Body::from(answer))
}

/// A short run against a platform that tells this lie.
fn heard(profile: &str, lie: Lie) -> Report {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(1), ..Plan::default() };
    let house = runtime.block_on(House::open(&plan)).unwrap();
    let liar = Arc::new(Liar { house: house.addresses[0], lie, told: AtomicUsize::new(0) });
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap());
    let door = axum::Router::new().fallback(pass).with_state(liar.clone());
    runtime.spawn(async { axum::serve(listener, door).await });
    let report = run(&order::short(&target, None, profile)).unwrap();
    assert!(report.done() > 0, "{:?}", report.codes);
    report
}

/// The sentences that do not hold.
fn broken(report: &Report) -> Vec<&str> {
    assert!(!report.holds() || report.proof.iter().all(benches::load::Check::holds));
    report.proof.iter().filter(|check| !check.holds()).map(|check| check.says.as_str()).collect()
}

/// The first event of a kind in an answer of the log.
fn first(value: &mut Value, kind: &str) -> Option<usize> {
    value["events"].as_array()?.iter().position(|event| event["kind"] == kind)
}

const LOGGED: &str = "every acknowledged change stands in the platform's log once, and no refused one does";
const SHOWN: &str = "every card shows the total that was stated last, or what it showed before";
const PAID: &str = "every acknowledged payment is paid, with its amount, and the merchant got the sum of them";
const SUMS: &str = "the ledger's balances sum up to nothing in every unit";

#[test]
fn who_does_not_lie_is_believed() {
    assert_eq!(broken(&heard("steady", |_, _, _| false)), Vec::<&str>::new());
}

#[test]
fn a_change_that_is_not_in_the_log_is_missed() {
    let lost: Lie = |path, value, told| {
        let place = (path.ends_with("/events") && told == 0).then(|| first(value, "card_restated")).flatten();
        place.map(|place| value["events"].as_array_mut().unwrap().remove(place)).is_some()
    };
    assert_eq!(broken(&heard("steady", lost)), [LOGGED]);
}

#[test]
fn a_change_that_is_in_the_log_twice_is_seen() {
    let doubled: Lie = |path, value, told| {
        let place = (path.ends_with("/events") && told == 0).then(|| first(value, "card_restated")).flatten();
        place
            .map(|place| {
                let events = value["events"].as_array_mut().unwrap();
                events.insert(place, events[place].clone());
            })
            .is_some()
    };
    assert_eq!(broken(&heard("steady", doubled)), [LOGGED]);
}

#[test]
fn a_card_that_shows_another_total_is_seen() {
    let other: Lie = |path, value, _| {
        let shown =
            path.ends_with("/cards") && value["cards"].as_array().is_some_and(|cards| cards.iter().any(|card| card["point"] != "0"));
        if shown {
            for card in value["cards"].as_array_mut().unwrap() {
                card["point"] = json!("4999999");
            }
        }
        shown
    };
    assert_eq!(broken(&heard("initial-sync", other)), [SHOWN]);
}

#[test]
fn money_that_the_merchant_did_not_get_is_missed() {
    // the first time it is asked is before the run
    let less: Lie = |path, value, told| {
        let asked = path.ends_with("/settlement");
        if asked && told > 0 {
            value["balance_fen"] = json!(value["balance_fen"].as_i64().unwrap() - 1);
        }
        asked
    };
    assert_eq!(broken(&heard("payments", less)), [PAID]);
}

#[test]
fn a_ledger_whose_balances_do_not_sum_up_is_seen() {
    let off: Lie = |path, value, _| {
        let asked = path.ends_with("/ledger/totals");
        if asked {
            let unit = value["sums"].as_object().unwrap().keys().next().unwrap().clone();
            value["sums"][unit.as_str()] = json!("1");
        }
        asked
    };
    assert_eq!(broken(&heard("steady", off)), [SUMS]);
}
