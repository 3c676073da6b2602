//! Odd HTTP on a real socket: each time the answer a client can understand, or a closed connection, and never a bug.
//!
//! Source: issue 2 "Bad input"; PROTOCOL A1 (absolute-form targets), A9.

use crate::client::Client;
use crate::place::Place;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// The longest a connection may take here.
const LIMIT: Duration = Duration::from_secs(20);

struct Gate {
    place: Place,
    host: String,
    client: Client,
}

impl Gate {
    async fn open() -> Self {
        let place = Place::in_memory(&["--seed", "1"]);
        let client = Client::of(&place.base, "demo").await;
        Self { host: place.base.trim_start_matches("http://").to_owned(), client, place }
    }

    /// Sends these bytes and reads until the other side closes, or until `enough` of what came.
    fn talk(&self, bytes: &[u8], enough: impl Fn(&str) -> bool) -> String {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        // the other side may close before it has read all
        let _ = stream.write_all(bytes);
        let (mut came, mut piece, since) = (Vec::new(), [0; 4_096], Instant::now());
        while let Ok(read @ 1..) = stream.read(&mut piece) {
            came.extend_from_slice(&piece[..read]);
            assert!(since.elapsed() < LIMIT, "no end of it: {}", String::from_utf8_lossy(&came));
            if enough(&String::from_utf8_lossy(&came)) {
                break;
            }
        }
        let _ = stream.shutdown(Shutdown::Both);
        String::from_utf8_lossy(&came).into_owned()
    }

    /// A signed query of a card nobody has, as a form body.
    fn query(&self) -> String {
        let asked = json!({"target_card_no": "x", "target_card_no_type": "BIZ_CARD"}).to_string();
        let outgoing = self.client.request("alipay.marketing.card.query").biz_content(&asked).sign(&self.client.key).unwrap();
        let target = outgoing.target("/gateway.do");
        let fields = target.split_once('?').map_or("", |(_, query)| query).to_owned();
        let body = String::from_utf8(outgoing.body.to_vec()).unwrap();
        [fields, body].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&")
    }

    /// That call with this head before it, `{n}` standing for the body's length.
    fn call(&self, head: &str) -> Vec<u8> {
        let body = self.query();
        let head = head.replace("{n}", &body.len().to_string()).replace("{host}", &self.host);
        format!("{head}\r\ncontent-type: application/x-www-form-urlencoded\r\n\r\n{body}").into_bytes()
    }

    async fn still_serves(&self) {
        let answer =
            self.client.call("alipay.marketing.card.query", &json!({"target_card_no": "x", "target_card_no_type": "BIZ_CARD"})).await;
        assert_eq!(answer["sub_code"], "CARD_NOT_EXIT", "{}", self.place.said());
    }
}

