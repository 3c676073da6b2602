//! What people did in a sandbox, written as a story that does it again: from its events and the merchant's calls.
//!
//! Only sentences that exist are written, in English or Chinese; whatever has none is named in a comment at its place, never
//! dropped. What merchant and platform did because of it is not told again but looked at: cards, points, purchases.

mod sentence;

use crate::control::Control;
use crate::http::Unanswered;
use sentence::Sentence;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The most lines of a recorded story: what a story file may have, and some room.
const LINE_LIMIT: usize = 4_500;
/// Shorter leaps of the clock are how long people took.
const LEAP_MS: i64 = 1_000;

/// In which language a story is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tongue {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

/// Writes what was done in this sandbox since the event `after` as a story.
///
/// # Errors
/// No usable answer of the platform.
pub async fn record(control: &Control, after: u64, tongue: Tongue) -> Result<String, Unanswered> {
    let events = control.revealed_events(after).await?;
    let first = events.first().and_then(|event| event["sequence"].as_u64()).unwrap_or(u64::MAX);
    let mut exchanges = control.exchanges(crate::control::Mark::default(), None).await?.exchanges;
    exchanges.retain(|exchange| exchange["events"][1].as_u64().is_none_or(|end| end > first));
    Ok(written(&events, &exchanges, tongue))
}

/// The story of these events, oldest first, and exchanges.
pub fn written(events: &[Value], exchanges: &[Value], tongue: Tongue) -> String {
    let mut recorder = Recorder { tongue, ..Recorder::default() };
    let looked_up = look_ups(exchanges);
    for event in events {
        recorder.know(event);
    }
    for event in events {
        let sequence = event["sequence"].as_u64().unwrap_or_default();
        for (_, code) in looked_up.iter().filter(|(place, _)| *place == sequence) {
            recorder.look_up(code);
        }
        recorder.event(event);
    }
    let end = events.last().and_then(|event| event["sequence"].as_u64()).unwrap_or_default();
    for (_, code) in looked_up.iter().filter(|(place, _)| *place > end) {
        recorder.look_up(code);
    }
    recorder.finish()
}

/// Which codes the merchant looked up, each with the event it came before.
fn look_ups(exchanges: &[Value]) -> Vec<(u64, String)> {
    let (mut next, mut found) = (0, Vec::new());
    for exchange in exchanges {
        next = exchange["events"][1].as_u64().unwrap_or(next).max(next);
        if exchange["method"] == "alipay.marketing.card.query"
            && let Some(code) = exchange.pointer("/view/biz_content/target_card_no").and_then(Value::as_str)
        {
            found.push((next, code.to_owned()));
        }
    }
    found
}

#[derive(Default)]
struct Recorder {
    tongue: Tongue,
    /// Account → name, mobile, money that came from outside.
    people: BTreeMap<String, Person>,
    /// Platform's number of a card → whose.
    cards: BTreeMap<String, String>,
    /// Merchant's number of a card → whose.
    codes: BTreeMap<String, String>,
    trades: BTreeMap<String, Trade>,
    entered: BTreeSet<String>,
    /// Account → the points stated last.
    points: BTreeMap<String, i64>,
    lines: Vec<Line>,
    last_at: Option<i64>,
}

#[derive(Default)]
struct Person {
    name: String,
    profile: Value,
    wallet: Option<i64>,
}

struct Trade {
    buyer: String,
    made: u64,
}

enum Line {
    Said(Kind, String, Vec<(String, String)>),
    Untold(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Given,
    When,
    Then,
}

impl Recorder {
    /// What later events refer to.
    fn know(&mut self, event: &Value) {
        let (body, word) = (&event["body"], |name: &str| event["body"][name].as_str().unwrap_or_default().to_owned());
        match event["kind"].as_str().unwrap_or_default() {
            "customer_registered" => {
                let named = body["profile"]["name"].as_str().unwrap_or_default().to_owned();
                let taken = self.people.values().any(|person| person.name == named);
                let name = if taken || !is_name(&named) {
                    format!("{} {}", if self.tongue == Tongue::Chinese { "顾客" } else { "Customer" }, self.people.len() + 1)
                } else {
                    named
                };
                self.people.insert(word("user"), Person { name, profile: body["profile"].clone(), wallet: None });
            }
            "wallet_changed" => {
                if let Some(person) = self.people.get_mut(&word("user")) {
                    person.wallet = Some(person.wallet.unwrap_or_default() + body["by"].as_i64().unwrap_or_default());
                }
            }
            "card_opened" => {
                self.cards.insert(word("card"), word("user"));
                self.codes.insert(word("external"), word("user"));
            }
            _ => {}
        }
    }

