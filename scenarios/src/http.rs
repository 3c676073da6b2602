//! Asking another program over HTTP, within bounds: time, size, no redirects followed, no proxies.
//!
//! A connection to the platform is kept for a moment, much shorter than the platform keeps it. One to a merchant is not: it may end, be
//! started again or close what was idle for a while, and a request that goes out just then would be lost with a connection that nobody
//! could know to be dead.
//!
//! Everything in a story that waits for somebody else waits here.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use reqwest::Url;
use rustls::ClientConfig;
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::io;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::time::timeout;
use wire::trust::Trust;

/// How long one exchange may take, the connection included.
const CALL_TIME: Duration = Duration::from_secs(15);
/// How long a connection to the platform, which closes what is idle for ten seconds, waits for the next request.
const KEPT_TIME: Duration = Duration::from_secs(1);
/// In how many parts an exchange's time is counted.
const PARTS: u32 = 15;
/// The most bytes of an answer that are read.
const ANSWER_LIMIT: usize = 32 << 20;
/// How many redirects a browser follows here.
const REDIRECT_LIMIT: usize = 5;

/// No answer, or none that can be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{asked}: {why}")]
pub struct Unanswered {
    /// What was asked, method and address.
    pub asked: String,
    /// What went wrong.
    pub why: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) asked: String,
    pub(crate) status: StatusCode,
    pub(crate) attempt: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) text: String,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: Method,
    address: String,
    headers: BTreeMap<String, String>,
    body: Body,
    accept: &'static str,
    limit: Duration,
}

#[derive(Clone, Debug)]
enum Body {
    Nothing,
    Json(Value),
    Form(Vec<(String, String)>),
}

impl Request {
    pub(crate) fn new(method: Method, address: &str) -> Self {
        let headers = BTreeMap::new();
        Self { method, address: address.to_owned(), headers, body: Body::Nothing, accept: "application/json", limit: CALL_TIME }
    }

    #[must_use]
    pub(crate) fn headers(self, headers: &BTreeMap<String, String>) -> Self {
        Self { headers: headers.clone(), ..self }
    }

    #[must_use]
    pub(crate) fn timeout(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    #[must_use]
    pub(crate) fn json(self, body: Value) -> Self {
        Self { body: Body::Json(body), ..self }
    }

    #[must_use]
    pub(crate) fn form(self, pairs: Vec<(String, String)>) -> Self {
        Self { body: Body::Form(pairs), ..self }
    }

    /// As it goes out.
    fn message(&self) -> Result<hyper::Request<Full<Bytes>>, String> {
        let url = Url::parse(&self.address).map_err(|error| error.to_string())?;
        let uri: Uri = url.as_str().parse().map_err(|error: hyper::http::uri::InvalidUri| error.to_string())?;
        let mut message = hyper::Request::new(Full::default());
        (*message.method_mut(), *message.uri_mut()) = (self.method.clone(), uri);
        let headers = message.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept));
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().map_err(|_| format!("{name:?} is no name of a header"))?;
            headers.append(name, value.parse().map_err(|_| format!("{value:?} is no value of a header"))?);
        }
        let (kind, body) = match &self.body {
            Body::Nothing => return Ok(message),
            Body::Json(body) => ("application/json", body.to_string()),
            Body::Form(pairs) => ("application/x-www-form-urlencoded", form(pairs)),
        };
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        *message.body_mut() = Full::from(body);
        Ok(message)
    }

    /// As a browser asks for a page.
    #[must_use]
    pub(crate) fn page(self) -> Self {
        Self { accept: "text/html,application/xhtml+xml;q=0.9", ..self }
    }
}

/// Asks other programs.
#[derive(Clone, Debug)]
pub(crate) struct Asker(Arc<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>);

/// Whom everybody believes; made once, because it takes a while.
static USUAL: LazyLock<ClientConfig> = LazyLock::new(|| tls(&Trust::default()));

fn tls(trust: &Trust) -> ClientConfig {
    let mut client = trust.client();
    // the connector says itself what it speaks
    client.alpn_protocols.clear();
    client
}

impl Asker {
    /// Asks a platform, which does not end while it is asked.
    pub(crate) fn of_platform() -> Self {
        Self::speaking(USUAL.clone(), usize::MAX)
    }

    /// Asks a merchant; believes these over TLS beside those whom everybody believes.
    pub(crate) fn of_merchant(trust: Option<&Trust>) -> Self {
        Self::speaking(trust.map_or_else(|| USUAL.clone(), tls), 0)
    }

    /// `kept`: how many connections to one address wait for the next request.
    fn speaking(tls: ClientConfig, kept: usize) -> Self {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(connector);
        Self(Arc::new(
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(KEPT_TIME)
                .pool_max_idle_per_host(kept)
                .build(connector),
        ))
    }