/// The gateway's answer to the query: the whole exchange went well.
fn served(text: &str) -> bool {
    text.contains("CARD_NOT_EXIT") && text.contains("\"sign\"")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_http_allows_to_send_a_call_is_served() {
    let gate = Gate::open().await;
    let post = "POST /gateway.do HTTP/1.1\r\nhost: {host}\r\ncontent-length: {n}";
    for (what, head) in [
        ("plain", format!("{post}\r\nconnection: close")),
        ("absolute form", format!("{}\r\nconnection: close", post.replace("/gateway.do", "http://{host}/gateway.do"))),
        (
            "absolute form of the real gateway",
            "POST https://openapi.alipay.com/gateway.do HTTP/1.1\r\nhost: openapi.alipay.com\r\ncontent-length: {n}\r\nconnection: close"
                .to_owned(),
        ),
        ("HTTP/1.0", "POST /gateway.do HTTP/1.0\r\ncontent-length: {n}".to_owned()),
        ("an unknown host, as a proxy sends", post.replace("{host}", "gateway.internal") + "\r\nconnection: close"),
    ] {
        let answer = gate.talk(&gate.call(&head), |_| false);
        assert!(answer.starts_with("HTTP/1.") && answer.contains(" 200 OK") && served(&answer), "{what}: {answer}");
    }
    let body = gate.query();
    let (one, two) = body.split_at(body.len() / 2);
    let chunked = format!(
        "POST /gateway.do HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{one}\r\n{:x};extension=1\r\n{two}\r\n0\r\ntrailer: x\r\n\r\n",
        gate.host,
        one.len(),
        two.len()
    );
    let answer = gate.talk(chunked.as_bytes(), |_| false);
    assert!(served(&answer), "chunked: {answer}");
    let target = format!("GET /gateway.do?{} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", gate.query(), gate.host);
    assert!(served(&gate.talk(target.as_bytes(), |_| false)), "GET");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let gate = Gate::open().await;
    let body = gate.query();
    let head = format!(
        "POST /gateway.do HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        gate.host,
        body.len()
    );
    let mut stream = TcpStream::connect(&gate.host).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut first = [0; 25];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(served(&rest), "{rest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_sent_at_once_are_answered_in_order_and_garbage_behind_them_ends_the_connection() {
    let gate = Gate::open().await;
    let one = gate.call("POST /gateway.do HTTP/1.1\r\nhost: {host}\r\ncontent-length: {n}");
    let last = gate.call("POST /gateway.do HTTP/1.1\r\nhost: {host}\r\ncontent-length: {n}\r\nconnection: close");
    let answer = gate.talk(&[one.clone(), one.clone(), last].concat(), |_| false);
    assert_eq!(answer.matches("CARD_NOT_EXIT").count(), 3, "{answer}");
    let answer = gate.talk(&[one.clone(), b"\x00\x16\x03\x01 this is no request\r\n\r\n".to_vec(), one].concat(), |_| false);
    assert_eq!(answer.matches("CARD_NOT_EXIT").count(), 1, "what stood behind garbage was served: {answer}");
    assert!(answer.contains("HTTP/1.1 400"), "{answer}");
    gate.still_serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_request_is_refused_and_the_connection_ends() {
    let gate = Gate::open().await;
    let host = &gate.host;
    let body = gate.query();
    let heads: [(&str, String); 12] = [
        ("no http", "hello\r\n\r\n".to_owned()),
        ("a TLS hello", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".repeat(8)),
        ("HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("HTTP/3.0", format!("GET / HTTP/3.0\r\nhost: {host}\r\n\r\n")),
        ("an endless head", format!("GET / HTTP/1.1\r\nhost: {host}\r\nx: {}", "y".repeat(200_000))),
        ("too many headers", format!("GET / HTTP/1.1\r\nhost: {host}\r\n{}\r\n", "x: y\r\n".repeat(5_000))),
        ("an endless target", format!("GET /{} HTTP/1.1\r\nhost: {host}\r\n\r\n", "a".repeat(200_000))),
        ("a zero in the target", format!("GET /gate\0way.do HTTP/1.1\r\nhost: {host}\r\n\r\n")),
        ("a zero in a header", format!("GET / HTTP/1.1\r\nhost: {host}\r\nx: a\0b\r\n\r\n")),
        ("two lengths", format!("POST /gateway.do HTTP/1.1\r\nhost: {host}\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{body}")),
        ("a length that is none", format!("POST /gateway.do HTTP/1.1\r\nhost: {host}\r\ncontent-length: -1\r\n\r\n{body}")),
        ("an unknown transfer coding", format!("POST /gateway.do HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: sideways\r\n\r\n{body}")),
    ];
    for (what, head) in heads {
        let answer = gate.talk(head.as_bytes(), |_| false);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{what}: {answer:.300}");
        assert!(!answer.contains("CARD_NOT_EXIT"), "{what}: {answer:.300}");
    }
    gate.still_serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_not_what_its_head_says_is_no_second_request() {
    let gate = Gate::open().await;
    let hidden = "GET /_kabao/v1/sandboxes HTTP/1.1\r\nhost: {host}\r\n\r\n".replace("{host}", &gate.host);
    let bodies = [
        (
            "both lengths",
            format!(
                "POST /gateway.do HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
                gate.host,
                hidden.len() + 5
            ),
        ),
        (
            "a chunk size that is none",
            format!("POST /gateway.do HTTP/1.1\r\nhost: {}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{hidden}", gate.host),
        ),
        (
            "a chunk size beyond all numbers",
            format!("POST /gateway.do HTTP/1.1\r\nhost: {}\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{hidden}", gate.host),
        ),
        (
            "a chunk longer than it says",
            format!("POST /gateway.do HTTP/1.1\r\nhost: {}\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{hidden}\r\n0\r\n\r\n", gate.host),
        ),
    ];
    for (what, bytes) in bodies {
        let answer = gate.talk(bytes.as_bytes(), |_| false);
        assert!(!answer.contains("\"sandboxes\""), "{what}: what was hidden in a body was answered: {answer}");
        if let Some((_, body)) = answer.split_once("\r\n\r\n").filter(|_| answer.contains(" 200 OK")) {
            let told: Value =
                serde_json::from_str(body.split("\r\nHTTP/").next().unwrap()).unwrap_or_else(|error| panic!("{what}: {error} in {answer}"));
            assert!(told.to_string().contains("sub_code"), "{what}: {answer}");
        }
    }
    gate.still_serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_methods_and_deep_or_endless_bodies_are_answered_in_the_protocols_words() {
    let gate = Gate::open().await;
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let answer = gate.talk(
            format!("{method} /gateway.do HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", gate.host).as_bytes(),
            |_| false,
        );
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("sub_code"), "{method}: {answer}");
    }
    let before = gate.place.resident_kib();
    let endless = |kind: &str| {
        let mut stream = TcpStream::connect(&gate.host).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        let head =
            format!("POST /gateway.do HTTP/1.1\r\nhost: {}\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n", gate.host);
        stream.write_all(head.as_bytes()).unwrap();
        let chunk = [b"10000\r\n".as_slice(), &vec![b'a'; 0x10000], b"\r\n"].concat();
        let mut sent = 0_usize;
        // it is refused long before this much
        while sent < 256 << 20 && stream.write_all(&chunk).is_ok() {
            sent += 0x10000;
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        (sent, String::from_utf8_lossy(&answer).into_owned())
    };
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"] {
        let (sent, answer) = endless(kind);
        assert!(sent < 64 << 20, "{kind}: {} MiB of an endless body were taken", sent >> 20);
        assert!(answer.is_empty() || (answer.starts_with("HTTP/1.1 200") && answer.contains("sub_code")), "{kind}: {answer:.300}");
    }
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    for path in ["/gateway.do", "/_kabao/v1/customers", "/_kabao/v1/ledger/batch"] {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{deep}",
            gate.host,
            deep.len()
        );
        let answer = gate.talk(request.as_bytes(), |_| false);
        assert!(answer.contains("sub_code") || answer.contains("\"error\""), "{path}: {answer:.300}");
    }
    let grown = gate.place.resident_kib().saturating_sub(before);
    assert!(grown < 96 << 10, "endless bodies left {grown} KiB behind");
    gate.still_serves().await;
}
