//! What no client should send: every time a clear answer in the protocol's own words, bounded memory, no panic, and the next
//! well-made call is served as if nothing had been.

use crate::client::Client;
use crate::place::Place;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

async fn house() -> (Place, Client) {
    let place = Place::in_memory(&["--seed", "1"]);
    let client = Client::of(&place.base, "demo").await;
    (place, client)
}

/// The answer's only object, whatever its node.
fn object(body: &[u8]) -> Value {
    let answer: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(body)));
    answer.as_object().unwrap().values().next().unwrap().clone()
}

fn raw(base: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(base.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_odd_body_gets_the_protocols_own_words() {
    let (_place, client) = house().await;
    let deep = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let method = "alipay.marketing.card.query";
    for (what, biz_content) in [
        ("deep JSON", deep.as_str()),
        ("cut JSON", "{\"target_card_no\":"),
        ("no object", "[1,2,3]"),
        ("nothing", ""),
        ("words", "not json at all"),
    ] {
        let (status, body) = client.send(&client.request(method).biz_content(biz_content).sign(&client.key).unwrap()).await.unwrap();
        let refused = object(&body);
        assert_eq!(status, 200, "{what}");
        assert_eq!(refused["code"].as_str().unwrap().len(), 5, "{what}: {refused}");
        assert!(!refused["sub_code"].as_str().unwrap().is_empty() && refused["code"] != "10000", "{what}: {refused}");
    }
    let card = client.call(method, &json!({"target_card_no": "x", "target_card_no_type": "BIZ_CARD"})).await;
    assert_eq!(card["sub_code"], "CARD_NOT_EXIT", "{card}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oversized_and_garbled_requests_are_answered_and_forgotten() {
    let (place, client) = house().await;
    let host = place.base.trim_start_matches("http://").to_owned();
    let before = place.resident_kib();
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
    for _ in 0..5 {
        // the platform may close before it has read all: what counts is that it answers or closes, and stays small
        let sent = http
            .post(format!("{}/gateway.do?method=alipay.marketing.card.query&app_id={}", place.base, client.app_id))
            .body(vec![b'a'; 64 << 20])
            .send()
            .await;
        if let Ok(answer) = sent {
            let body = answer.bytes().await.unwrap_or_default();
            assert!(!body.is_empty(), "an empty answer explains nothing");
        }
    }
    let grown = place.resident_kib().saturating_sub(before);
    assert!(grown < 200 << 10, "64 MiB bodies left {grown} KiB behind");

    let form = "application/x-www-form-urlencoded";
    let bodies: [(&str, &str, Vec<u8>); 6] = [
        ("no boundary", "multipart/form-data", b"--x\r\n".to_vec()),
        ("cut multipart", "multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf".to_vec()),
        ("json", "application/json", b"{\"method\":\"x\"}".to_vec()),
        ("gbk under utf-8", form, b"charset=utf-8&biz_content=\xd6\xd0\xce\xc4".to_vec()),
        ("unknown charset", form, b"charset=klingon&biz_content={}".to_vec()),
        ("thousands of parameters", form, (0..50_000).flat_map(|number| format!("p{number}=1&").into_bytes()).collect()),
    ];
    for (what, content_type, body) in bodies {
        let url = format!(
            "{}/gateway.do?method=alipay.marketing.card.query&app_id={}&timestamp=2026-11-21%2012:00:00&version=1.0&sign_type=RSA2&sign=AAAA",
            place.base, client.app_id
        );
        let answer = http.post(url).header("content-type", content_type).body(body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{what}");
        let refused = object(&answer.bytes().await.unwrap());
        assert_ne!(refused["code"], "10000", "{what}");
        assert!(!refused["sub_code"].as_str().unwrap_or_default().is_empty(), "{what}: {refused}");
    }

    for (what, bytes) in [
        ("no http", b"hello\r\n\r\n".to_vec()),
        ("endless head", [b"GET / HTTP/1.1\r\n".to_vec(), b"x: ".to_vec(), vec![b'y'; 200_000]].concat()),
    ] {
        let answer = raw(&place.base, &bytes);
        assert!(answer.starts_with("HTTP/1.1 4"), "{what}: {answer:.80}");
    }
    let answer =
        raw(&place.base, format!("POST /gateway.do HTTP/1.1\r\nhost: {host}\r\ncontent-length: 100\r\n\r\nhalf a body").as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1"), "{answer:.80}");
    assert_eq!(
        client.call("alipay.marketing.card.query", &json!({"target_card_no": "x", "target_card_no_type": "BIZ_CARD"})).await["sub_code"],
        "CARD_NOT_EXIT"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_slow_connections_leave_room_for_the_quick() {
    let (place, client) = house().await;
    let address = place.base.trim_start_matches("http://").to_owned();
    let before = place.resident_kib();
    // as many as this process may open, at most two thousand
    let slow: Vec<TcpStream> = (0..2_000)
        .map_while(|_| {
            let mut stream = TcpStream::connect(&address).ok()?;
            stream.write_all(b"POST /gateway.do HTTP/1.1\r\nhost: ").ok()?;
            Some(stream)
        })
        .collect();
    assert!(slow.len() > 400, "only {} connections could be opened here", slow.len());
    let answer = client.call("alipay.marketing.card.query", &json!({"target_card_no": "x", "target_card_no_type": "BIZ_CARD"})).await;
    assert_eq!(answer["sub_code"], "CARD_NOT_EXIT");
    let each = place.resident_kib().saturating_sub(before) / slow.len() as u64;
    assert!(each < 64, "a slow connection costs {each} KiB");
}
