//! The platform as this merchant calls it: sign, send, read, verify, and ask again while the outcome is not known.
//!
//! Three outcomes, never two: done, refused, unknown. An answer that cannot be trusted, a lost connection and code 20000 are
//! unknown; asking again repeats the business numbers and signs anew, at once and then by the shop's clock. What must not be
//! asked twice goes [`Gateway::once`]. Defects of the client side are made here.

use super::Setup;
use super::books::Books;
use super::certified::{Certified, DOWNLOAD};
use super::clock::{Clock, Working};
use super::defect::Defect;
use super::mistaken;
use super::provider::{Role, TOKEN};
use bytes::Bytes;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use wire::alipay::notification::{Notice, NoticeRule};
use wire::alipay::response::node_of;
use wire::alipay::{Answer, AnswerError, Charset, ClientRequest, FilePart, SignType, Untrusted};
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
/// What the platform says when a merchant's authorisation is not good any more.
const DEAD: [&str; 2] = ["aop.invalid-app-auth-token", "aop.app-auth-token-time-out"];
/// The call that exchanges customers' codes.
const CODES: &str = "alipay.system.oauth.token";
/// What the platform says when a customer's token is not good any more.
const DEAD_TOKEN: [&str; 2] = ["aop.invalid-auth-token", "aop.auth-token-time-out"];
/// The call that needs no merchant, because it is how one is found.
const FINDS_A_MERCHANT: &str = "alipay.open.auth.token.app";
/// Serials of certificates that an application with plain keys has no use for: a defect.
const SERIALS: [(&str, &str); 2] = [
    ("app_cert_sn", "50fa7bc5dc305a4fbdbe166689ddc827"),
    ("alipay_root_cert_sn", "687b59193f3f462dd5336e5abf83c5d8_02941eef3187dddf3d3b83462e1dfcf6"),
];
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
    pub(super) sub_msg: String,
}

impl Reason {
    /// Whether it is no "no" but a "later": too many calls, and this one was not looked at.
    pub(super) fn is_later(&self) -> bool {
        self.sub_code == "isv.app-call-limited"
    }
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

impl Said {
    /// Whether asking again may bring another outcome.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Done(_) => false,
            Self::Refused(reason) => reason.is_later(),
            Self::Unknown(_) => true,
        }
    }
}

/// A call to be made.
pub(super) struct Ask<'a> {
    method: &'static str,
    words: Vec<(&'static str, String)>,
    business: Option<&'a (dyn Fn(usize) -> Value + Sync)>,
    file: Option<FilePart>,
    other_app: bool,
    /// As the application itself, whoever it acts for.
    alone: bool,
}

