//! The platform as this merchant calls it: sign, send, read, verify, and ask again while the outcome is not known.
//!
//! Three outcomes, never two: done, refused, unknown. An answer that cannot be trusted, a lost connection and code 20000 are
//! unknown; asking again repeats the business numbers and signs anew, at once and then by the shop's clock. What must not be
//! asked twice goes [`Gateway::once`]. Defects of the client side are made here.

use super::Setup;
use super::clock::{Clock, Working};
use super::defect::Defect;
use bytes::Bytes;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use wire::alipay::notification::{Notice, NoticeRule};
use wire::alipay::response::node_of;
use wire::alipay::{Answer, Charset, ClientRequest, FilePart, SignType, Untrusted};
use wire::keys::{SigningKey, VerifyingKey};
use wire::pool;

/// Tries one after the other, before any pause.
const AT_ONCE: usize = 2;
/// Pauses before each further try, by the shop's clock.
const PAUSES: [Duration; 5] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8), Duration::from_secs(20), Duration::from_mins(1)];
/// Tries for somebody who stands at the counter and waits.
const HASTY: usize = 3;
/// How long one try may take.
const CALL_TIME: Duration = Duration::from_secs(10);
/// The most bytes of an answer.
const ANSWER_LIMIT: usize = 1 << 20;
/// How far UTC is behind Beijing time.
const EIGHT_HOURS_MS: i64 = 8 * 3_600_000;
/// The application id of the other environment: production's begin with 20, the sandbox's with 9021.
const OTHER_APP: &str = "2021004100000042";

/// What the platform refused, in its own words.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Reason {
    method: String,
    code: String,
    pub(super) sub_code: String,
    sub_msg: String,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub(super) enum Said {
    /// It was done; the answer's object.
    Done(Value),
    /// It was refused.
    Refused(Reason),
    /// Nobody knows.
    Unknown(String),
}

/// A call to be made.
pub(super) struct Ask<'a> {
    method: &'static str,
    words: Vec<(&'static str, String)>,
    business: Option<&'a (dyn Fn(usize) -> Value + Sync)>,
    file: Option<FilePart>,
    other_app: bool,
}

impl<'a> Ask<'a> {
    pub(super) fn new(method: &'static str) -> Self {
        Self { method, words: Vec::new(), business: None, file: None, other_app: false }
    }

    /// A parameter beside `biz_content`.
    pub(super) fn word(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.words.push((name, value.into()));
        self
    }

    /// What stands in `biz_content` at try number so and so, from 0. A sound merchant gives the same every time.
    pub(super) fn business(mut self, business: &'a (dyn Fn(usize) -> Value + Sync)) -> Self {
        self.business = Some(business);
        self
    }

    pub(super) fn file(mut self, name: &str, bytes: Vec<u8>) -> Self {
        let filename = format!("{name}.png");
        self.file = Some(FilePart { name: "image_content".into(), filename, content_type: Some("image/png".into()), bytes: bytes.into() });
        self
    }

    /// Under the application id of the other environment: a defect.
    pub(super) fn mixed_up(mut self, mixed_up: bool) -> Self {
        self.other_app = mixed_up;
        self
    }
}

pub(super) struct Gateway {
    http: reqwest::Client,
    address: String,
    app_id: String,
    key: SigningKey,
    platform: VerifyingKey,
    clock: Arc<Clock>,
    defects: BTreeSet<Defect>,
    losing: Mutex<Vec<String>>,
}

impl Gateway {
    pub(super) fn new(setup: &Setup, key: SigningKey, platform: VerifyingKey, clock: Arc<Clock>) -> Self {
        let http = reqwest::Client::builder().timeout(CALL_TIME).redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        let wrong = setup.defects.contains(&Defect::SignsWithAnotherKey);
        Self {
            http: http.expect("a client without TLS needs nothing from the machine"),
            address: setup.gateway.clone(),
            app_id: setup.app_id.clone(),
            key: if wrong { another_key(&key) } else { key },
            platform,
            clock,
            defects: setup.defects.clone(),
            losing: Mutex::default(),
        }
    }

    /// The answer to the next call of `method` will not reach this merchant.
    pub(super) fn lose(&self, method: String) {
        self.losing.lock().unwrap_or_else(PoisonError::into_inner).push(method);
    }

    /// Whether a message really comes from the platform.
    pub(super) fn trusts(&self, notice: &Notice, rule: NoticeRule) -> bool {
        notice.verifies(&self.platform, rule)
    }

    fn loses(&self, method: &str) -> bool {
        let mut losing = self.losing.lock().unwrap_or_else(PoisonError::into_inner);
        let place = losing.iter().position(|lost| lost == method);
        place.map(|place| losing.remove(place)).is_some()
    }

