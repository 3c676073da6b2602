//! One connection that stays open, one request at a time: hyper's own, without a pool above it.
//!
//! A connection that the other side closed between two requests is made anew; a request that may have arrived is never sent twice.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a connection may take to be made.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// The most bytes of an answer that are read.
const ANSWER_LIMIT: usize = 64 << 20;

/// Where a platform is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    /// `host:port`.
    pub(crate) authority: String,
    /// Shown to the control API when the platform is on another machine.
    pub(crate) token: Option<String>,
}

impl Place {
    /// Of an address such as `http://127.0.0.1:8600`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of(url: &str, token: Option<String>) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|error| format!("`{url}` is no address: {error}"))?;
        let Some(authority) = uri.authority().filter(|_| uri.scheme_str() == Some("http")) else {
            return Err(format!("`{url}` is not http://host:port"));
        };
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self { authority: format!("{}:{port}", authority.host()), token })
    }
}

/// What to send.
#[derive(Clone, Debug)]
pub(crate) struct Sending {
    pub(crate) method: &'static str,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// It was never sent.
    #[error("not sent: {0}")]
    NotSent(String),
    /// It may have arrived: nobody knows what came of it.
    #[error("no answer: {0}")]
    Unknown(String),
    /// No whole answer came in time.
    #[error("no answer within {0:?}")]
    Late(Duration),
}

/// A connection, or the wish to have one.
pub(crate) struct Connection {
    place: Place,
    limit: Duration,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// To a place; an answer may take so long.
    pub(crate) fn to(place: &Place, limit: Duration) -> Self {
        Self { place: place.clone(), limit, sender: None }
    }

    /// Sends and reads the whole answer: status and body.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub(crate) async fn send(&mut self, sending: &Sending) -> Result<(u16, Bytes), Unanswered> {
        let limit = self.limit;
        let sent = tokio::time::timeout(limit, async {
            match self.once(sending).await {
                // the other side had closed it, and hyper still holds the request
                Err(Unanswered::NotSent(_)) => self.once(sending).await,
                answered => answered,
            }
        });
        let answered = sent.await.unwrap_or(Err(Unanswered::Late(limit)));
        if answered.is_err() {
            self.sender = None;
        }
        answered
    }

    async fn once(&mut self, sending: &Sending) -> Result<(u16, Bytes), Unanswered> {
        let open = match self.sender.take() {
            Some(mut sender) => sender.ready().await.is_ok().then_some(sender),
            None => None,
        };
        let mut sender = match open {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        let request = Request::builder()
            .method(sending.method)
            .uri(&sending.target)
            .header(HOST, &self.place.authority)
            .header(CONTENT_TYPE, sending.content_type);
        let request = match &self.place.token {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        };
        let request = request.body(Full::new(sending.body.clone())).map_err(|error| Unanswered::NotSent(error.to_string()))?;
        let told = |error: hyper::Error| {
            if error.is_canceled() { Unanswered::NotSent(error.to_string()) } else { Unanswered::Unknown(error.to_string()) }
        };
        let answer = sender.send_request(request).await.map_err(told)?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), ANSWER_LIMIT).collect().await;
        let body = body.map_err(|error| Unanswered::Unknown(error.to_string()))?.to_bytes();
        self.sender = Some(sender);
        Ok((status, body))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Unanswered> {
        let not_sent = |why: String| Unanswered::NotSent(format!("{}: {why}", self.place.authority));
        let connecting = tokio::time::timeout(CONNECT_TIME, TcpStream::connect(&self.place.authority)).await;
        let stream = connecting.map_err(|_| not_sent("no connection in time".to_owned()))?.map_err(|error| not_sent(error.to_string()))?;
        // without this, small requests wait for the answer to the one before
        stream.set_nodelay(true).map_err(|error| not_sent(error.to_string()))?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| not_sent(error.to_string()))?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        assert_eq!(Place::of("http://127.0.0.1:8600/gateway.do", None).unwrap().authority, "127.0.0.1:8600");
        assert_eq!(Place::of("http://kabao.test", None).unwrap().authority, "kabao.test:80");
        for wrong in ["https://127.0.0.1", "127.0.0.1:8600", "/gateway.do", ""] {
            assert!(Place::of(wrong, None).is_err(), "{wrong}");
        }
    }

    /// Answers one request of each connection with the words `connection: close`, and says how many connections there were. Every other
    /// connection is left open by it, so that whoever goes by the end of the connection alone is seen to wait for an answer.
    async fn says_close(listener: TcpListener, calls: usize) -> usize {
        let (mut connections, mut open) = (0, Vec::new());
        while connections < calls {
            let (mut stream, _) = listener.accept().await.unwrap();
            connections += 1;
            let mut request = Vec::new();
            while !request.ends_with(b"{}") {
                assert!(stream.read_buf(&mut request).await.unwrap() > 0, "a connection without a request");
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            if connections % 2 == 0 {
                open.push(stream);
            }
        }
        connections
    }

    #[tokio::test]
    async fn an_answer_that_says_close_is_the_last_of_its_connection_and_no_call_is_lost_by_it() {
        const CALLS: usize = 50;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = Place::of(&format!("http://{}", listener.local_addr().unwrap()), None).unwrap();
        let connections = tokio::spawn(says_close(listener, CALLS));
        let mut connection = Connection::to(&place, Duration::from_mins(1));
        let sending = Sending { method: "POST", target: "/".to_owned(), content_type: "text/plain", body: Bytes::from_static(b"{}") };
        for call in 0..CALLS {
            assert_eq!(connection.send(&sending).await, Ok((200, Bytes::from_static(b"ok"))), "call {call}");
        }
        assert_eq!(connections.await.unwrap(), CALLS, "each call on a connection of its own");
    }
}
