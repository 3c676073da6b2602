//! The merchant's own side of a storm of notices, as its till API shows it: members, sales, refunds, and the notices that it kept.
//!
//! A notice that comes again books nothing; one that was acknowledged is kept, and its order is paid in the merchant's book, once. What
//! is looked at is what any merchant with the till API shows; nobody else may trade with it meanwhile. Source:
//! fixtures/merchants/till-api.md; commerce/SEMANTICS 4.

use super::NoLoad;
use super::connection::{Connection, Place, Sending};
use super::control::Control;
use super::place::Shop;
use super::proof::Check;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};
use wire::alipay::form::decode_slice;

/// How long the merchant may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take to come to rest.
const REST: Duration = Duration::from_mins(1);
/// How often it is asked whether it has.
const ASKED: Duration = Duration::from_millis(100);
/// The most notices that a merchant has to list.
const LISTED: usize = 1_000;

/// A merchant's till.
pub(crate) struct Till {
    connection: Connection,
}

/// What a merchant's books say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Books {
    members: BTreeMap<String, Member>,
    sales: BTreeMap<String, Sale>,
    refunds: BTreeMap<String, Refund>,
    notices: Vec<Kept>,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
struct Member {
    #[serde(rename = "member_no")]
    number: String,
    points: i64,
    card: String,
    biz_card_no: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
struct Sale {
    #[serde(rename = "sale_no")]
    number: String,
    status: String,
    out_trade_no: Option<String>,
    payable: String,
    points_added: i64,
    refunded: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
struct Refund {
    #[serde(rename = "refund_no")]
    number: String,
    status: String,
    amount: String,
    points_taken: i64,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
struct Kept {
    notify_id: Option<String>,
    believed: bool,
}

impl Till {
    /// At an address such as `http://127.0.0.1:8700`.
    ///
    /// # Errors
    /// [`NoLoad`]: what is wrong with it.
    pub(crate) fn at(address: &str) -> Result<Self, NoLoad> {
        Ok(Self { connection: Connection::to(&Place::of(address, None).map_err(NoLoad::Plan)?, PATIENCE) })
    }

    /// What its books say once it is at rest.
    ///
    /// # Errors
    /// [`NoLoad`] when it does not answer as the till API does, or does not come to rest.
    pub(crate) async fn books(&mut self) -> Result<Books, NoLoad> {
        #[derive(Deserialize)]
        struct Health {
            #[serde(default)]
            pending: u64,
            busy: u64,
        }
        #[derive(Deserialize)]
        struct Members {
            members: Vec<Member>,
        }
        #[derive(Deserialize)]
        struct Sales {
            sales: Vec<Sale>,
        }
        #[derive(Deserialize)]
        struct Refunds {
            refunds: Vec<Refund>,
        }
        #[derive(Deserialize)]
        struct Notices {
            notices: Vec<Kept>,
        }
        let until = Instant::now() + REST;
        loop {
            let health: Health = self.ask("/health").await?;
            if health.pending == 0 && health.busy == 0 {
                break;
            }
            if Instant::now() >= until {
                let Health { pending, busy } = health;
                let waited = REST.as_secs();
                return Err(NoLoad::Target(format!(
                    "the merchant is not at rest after {waited} s: {pending} matters pending, {busy} busy"
                )));
            }
            tokio::time::sleep(ASKED).await;
        }
        let Members { members } = self.ask("/members").await?;
        let Sales { sales } = self.ask("/sales").await?;
        let Refunds { refunds } = self.ask("/refunds").await?;
        let Notices { notices } = self.ask("/notices").await?;
        Ok(Books {
            members: members.into_iter().map(|member| (member.number.clone(), member)).collect(),
            sales: sales.into_iter().map(|sale| (sale.number.clone(), sale)).collect(),
            refunds: refunds.into_iter().map(|refund| (refund.number.clone(), refund)).collect(),
            notices,
        })
    }

