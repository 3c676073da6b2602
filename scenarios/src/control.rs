//! The platform's control API as stories, the demo and the tests use it. Source: DESIGN "Names and addresses that others rely on".

use crate::http::{Answer, Asker, Unanswered, in_address};
use crate::merchant::Certificates;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The list of calls that belong to no sandbox.
const STRAY: &str = "/journal?stray=1";
/// How many exchanges or events are fetched at once.
const PAGE: usize = 500;
/// How many exchanges are fetched at once when each is wanted whole: they may be large.
const WHOLE: usize = 50;
/// The most pages that are fetched: more than a journal holds.
const PAGE_LIMIT: usize = 2_000;

/// One sandbox, seen through the control API.
#[derive(Clone, Debug)]
pub struct Control {
    asker: Asker,
    root: String,
    sandbox: String,
}

/// A new sandbox's first application, with what its owner needs.
#[derive(Clone, Debug, Deserialize)]
pub struct App {
    /// The application's number.
    pub app_id: String,
    /// Private key, PKCS#8 PEM.
    pub app_private_key: String,
    /// The platform's public key.
    pub alipay_public_key: String,
    /// The number of the merchant whose application it is.
    #[serde(default)]
    pub merchant_id: String,
}

/// A part of the traffic.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// Exchanges, oldest first.
    pub exchanges: Vec<Value>,
    /// Why it is not all, when it is not.
    pub incomplete: Option<String>,
    dropped: u64,
}

/// Where a sandbox's journal and log stand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    /// Number of the last exchange so far.
    pub exchange: u64,
    /// Number of the last call so far that belongs to no sandbox.
    pub stray: u64,
    /// Place of the last event so far.
    pub event: u64,
    dropped: u64,
}

impl Control {
    /// The sandbox `sandbox` of the platform at `address`.
    pub fn new(address: &str, sandbox: &str) -> Self {
        Self { asker: Asker::of_platform(), root: format!("{}/_kabao", address.trim_end_matches('/')), sandbox: sandbox.to_owned() }
    }

