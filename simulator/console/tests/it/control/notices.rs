//! Notices over the API: found, read with their attempts, sent again, and messages of a tester's own.

use axum::body::Body;
use axum::http::header;
use engine::Sandbox;
use engine::world::joining::GatewaySet;
use engine::world::notice::{Attempt, NoticeMade, NoticeTried, Special};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use crate::call::{Asked, HOST};

/// A merchant behind a socket who answers this, and what it was told.
pub(super) fn merchant(answers: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, told) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<String>>>::default());
    let kept = told.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut bytes, mut piece) = (Vec::new(), [0; 4_096]);
            let body = loop {
                let read = stream.read(&mut piece).unwrap();
                bytes.extend_from_slice(&piece[..read]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let whole = text.split_once("\r\n\r\n").filter(|(head, body)| {
                    let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
                    length.is_none_or(|length| body.len() >= length)
                });
                if let Some((_, body)) = whole {
                    break body.to_owned();
                }
            };
            kept.lock().unwrap().push(body);
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answers}", answers.len()).unwrap();
        }
    });
    (address, told)
}

pub(super) async fn tell(sandbox: &Sandbox, number: usize, kind: &str, to: SocketAddr) {
    let ran = sandbox.run(|call| {
        let app = call.world().apps().iter().next().unwrap().id.clone();
        let parameters = [("n", number.to_string()), ("total_amount", "88.88".to_owned()), ("mobile", "13800138000".to_owned())];
        call.record(NoticeMade {
            notice: format!("n{number}").as_str().into(),
            app,
            kind: kind.to_owned(),
            url: format!("http://{to}/notify?key=hush-hush"),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
            due: call.now(),
        });
    });
    ran.unwrap().settled().await.unwrap();
}

async fn ids(asked: &Asked, query: &str) -> (Vec<String>, Value) {
    let list = asked.get(&format!("/notices?{query}")).await.expect(200).json();
    (
        list["notices"].as_array().unwrap().iter().map(|notice| notice["notify_id"].as_str().unwrap().to_owned()).collect(),
        list["next"].clone(),
    )
}