    /// Calls until the outcome is known or every try is used up; sleeps by the shop's clock between the tries.
    pub(super) async fn call(&self, working: &Working, ask: Ask<'_>) -> Said {
        let mut said = self.tried(&ask, AT_ONCE).await;
        for (number, pause) in PAUSES.iter().enumerate() {
            if !matches!(said, Said::Unknown(_)) {
                break;
            }
            working.sleep(*pause).await;
            said = self.try_once(&ask, AT_ONCE + number).await;
        }
        said
    }

    /// Calls a few times without a pause: somebody is waiting for it.
    pub(super) async fn hasty(&self, ask: Ask<'_>) -> Said {
        self.tried(&ask, HASTY).await
    }

    /// Calls once.
    pub(super) async fn once(&self, ask: Ask<'_>) -> Said {
        self.tried(&ask, 1).await
    }

    async fn tried(&self, ask: &Ask<'_>, tries: usize) -> Said {
        let mut said = self.try_once(ask, 0).await;
        for number in 1..tries {
            if !matches!(said, Said::Unknown(_)) {
                break;
            }
            said = self.try_once(ask, number).await;
        }
        said
    }

    async fn try_once(&self, ask: &Ask<'_>, number: usize) -> Said {
        let outgoing = match self.request(ask, number).sign(&self.key) {
            Ok(outgoing) => outgoing,
            Err(error) => return Said::Unknown(error.to_string()),
        };
        let mut request = self.http.post(outgoing.target(&self.address)).body(outgoing.body);
        if let Some(content_type) = outgoing.content_type {
            request = request.header("content-type", content_type);
        }
        let body = match read(request).await {
            Ok(body) => body,
            Err(why) => return Said::Unknown(why),
        };
        if self.loses(ask.method) {
            return Said::Unknown("the answer was lost on its way".to_owned());
        }
        self.understand(ask.method, &body)
    }

    fn request(&self, ask: &Ask<'_>, number: usize) -> ClientRequest {
        let utc = self.defects.contains(&Defect::UtcTimestamp);
        let now = self.clock.now_ms() - if utc { EIGHT_HOURS_MS } else { 0 };
        let app = if ask.other_app { OTHER_APP } else { &self.app_id };
        let mut request = ClientRequest::new(app, ask.method, now);
        for (name, value) in &ask.words {
            request = request.parameter(name, value);
        }
        if let Some(business) = ask.business {
            request = request.biz_content(&self.written(&business(number)));
        }
        match &ask.file {
            Some(file) => request.file(file.clone()),
            None => request,
        }
    }

    /// `biz_content` as text.
    fn written(&self, business: &Value) -> String {
        let text = business.to_string();
        let first = business.as_object().and_then(|fields| fields.iter().next());
        match first {
            Some((name, value)) if self.defects.contains(&Defect::RepeatsAKey) => {
                text.replacen('{', &format!("{{{}:{value},", Value::from(name.as_str())), 1)
            }
            Some(_) if self.defects.contains(&Defect::CommentsInJson) => text.replacen('{', "{/* v2 */", 1),
            _ => text,
        }
    }

    fn understand(&self, method: &str, body: &Bytes) -> Said {
        let node = node_of(method).expect("methods are written here");
        let answer = match Answer::read(body, Charset::Utf8, &node) {
            Ok(answer) => answer,
            Err(error) => return Said::Unknown(error.to_string()),
        };
        // some refusals come before the platform knows whom to sign for; a success never does
        match answer.verify(&self.platform, SignType::Rsa2) {
            Ok(()) => {}
            Err(Untrusted::Unsigned) if !answer.is_success() && answer.code() != Some("20000") => {}
            Err(untrusted) => return Said::Unknown(untrusted.to_string()),
        }
        // a payment that the customer has to confirm is a success as well: the trade is there
        if answer.is_success() || answer.code() == Some("10003") {
            return Said::Done(answer.value);
        }
        if answer.code() == Some("20000") || answer.sub_code().is_some_and(|code| code.ends_with("SYSTEM_ERROR")) {
            return Said::Unknown("the platform had trouble of its own".to_owned());
        }
        let word = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let [code, sub_code, sub_msg] = [answer.code(), answer.sub_code(), answer.sub_msg()].map(word);
        Said::Refused(Reason { method: method.to_owned(), code, sub_code, sub_msg })
    }
}

/// A published test key that is not the merchant's own.
fn another_key(own: &SigningKey) -> SigningKey {
    let mut keys = (0..pool::SIZE).rev().map(pool::signing_key);
    keys.find(|key| key.fingerprint() != own.fingerprint()).expect("the pool has more than one key")
}

async fn read(request: reqwest::RequestBuilder) -> Result<Bytes, String> {
    let mut answer = request.send().await.map_err(|error| error.to_string())?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| error.to_string())? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err("the answer is too large".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}

/// The object's text of that name.
pub(super) fn text<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object.as_object().and_then(|fields: &Map<String, Value>| fields.get(name)).and_then(Value::as_str)
}
