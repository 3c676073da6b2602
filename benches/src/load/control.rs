//! The control API as far as load needs it: sandboxes, members, what they hold afterwards.

use super::NoLoad;
use super::connection::{Connection, Place, Sending, Unanswered};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// How long the control API may take: it may be asked while a million cards are read.
const PATIENCE: Duration = Duration::from_mins(1);
/// How many of a list are read at once: the API's own limit.
pub(crate) const PAGE: u32 = 1_000;

/// The control API of one sandbox.
pub(crate) struct Control {
    connection: Connection,
    pub(crate) sandbox: String,
}

/// An application with its keys.
#[derive(Debug, Deserialize)]
pub(crate) struct App {
    #[serde(rename = "app_id")]
    pub(crate) id: String,
    pub(crate) merchant_id: String,
    #[serde(rename = "app_private_key")]
    pub(crate) private_key: String,
    pub(crate) alipay_public_key: String,
}

/// A card as it stands.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Card {
    pub(crate) biz_card_no: String,
    pub(crate) state: String,
    pub(crate) point: Option<String>,
}

/// Something that happened.
#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) kind: String,
    pub(crate) body: Value,
}

/// A trade as it stands.
#[derive(Debug, Deserialize)]
pub(crate) struct Trade {
    pub(crate) out_trade_no: String,
    pub(crate) status: String,
    pub(crate) total_fen: i64,
}

impl Control {
    pub(crate) fn of(place: &Place, sandbox: &str) -> Self {
        Self { connection: Connection::to(place, PATIENCE), sandbox: sandbox.to_owned() }
    }

    /// Asks and reads the answer; anything but success is told in the platform's words.
    async fn ask<T: DeserializeOwned>(&mut self, method: &'static str, path: &str, body: Option<&Value>) -> Result<T, NoLoad> {
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let target = format!("/_kabao/v1{path}");
        let sending = Sending { method, target: target.clone(), content_type: "application/json", body };
        let (status, body) = self.connection.send(&sending).await.map_err(|why| {
            NoLoad::Target(match why {
                Unanswered::NotSent(why) => format!("no platform answers: {why}; `kabao serve` starts one, --target says where it is"),
                why => format!("{method} {target}: {why}"),
            })
        })?;
        if status == 404 && target.starts_with("/_kabao/v1/sandboxes/") {
            return Err(NoLoad::Plan(format!("the platform has no sandbox `{}`", self.sandbox)));
        }
        if !(200..300).contains(&status) {
            let said: Value = serde_json::from_slice(&body).unwrap_or_default();
            let message = said["error"]["message"].as_str().unwrap_or("no reason given");
            let hint = said["error"]["hint"].as_str().map(|hint| format!(" ({hint})")).unwrap_or_default();
            return Err(NoLoad::Target(format!("{method} {target}: {status}: {message}{hint}")));
        }
        let body = if body.is_empty() { b"null".as_slice() } else { &body };
        serde_json::from_slice(body).map_err(|error| NoLoad::Target(format!("{method} {target}: the answer cannot be read: {error}")))
    }

    /// An address within the sandbox.
    fn within(&self, path: &str) -> String {
        let joint = if path.contains('?') { '&' } else { '?' };
        format!("{path}{joint}sandbox={}", self.sandbox)
    }

    /// Makes the sandbox.
    pub(crate) async fn create(&mut self, seed: u64) -> Result<(), NoLoad> {
        let body = json!({"name": self.sandbox, "seed": seed});
        self.ask::<Value>("POST", "/sandboxes", Some(&body)).await.map(drop)
    }

    /// Drops the sandbox.
    pub(crate) async fn discard(&mut self) -> Result<(), NoLoad> {
        self.ask::<Value>("DELETE", &format!("/sandboxes/{}", self.sandbox), None).await.map(drop)
    }

    /// The sandbox's first application.
    pub(crate) async fn app(&mut self) -> Result<App, NoLoad> {
        #[derive(Deserialize)]
        struct Sheet {
            apps: Vec<App>,
        }
        let sheet: Sheet = self.ask("GET", &format!("/sandboxes/{}", self.sandbox), None).await?;
        let none = || NoLoad::Target(format!("the sandbox `{}` has no application", self.sandbox));
        sheet.apps.into_iter().next().ok_or_else(none)
    }

    /// Makes members with a card that shows no points.
    pub(crate) async fn enrol(&mut self, template: &str, count: u32) -> Result<(), NoLoad> {
        let path = self.within(&format!("/templates/{template}/members"));
        self.ask::<Value>("POST", &path, Some(&json!({"count": count, "point": "0"}))).await.map(drop)
    }

    /// Makes customers who can pay; gives their numbers.
    pub(crate) async fn customers(&mut self, count: u32) -> Result<Vec<String>, NoLoad> {
        #[derive(Deserialize)]
        struct Customer {
            user_id: String,
        }
        #[derive(Deserialize)]
        struct Made {
            customers: Vec<Customer>,
        }
        let path = self.within("/customers");
        let made: Made = self.ask("POST", &path, Some(&json!({"count": count, "wallet": "100000.00"}))).await?;
        Ok(made.customers.into_iter().map(|customer| customer.user_id).collect())
    }

    /// A customer lets the application open a card; gives the code.
    pub(crate) async fn consent(&mut self, user: &str, app: &str) -> Result<String, NoLoad> {
        let path = self.within(&format!("/customers/{user}/authorize"));
        let body = json!({"app_id": app, "scopes": ["auth_base", "auth_ecard"], "redirect_uri": "http://127.0.0.1/joined"});
        let answer: Value = self.ask("POST", &path, Some(&body)).await?;
        let none = || NoLoad::Target(format!("the platform sent customer {user} back without a code"));
        answer["auth_code"].as_str().map(str::to_owned).ok_or_else(none)
    }

