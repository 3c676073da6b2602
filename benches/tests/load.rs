//! Load against a real platform on a free port, briefly: what was acknowledged must be there, whatever the machine's speed.
//!
//! No time is asserted, nor whether the generator kept up; that is what its figures are for.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

use benches::load::{Address, Mode, Order, Part, Profile, Rate, Report, comparable, compare, merge, page, run, tell};
use server::house::{House, Plan};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// A platform that stays for the test's time, in memory.
fn platform() -> (tokio::runtime::Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(1), ..Plan::default() };
    let house = runtime.block_on(House::open(&plan)).unwrap();
    let base = house.base();
    // it runs on its own tasks; dropping the value would not end them, but keeps nobody waiting either
    std::mem::forget(house);
    (runtime, base)
}

fn order(target: &str, profile: &str, mode: Mode) -> Order {
    Order {
        address: Address { target: target.to_owned(), token: None, sandbox: None },
        profile: Profile::named(profile).unwrap(),
        rate: Rate::PerSecond(200.0),
        span: Duration::from_millis(400),
        subjects: 40,
        connections: 8,
        mode,
        seed: 1,
        part: Part::WHOLE,
        start_at: None,
        till: None,
        keep: false,
    }
}

fn proved(report: &Report) {
    assert!(report.holds(), "{}", tell(report));
    assert_eq!(report.done(), report.answered(), "{}", tell(report));
    assert!(report.done() > 0 && !report.proof.is_empty(), "{}", tell(report));
}

#[test]
fn whatever_was_acknowledged_is_there_once_in_every_profile_and_both_ways_of_signing() {
    let (_runtime, target) = platform();
    // notices want some that were taken before; they have a test of their own
    for profile in Profile::ALL.iter().filter(|profile| profile.name != "notices") {
        for mode in [Mode::Live, Mode::PreSigned] {
            let report = run(&order(&target, profile.name, mode)).unwrap_or_else(|why| panic!("{}: {why}", profile.name));
            proved(&report);
            let page = page(&report);
            for plot in ["latency by percentile", "latency over time", "calls a second, offered and reached"] {
                assert!(page.contains(&format!("aria-label=\"{plot}\"")), "{}: {plot}", profile.name);
            }
            let states = ["card.update", "card.update, everything"].iter().any(|name| report.calls.iter().any(|call| call.name == *name));
            assert_eq!(states, tell(&report).contains("lag       none beside the latency"), "{}", tell(&report));
            assert_eq!(Report::read(&report.json()).unwrap().json(), report.json());
        }
    }
}

#[test]
fn as_fast_as_answers_come_is_proved_as_well() {
    let (_runtime, target) = platform();
    let report = run(&Order { rate: Rate::AsAnswered, span: Duration::from_millis(500), ..order(&target, "steady", Mode::Live) }).unwrap();
    proved(&report);
    let all = run(&Order { rate: Rate::AsAnswered, ..order(&target, "initial-sync", Mode::PreSigned) }).unwrap();
    proved(&all);
    assert_eq!(all.done(), 40);
}

#[test]
fn processes_share_one_plan_and_their_reports_become_one() {
    let (_runtime, target) = platform();
    let whole = order(&target, "steady", Mode::Live);
    let first = run(&Order { address: sandbox(&target, "demo"), ..whole.clone() }).unwrap();
    proved(&first);
    // both have to be ready at one moment: on a machine that was too slow for it, a later one is agreed upon
    let both = [1, 4, 16, 64].into_iter().find_map(|seconds| {
        let start_at = Some(SystemTime::now() + Duration::from_secs(seconds));
        let part = |number| Order { address: sandbox(&target, "demo"), part: Part { number, of: 2 }, start_at, ..whole.clone() };
        std::thread::scope(|scope| {
            let work = [part(1), part(2)].map(|order| scope.spawn(move || run(&order)));
            let ran = work.map(|thread| thread.join().unwrap());
            ran.into_iter().collect::<Result<Vec<Report>, _>>().ok()
        })
    });
    let parts = both.unwrap();
    parts.iter().for_each(proved);
    let (one, other) = (parts[0].done(), parts[1].done());
    let merged = merge(parts.clone()).unwrap();
    proved(&merged);
    assert_eq!((merged.done(), merged.latency().count()), (one + other, one + other));
    assert_eq!(merged.done(), first.done(), "the parts are the whole plan");
    let looked_at = |report: &Report| report.proof.iter().map(|check| (check.says.clone(), check.looked_at)).collect::<Vec<_>>();
    let of_both = looked_at(&parts[0]).into_iter().zip(looked_at(&parts[1])).map(|((says, one), (_, other))| (says, one + other));
    assert_eq!(looked_at(&merged), of_both.collect::<Vec<_>>(), "each sentence once, about the changes and cards of all parts");
    assert_eq!(looked_at(&merged)[1].1, 40, "each card in one part");
    assert!(merge(vec![parts[0].clone()]).unwrap_err().contains("missing: 2"));
    assert!(merge(vec![parts[0].clone(), parts[0].clone()]).unwrap_err().contains("there twice"));
}

