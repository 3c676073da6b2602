//! A generator that is kept from working or ended by hand, and a platform that is slow: only the first two are no measurement, and every
//! form of their reports says so.
//!
//! The generator is a process of its own, this very program. Stopped for a while in the middle of its plan, a part of its calls leaves
//! the plan late on any machine; ended there, its plan is so long that it cannot be over.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod order;

use axum::extract::Request;
use benches::load::{Order, Rate, Report, page, run, tell};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use server::house::{House, Plan};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Where the platform of the generator is, where its report goes, and how many seconds it has.
const GENERATOR: [&str; 3] = ["GENERATOR_TARGET", "GENERATOR_REPORT", "GENERATOR_SECONDS"];

fn platform() -> (tokio::runtime::Runtime, House) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(1), ..Plan::default() };
    let house = runtime.block_on(House::open(&plan)).unwrap();
    (runtime, house)
}

fn order(target: &str, rate: f64, span: Duration) -> Order {
    Order { rate: Rate::PerSecond(rate), span, ..order::short(target, Some("demo"), "look-ups") }
}

/// The generator of the next tests; alone it does nothing.
#[test]
fn who_is_disturbed_calls_as_long_as_it_is_told() {
    let [Ok(target), Ok(report), Ok(seconds)] = GENERATOR.map(std::env::var) else { return };
    std::fs::write(report, run(&order(&target, 60.0, Duration::from_secs(seconds.parse().unwrap()))).unwrap().json()).unwrap();
}

/// What a generator writes that has so many seconds and to which this is done once it calls.
fn written_by(seconds: u64, disturb: impl FnOnce(&dyn Fn(&str))) -> String {
    let (_runtime, house) = platform();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let mut generator = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "who_is_disturbed_calls_as_long_as_it_is_told"])
        .env(GENERATOR[0], house.base())
        .env(GENERATOR[1], &file)
        .env(GENERATOR[2], seconds.to_string())
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
    let number = generator.id().to_string();
    disturb(&|signal| assert!(Command::new("kill").args([signal, &number]).status().unwrap().success()));
    assert!(generator.wait().unwrap().success());
    std::fs::read_to_string(&file).unwrap()
}

#[test]
fn a_generator_that_is_ended_by_hand_proves_what_it_did_and_says_that_it_is_not_whole() {
    let text = written_by(300, |signal| signal("-INT"));
    let report = Report::read(&text).unwrap();
    assert!(report.holds() && !report.proof.is_empty() && report.done() > 5, "{}", tell(&report));
    assert!(report.ended_by_hand && report.took_us < 300_000_000 && report.invalid[0].contains("ended by hand"), "{}", tell(&report));
    assert!(tell(&report).contains("INVALID it was ended by hand") && tell(&report).contains("No measurement"));
    assert!(page(&report).contains("no measurement: it was ended by hand"));
}

#[test]
fn a_generator_that_was_kept_from_working_says_so_in_every_form_of_its_report() {
    let text = written_by(4, |signal| {
        signal("-STOP");
        std::thread::sleep(Duration::from_millis(600));
        signal("-CONT");
    });
    let report = Report::read(&text).unwrap();
    assert!(
        !report.ended_by_hand && report.holds() && report.invalid.iter().any(|why| why.contains("left the plan more than")),
        "{}",
        tell(&report)
    );
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
