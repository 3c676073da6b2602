//! What is told when something does not stand: writes that are not on the disk yet, a store that stopped, a sandbox that did.

use axum::body::Body;
use axum::http::{Request, header};
use console::Peer;
use engine::log::{Cut, CutWaits, Log, Memory, SandboxId, Sequence};
use engine::world::customer::{Customer, Profile};
use std::sync::Arc;

use crate::call::{Answer, Asked, settings};
use crate::html::is_harmless;

type Slow = Arc<CutWaits<Memory>>;

async fn slow() -> (Slow, Asked) {
    let log: Slow = Arc::new(CutWaits::new(Memory::new()));
    let asked = Asked::over(log.clone(), settings());
    asked.post("/sandboxes", r#"{"name":"demo","seed":7}"#).await.expect(201);
    (log, asked)
}

fn stored(log: &Slow, place: u64) -> bool {
    let mut any = false;
    log.scan(&SandboxId::from("demo"), Sequence(place), &mut |_| {
        any = true;
        std::ops::ControlFlow::Break(())
    })
    .unwrap();
    any
}

async fn page(asked: &Asked, path: &str) -> Answer {
    asked.send(Asked::request("GET", path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn what_the_store_has_not_taken_yet_is_not_told() {
    let (log, asked) = slow().await;
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let app = sandbox.look(|world, _| world.apps().iter().next().unwrap().id.to_string());
    let calls = [
        ("GET", "/_kabao/v1/sandboxes", ""),
        ("GET", "/_kabao/v1/sandboxes/demo", ""),
        ("GET", "/_kabao/v1/customers?limit=1", ""),
        ("GET", "/_kabao/v1/customers/USER", ""),
        ("GET", "/_kabao/v1/customers/USER/cards", ""),
        ("POST", "/_kabao/v1/customers/USER/cards/none/show", ""),
        ("DELETE", "/_kabao/v1/customers/USER/cards/none", ""),
        ("POST", "/_kabao/v1/customers/USER/activate", r#"{"link":"nowhere"}"#),
        ("POST", "/_kabao/v1/customers/USER/authorize", r#"{"app_id":"none","scopes":["auth_user"]}"#),
        ("DELETE", "/_kabao/v1/customers/USER/consent/APP", ""),
        ("GET", "/_kabao/v1/clock", ""),
        ("GET", "/_kabao/v1/sandboxes/demo/export", ""),
        ("GET", "/_kabao/v1/ledger/accounts/0x1", ""),
        ("GET", "/", ""),
        ("GET", "/console/customers", ""),
        ("GET", "/console/cards", ""),
        ("GET", "/console/templates", ""),
        ("GET", "/console/journal", ""),
        ("GET", "/phone", ""),
        ("GET", "/phone/USER", ""),
        ("GET", "/phone/USER/card/none", ""),
        ("POST", "/console/customers/USER/pick-up", ""),
    ];
    for (number, (method, path, body)) in calls.into_iter().enumerate() {
        log.plan([Cut::BeforeCommit; 3]);
        let user = format!("20880000000001{number:02}");
        let customer = Customer::new(user.as_str(), &Profile::default());
        let ran = sandbox.run(|call| call.record(customer)).unwrap();
        assert!(!stored(&log, ran.first), "the log is slow");
        let target = path.replace("USER", &user).replace("APP", &app);
        let request = Asked::request(method, &target)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, format!("kabao_phone={user}"));
        let told = asked.send(request.body(Body::from(body)).unwrap()).await;
        assert!(told.status.as_u16() < 500, "{method} {path}: {} {}", told.status, told.text);
        assert!(stored(&log, ran.first), "{method} {path} told of what was not stored: {} {}", told.status, told.text);
    }
}

/// A house whose disk was full once.
async fn broken() -> Asked {
    let (log, asked) = slow().await;
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    log.plan([Cut::Full]);
    let ran = sandbox.run(|call| call.record(Customer::new("2088000000000001", &Profile::default()))).unwrap();
    assert!(ran.settled().await.is_err());
    asked
}

#[tokio::test]
async fn a_store_that_stopped_is_said_and_nothing_of_the_world_is_shown() {
    let asked = broken().await;
    let health = page(&asked, "/_kabao/health").await.expect(503).json();
    assert_eq!((&health["status"], &health["store"]), (&"stopped".into(), &"stopped".into()));
    assert!(health["why"].as_str().unwrap().contains("no room to write"), "{health}");
    for path in ["/", "/console/customers", "/console/cards", "/phone/2088000000000001"] {
        let shown = page(&asked, path).await.expect(503);
        assert!(!shown.text.contains("2088000000000001"), "{path} shows what is not stored");
    }
    for path in ["/customers", "/sandboxes", "/sandboxes/demo", "/clock", "/customers/2088000000000001"] {
        asked.get(path).await.refused(503, "store_not_answering");
    }
    for (lang, words) in [("zh", "存储已停止"), ("en", "The store stopped")] {
        let journal = page(&asked, &format!("/console/journal?lang={lang}")).await.expect(200).text;
        assert!(is_harmless(&journal, "the journal").contains(words), "{lang}");
    }
}

#[tokio::test]
async fn a_call_that_ends_in_a_bug_is_answered_and_its_sandbox_is_named_until_it_is_back() {
    let asked = Asked::demo().await;
    asked.post("/sandboxes", r#"{"name":"other"}"#).await.expect(201);
    let user = asked.post("/customers", "{}").await.json()["user_id"].as_str().unwrap().to_owned();
    asked.delete(&format!("/customers/{user}/cards/panic")).await.refused(500, "bug");
    let health = page(&asked, "/_kabao/health").await.expect(200).json();
    assert_eq!((&health["status"], &health["store"]), (&"degraded".into(), &"ok".into()));
    let stopped = &health["stopped_sandboxes"][0];
    assert_eq!(stopped["sandbox"], "demo");
    assert!(stopped["why"].as_str().unwrap().contains("ended in a bug"), "{health}");
    // others hear that there is one, and not which
    let other = Request::builder().uri("/_kabao/health").extension(Peer("192.168.1.20:4000".parse().unwrap())).body(Body::empty()).unwrap();
    let told = asked.send(other).await.expect(200);
    assert_eq!((told.json()["status"].as_str(), &told.json()["stopped_sandboxes"]), (Some("degraded"), &1.into()));
    assert!(!told.text.contains("demo") && !told.text.contains("bug"), "{}", told.text);
    // and so does a page of this machine that was led here under a name of its own
    let led = Request::builder().uri("/_kabao/health").header(header::HOST, "evil.example:8600");
    let led = asked.send(led.extension(Peer("127.0.0.1:4000".parse().unwrap())).body(Body::empty()).unwrap()).await.expect(200);
    assert!(!led.text.contains("demo") && !led.text.contains("bug"), "{}", led.text);
    // the one that stopped hides nobody else
    let listed = asked.get("/sandboxes").await.expect(200).json();
    assert!(listed["sandboxes"].as_array().unwrap().iter().any(|sandbox| sandbox["sandbox"] == "other"), "{listed}");

    asked.get("/customers").await.refused(503, "sandbox_not_answering");
    asked.get("/customers?sandbox=other").await.expect(200);
    for (lang, words) in [("zh", "有沙箱停止作答"), ("en", "A sandbox does not answer")] {
        let shown = page(&asked, &format!("/console/journal?sandbox=other&lang={lang}")).await.expect(200).text;
        let text = is_harmless(&shown, "the journal");
        assert!(text.contains(words) && text.contains("demo: "), "{lang}");
    }
    let engine = asked.house.engine().clone();
    tokio::task::spawn_blocking(move || engine.mend("demo")).await.unwrap().unwrap();
    assert_eq!(page(&asked, "/_kabao/health").await.expect(200).json()["status"], "ok");
    assert_eq!(asked.get("/customers").await.expect(200).json()["customers"][0]["user_id"], user.as_str());
}

#[tokio::test]
async fn a_page_that_ends_in_a_bug_is_answered_too() {
    let asked = Asked::demo().await;
    let user = asked.post("/customers", "{}").await.json()["user_id"].as_str().unwrap().to_owned();
    let request = Asked::request("POST", &format!("/phone/{user}/card/panic/remove")).header("sec-fetch-site", "same-origin");
    let answer = asked.send(request.body(Body::empty()).unwrap()).await.expect(500);
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}
