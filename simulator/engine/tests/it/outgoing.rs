//! The way out: bounded in time and size, never to ourselves, kept in the journal.

use crate::shop::{engine, shop};
use engine::journal::{Direction, RequestBytes, SignatureVerdict};
use engine::outgoing::{Came, Failed, Judged, Trip};
use engine::{Engine, Sandbox};
use log::Memory;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// A server that says this once to each who comes, and then holds the line.
pub(crate) fn server(says: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 1_024]);
            let _ = stream.write_all(&says);
            held.push(stream);
        }
    });
    address
}

/// How long those may take who are to answer: only a broken one takes so long.
pub(crate) const PATIENT: Duration = Duration::from_secs(30);
/// How long it is waited for those who never do.
pub(crate) const BRIEF: Duration = Duration::from_millis(300);

pub(crate) fn go(engine: &Engine, sandbox: &Sandbox, target: &str, patience: Duration) -> Came {
    let trip = Trip {
        provider: "test",
        method: "ask".to_owned(),
        app: "app".to_owned(),
        about: None,
        at: None,
        fault: None,
        request: RequestBytes { method: "POST".to_owned(), target: target.to_owned(), headers: Vec::new(), body: "a=1".into() },
        patience,
        most: 256 << 10,
        judge: Box::new(|came| Judged {
            code: came.is_ok().to_string(),
            sub_code: String::new(),
            signature: SignatureVerdict::NotChecked,
            flags: Vec::new(),
        }),
    };
    engine.outgoing().go(sandbox, trip).blocking_recv().unwrap().came
}

#[test]
fn an_answer_comes_whole_or_not_at_all_and_every_call_is_in_the_journal() {
    let engine = engine(&Arc::new(Memory::new()));
    let (new, found) = shop("1", 7);
    let sandbox = engine.create(&new, found).unwrap();
    let to = |says: &[u8]| format!("http://{}/path?x=1", server(says.to_vec()));
    let whole = go(&engine, &sandbox, &to(b"HTTP/1.1 201 Made\r\ncontent-length: 2\r\n\r\nok"), PATIENT).unwrap();
    assert_eq!((whole.status, &whole.body[..]), (201, &b"ok"[..]));
    assert!(matches!(go(&engine, &sandbox, &to(b""), BRIEF), Err(Failed::TimedOut(_))));
    assert!(matches!(go(&engine, &sandbox, &to(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok"), BRIEF), Err(Failed::TimedOut(_))));
    let endless = [b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n".to_vec(), vec![b'a'; 400 << 10]].concat();
    assert_eq!(go(&engine, &sandbox, &to(&endless), PATIENT).unwrap_err(), Failed::TooLarge(256 << 10));
    assert!(matches!(go(&engine, &sandbox, &to(b"SSH-2.0-none\r\n"), PATIENT), Err(Failed::BrokeOff(_))));
    // a redirect is an answer like any other: nobody follows it
    let elsewhere =
        go(&engine, &sandbox, &to(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n"), PATIENT);
    assert_eq!(elsewhere.unwrap().status, 302);
    let page = sandbox.journal().after(0, 100, |exchange| exchange.direction == Direction::Out);
    let codes: Vec<_> = page.exchanges.iter().map(|exchange| exchange.code.as_str()).collect();
    assert_eq!(codes, ["true", "false", "false", "false", "false", "true"]);
    assert!(page.exchanges.iter().all(|exchange| exchange.app.as_deref() == Some("app") && exchange.request.body == "a=1"));
}

#[test]
fn we_never_call_ourselves_by_whatever_name() {
    let engine = engine(&Arc::new(Memory::new()));
    let (new, found) = shop("1", 7);
    let sandbox = engine.create(&new, found).unwrap();
    let ours = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = ours.local_addr().unwrap().port();
    ours.set_nonblocking(true).unwrap();
    engine.outgoing().forbid(&[ours.local_addr().unwrap()]);
    for name in ["127.0.0.1", "localhost", "0.0.0.0", "127.1.2.3", "[::ffff:127.0.0.1]"] {
        let came = go(&engine, &sandbox, &format!("http://{name}:{port}/"), PATIENT);
        assert!(matches!(came, Err(Failed::Ourselves(_))), "{name}: {came:?}");
    }
    assert_eq!(ours.accept().map(|_| ()).unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody connected");
    for (target, why) in [("ftp://127.0.0.1/", "http"), ("/path", "http"), ("http://", "address")] {
        let came = go(&engine, &sandbox, target, PATIENT);
        assert!(matches!(&came, Err(Failed::BadAddress(_, text)) if text.contains(why)), "{target}: {came:?}");
    }
    assert!(matches!(go(&engine, &sandbox, "http://127.0.0.1:1/", PATIENT), Err(Failed::Unreachable(_))));
}