    /// Asks once. The answer is whatever came, refusals too.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, Unanswered> {
        let asked = format!("{} {}", request.method, request.address);
        let failed = |why: String| Unanswered { asked: asked.clone(), why };
        let message = request.message().map_err(&failed)?;
        let exchange = async {
            let answer = self.0.request(message).await.map_err(|error| chain(&error))?;
            let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let (status, attempt, location) = (answer.status(), header("x-join-attempt"), header("location"));
            Ok(Answer { asked: asked.clone(), status, attempt, location, text: read(answer).await? })
        };
        in_time(request.limit, exchange).await.unwrap_or_else(|| Err("no answer in time".to_owned())).map_err(failed)
    }

    /// Asks once, with a body or without.
    pub(crate) async fn ask(&self, method: Method, address: &str, body: Option<&Value>) -> Result<Answer, Unanswered> {
        let request = Request::new(method, address);
        self.send(&if let Some(body) = body { request.json(body.clone()) } else { request }).await
    }

    /// What a customer's browser shows at an address: redirects are followed, as browsers do, but not for ever.
    pub(crate) async fn visit(&self, address: &str) -> Result<Answer, Unanswered> {
        let mut address = address.to_owned();
        let mut attempt = None;
        for _ in 0..=REDIRECT_LIMIT {
            let mut answer = self.send(&Request::new(Method::GET, &address).page()).await?;
            attempt = answer.attempt.take().or(attempt);
            let next = answer.location.as_deref().filter(|_| answer.status.is_redirection());
            let Some(next) = next else { return Ok(Answer { attempt, ..answer }) };
            let joined = reqwest::Url::parse(&address).and_then(|base| base.join(next));
            let joined = joined.map_err(|_| answer.useless(&format!("redirect to `{}`, which is no address", begins(next))))?;
            if !["http", "https"].contains(&joined.scheme()) {
                return Err(answer.useless(&format!("a redirect to `{}`: no browser page", begins(next))));
            }
            address = joined.into();
        }
        Err(Unanswered {
            asked: format!("GET {address}"),
            why: format!("redirected more than {REDIRECT_LIMIT} times, in a circle perhaps"),
        })
    }

    pub(crate) async fn get(&self, address: &str) -> Result<Answer, Unanswered> {
        self.ask(Method::GET, address, None).await
    }

    pub(crate) async fn post(&self, address: &str, body: &Value) -> Result<Answer, Unanswered> {
        self.ask(Method::POST, address, Some(body)).await
    }
}

impl Answer {
    /// The answer as JSON.
    pub(crate) fn json(&self) -> Result<Value, Unanswered> {
        serde_json::from_str(&self.text).map_err(|_| self.useless(&format!("this is no JSON: {}", begins(&self.text))))
    }

    /// The answer as JSON when it says yes, else what it says.
    pub(crate) fn yes(&self) -> Result<Value, Unanswered> {
        if self.status.is_success() { self.json() } else { Err(self.useless(&self.refusal())) }
    }

    /// Status and the reason given, in one line.
    pub(crate) fn refusal(&self) -> String {
        let told = serde_json::from_str::<Value>(&self.text).unwrap_or_default();
        let error = told.get("error").unwrap_or(&told);
        // a merchant quotes in `reason` what the platform said (till-api.md)
        let quoted = ["method", "sub_code", "sub_msg"].map(|name| word(&error["reason"], name)).join(" ").trim().to_owned();
        let parts = [word(error, "code"), word(error, "message"), word(error, "hint"), &quoted];
        let reason = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(": ");
        let reason = if reason.is_empty() { begins(&self.text) } else { reason };
        format!("{} {reason}", self.status.as_u16())
    }

    fn useless(&self, why: &str) -> Unanswered {
        Unanswered { asked: self.asked.clone(), why: format!("answered {why}") }
    }
}

fn word<'v>(object: &'v Value, name: &str) -> &'v str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The beginning of a text, fit for a line.
pub(crate) fn begins(text: &str) -> String {
    let line: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).take(120).collect();
    if text.chars().count() > 120 { format!("{line}…") } else { line }
}

/// What comes of it within the limit. Counted in parts, each begun when the one before it is over: a machine that stops us for a
/// while would else have used up the time for an answer that lies ready.
async fn in_time<F: Future>(limit: Duration, work: F) -> Option<F::Output> {
    let mut work = std::pin::pin!(work);
    for _ in 0..PARTS {
        if let Ok(done) = timeout(limit / PARTS, &mut work).await {
            return Some(done);
        }
    }
    None
}

/// The body as text, within its bound.
async fn read(answer: Response<Incoming>) -> Result<String, String> {
    let mut body = answer.into_body();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| chain(&error))?;
        let Some(piece) = frame.data_ref() else { continue };
        if bytes.len() + piece.len() > ANSWER_LIMIT {
            return Err(format!("the answer is larger than {} MiB", ANSWER_LIMIT >> 20));
        }
        bytes.extend_from_slice(piece);
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|bytes| String::from_utf8_lossy(bytes.as_bytes()).into_owned()))
}

/// Pairs as a form of a page sends them.
fn form(pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", in_address(name), in_address(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// What is behind an error: the innermost text, and what to do where that is known.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    // the outer texts only repeat that something failed
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    if is_about_a_certificate(innermost) {
        return format!("{innermost}: name the file with its authority's certificate in `trust` of merchant.toml");
    }
    innermost.to_string()
}

/// Errors of the machine carry others inside, more than once.
fn is_about_a_certificate(error: &(dyn Error + 'static)) -> bool {
    let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)))
        || inside.is_some_and(|inside| is_about_a_certificate(inside))
}

/// A text as part of an address.
pub(crate) fn in_address(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn an_answer_that_came_while_the_machine_stood_still_is_taken() {
        let limit = Duration::from_millis(150);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut other, _) = listener.accept().unwrap();
        let (told, hears) = oneshot::channel();
        tokio::spawn(async move {
            let mut letter = [0];
            stream.read_exact(&mut letter).await.unwrap();
            told.send(letter).unwrap();
        });
        let mut waiting = std::pin::pin!(in_time(limit, hears));
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("nothing was said yet"),
            () = tokio::task::yield_now() => {}
        }
        other.write_all(b"x").unwrap();
        std::thread::sleep(limit * 2);
        assert_eq!(waiting.await, Some(Ok(*b"x")));
    }

    #[tokio::test]
    async fn whoever_never_answers_is_waited_for_as_long_as_that_and_no_longer() {
        assert_eq!(in_time(Duration::from_millis(30), std::future::pending::<()>()).await, None);
    }
}