impl<'a> Ask<'a> {
    pub(super) fn new(method: &'static str) -> Self {
        Self { method, words: Vec::new(), business: None, file: None, other_app: false, alone: method == FINDS_A_MERCHANT }
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

/// Whose signature a message carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Signer {
    /// The platform's for this application.
    Platform,
    /// The one that requests for merchants' codes are signed with, for everybody the same.
    Codes,
}

pub(super) struct Gateway {
    http: reqwest::Client,
    address: String,
    app_id: String,
    role: Role,
    keys: Keys,
    clock: Arc<Clock>,
    books: Arc<Books>,
    defects: BTreeSet<Defect>,
    losing: Mutex<Vec<String>>,
    /// When what was asked for first: of use to a defect only.
    kept: Mutex<HashMap<String, i64>>,
}

/// The keys that signatures are made and looked at with.
pub(super) struct Keys {
    pub(super) own: SigningKey,
    pub(super) platform: VerifyingKey,
    pub(super) codes: VerifyingKey,
    /// In certificate mode its certificates' keys are the platform's, and the plain one is nobody's.
    pub(super) certified: Option<Certified>,
}

impl Gateway {
    pub(super) fn new(setup: &Setup, keys: Keys, clock: Arc<Clock>, books: Arc<Books>) -> Self {
        let http = reqwest::Client::builder().timeout(CALL_TIME).redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        let wrong = setup.defects.contains(&Defect::SignsWithAnotherKey);
        Self {
            http: http.expect("a client without TLS needs nothing from the machine"),
            address: setup.gateway.clone(),
            app_id: setup.app_id.clone(),
            role: setup.role,
            keys: if wrong { Keys { own: another_key(&keys.own), ..keys } } else { keys },
            clock,
            books,
            defects: setup.defects.clone(),
            losing: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    /// The answer to the next call of `method` will not reach this merchant.
    pub(super) fn lose(&self, method: String) {
        self.losing.lock().unwrap_or_else(PoisonError::into_inner).push(method);
    }

    /// Whether a message really comes from the platform.
    pub(super) fn trusts(&self, notice: &Notice, rule: NoticeRule, signer: Signer) -> bool {
        match signer {
            // a notice does not say which certificate signed it
            Signer::Platform => self.platform_keys(None).iter().any(|key| notice.verifies(key, rule)),
            Signer::Codes => notice.verifies(&self.keys.codes, rule),
        }
    }

    /// The keys of the platform's that a signature may be by: of the certificate that is named, where one is.
    fn platform_keys(&self, named: Option<&str>) -> Vec<VerifyingKey> {
        self.keys.certified.as_ref().map_or_else(|| vec![self.keys.platform.clone()], |certified| certified.keys(named))
    }

    /// An answer to a question of the platform's, signed over the object as it stands.
    pub(super) fn sealed(&self, node: &str, object: &Value) -> String {
        let text = object.to_string();
        if self.defects.contains(&Defect::SpiUnsignedReply) {
            return format!(r#"{{"{node}":{text}}}"#);
        }
        let sign = self.keys.own.sign_text(SignType::Rsa2.digest(), text.as_bytes());
        format!(r#"{{"{node}":{text},"sign":"{sign}"}}"#)
    }

    /// What proves that this is the application's gateway; to whoever is not the platform, a refusal.
    pub(super) fn proof(&self, asked_by_platform: bool) -> String {
        let response = if asked_by_platform {
            format!("<success>true</success><biz_content>{}</biz_content>", self.keys.own.verifying().spki_base64())
        } else {
            "<success>false</success><error_code>VERIFY_FAILED</error_code>".to_owned()
        };
        let sign = self.keys.own.sign_text(SignType::Rsa2.digest(), response.as_bytes());
        format!(
            r#"<?xml version="1.0" encoding="GBK"?><alipay><response>{response}</response><sign>{sign}</sign><sign_type>RSA2</sign_type></alipay>"#
        )
    }

    /// The platform's address without a path: its pages stand beside the gateway.
    pub(super) fn origin(&self) -> &str {
        let from = self.address.find("://").map_or(0, |at| at + 3);
        let end = self.address[from..].find('/').map_or(self.address.len(), |at| from + at);
        &self.address[..end]
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
            if !said.is_open() {
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

    /// Calls once as the application itself: a defect, but where a merchant is found.
    pub(super) async fn alone(&self, ask: Ask<'_>) -> Said {
        self.once(Ask { alone: true, ..ask }).await
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
        let token = match self.token(ask) {
            Ok(token) => token,
            Err(why) => return Said::Unknown(why),
        };
        let request = self.request(ask, number);
        let request = token.iter().fold(request, |request, token| request.parameter(TOKEN, token));
        let body = match self.posted(request, ask.file.is_some()).await {
            Ok(body) => body,
            Err(why) => return Said::Unknown(why),
        };
        if self.loses(ask.method) {
            return Said::Unknown("the answer was lost on its way".to_owned());
        }
        self.meet(ask.method, &body).await;
        self.understand(ask.method, &body, token.as_deref())
    }

    /// Signs a request, sends it and gives what is answered.
    async fn posted(&self, request: ClientRequest, has_file: bool) -> Result<Bytes, String> {
        let outgoing = mistaken::sign(request, has_file, &self.keys.own, &self.defects).map_err(|error| error.to_string())?;
        let mut request = self.http.post(outgoing.target(&self.address)).body(outgoing.body);
        for (name, value) in mistaken::headers(&self.defects) {
            request = request.header(*name, *value);
        }
        if let Some(content_type) = outgoing.content_type {
            request = request.header("content-type", content_type);
        }
        read(request).await
    }

    /// Fetches the certificate that signed an answer, when nobody here knows it.
    async fn meet(&self, method: &str, body: &Bytes) {
        let Some(certified) = self.keys.certified.as_ref().filter(|_| !self.defects.contains(&Defect::KeepsOldCertificate)) else { return };
        let answer = |method: &str, body: &Bytes| Answer::read(body, Charset::Utf8, &node_of(method)?).ok();
        let Some(sn) = answer(method, body).and_then(|answer| answer.alipay_cert_sn).filter(|sn| !certified.knows(sn)) else { return };
        let now = self.clock.now_ms();
        let request = ClientRequest::new(&self.app_id, DOWNLOAD, now).biz_content(&Certified::wish(&sn).to_string());
        let told = self.posted(certified.named(request, &self.defects), false).await;
        // this one answer is believed for the chain of certificates in it alone
        let told = told.ok().and_then(|body| answer(DOWNLOAD, &body));
        if let Some(content) = told.as_ref().and_then(|answer| answer.field("alipay_cert_content")) {
            // what no root vouches for is not taken in, and the answer that it signed is not believed
            let _ = certified.learn(&sn, content, now);
        }
    }

    /// The token of the merchant in whose place is called; a provider whom nobody authorised does not call.
    fn token(&self, ask: &Ask<'_>) -> Result<Option<String>, String> {
        let as_itself = ask.method == CODES && self.defects.contains(&Defect::ExchangesAsItself);
        if self.role == Role::Merchant || ask.alone || as_itself {
            return Ok(None);
        }
        let token = self.books.setting(TOKEN).map_err(|broken| broken.to_string())?.filter(|token| !token.is_empty());
        token.map(Some).ok_or_else(|| "no merchant has authorised this provider".to_owned())
    }

    fn request(&self, ask: &Ask<'_>, number: usize) -> ClientRequest {
        let utc = self.defects.contains(&Defect::UtcTimestamp);
        let now = self.clock.now_ms() - if utc { EIGHT_HOURS_MS } else { 0 };
        let app = if ask.other_app { OTHER_APP } else { &self.app_id };
        let business = ask.business.map(|business| self.written(&business(number)));
        let now = self.stamped(ask.method, business.as_deref(), now);
        let mut request = ClientRequest::new(app, ask.method, now);
        if self.defects.contains(&Defect::SerialsInKeyMode) {
            request = SERIALS.iter().fold(request, |request, (name, value)| request.parameter(name, value));
        }
        if let Some(certified) = &self.keys.certified {
            request = certified.named(request, &self.defects);
        }
        for (name, value) in &ask.words {
            request = request.parameter(name, value);
        }
        if let Some(business) = &business {
            request = request.biz_content(business);
        }
        match &ask.file {
            Some(file) => request.file(file.clone()),
            None => request,
        }
    }

    /// The moment that a request names: now, or when the same was first asked for, where requests are kept and sent again.
    fn stamped(&self, method: &str, business: Option<&str>, now: i64) -> i64 {
        let Some(business) = business.filter(|_| self.defects.contains(&Defect::ReplaysSignature)) else { return now };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept.entry(format!("{method} {business}")).or_insert(now)
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

    fn understand(&self, method: &str, body: &Bytes, token: Option<&str>) -> Said {
        let node = node_of(method).expect("methods are written here");
        let answer = match Answer::read(body, Charset::Utf8, &node) {
            Ok(answer) => answer,
            Err(AnswerError::NotText { .. }) if self.defects.contains(&Defect::GivesUpOnGbk) => {
                return Said::Refused(Reason { method: method.to_owned(), ..Reason::default() });
            }
            Err(error) => return Said::Unknown(error.to_string()),
        };
        // some refusals come before the platform knows whom to sign for; a success never does
        if mistaken::refuses(method, &answer, &self.defects) {
            return Said::Unknown("the answer has fields that nobody knows".to_owned());
        }
        let keys = self.platform_keys(answer.alipay_cert_sn.as_deref());
        let looked_at = keys.iter().map(|key| mistaken::verify(&answer, key, &self.defects));
        match looked_at.reduce(Result::or).unwrap_or(Err(Untrusted::WrongSignature)) {
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
        if let Some(token) = token.filter(|_| answer.sub_code().is_some_and(|code| DEAD.contains(&code))) {
            // what was to be said waits for the next authorisation; asking on would change nothing
            return Said::Unknown(match self.books.strike_out(TOKEN, token) {
                Ok(()) => "the merchant's authorisation is not good any more".to_owned(),
                Err(broken) => broken.to_string(),
            });
        }
        if self.defects.contains(&Defect::KeepsDeadToken) && answer.sub_code().is_some_and(|code| DEAD_TOKEN.contains(&code)) {
            return Said::Unknown("perhaps it works the next time".to_owned());
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