fn sandbox(target: &str, name: &str) -> Address {
    Address { target: target.to_owned(), token: None, sandbox: Some(name.to_owned()) }
}

/// Asks the control API in plain words; gives the answer's body.
fn ask(target: &str, line: &str, body: &str) -> String {
    let host = target.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        stream,
        "{line} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn notices_that_were_taken_come_again_and_every_other_word_than_success_is_seen() {
    let (runtime, target) = platform();
    let (count, wrong) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let seen = (count.clone(), wrong.clone());
    let merchant = axum::Router::new().route(
        "/notify",
        axum::routing::post(move |body: String| {
            assert!(body.contains("notify_type=trade_status_sync") && body.contains("sign="), "{body}");
            seen.0.fetch_add(1, Ordering::Relaxed);
            let word = if seen.1.load(Ordering::Relaxed) { "SUCCESS" } else { "success" };
            async move { word }
        }),
    );
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}/notify", listener.local_addr().unwrap());
    runtime.spawn(async { axum::serve(listener, merchant).await });
    let storm = || run(&Order { address: sandbox(&target, "demo"), ..order(&target, "notices", Mode::Live) });
    assert!(storm().unwrap_err().to_string().contains("let the merchant take some first"));

    let sheet: serde_json::Value = serde_json::from_str(&ask(&target, "GET /_kabao/v1/sandboxes/demo", "")).unwrap();
    let message = serde_json::json!({"app_id": sheet["apps"][0]["app_id"], "url": url, "parameters": {"notify_type": "trade_status_sync"}});
    let sent = ask(&target, "POST /_kabao/v1/notices/send", &message.to_string());
    assert_eq!(count.load(Ordering::Relaxed), 1, "{sent}");
    let report = storm().unwrap();
    proved(&report);
    assert_eq!(count.load(Ordering::Relaxed), report.done() + 1);
    wrong.store(true, Ordering::Relaxed);
    let report = storm().unwrap();
    assert_eq!((report.done(), report.codes["another word than success"]), (0, report.answered()));
    let drawn = page(&report);
    assert!(drawn.contains("errors by code, in each 1 s") && drawn.contains(r#"class="key c0">another word than success<"#), "{drawn}");
}

#[test]
fn whether_a_run_can_be_compared_is_said_before_it_begins() {
    let (_runtime, target) = platform();
    let look = order(&target, "look-ups", Mode::Live);
    let mut before = run(&look).unwrap();
    before.invalid.clear();
    assert_eq!((comparable(&before, &look), compare(&before, &before, 10).unwrap().worse), (Ok(()), 0));
    for (other, says) in [
        (Order { connections: 9, ..look.clone() }, "another number of connections: 8 before, 9 now"),
        (Order { subjects: 41, ..look.clone() }, "another number of cards or customers: 40 before, 41 now"),
        (Order { mode: Mode::PreSigned, ..look.clone() }, "another way of signing"),
        (Order { rate: Rate::AsAnswered, ..look.clone() }, "another rate: 200/s before, max now"),
        (order(&target, "steady", Mode::Live), "another profile"),
    ] {
        let said = comparable(&before, &other).unwrap_err();
        assert!(said.contains(says), "{said}");
    }
    before.invalid.push("it did not keep up".to_owned());
    assert!(comparable(&before, &look).unwrap_err().contains("it is no measurement: it did not keep up"));
}

#[test]
fn what_cannot_be_run_is_said_before_anything_is_called() {
    let nowhere = order("http://127.0.0.1:1", "steady", Mode::Live);
    assert!(run(&nowhere).unwrap_err().to_string().contains("127.0.0.1:1"));
    let wrong = [
        Order { rate: Rate::PerSecond(0.0), ..nowhere.clone() },
        Order { subjects: 0, ..nowhere.clone() },
        Order { connections: 5_000, ..nowhere.clone() },
        Order { part: Part { number: 1, of: 2 }, ..nowhere },
    ];
    for order in wrong {
        let why = run(&order).unwrap_err().to_string();
        assert!(why.contains("needed") || why.contains("need the moment") || why.contains("the rate is"), "{why}");
    }
}
