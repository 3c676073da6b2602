//! The merchant's callback page: takes browsers in, says welcome, and keeps the addresses they came with.

use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How long a visitor may take to come.
const LIMIT: Duration = Duration::from_secs(15);
/// Where visitors are expected; browsers ask for other things by themselves.
const PATH: &str = "/join";
const WELCOME: &str = "<!DOCTYPE html><meta charset=utf-8><title>shop</title><link rel=icon href='data:,'><p>欢迎光临茶馆";

/// A merchant's web server.
pub(crate) struct Merchant {
    /// The address of the callback.
    pub(crate) callback: String,
    visits: Mutex<UnboundedReceiver<String>>,
}

impl Merchant {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let callback = format!("http://{}{PATH}", listener.local_addr().unwrap());
        let (visit, visits) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let visit = visit.clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        // browsers open connections that they never use
                        if !stream.read_line(&mut head).await.is_ok_and(|bytes| bytes > 0) {
                            return;
                        }
                    }
                    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{WELCOME}",
                        WELCOME.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                    if target.starts_with(PATH) {
                        let _ = visit.send(target);
                    }
                });
            }
        });
        Self { callback, visits: Mutex::new(visits) }
    }

    /// The names and values that the next visitor comes with, in their order, as they were sent.
    pub(crate) async fn visitor(&self) -> Vec<(String, String)> {
        let mut visits = self.visits.lock().await;
        let target = tokio::time::timeout(LIMIT, visits.recv()).await.expect("nobody came back to the merchant").expect("it listens");
        let query = target.split_once('?').map_or("", |(_, query)| query);
        query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Fails when somebody came.
    pub(crate) async fn was_not_visited(&self) {
        assert!(self.visits.lock().await.try_recv().is_err(), "somebody came to the merchant");
    }
}

/// A value among those a visitor came with.
pub(crate) fn value<'v>(visitor: &'v [(String, String)], name: &str) -> &'v str {
    visitor.iter().find(|(known, _)| known == name).map_or_else(|| panic!("no {name} in {visitor:?}"), |(_, value)| value)
}
