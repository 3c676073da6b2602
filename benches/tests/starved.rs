//! A generator that is kept from working, and a platform that is slow: only the first is no measurement, and every form of its report
//! says so.
//!
//! The generator is a process of its own, this very program, and is stopped for a while in the middle of its plan: on any machine a part
//! of its calls then leaves the plan late.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod order;

use axum::extract::Request;
use benches::load::{Order, Rate, Report, page, run, tell};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use server::house::{House, Plan};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Where the platform of the generator that is to be starved is, and where its report goes.
const STARVED: [&str; 2] = ["STARVED_TARGET", "STARVED_REPORT"];

fn platform() -> (tokio::runtime::Runtime, House) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(1), ..Plan::default() };
    let house = runtime.block_on(House::open(&plan)).unwrap();
    (runtime, house)
}

fn order(target: &str, rate: f64, span: Duration) -> Order {
    Order { rate: Rate::PerSecond(rate), span, ..order::short(target, Some("demo"), "look-ups") }
}

/// The generator that the next test starves; alone it does nothing.
#[test]
fn who_is_starved_calls_for_four_seconds() {
    let [Ok(target), Ok(report)] = STARVED.map(std::env::var) else { return };
    std::fs::write(report, run(&order(&target, 60.0, Duration::from_secs(4))).unwrap().json()).unwrap();
}

#[test]
fn a_generator_that_was_kept_from_working_says_so_in_every_form_of_its_report() {
    let (_runtime, house) = platform();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let mut generator = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "who_is_starved_calls_for_four_seconds"])
        .env(STARVED[0], house.base())
        .env(STARVED[1], &file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let sandbox = house.engine().sandbox("demo").unwrap();
    let called = || sandbox.journal().after(0, usize::MAX, |exchange| exchange.method.ends_with("card.query")).exchanges.len();
    for _ in 0..600 {
        if called() > 5 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(called() > 5, "the generator calls");
    let signal = |name: &str| assert!(Command::new("kill").args([name, &generator.id().to_string()]).status().unwrap().success());
    signal("-STOP");
    std::thread::sleep(Duration::from_millis(600));
    signal("-CONT");
    assert!(generator.wait().unwrap().success());

    let text = std::fs::read_to_string(&file).unwrap();
    let report = Report::read(&text).unwrap();
    assert!(report.holds() && report.invalid.iter().any(|why| why.contains("left the plan more than")), "{}", tell(&report));
    assert!(tell(&report).contains("INVALID one in a hundred calls left the plan") && tell(&report).contains("No measurement"));
    assert!(page(&report).contains("no measurement: one in a hundred calls left the plan"));
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(!written["invalid"].as_array().unwrap().is_empty());
}

/// How long the slow platform lets each call wait.
const SLOW: Duration = Duration::from_millis(200);

#[test]
fn a_platform_that_is_slow_is_seen_in_the_latency_and_not_taken_for_a_generator_that_is() {
    let (runtime, house) = platform();
    let inner = house.addresses[0];
    let door = axum::Router::new().fallback(move |request: Request| async move {
        if request.uri().path() == "/gateway.do" {
            tokio::time::sleep(SLOW).await;
        }
        let (mut head, body) = request.into_parts();
        head.headers.insert("host", inner.to_string().parse().unwrap());
        let stream = tokio::net::TcpStream::connect(inner).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let body = Full::new(body.collect().await.unwrap().to_bytes());
        sender.send_request(hyper::Request::from_parts(head, body)).await.unwrap().map(axum::body::Body::new)
    });
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async { axum::serve(listener, door).await });
    // four connections do twenty a second, and forty are planned: the rest waits, and its waiting counts
    let report = run(&order(&target, 40.0, Duration::from_secs(2))).unwrap();
    assert!(report.holds() && report.done() == report.answered(), "{}", tell(&report));
    let whole = |time: Duration| u64::try_from(time.as_micros()).unwrap();
    assert!(report.latency().at(500) >= whole(2 * SLOW), "half of them waited for a connection: {}", tell(&report));
    assert!(report.calls[0].service.at(10) >= whole(SLOW), "{}", tell(&report));
    assert_eq!(report.generator.given_up, 0);
    assert!(report.generator.used_percent() < 90 && report.generator.lateness.at(500) < report.latency().at(500), "{}", tell(&report));
    // a machine that others use may wake it up late; that the platform is slow is no reason
    let reasons = |why: &&String| !why.contains("left the plan") && !why.contains("woke up");
    assert_eq!(report.invalid.iter().filter(reasons).count(), 0, "{:?}", report.invalid);
}
