//! What events refer to that comes before or after them: people, cards, codes, and what became of trades.

use super::Tongue;
use super::sentence::is_name;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a wallet holds when nobody said otherwise. Source: control API, `POST /customers`.
const FIRST_FEN: i64 = 100_000;

/// A person, until somebody does something about them.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) profile: Value,
    /// What the wallet held before the person first did something, fen.
    pub(super) wallet: Option<i64>,
    /// Points the merchant had for them before their first card.
    pub(super) points_of_old: i64,
    /// The mobile number in their first joining form.
    pub(super) form_mobile: String,
}

impl Person {
    /// A tester's hand put something in or took it out.
    pub(super) fn wallet_changed(&mut self, by: i64) {
        self.wallet = Some(self.wallet.unwrap_or(FIRST_FEN) + by);
    }
}

/// A purchase that a merchant reported.
#[derive(Clone, Debug, Default)]
pub(super) struct Purchase {
    /// Whose card it was on.
    pub(super) user: String,
    /// What was sold, fen.
    pub(super) amount: i64,
}

/// What is known of the whole visit.
#[derive(Default)]
pub(super) struct Known {
    pub(super) people: BTreeMap<String, Person>,
    /// Platform's number of a card, and merchant's → whose.
    cards: BTreeMap<String, String>,
    /// Payment code → whose.
    pub(super) pay_codes: BTreeMap<String, String>,
    /// Trades that waited for their customer.
    pub(super) waited: BTreeSet<String>,
    /// Merchant's numbers of orders → the trades they became.
    pub(super) orders: BTreeMap<String, String>,
    /// Trade → who is to pay.
    pub(super) buyers: BTreeMap<String, String>,
    /// Trade → the purchase it was reported as.
    pub(super) purchases: BTreeMap<String, Purchase>,
    /// Cards and points that were stated together with a purchase.
    pub(super) reported: BTreeSet<(String, i64)>,
    /// Trades that were paid.
    pub(super) paid: BTreeSet<String>,
}

impl Known {
    pub(super) fn of(events: &[Value], tongue: Tongue) -> Self {
        let mut known = Self::default();
        for event in events {
            known.take(event, tongue);
        }
        known
    }

    fn take(&mut self, event: &Value, tongue: Tongue) {
        let (body, word) = (&event["body"], |name: &str| event["body"][name].as_str().unwrap_or_default().to_owned());
        match event["kind"].as_str().unwrap_or_default() {
            "customer_registered" => {
                let named = body["profile"]["name"].as_str().unwrap_or_default().to_owned();
                let taken = self.people.values().any(|person| person.name == named);
                let name = if taken || !is_name(&named) {
                    format!("{} {}", if tongue == Tongue::Chinese { "顾客" } else { "Customer" }, self.people.len() + 1)
                } else {
                    named
                };
                self.people.insert(word("user"), Person { name, profile: body["profile"].clone(), ..Person::default() });
            }
            "form_submitted" | "opening_asked" => {
                if let Some(person) = self.people.get_mut(&word("user")).filter(|person| person.form_mobile.is_empty()) {
                    person.form_mobile = answers(body).find(|(field, _)| field == "OPEN_FORM_FIELD_MOBILE").unwrap_or_default().1;
                }
            }
            "card_opened" => {
                let first = !self.cards.values().any(|user| *user == word("user"));
                if let Some(person) = self.people.get_mut(&word("user")).filter(|_| first) {
                    person.points_of_old = points(body).unwrap_or_default();
                }
                self.cards.insert(word("card"), word("user"));
                self.cards.insert(word("external"), word("user"));
            }
            "pay_code_shown" => drop(self.pay_codes.insert(word("code"), word("user"))),
            "pay_code_spent" => drop(body["waits"].as_str().map(|trade| self.waited.insert(trade.to_owned()))),
            "trade_made" => {
                self.orders.insert(body["order"]["number"].as_str().unwrap_or_default().to_owned(), word("trade"));
                self.buyers.insert(word("trade"), word("buyer"));
            }
            "trade_paid" => drop(self.paid.insert(word("trade"))),
            "purchase_recorded" => {
                let record: Value = serde_json::from_str(body["record"].as_str().unwrap_or_default()).unwrap_or_default();
                let amount = record["trade_amount"].as_str().and_then(|amount| crate::seen::fen(amount).ok()).unwrap_or_default();
                let purchase = Purchase { user: self.holder(&word("card")), amount };
                self.purchases.entry(word("trade")).or_insert(purchase);
                self.reported.extend(points(body).map(|points| (word("card"), points)));
            }
            _ => {}
        }
    }

    /// Whose card that is, by either number; empty when nobody's.
    pub(super) fn holder(&self, number: &str) -> String {
        self.cards.get(number).cloned().unwrap_or_default()
    }

    /// What a trade was sold for: more than was paid through the platform when points were spent on it.
    pub(super) fn sold_for(&self, trade: &str, total: i64) -> i64 {
        self.purchases.get(trade).map_or(total, |purchase| purchase.amount.max(total))
    }
}

/// Field and value of each answer in a joining form.
pub(super) fn answers(body: &Value) -> impl Iterator<Item = (String, String)> {
    let pairs = body["answers"].as_array().into_iter().flatten();
    pairs.filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned())))
}

/// The points that are stated.
pub(super) fn points(body: &Value) -> Option<i64> {
    body.pointer("/stated/points/hundredths").and_then(Value::as_i64).map(|hundredths| hundredths / 100)
}
