//! Asking another program over HTTP, within bounds: time, size, no redirects followed, no proxies.
//!
//! Everything in a story that waits for somebody else waits here.

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// How long one exchange may take.
const CALL_TIME: Duration = Duration::from_secs(15);
/// How long a connection may take.
const CONNECT_TIME: Duration = Duration::from_secs(3);
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

    /// As a browser asks for a page.
    #[must_use]
    pub(crate) fn page(self) -> Self {
        Self { accept: "text/html,application/xhtml+xml;q=0.9", ..self }
    }
}

/// Asks other programs.
#[derive(Clone, Debug)]
pub(crate) struct Asker(Client);

impl Asker {
    pub(crate) fn new() -> Self {
        let client =
            Client::builder().timeout(CALL_TIME).connect_timeout(CONNECT_TIME).redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self(client.build().expect("a client without TLS needs nothing from the machine"))
    }

    /// Asks once. The answer is whatever came, refusals too.
    pub(crate) async fn send(&self, asked: &Request) -> Result<Answer, Unanswered> {
        let Request { method, address, headers, body, accept, limit } = asked;
        let asked = format!("{method} {address}");
        let failed = |why: String| Unanswered { asked: asked.clone(), why };
        let mut request = self.0.request(method.clone(), address).header("accept", *accept).timeout(*limit);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request = match body {
            Body::Nothing => request,
            Body::Json(body) => request.json(body),
            Body::Form(pairs) => request.form(pairs),
        };
        let mut answer = request.send().await.map_err(|error| failed(chain(&error)))?;
        let status = answer.status();
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (attempt, location) = (header("x-join-attempt"), header("location"));
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(chain(&error)))? {
            if bytes.len() + chunk.len() > ANSWER_LIMIT {
                return Err(failed(format!("the answer is larger than {} MiB", ANSWER_LIMIT >> 20)));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Answer { asked, status, attempt, location, text: String::from_utf8_lossy(&bytes).into_owned() })
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

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    // the outermost text only repeats the address
    while let Some(cause) = next {
        text = cause.to_string();
        next = cause.source();
    }
    if text.is_empty() { error.to_string() } else { text }
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