    /// A customer shows a payment code.
    pub(crate) async fn pay_code(&mut self, user: &str) -> Result<String, NoLoad> {
        let path = self.within(&format!("/customers/{user}/paycode"));
        let answer: Value = self.ask("POST", &path, Some(&json!({}))).await?;
        answer["auth_code"].as_str().map(str::to_owned).ok_or_else(|| NoLoad::Target("a payment code without a code".to_owned()))
    }

    /// Some cards after the first `after`, and where the next ones begin.
    pub(crate) async fn cards(&mut self, after: u32) -> Result<(Vec<Card>, Option<u32>), NoLoad> {
        #[derive(Deserialize)]
        struct Page {
            cards: Vec<Card>,
            next: Option<u32>,
        }
        let path = self.within(&format!("/cards?after={after}&limit={PAGE}"));
        let page: Page = self.ask("GET", &path, None).await?;
        Ok((page.cards, page.next))
    }

    /// The place of the last event.
    pub(crate) async fn last_event(&mut self) -> Result<u64, NoLoad> {
        #[derive(Deserialize)]
        struct Page {
            next: u64,
        }
        let page: Page = self.ask("GET", &self.within("/events?last=1"), None).await?;
        Ok(page.next)
    }

    /// Some events after this place, and the place of the last of them.
    pub(crate) async fn events(&mut self, after: u64) -> Result<(Vec<Event>, u64), NoLoad> {
        #[derive(Deserialize)]
        struct Page {
            events: Vec<Event>,
            next: u64,
        }
        let path = self.within(&format!("/events?after={after}&limit={PAGE}&reveal=1"));
        let page: Page = self.ask("GET", &path, None).await?;
        Ok((page.events, page.next))
    }

    /// Some trades after the first `after`, and where the next ones begin.
    pub(crate) async fn trades(&mut self, after: u32) -> Result<(Vec<Trade>, Option<u32>), NoLoad> {
        #[derive(Deserialize)]
        struct Page {
            trades: Vec<Trade>,
            next: Option<u32>,
        }
        let path = self.within(&format!("/trades?after={after}&limit={PAGE}"));
        let page: Page = self.ask("GET", &path, None).await?;
        Ok((page.trades, page.next))
    }

    /// Notices that went out over http and were taken, as they went: address, type and body; at most so many, the oldest first.
    pub(crate) async fn notices(&mut self, most: usize) -> Result<Vec<Sending>, NoLoad> {
        #[derive(Deserialize)]
        struct Line {
            id: u64,
            direction: String,
            http_status: u16,
        }
        #[derive(Deserialize)]
        struct Page {
            exchanges: Vec<Line>,
        }
        let (mut found, mut after) = (Vec::new(), 0);
        while found.len() < most {
            let page: Page = self.ask("GET", &self.within(&format!("/journal?after={after}&limit={PAGE}")), None).await?;
            let Some(last) = page.exchanges.last() else { break };
            after = last.id;
            for line in page.exchanges.iter().filter(|line| line.direction == "out" && line.http_status == 200) {
                let exchange: Value = self.ask("GET", &self.within(&format!("/journal/{}?reveal=1", line.id)), None).await?;
                found.extend(notice(&exchange));
            }
        }
        found.truncate(most);
        Ok(found)
    }

    /// What a merchant was paid and has not taken out, fen.
    pub(crate) async fn settlement(&mut self, merchant: &str) -> Result<i64, NoLoad> {
        let answer: Value = self.ask("GET", &self.within(&format!("/merchants/{merchant}/settlement")), None).await?;
        answer["balance_fen"].as_i64().ok_or_else(|| NoLoad::Target("a settlement without a balance".to_owned()))
    }

    /// The sums of all balances by unit.
    pub(crate) async fn sums(&mut self) -> Result<Vec<(String, String)>, NoLoad> {
        let answer: Value = self.ask("GET", &self.within("/ledger/totals"), None).await?;
        let sums = answer["sums"].as_object().into_iter().flatten();
        Ok(sums.map(|(unit, sum)| (unit.clone(), sum.as_str().unwrap_or_default().to_owned())).collect())
    }

    /// The number of the platform's process, when it is on this machine.
    pub(crate) async fn process(&mut self) -> Option<u32> {
        let sending = Sending { method: "GET", target: "/_kabao/health".to_owned(), content_type: "application/json", body: Bytes::new() };
        let (_, body) = self.connection.send(&sending).await.ok()?;
        let said: Value = serde_json::from_slice(&body).ok()?;
        said["process"].as_u64().and_then(|process| u32::try_from(process).ok())
    }
}

/// The notice that an exchange carried, if the merchant took it.
fn notice(exchange: &Value) -> Option<Sending> {
    let side = |side: &str| -> Option<Vec<u8>> { STANDARD.decode(exchange[side]["body_base64"].as_str()?).ok() };
    let target = exchange["request"]["line"].as_str()?.strip_prefix("POST ")?;
    let taken = side("answer")? == b"success" && target.starts_with("http://");
    let content_type = "application/x-www-form-urlencoded; charset=utf-8";
    Some(Sending { method: "POST", target: target.to_owned(), content_type, body: side("request")?.into() }).filter(|_| taken)
}