#[tokio::test]
async fn notices_are_found_by_what_they_are_and_page_by_page() {
    let asked = Asked::demo().await;
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let ((yes, _), (no, _)) = (merchant("success"), merchant("fail"));
    for number in 0..5 {
        let (kind, to) = if number % 2 == 0 { ("trade_status_sync", yes) } else { ("card_changed", no) };
        tell(&sandbox, number, kind, to).await;
    }
    asked.post("/clock/advance", r#"{"by":"1m"}"#).await.expect(200);
    assert_eq!(ids(&asked, "").await.0, ["n4", "n3", "n2", "n1", "n0"]);
    assert_eq!(ids(&asked, "state=taken").await.0, ["n4", "n2", "n0"]);
    assert_eq!(ids(&asked, "state=waiting").await.0, ["n3", "n1"]);
    asked.post("/clock/advance", r#"{"by":"1h"}"#).await.expect(200);
    assert_eq!(ids(&asked, "state=given_up&kind=card").await.0, ["n3", "n1"]);
    assert_eq!(ids(&asked, &format!("target={yes}")).await.0.len(), 3);
    assert_eq!(ids(&asked, "app_id=nobody").await.0.len(), 0);
    let (first, next) = ids(&asked, "limit=2").await;
    let (second, last) = ids(&asked, &format!("limit=2&before={next}")).await;
    let (third, none) = ids(&asked, &format!("limit=2&before={last}")).await;
    assert_eq!([first, second, third].concat(), ["n4", "n3", "n2", "n1", "n0"]);
    assert_eq!(none, Value::Null);
    assert_eq!(ids(&asked, "kind=trade").await.0, ["n4", "n2", "n0"]);
    asked.get("/notices?state=lost").await.refused(400, "bad_query");
    for limit in ["0", "1001"] {
        asked.get(&format!("/notices?limit={limit}")).await.refused(400, "bad_limit");
    }
}

#[tokio::test]
async fn a_notice_tells_its_attempts_and_where_the_journal_has_them() {
    let asked = Asked::demo().await;
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let (no, told) = merchant("SUCCESS");
    tell(&sandbox, 1, "trade_status_sync", no).await;
    asked.post("/clock/advance", r#"{"by":"1h"}"#).await.expect(200);
    asked.post("/notices/n1/resend", r#"{"edit":{"total_amount":"0.01","n":null}}"#).await.expect(200);
    let notice = asked.get("/notices/n1").await.expect(200).json();
    assert_eq!((&notice["state"], &notice["taken"]), (&json!("given_up"), &json!(false)));
    let attempts = notice["attempts"].as_array().unwrap();
    let came: Vec<_> = attempts.iter().map(|attempt| (attempt["came"].as_str().unwrap(), attempt["asked"].as_bool().unwrap())).collect();
    assert_eq!(came, [("not_taken", false), ("not_taken", false), ("not_taken", true)]);
    assert_eq!(attempts[2]["edited"], json!(["total_amount", "n"]));
    for (attempt, told) in attempts.iter().zip(told.lock().unwrap().iter()) {
        let id = attempt["exchanges"][0].as_u64().unwrap();
        let exchange = sandbox.journal().get(id).unwrap();
        assert_eq!((&exchange.request.body[..], &exchange.answer.body[..]), (told.as_bytes(), &b"SUCCESS"[..]));
    }
    assert!(!notice.to_string().contains("13800138000") && !notice.to_string().contains("hush"), "{notice}");
    assert!(!asked.get("/notices").await.text.contains("hush"));
    assert_eq!(notice["parameters"]["total_amount"], "88.88", "the notice itself was changed");
    asked.get("/notices/nobody").await.refused(404, "unknown_notice");
}

#[tokio::test]
async fn a_notice_is_sent_again_as_it_is_or_with_other_words() {
    let asked = Asked::demo().await;
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let (yes, told) = merchant("success");
    tell(&sandbox, 1, "trade_status_sync", yes).await;
    let edited = asked.post("/notices/n1/resend", r#"{"edit":{"total_amount":"0.01"}}"#).await.expect(200).json();
    assert_eq!((&edited["came"], asked.get("/notices/n1").await.json()["state"].as_str()), (&json!("taken"), Some("waiting")));
    assert_eq!(asked.post("/notices/n1/resend", "").await.expect(200).json()["came"], "taken");
    assert_eq!(asked.get("/notices/n1").await.json()["state"], "taken");
    let said = ["n=1&total_amount=0.01&mobile=13800138000", "n=1&total_amount=88.88&mobile=13800138000"];
    assert_eq!(*told.lock().unwrap(), said);
    asked.post("/notices/n2/resend", "").await.refused(404, "unknown_notice");
    asked.post("/notices/n1/resend", r#"{"edit":{"sign":"x"}}"#).await.refused(400, "bad_edit");
    asked.post("/notices/n1/resend", r#"{"edit":{"sign_type":"x"}}"#).await.refused(400, "bad_edit");
    let many: serde_json::Map<String, Value> = (0..201).map(|number| (format!("p{number}"), "x".into())).collect();
    asked.post("/notices/n1/resend", &json!({"edit": many}).to_string()).await.refused(400, "too_many_parameters");
    asked.post("/notices/n1/resend", r#"{"edits":{}}"#).await.refused(400, "bad_body");
    assert_eq!(told.lock().unwrap().len(), 2, "what is refused goes nowhere");
}

#[tokio::test]
async fn any_message_goes_to_this_machine_or_where_somebody_is_reached_and_nowhere_else() {
    let asked = Asked::demo().await;
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let app = asked.get("/sandboxes/demo").await.json()["apps"][0]["app_id"].as_str().unwrap().to_owned();
    let (yes, told) = merchant("success");
    let told_of = async |rest: Value| {
        let mut ask = json!({"app_id": app});
        ask.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        asked.post("/notices/send", &ask.to_string()).await
    };
    told_of(json!({"parameters": {"a": "1"}})).await.refused(400, "no_address");
    let url = format!("http://{yes}/x");
    let sent = told_of(json!({"url": url, "parameters": {"a": "1", "b": 2}})).await.expect(200).json();
    assert_eq!((&sent["passed"], &sent["status"]), (&json!(true), &json!(200)), "{sent}");
    assert_eq!(sandbox.journal().get(sent["exchange"].as_u64().unwrap()).unwrap().method, "message");
    assert!(told.lock().unwrap()[0].contains("[(\"a\", \"1\"), (\"b\", \"2\")], V1"));
    told_of(json!({"url": url, "body": "<x/>", "content_type": "text/xml"})).await.expect(200);
    assert!(told.lock().unwrap()[1].contains("Raw(\"<x/>\", \"text/xml\")"));
    for (sign, word) in [("v1", "V1"), ("v2", "V2"), ("none", "Unsigned")] {
        told_of(json!({"url": url, "parameters": {}, "sign": sign})).await.expect(200);
        assert!(told.lock().unwrap().pop().unwrap().contains(&format!("[], {word}")), "{sign}");
    }
    told_of(json!({"url": url, "body": "x", "sign": "none"})).await.expect(200);
    assert!(told.lock().unwrap().pop().unwrap().contains("Raw(\"x\", \"text/plain\")"));
    let many: serde_json::Map<String, Value> = (0..201).map(|number| (format!("p{number}"), "x".into())).collect();
    told_of(json!({"url": url, "parameters": many})).await.refused(400, "too_many_parameters");
    for url in ["http://shop.example/notify", "http://192.0.2.1/", "http://localhost.evil.example/", "http://127.0.0.1@192.0.2.1/"] {
        told_of(json!({"url": url, "parameters": {}})).await.refused(400, "address_not_allowed");
    }
    let gateway = GatewaySet { app: app.as_str().into(), gateway: "http://192.0.2.1:9/gateway".to_owned() };
    sandbox.run(|call| call.record(gateway)).unwrap().settled().await.unwrap();
    assert!(sandbox.look(|world, _| engine::probe::may_be_called(world, "http://192.0.2.1:9/other")));
    assert!(!sandbox.look(|world, _| engine::probe::may_be_called(world, "http://192.0.2.1:8/gateway")));
    for wrong in [json!({}), json!({"parameters": {}, "body": "x"}), json!({"body": "x", "sign": "v1"})] {
        let mut wrong = wrong;
        wrong["url"] = url.clone().into();
        told_of(wrong).await.refused(400, "bad_message");
    }
    told_of(json!({"url": url, "parameters": {}, "sign": "v3"})).await.refused(400, "bad_sign");
    let gateway = GatewaySet { app: app.as_str().into(), gateway: url.clone() };
    sandbox.run(|call| call.record(gateway)).unwrap().settled().await.unwrap();
    let before = told.lock().unwrap().len();
    assert_eq!(told_of(json!({"parameters": {}})).await.expect(200).json()["passed"], true, "it goes to the gateway");
    assert_eq!(told.lock().unwrap().len(), before + 1);
    asked.post("/notices/send", r#"{"app_id":"1"}"#).await.refused(404, "unknown_app");
}

#[tokio::test]
async fn a_gateway_is_checked_where_there_is_one() {
    let asked = Asked::demo().await;
    let app = asked.get("/sandboxes/demo").await.json()["apps"][0]["app_id"].as_str().unwrap().to_owned();
    let path = format!("/apps/{app}/gateway/check");
    asked.post(&path, "").await.refused(400, "no_gateway_check");
    let (yes, told) = merchant("anything");
    asked.with_body("PUT", &format!("/apps/{app}/gateway"), &json!({"gateway": format!("http://{yes}/g")}).to_string()).await.expect(200);
    assert_eq!(asked.post(&path, "").await.expect(200).json()["passed"], true);
    assert_eq!(told.lock().unwrap().len(), 1);
    asked.post("/apps/1/gateway/check", "").await.refused(404, "unknown_app");
}

#[tokio::test]
async fn the_page_of_a_notice_sends_it_again_with_what_was_typed_otherwise() {
    let asked = Asked::demo().await;
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let (yes, told) = merchant("success");
    tell(&sandbox, 1, "trade_status_sync", yes).await;
    let shown = asked.send(Asked::request("GET", "/console/notices/n1?lang=en").body(Body::empty()).unwrap()).await.expect(200);
    let mark = shown.text.split("name=\"p2\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(!mark.contains("138") && !shown.text.contains("hush"), "{mark}");
    let push = async |body: String| {
        let form = Asked::request("POST", "/console/notices/n1/resend")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, format!("http://{HOST}"))
            .header("sec-fetch-site", "same-origin");
        asked.send(form.body(body.into()).unwrap()).await.expect(303)
    };
    let mark: String = percent_encoding::utf8_percent_encode(&mark, percent_encoding::NON_ALPHANUMERIC).to_string();
    push(format!("p0=&p1=0.01&p2={mark}&p9=1")).await;
    push(String::new()).await;
    assert_eq!(*told.lock().unwrap(), ["total_amount=0.01&mobile=13800138000", "n=1&total_amount=88.88&mobile=13800138000"]);
}

#[tokio::test]
async fn a_notice_that_was_taken_with_other_words_is_neither_taken_nor_given_up() {
    let asked = Asked::demo().await;
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    tell(&sandbox, 1, "trade_status_sync", "127.0.0.1:1".parse().unwrap()).await;
    let special = Special { edited: vec![("n".to_owned(), None)], ..Special::default() };
    let tried =
        NoticeTried { notice: "n1".into(), attempt: Attempt::Taken, status: Some(200), next: None, special: Some(Box::new(special)) };
    sandbox.run(|call| call.record(tried)).unwrap().settled().await.unwrap();
    let notice = asked.get("/notices/n1").await.expect(200).json();
    assert_eq!((&notice["state"], &notice["taken"]), (&json!("taken_changed"), &json!(false)));
    assert_eq!(ids(&asked, "state=taken_changed").await.0, ["n1"]);
}