    fn event(&mut self, event: &Value) {
        let (body, word) = (&event["body"], |name: &str| event["body"][name].as_str().unwrap_or_default().to_owned());
        let sequence = event["sequence"].as_u64().unwrap_or_default();
        let kind = event["kind"].as_str().unwrap_or_default();
        match kind {
            "clock_set" => return self.clock(event),
            "programme_created" => {
                self.say(Kind::Given, &Sentence::Merchant);
            }
            "form_submitted" => self.join(&word("user"), &body["answers"]),
            "card_opened" => self.about(Kind::Then, &word("user"), |name| Sentence::Opened { name }),
            "card_released" => {
                if body["leave"].to_string().contains("customer") || body["serial"].is_null() {
                    let user = self.holder(&word("card"));
                    self.about(Kind::When, &user, |name| Sentence::Deleted { name });
                }
            }
            "card_restated" | "purchase_recorded" => {
                let user = self.holder(&word("card"));
                if let Some(hundredths) = body.pointer("/stated/points/hundredths").and_then(Value::as_i64) {
                    self.points.insert(user.clone(), hundredths / 100);
                }
                if kind == "purchase_recorded" {
                    self.purchase(&user, &word("trade"), body["record"].as_str().unwrap_or_default());
                }
            }
            "consent_withdrawn" => self.about(Kind::When, &word("user"), |name| Sentence::Withdrew { name }),
            "trade_made" => {
                self.trades.insert(word("trade"), Trade { buyer: word("buyer"), made: sequence });
                let amount = yuan(body.pointer("/order/total").and_then(Value::as_i64).unwrap_or_default());
                match body["how"].as_str() {
                    Some("code") => self.about(Kind::When, &word("buyer"), |name| Sentence::Charged { name, amount }),
                    how => self.untold(event, how.unwrap_or_default()),
                }
            }
            "trade_paid" | "trade_declined" => {
                let trade = self.trades.get(&word("trade")).map(|trade| (trade.buyer.clone(), trade.made));
                match (trade, kind) {
                    // paid in the same call: nobody was asked
                    (Some((_, made)), "trade_paid") if sequence.saturating_sub(made) <= 3 => {}
                    (Some((buyer, _)), "trade_paid") => self.about(Kind::When, &buyer, |name| Sentence::Confirmed { name }),
                    (Some((buyer, _)), _) => self.about(Kind::When, &buyer, |name| Sentence::Refused { name }),
                    (None, _) => self.untold(event, ""),
                }
            }
            "trade_refunded" => {
                let parts = ["own", "platform", "merchant"].map(|part| body["refund"]["back"][part].as_i64().unwrap_or_default());
                if body["refund"]["by_cancel"] != true {
                    self.say(Kind::When, &Sentence::Refunded { amount: yuan(parts.iter().sum()) });
                }
            }
            // made by merchant or platform because of what is told, or told with it, or no doing of anybody's
            "customer_registered"
            | "wallet_changed"
            | "sandbox_opened"
            | "merchant_registered"
            | "app_registered"
            | "app_keys_set"
            | "app_callback_set"
            | "image_stored"
            | "form_set"
            | "link_made"
            | "consent_given"
            | "code_spent"
            | "token_issued"
            | "token_renewed"
            | "grants_forgotten"
            | "agreed"
            | "pay_code_shown"
            | "pay_code_spent"
            | "notice_made"
            | "notice_tried"
            | "notice_put_off"
            | "notices_dropped"
            | "code_ran_out"
            | "token_ran_out"
            | "trade_asked"
            | "trade_closed"
            | "trade_finished"
            | "fault_met"
            | "ledger_due"
            | "opening_asked"
            | "opening_ended"
            | "gateway_set" => {}
            _ => self.untold(event, ""),
        }
        self.last_at = event["at_ms"].as_i64().or(self.last_at);
    }

    fn clock(&mut self, event: &Value) {
        let there = event.pointer("/body/stopped/at").and_then(Value::as_i64).or_else(|| event["at_ms"].as_i64());
        let passed = there.zip(self.last_at).map_or(0, |(there, before)| there - before);
        if passed >= LEAP_MS {
            self.say(Kind::When, &Sentence::Passed { ms: passed });
        }
        self.last_at = there.or(self.last_at);
    }

