//! Telling what happened, event by event: who did something, and what the platform has of it.
//!
//! A sentence is about the sale at the till and the card that was scanned last, so both are kept as the player will have them.

mod shop;
mod till;

use super::known::{Known, points};
use super::page::{Kind, Page};
use super::sentence::Sentence;
use super::{Seen, Tongue, yuan};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Shorter leaps of a clock that stands are no leaps.
const LEAP_MS: i64 = 1_000;
/// A clock that runs is waited for when people took longer than this.
const WAIT_MS: i64 = 10_000;

/// What a call of the merchant shows of somebody at the till, with the event it came before.
struct Act<'e> {
    place: u64,
    exchange: &'e Value,
}

/// A sale at the till.
#[derive(Clone)]
struct Sale {
    amount: i64,
    began_ms: i64,
}

/// Tells everything.
pub(super) fn told(seen: &Seen, tongue: Tongue) -> Page {
    let mut teller = Teller { known: Known::of(&seen.events, tongue), page: Page::new(tongue), ..Teller::default() };
    let acts = acts(&seen.exchanges);
    let mut left = acts.iter().peekable();
    for (place, event) in seen.events.iter().enumerate() {
        let sequence = event["sequence"].as_u64().unwrap_or_default();
        while let Some(act) = left.next_if(|act| act.place <= sequence) {
            teller.act(act.exchange, &seen.events);
        }
        teller.event(event, seen.events.get(place + 1));
    }
    left.for_each(|act| teller.act(act.exchange, &seen.events));
    teller.end(&seen.wallets);
    teller.page
}

/// Calls that tell what no event does: codes that were looked up, payments that were refused at once, forms that were left.
fn acts(exchanges: &[Value]) -> Vec<Act<'_>> {
    let (mut next, mut acts) = (0, Vec::new());
    for exchange in exchanges {
        let begun = exchange["events"][0].as_u64();
        next = exchange["events"][1].as_u64().unwrap_or(next).max(next);
        let tells = match exchange["method"].as_str().unwrap_or_default() {
            "alipay.marketing.card.query" => true,
            "alipay.trade.pay" => exchange["code"] == "40004",
            page => page.starts_with("/account/openform/") && exchange.pointer("/view/stopped").is_some_and(Value::is_string),
        };
        if tells {
            acts.push(Act { place: begun.unwrap_or(next), exchange });
        }
    }
    acts.sort_by_key(|act| act.place);
    acts
}

#[derive(Default)]
struct Teller {
    known: Known,
    page: Page,
    /// Accounts that were introduced.
    entered: BTreeSet<String>,
    /// Whose card was scanned last.
    counter: Option<String>,
    /// Sales by the platform's number of the trade, the merchant's of an order without one, or of a sale in cash.
    sales: BTreeMap<String, Sale>,
    at_till: Option<String>,
    /// The code of an order → its number.
    offers: BTreeMap<String, String>,
    /// Payments that are told together with something else.
    paid: BTreeSet<String>,
    refused: BTreeSet<String>,
    /// Account → the points stated last.
    points: BTreeMap<String, i64>,
    /// Accounts whose points may change: money moved.
    moved: BTreeSet<String>,
    /// Accounts whose points or money changed in a way that is not told.
    doubtful: BTreeSet<String>,
    /// Card → when its merchant was asked for a code.
    codes_wanted: BTreeMap<String, i64>,
    card_name: Option<String>,
    now_ms: Option<i64>,
    passed_ms: i64,
    leapt: bool,
}

impl Teller {
    fn event(&mut self, event: &Value, next: Option<&Value>) {
        let (body, word) = (&event["body"], |name: &str| event["body"][name].as_str().unwrap_or_default().to_owned());
        self.tick(event["at_ms"].as_i64());
        match event["kind"].as_str().unwrap_or_default() {
            "clock_set" => {
                self.leapt = true;
                self.tick(body.pointer("/stopped/at").and_then(Value::as_i64));
            }
            "programme_created" => self.set_up(event),
            "programme_modified" => self.changed(event),
            "delegated" => {
                self.page.provider = true;
                self.say(Kind::Given, &Sentence::Authorised);
            }
            "delegation_withdrawn" => self.say(Kind::When, &Sentence::TookBack),
            "wallet_changed" => self.wallet_changed(&word("user"), body["by"].as_i64().unwrap_or_default()),
            "pay_limit_set" => {
                let amount = yuan(body["asked_above"].as_i64().unwrap_or_default());
                self.about(Kind::Given, &word("user"), |name| Sentence::AskedAbove { name, amount });
            }
            "voucher_given" if body["merchant"].is_null() && body["threshold"] == 0 && body["by"] == "platform" => {
                let amount = yuan(body["off"].as_i64().unwrap_or_default());
                self.about(Kind::When, &word("user"), |name| Sentence::Vouchered { name, amount });
            }
            "form_submitted" | "opening_asked" => self.join(&word("user"), body),
            "card_opened" => {
                self.points.extend(points(body).map(|points| (word("user"), points)));
                self.about(Kind::Then, &word("user"), |name| Sentence::Opened { name });
            }
            "card_released" => self.released(event),
            "card_restated" => self.restated(event, next),
            "purchase_recorded" => self.purchase(event),
            "consent_withdrawn" => self.about(Kind::When, &word("user"), |name| Sentence::Withdrew { name }),
            "notice_made" if body["kind"] == "merchant_code" => self.code_wanted(event),
            "order_code_made" => self.order(event),
            "order_code_withdrawn" => {
                let order = self.offers.get(&word("code")).cloned().unwrap_or_default();
                if !self.known.orders.contains_key(&order) {
                    self.taken_back(&order);
                }
            }
            "trade_made" => self.trade_made(event, next),
            "trade_paid" | "trade_declined" => self.answered(event),
            "trade_refunded" => self.refunded(event),
            "trade_closed" => match body["end"].as_str() {
                Some("cancel") => self.taken_back(&word("trade")),
                Some("close") => self.untold(event),
                _ => {}
            },
            silent if SILENT.contains(&silent) => {}
            _ => self.untold(event),
        }
    }