    async fn ask<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, NoLoad> {
        let said = |why: String| NoLoad::Target(format!("the merchant's till, GET {path}: {why}"));
        let sending = Sending { method: "GET", target: path.to_owned(), content_type: "application/json", body: Bytes::new() };
        let (status, body) = self.connection.send(&sending).await.map_err(|why| said(why.to_string()))?;
        if status != 200 {
            return Err(said(format!("HTTP {status}; what is asked is in fixtures/merchants/till-api.md")));
        }
        serde_json::from_slice(&body).map_err(|error| said(format!("not as the till API answers: {error}")))
    }
}

/// What a notice says that is sent again.
struct Told {
    notify_id: Option<String>,
    /// The order that it calls paid.
    paid: Option<String>,
}

impl Told {
    fn of(sending: &Sending) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(&decode_slice(bytes)).into_owned();
        let pairs = sending.body.split(|byte| *byte == b'&').filter_map(|pair| {
            let middle = pair.iter().position(|byte| *byte == b'=')?;
            Some((text(&pair[..middle]), text(&pair[middle + 1..])))
        });
        let fields: HashMap<String, String> = pairs.collect();
        let of = |name: &str| fields.get(name).cloned();
        let paid = fields.get("trade_status").is_some_and(|status| status == "TRADE_SUCCESS") && !fields.contains_key("gmt_refund");
        Self { notify_id: of("notify_id"), paid: of("out_trade_no").filter(|_| paid) }
    }
}

/// Holds the merchant's books against those from before the storm, against the platform's, and against what it acknowledged: the
/// places of the notices that were taken. Also what could not be looked at, and why.
///
/// # Errors
/// [`NoLoad`] when the platform does not answer.
pub(crate) async fn prove(
    [before, after]: [&Books; 2],
    control: &mut Control,
    shop: &Shop,
    acknowledged: &HashSet<u32>,
) -> Result<(Vec<Check>, Vec<String>), NoLoad> {
    let mut unseen = Vec::new();
    let told: Vec<Told> = acknowledged.iter().map(|place| Told::of(&shop.notices[*place as usize].1)).collect();
    let mut checks = vec![unchanged(before, after)];
    if after.notices.len() == LISTED {
        unseen.push(format!("whether the merchant kept each notice that it acknowledged: it lists only its newest {LISTED}"));
    } else {
        checks.push(kept(&told, after));
    }
    checks.push(paid(&told, after, &totals(control).await?));
    checks.push(shown(after, &points(control).await?));
    Ok((checks, unseen))
}

fn unchanged(before: &Books, after: &Books) -> Check {
    let mut check = Check::new("the merchant's members, sales and refunds are as before the storm: what comes again books nothing");
    compare(&mut check, "member", &before.members, &after.members);
    compare(&mut check, "sale", &before.sales, &after.sales);
    compare(&mut check, "refund", &before.refunds, &after.refunds);
    check
}

fn compare<T: PartialEq + std::fmt::Debug>(check: &mut Check, what: &str, before: &BTreeMap<String, T>, after: &BTreeMap<String, T>) {
    for (number, was) in before {
        let is = after.get(number);
        check.look(is == Some(was), || format!("{what} {number} was {was:?} and is {is:?}"));
    }
    for number in after.keys().filter(|number| !before.contains_key(*number)) {
        check.look(false, || format!("{what} {number} was not there before"));
    }
}

fn kept(told: &[Told], after: &Books) -> Check {
    let mut check = Check::new("every notice that the merchant acknowledged is among those that it kept, and believed");
    let believed: HashSet<&str> = after.notices.iter().filter(|kept| kept.believed).filter_map(|kept| kept.notify_id.as_deref()).collect();
    for id in told.iter().filter_map(|told| told.notify_id.as_deref()) {
        check.look(believed.contains(id), || format!("notice {id} was answered with success and is not there"));
    }
    check
}

fn paid(told: &[Told], after: &Books, totals: &HashMap<String, String>) -> Check {
    let mut check = Check::new("every order whose payment the merchant acknowledged is paid in its book once, with the platform's amount");
    let mut orders: HashMap<&str, Vec<&Sale>> = HashMap::new();
    for sale in after.sales.values() {
        orders.entry(sale.out_trade_no.as_deref().unwrap_or_default()).or_default().push(sale);
    }
    let named: HashSet<&str> = told.iter().filter_map(|told| told.paid.as_deref()).collect();
    for order in named {
        // what the platform took back or closed since is not paid any more
        let Some(total) = totals.get(order) else { continue };
        let sales = orders.get(order).map(Vec::as_slice).unwrap_or_default();
        let holds = matches!(sales, [sale] if sale.status == "paid" && sale.payable == *total);
        check.look(holds, || {
            let says: Vec<String> = sales.iter().map(|sale| format!("{} {} {}", sale.number, sale.status, sale.payable)).collect();
            format!("order {order} is paid with {total} at the platform; in the merchant's book: [{}]", says.join(", "))
        });
    }
    check
}

fn shown(after: &Books, points: &HashMap<String, Option<String>>) -> Check {
    let mut check = Check::new("every member has the points that the customer's card shows");
    for member in after.members.values().filter(|member| member.card == "held") {
        let Some(card) = member.biz_card_no.as_deref() else { continue };
        let shown = points.get(card).and_then(Option::as_deref);
        let holds = shown.and_then(|shown| shown.parse().ok()) == Some(member.points);
        check.look(holds, || format!("member {} has {} points, card {card} shows {shown:?}", member.number, member.points));
    }
    check
}

/// The orders that are paid at the platform, and how much, yuan.
async fn totals(control: &mut Control) -> Result<HashMap<String, String>, NoLoad> {
    let (mut totals, mut next) = (HashMap::new(), Some(0));
    while let Some(after) = next {
        let (page, more) = control.trades(after).await?;
        let paid = page.into_iter().filter(|trade| trade.status == "paid");
        totals.extend(paid.map(|trade| (trade.out_trade_no, format!("{}.{:02}", trade.total_fen / 100, trade.total_fen % 100))));
        next = more;
    }
    Ok(totals)
}

/// What each card shows.
async fn points(control: &mut Control) -> Result<HashMap<String, Option<String>>, NoLoad> {
    let (mut points, mut next) = (HashMap::new(), Some(0));
    while let Some(after) = next {
        let (page, more) = control.cards(after).await?;
        points.extend(page.into_iter().map(|card| (card.biz_card_no, card.point)));
        next = more;
    }
    Ok(points)
}