    /// A customer sent a joining form; what the platform filled in is not told again.
    fn join(&mut self, user: &str, answers: &Value) {
        let profile = self.people.get(user).map(|person| person.profile.clone()).unwrap_or_default();
        let known: Vec<&str> = profile.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str()).collect();
        let pairs =
            answers.as_array().into_iter().flatten().filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned())));
        let own: Vec<(String, String)> = pairs.filter(|(_, value)| !known.contains(&value.as_str())).collect();
        if own.is_empty() {
            return self.about(Kind::When, user, |name| Sentence::Joined { name });
        }
        let Some(name) = self.enter(user) else { return };
        self.say_with(Kind::When, &Sentence::JoinedWith { name }, own);
    }

    /// A purchase that no trade of the platform's stands behind was paid in cash.
    fn purchase(&mut self, user: &str, trade: &str, record: &str) {
        let record: Value = serde_json::from_str(record).unwrap_or_default();
        let amount = record["trade_amount"].as_str().unwrap_or_default().to_owned();
        if !self.trades.contains_key(trade) {
            self.show(user);
            self.say(Kind::When, &Sentence::Cash { amount: amount.clone() });
        }
        self.about(Kind::Then, user, |name| Sentence::Recorded { name, amount });
    }

    fn look_up(&mut self, code: &str) {
        let Some(user) = self.codes.get(code).or_else(|| self.cards.get(code)).cloned() else {
            return self.lines.push(Line::Untold("the merchant looked up a code that belongs to nobody here, or a dynamic one".to_owned()));
        };
        self.show(&user);
        self.say(Kind::When, &Sentence::LookedUp);
    }

    fn show(&mut self, user: &str) {
        self.about(Kind::When, user, |name| Sentence::Shown { name });
        self.say(Kind::When, &Sentence::Read);
    }

    fn holder(&self, card: &str) -> String {
        self.cards.get(card).cloned().unwrap_or_default()
    }

    /// Tells something about a person, who is introduced before.
    fn about(&mut self, kind: Kind, user: &str, sentence: impl FnOnce(String) -> Sentence) {
        if let Some(name) = self.enter(user) {
            self.say(kind, &sentence(name));
        }
    }

    /// The name of a person; introduced when not seen before.
    fn enter(&mut self, user: &str) -> Option<String> {
        let Some(person) = self.people.get(user) else {
            self.lines.push(Line::Untold(format!("customer {user} was there before the recording: something about them is missing here")));
            return None;
        };
        let name = person.name.clone();
        if self.entered.insert(user.to_owned()) {
            let mobile = person.profile["mobile"].as_str().unwrap_or_default().to_owned();
            let introduced = match person.wallet.filter(|by| *by > 0) {
                Some(by) => Sentence::WithMoney { name: name.clone(), amount: yuan(by) },
                None if mobile.is_empty() => Sentence::Entered { name: name.clone() },
                None => Sentence::WithMobile { name: name.clone(), mobile },
            };
            self.say(Kind::Given, &introduced);
        }
        Some(name)
    }

    fn say(&mut self, kind: Kind, sentence: &Sentence) {
        self.say_with(kind, sentence, Vec::new());
    }

    fn say_with(&mut self, kind: Kind, sentence: &Sentence, table: Vec<(String, String)>) {
        let said = sentence.said(self.tongue);
        match crate::vocabulary::find(&said) {
            Ok(_) => self.lines.push(Line::Said(kind, said, table)),
            Err(_) => self.lines.push(Line::Untold(said)),
        }
    }

    /// An event that no sentence tells.
    fn untold(&mut self, event: &Value, more: &str) {
        let (kind, at) = (event["kind"].as_str().unwrap_or_default(), event["at"].as_str().unwrap_or_default());
        self.lines.push(Line::Untold(format!("{at} {kind} {more}").trim_end().to_owned()));
    }

    fn finish(mut self) -> String {
        for (user, points) in std::mem::take(&mut self.points) {
            self.about(Kind::Then, &user, |name| Sentence::Points { name, points });
        }
        let zh = self.tongue == Tongue::Chinese;
        let heading = if zh {
            "# language: zh-CN\n功能: 录下的一次到访\n  由 kabao record 写成。\n\n  场景: 当时发生的事\n"
        } else {
            "Feature: A recorded visit\n  Written by kabao record.\n\n  Scenario: What happened\n"
        };
        let mut text = heading.to_owned();
        let mut before = None;
        let lines = self.lines.len();
        for line in self.lines.into_iter().take(LINE_LIMIT) {
            match line {
                Line::Untold(what) => {
                    let what: String = what.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
                    let _ = writeln!(text, "    # {}{what}", if zh { "没有对应的句子：" } else { "no sentence tells this: " });
                }
                Line::Said(kind, said, table) => {
                    let _ = writeln!(text, "    {}{said}", keyword(kind, before == Some(kind), zh));
                    before = Some(kind);
                    if !table.is_empty() {
                        let _ = writeln!(text, "{}", if zh { "      | 字段 | 值 |" } else { "      | field | value |" });
                    }
                    for (field, value) in table {
                        let _ = writeln!(text, "      | {} | {} |", cell(&field), cell(&value));
                    }
                }
            }
        }
        if lines > LINE_LIMIT {
            let _ = writeln!(text, "    # {} more lines are left out", lines - LINE_LIMIT);
        }
        text
    }
}

fn keyword(kind: Kind, again: bool, zh: bool) -> &'static str {
    match (kind, again, zh) {
        (_, true, false) => "And ",
        (_, true, true) => "而且",
        (Kind::Given, _, false) => "Given ",
        (Kind::Given, _, true) => "假如",
        (Kind::When, _, false) => "When ",
        (Kind::When, _, true) => "当",
        (Kind::Then, _, false) => "Then ",
        (Kind::Then, _, true) => "那么",
    }
}

/// A value as a cell of a table takes it.
fn cell(value: &str) -> String {
    let plain: String = value.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    plain.replace('\\', "\\\\").replace('|', "\\|")
}

/// Whether a story can call somebody that.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= 40 && !name.chars().any(|character| character.is_control() || "\"“”<>".contains(character))
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests;