    fn act(&mut self, exchange: &Value, events: &[Value]) {
        self.tick(exchange["at_ms"].as_i64());
        match exchange["method"].as_str().unwrap_or_default() {
            "alipay.marketing.card.query" => self.looked_up(exchange),
            "alipay.trade.pay" => self.not_paid(exchange, events),
            page => {
                let why = exchange.pointer("/view/stopped").and_then(Value::as_str).unwrap_or_default();
                let at = exchange["at"].as_str().unwrap_or_default();
                self.page.leave_out(&format!("{at} somebody opened {page} and went no further: {why}"));
            }
        }
    }

    /// Time went on until then.
    fn tick(&mut self, at_ms: Option<i64>) {
        let Some(at_ms) = at_ms else { return };
        // whatever was before the first sentence was nobody's waiting
        if !self.page.is_empty() {
            self.passed_ms += (at_ms - self.now_ms.unwrap_or(at_ms)).max(0);
        }
        self.now_ms = Some(at_ms);
    }

    fn time_passes(&mut self) {
        if self.passed_ms >= if self.leapt { LEAP_MS } else { WAIT_MS } {
            self.page.say(Kind::When, &Sentence::Passed { ms: self.passed_ms }, Vec::new());
            self.passed_ms %= LEAP_MS;
        }
        self.leapt = false;
    }

    fn say(&mut self, kind: Kind, sentence: &Sentence) {
        self.time_passes();
        self.page.say(kind, sentence, Vec::new());
    }

    /// Tells something about a person, who is introduced before.
    fn about(&mut self, kind: Kind, user: &str, sentence: impl FnOnce(String) -> Sentence) {
        if let Some(name) = self.enter(user) {
            self.say(kind, &sentence(name));
        }
    }

    /// The name of a person; introduced when not seen before.
    fn enter(&mut self, user: &str) -> Option<String> {
        let Some(person) = self.known.people.get(user).cloned() else {
            self.page.leave_out(&format!("customer {user} was there before the recording: something about them is missing here"));
            return None;
        };
        let name = person.name.clone();
        if self.entered.insert(user.to_owned()) {
            let mobile = person.profile["mobile"].as_str().unwrap_or_default().to_owned();
            let introduced = match (person.wallet.map(yuan), mobile.is_empty()) {
                (Some(amount), true) => Sentence::WithMoney { name: name.clone(), amount },
                (Some(amount), false) => Sentence::WithMobileAndMoney { name: name.clone(), mobile, amount },
                (None, true) => Sentence::Entered { name: name.clone() },
                (None, false) => Sentence::WithMobile { name: name.clone(), mobile },
            };
            self.say(Kind::Given, &introduced);
        }
        Some(name)
    }

    /// An event that no sentence tells.
    fn untold(&mut self, event: &Value) {
        let (kind, at) = (event["kind"].as_str().unwrap_or_default(), event["at"].as_str().unwrap_or_default());
        let more = event["body"]["how"].as_str().or(event["body"]["end"].as_str()).unwrap_or_default();
        self.page.leave_out(format!("{at} {kind} {more}").trim_end());
    }

    fn end(&mut self, wallets: &BTreeMap<String, i64>) {
        self.time_passes();
        for (user, points) in std::mem::take(&mut self.points) {
            if !self.doubtful.contains(&user) {
                self.about(Kind::Then, &user, |name| Sentence::Points { name, points });
            }
        }
        for (user, fen) in wallets {
            if self.entered.contains(user) && !self.doubtful.contains(user) {
                self.about(Kind::Then, user, |name| Sentence::Holds { name, amount: yuan(*fen) });
            }
        }
    }
}

/// Made by merchant or platform because of what is told, or told with it, or no doing of anybody's.
const SILENT: &[&str] = &[
    "agreed",
    "app_callback_set",
    "app_keys_set",
    "app_registered",
    "card_expired",
    "code_ran_out",
    "code_spent",
    "consent_given",
    "customer_registered",
    "delegation_offered",
    "fault_met",
    "form_set",
    "gateway_set",
    "grants_forgotten",
    "image_stored",
    "ledger_due",
    "link_made",
    "merchant_registered",
    "notice_made",
    "notice_put_off",
    "notice_tried",
    "notices_dropped",
    "opening_ended",
    "pay_code_shown",
    "pay_code_spent",
    "programme_change_applied",
    "programme_change_put_off",
    "sandbox_opened",
    "token_issued",
    "token_ran_out",
    "token_renewed",
    "trade_asked",
    "trade_finished",
];
