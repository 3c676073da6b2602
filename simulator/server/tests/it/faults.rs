//! Faults on a real socket, where only there one sees what went out: nothing, the half of an answer, or all of it in time.

use crate::client::Client;
use crate::place::Place;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Sends a query and reads until the other side closes.
async fn raw(place: &Place, client: &Client, rule: Value) -> String {
    let made = client.control("POST", "/faults", Some(rule)).await;
    assert!(made["id"].is_number(), "{made}");
    let out = client.request("alipay.marketing.card.template.batchquery").biz_content(r#"{"page_no":1}"#).sign(&client.key).unwrap();
    let host = place.base.trim_start_matches("http://");
    let head = format!(
        "POST /gateway.do?{} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
        out.query,
        out.content_type.unwrap_or_default(),
        out.body.len()
    );
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(&[head.as_bytes(), &out.body].concat()).unwrap();
    let mut came = Vec::new();
    stream.read_to_end(&mut came).unwrap();
    String::from_utf8_lossy(&came).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_reply_is_no_byte_a_cut_one_a_half_and_the_journal_tells_both() {
    let place = Place::in_memory(&["--seed", "1"]);
    let client = Client::of(&place.base, "demo").await;
    assert_eq!(raw(&place, &client, json!({"reply": "drop"})).await, "");
    let cut = raw(&place, &client, json!({"reply": "cut"})).await;
    let (head, body) = cut.split_once("\r\n\r\n").expect("the head came");
    let said: usize = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length").parse().unwrap();
    assert_eq!(body.len(), said / 2, "{cut}");
    assert!(raw(&place, &client, json!({"reply": "http_502"})).await.starts_with("HTTP/1.1 502 Bad Gateway"));
    let journal = client.control("GET", "/journal", None).await;
    let faults: Vec<_> = journal["exchanges"].as_array().unwrap().iter().map(|one| one["fault"].clone()).collect();
    let told: Vec<_> = faults.iter().map(|fault| (fault["id"].as_u64(), fault["action"].as_str(), fault["sent_bytes"].as_u64())).collect();
    assert_eq!(told, [(Some(1), Some("drop"), Some(0)), (Some(2), Some("cut"), Some(said as u64 / 2)), (Some(3), Some("http_502"), None)]);
    assert!(faults[0]["replay"].as_str().unwrap().starts_with(&format!("curl -s '{}/_kabao/v1/faults?sandbox=demo'", place.base)));
}