    /// Makes a sandbox and gives its control and its first application.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn create(address: &str, name: &str, seed: u64) -> Result<(Self, App), Unanswered> {
        Self::create_with(address, name, &json!({"seed": seed})).await
    }

    /// Makes a sandbox with these particulars; those that are `null` are left to the platform.
    pub(crate) async fn create_with(address: &str, name: &str, particulars: &Value) -> Result<(Self, App), Unanswered> {
        let control = Self::new(address, name);
        let mut asked = json!({"name": name});
        for (particular, value) in particulars.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            asked[particular] = value.clone();
        }
        let made = control.asker.post(&format!("{}/v1/sandboxes", control.root), &asked).await?;
        let told = made.yes()?;
        let app = app_of(&made, told.pointer("/apps/0").cloned().unwrap_or_default())?;
        Ok((control, app))
    }

    /// Adds an application to the sandbox.
    pub(crate) async fn add_app(&self, particulars: &Value) -> Result<App, Unanswered> {
        let made = self.post("/apps", particulars).await?;
        app_of(&made, made.yes()?)
    }

    /// Puts an application into certificate mode; gives the files that its owner downloads then.
    pub(crate) async fn certify(&self, app: &str) -> Result<Certificates, Unanswered> {
        let secured = self.put(&format!("/apps/{app}/security"), &json!({"mode": "certificate"})).await?;
        let told = secured.yes()?;
        let file = |name: &str| told.pointer(&format!("/certificates/{name}")).and_then(Value::as_str).map(str::to_owned);
        match (file("app_cert"), file("alipay_cert"), file("alipay_root_cert")) {
            (Some(app_cert), Some(alipay_cert), Some(alipay_root_cert)) => Ok(Certificates { app_cert, alipay_cert, alipay_root_cert }),
            _ => Err(unusable(&secured, "no certificates")),
        }
    }

    /// Drops the sandbox.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn drop_sandbox(&self) -> Result<(), Unanswered> {
        let address = format!("{}/v1/sandboxes/{}", self.root, in_address(&self.sandbox));
        let answer = self.asker.ask(hyper::Method::DELETE, &address, None).await?;
        if answer.status.is_success() { Ok(()) } else { Err(unusable(&answer, &answer.refusal())) }
    }

    fn address(&self, path: &str) -> String {
        let mark = if path.contains('?') { '&' } else { '?' };
        format!("{}/v1{path}{mark}sandbox={}", self.root, in_address(&self.sandbox))
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Unanswered> {
        self.asker.post(&self.address(path), body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, Unanswered> {
        self.asker.get(&self.address(path)).await?.yes()
    }

    /// The platform's version.
    ///
    /// # Errors
    /// No usable answer: nobody is there, or it is no kabao.
    pub async fn version(&self) -> Result<String, Unanswered> {
        let told = self.asker.get(&format!("{}/health", self.root)).await?.yes()?;
        Ok(told["version"].as_str().unwrap_or_default().to_owned())
    }

    /// The sandbox's seed, if the platform tells it.
    pub async fn seed(&self) -> Option<u64> {
        let told = self.sheet().await.ok()?;
        told["seed"].as_u64().or_else(|| told["seed"].as_str()?.parse().ok())
    }

    /// A new customer with these particulars; the rest is invented. Gives the account's number.
    pub(crate) async fn customer(&self, particulars: &BTreeMap<&str, &str>) -> Result<String, Unanswered> {
        let made = self.post("/customers", &json!(particulars)).await?;
        let told = made.yes()?;
        told["user_id"].as_str().map(str::to_owned).ok_or_else(|| unusable(&made, "no user_id in it"))
    }

    /// Where journal and log stand now.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn mark(&self) -> Result<Mark, Unanswered> {
        let (journal, stray, log) =
            (self.get("/journal?limit=1").await?, self.get(&format!("{STRAY}&limit=1")).await?, self.get("/events?last=1").await?);
        let newest = |page: &Value| page["newest"].as_u64().unwrap_or_default();
        let dropped = journal["dropped"].as_u64().unwrap_or_default();
        Ok(Mark { exchange: newest(&journal), stray: newest(&stray), event: log["next"].as_u64().unwrap_or_default(), dropped })
    }

    /// Every exchange since `mark`, whole; only those of `method` when one is given.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn exchanges(&self, mark: Mark, method: Option<&str>) -> Result<Traffic, Unanswered> {
        let filter = method.map(|method| format!("method={}", in_address(method))).unwrap_or_default();
        let mut traffic = self.traffic(&format!("/journal?{filter}"), mark.exchange).await?;
        let first = traffic.exchanges.first().and_then(|exchange| exchange["id"].as_u64());
        // what was dropped before the mark is no loss; a gap right behind the mark is
        if traffic.dropped > mark.dropped && (method.is_some() || first.is_none_or(|first| first > mark.exchange + 1)) {
            traffic.incomplete = Some(format!("the journal had to drop {} exchanges", traffic.dropped - mark.dropped));
        }
        Ok(traffic)
    }

    /// Exchanges since `mark` whose method contains `method`, oldest first, without what they say: cheap enough to look often.
    pub(crate) async fn lines(&self, mark: Mark, method: &str) -> Result<Vec<Value>, Unanswered> {
        let (mut after, mut lines) = (mark.exchange, Vec::new());
        for _ in 0..PAGE_LIMIT {
            let page = self.get(&format!("/journal?method={}&after={after}&limit={PAGE}", in_address(method))).await?;
            let Some(Value::Array(found)) = page.get("exchanges").cloned() else { break };
            let Some(newest) = found.last().and_then(|line| line["id"].as_u64()) else { break };
            after = newest;
            lines.extend(found);
        }
        Ok(lines)
    }

    /// The sandbox with its applications.
    pub(crate) async fn sheet(&self) -> Result<Value, Unanswered> {
        self.asker.get(&format!("{}/v1/sandboxes/{}", self.root, in_address(&self.sandbox))).await?.yes()
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Answer, Unanswered> {
        self.asker.ask(hyper::Method::PUT, &self.address(path), Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Answer, Unanswered> {
        self.asker.ask(hyper::Method::DELETE, &self.address(path), None).await
    }

    /// Every call since `mark` that belongs to no sandbox of the platform, because it names no known application.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn strays(&self, mark: Mark) -> Result<Traffic, Unanswered> {
        self.traffic(STRAY, mark.stray).await
    }

    async fn traffic(&self, list: &str, mut after: u64) -> Result<Traffic, Unanswered> {
        let mut traffic = Traffic::default();
        for _ in 0..PAGE_LIMIT {
            let mut page = self.get(&format!("{list}&whole=1&after={after}&limit={WHOLE}")).await?;
            traffic.dropped = page["dropped"].as_u64().unwrap_or_default();
            let Value::Array(found) = page["exchanges"].take() else { return Ok(traffic) };
            let Some(newest) = found.last().and_then(|exchange| exchange["id"].as_u64()) else { return Ok(traffic) };
            let over = newest >= page["newest"].as_u64().unwrap_or(u64::MAX);
            after = newest;
            traffic.exchanges.extend(found);
            if over {
                return Ok(traffic);
            }
        }
        traffic.incomplete = Some("the journal had more pages than are read".to_owned());
        Ok(traffic)
    }

    /// Every event since `mark`.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn events(&self, mark: Mark) -> Result<Vec<Value>, Unanswered> {
        self.pages_of_events(mark.event, "").await
    }

    /// Every event after this one with names and numbers as they are.
    pub(crate) async fn revealed_events(&self, after: u64) -> Result<Vec<Value>, Unanswered> {
        self.pages_of_events(after, "&reveal=1").await
    }

    async fn pages_of_events(&self, mut after: u64, more: &str) -> Result<Vec<Value>, Unanswered> {
        let mut events = Vec::new();
        for _ in 0..PAGE_LIMIT {
            let page = self.get(&format!("/events?after={after}&limit={PAGE}{more}")).await?;
            let Some(Value::Array(found)) = page.get("events").cloned() else { break };
            if found.is_empty() {
                break;
            }
            after = page["next"].as_u64().unwrap_or(after + found.len() as u64);
            let over = found.len() < PAGE;
            events.extend(found);
            if over {
                break;
            }
        }
        Ok(events)
    }
}

fn app_of(answer: &Answer, told: Value) -> Result<App, Unanswered> {
    App::deserialize(told).map_err(|error| unusable(answer, &error.to_string()))
}

fn unusable(answer: &Answer, why: &str) -> Unanswered {
    Unanswered { asked: answer.asked.clone(), why: format!("answered {why}") }
}
