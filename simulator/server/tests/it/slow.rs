//! Clients that take their time: bodies that trickle, answers nobody reads, heads that never end. All bounded in time and memory,
//! and the quick are served meanwhile. One test, because all of them wait for the same half minute.

use crate::client::Client;
use crate::place::Place;
use serde_json::json;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};
use wire::alipay::FilePart;

/// The house's own limits are 10 s for a head, 30 s for a body and 30 s for an unread answer.
const LIMIT: Duration = Duration::from_secs(50);
/// How long a quick call may take beside the slow: generous, because tests run beside each other on few cores.
const QUICK: Duration = Duration::from_secs(10);
const TRICKLES: usize = 150;
const READERS: usize = 10;
const HEADS: usize = 200;

/// Sends a byte of a body twice a second until it is told or cut off; what it was told.
fn trickle(host: &str, path: &str, kind: &str) -> (String, Duration) {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: {kind}\r\ncontent-length: 100000\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let (mut answer, mut piece) = (Vec::new(), [0; 4_096]);
    while begun.elapsed() < LIMIT {
        let sent = stream.write_all(b"a");
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => answer.extend_from_slice(&piece[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) && sent.is_ok() => {}
            Err(_) => break,
        }
    }
    (String::from_utf8_lossy(&answer).into_owned(), begun.elapsed())
}

/// Asks for much, many times over, and reads nothing until the time is over; how many bytes were there, and whether it was cut.
fn never_read(host: &str, path: &str, wait: Duration) -> (usize, bool) {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n");
    for _ in 0..100 {
        if stream.write_all(request.as_bytes()).is_err() {
            break;
        }
    }
    std::thread::sleep(wait);
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let (mut read, mut piece) = (0, vec![0; 1 << 20]);
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return (read, true),
            Ok(more) => read += more,
            Err(error) => return (read, !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)),
        }
    }
}

/// Uploads a picture of a megabyte; its address. Little work to send, and much to take.
async fn large_picture(client: &Client) -> String {
    let mut bytes = include_bytes!("../../../../fixtures/alipay/vectors/card.png").to_vec();
    bytes.resize(1 << 20, 0);
    let file = FilePart {
        name: "image_content".to_owned(),
        filename: "large.png".to_owned(),
        content_type: Some("image/png".to_owned()),
        bytes: bytes.into(),
    };
    let method = "alipay.offline.material.image.upload";
    let request = client.request(method).parameter("image_type", "png").parameter("image_name", "large").file(file);
    let stored = client.try_call(method, request).await.unwrap();
    let address = stored["image_url"].as_str().unwrap_or_else(|| panic!("{stored}"));
    address.strip_prefix(client.base.as_str()).unwrap_or(address).to_owned()
}

fn joined<T>(handles: Vec<ScopedJoinHandle<'_, T>>) -> Vec<T> {
    handles.into_iter().map(|handle| handle.join().unwrap()).collect()
}

#[test]
fn the_slow_are_given_up_in_time_and_the_quick_are_served_meanwhile() {
    let place = Place::in_memory(&["--seed", "1"]);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let client = runtime.block_on(Client::of(&place.base, "demo"));
    let picture = runtime.block_on(large_picture(&client));
    let host = place.base.trim_start_matches("http://");
    let before = place.resident_kib();
    let form = "application/x-www-form-urlencoded";
    let ways = [
        ("/gateway.do", form),
        ("/gateway.do", "multipart/form-data; boundary=x"),
        ("/_kabao/v1/customers", "application/json"),
        ("/_kabao/v1/sandboxes/import?name=slow", "application/x-ndjson"),
    ];
    let (trickled, readers, heads, peak) = std::thread::scope(|scope| {
        // an import is read piece by piece: a trickle is a slow import, and only three of them get a turn
        let trickles = (0..TRICKLES).map(|number| ways[number % 3]).chain([ways[3]; 3]);
        let trickles: Vec<_> = trickles.map(|way| (way, scope.spawn(move || trickle(host, way.0, way.1)))).collect();
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(|| never_read(host, &picture, Duration::from_secs(45)))).collect();
        let heads: Vec<_> = (0..HEADS)
            .map(|_| {
                let mut stream = TcpStream::connect(host).unwrap();
                stream.write_all(b"GET / HTTP/1.1\r\nhost: ").unwrap();
                (stream, Instant::now())
            })
            .collect();
        let heads = scope.spawn(move || {
            heads
                .into_iter()
                .map(|(mut stream, begun)| {
                    stream.set_read_timeout(Some(LIMIT)).unwrap();
                    let _ = stream.read_to_end(&mut Vec::new());
                    begun.elapsed()
                })
                .max()
                .unwrap()
        });
        let mut peak = 0;
        for _ in 0..15 {
            let asked = Instant::now();
            let query = json!({"target_card_no": "x", "target_card_no_type": "BIZ_CARD"});
            assert_eq!(runtime.block_on(client.call("alipay.marketing.card.query", &query))["sub_code"], "CARD_NOT_EXIT");
            assert!(asked.elapsed() < QUICK, "a quick call took {:?} beside the slow", asked.elapsed());
            peak = peak.max(place.resident_kib().saturating_sub(before));
            std::thread::sleep(Duration::from_secs(2));
        }
        let (ways, trickles): (Vec<_>, Vec<_>) = trickles.into_iter().unzip();
        let told: Vec<_> = ways.into_iter().zip(joined(trickles)).collect();
        (told, joined(readers), heads.join().unwrap(), peak)
    });
    for ((path, kind), (answer, took)) in trickled {
        if path.contains("import") {
            continue;
        }
        assert!(took < LIMIT, "{path} {kind}: still open after {took:?}");
        let told = answer.contains("did not arrive within 30 s") || answer.contains("body_too_slow") || answer.contains("sub_code");
        assert!(told, "{path} {kind}: after {took:?} it was told `{answer:.400}`");
    }
    for (read, cut) in readers {
        assert!(cut, "a client that reads nothing was still connected after 45 s, with {read} bytes for it");
    }
    assert!(heads < Duration::from_secs(30), "a head that never ends was waited for {heads:?}");
    println!("{TRICKLES} trickles, {READERS} readers, {HEADS} heads: {} MiB more resident at most", peak >> 10);
    assert!(peak < 192 << 10, "the slow made the house grow by {peak} KiB");
}
