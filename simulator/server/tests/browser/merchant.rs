//! The merchant's web server: a callback page that takes browsers in, says welcome and keeps the addresses they came with, and
//! the gateway of its application, where the platform asks and tells.

use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wire::alipay::{Limits, Notice};

/// How long a visitor may take to come.
const LIMIT: Duration = Duration::from_secs(15);
/// Where visitors are expected; browsers ask for other things by themselves.
const PATH: &str = "/join";
/// Where the platform is expected.
const GATEWAY: &str = "/gateway";
/// The largest question of the platform, bytes.
const QUESTION_BYTES: usize = 64 << 10;
const WELCOME: &str = "<!DOCTYPE html><meta charset=utf-8><title>shop</title><link rel=icon href='data:,'><p>欢迎光临茶馆";

/// What the merchant's application answers to the platform.
pub(crate) type Manner = Box<dyn Fn(&Notice) -> String + Send + Sync>;

/// A merchant's web server.
pub(crate) struct Merchant {
    /// The address of the callback.
    pub(crate) callback: String,
    /// The address of the application's gateway.
    pub(crate) gateway: String,
    manner: Arc<OnceLock<Manner>>,
    visits: Mutex<UnboundedReceiver<String>>,
}

impl Merchant {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let [callback, gateway] = [PATH, GATEWAY].map(|path| format!("http://{}{path}", listener.local_addr().unwrap()));
        let (visit, visits) = unbounded_channel();
        let manner = Arc::<OnceLock<Manner>>::default();
        let manners = manner.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (visit, manner) = (visit.clone(), manners.clone());
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let Some((target, body)) = taken(&mut stream).await else { return };
                    let page = match manner.get() {
                        Some(manner) if target == GATEWAY => manner(&Notice::read(&body.into(), &Limits::default()).unwrap()),
                        _ => WELCOME.to_owned(),
                    };
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                        page.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                    if target.starts_with(PATH) {
                        let _ = visit.send(target);
                    }
                });
            }
        });
        Self { callback, gateway, manner, visits: Mutex::new(visits) }
    }

    /// From now on its application answers so; said once.
    pub(crate) fn answers(&self, manner: Manner) {
        assert!(self.manner.set(manner).is_ok(), "it answers already");
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

/// What came: its target and its body; nothing when it broke off or is too large.
async fn taken(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        // browsers open connections that they never use
        stream.read_line(&mut head).await.ok().filter(|bytes| *bytes > 0)?;
    }
    let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let length = Some(length.unwrap_or(0)).filter(|length| *length <= QUESTION_BYTES)?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((head.split(' ').nth(1)?.to_owned(), body))
}

/// A value among those a visitor came with.
pub(crate) fn value<'v>(visitor: &'v [(String, String)], name: &str) -> &'v str {
    visitor.iter().find(|(known, _)| known == name).map_or_else(|| panic!("no {name} in {visitor:?}"), |(_, value)| value)
}
