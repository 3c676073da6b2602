//! What is sold at the till, paid, given up and given back.

use super::super::known::points;
use super::super::page::Kind;
use super::super::sentence::Sentence;
use super::super::yuan;
use super::{Sale, Teller};
use serde_json::Value;

/// Who takes a sale back later than this after it began is a till that lost its patience, no cashier.
const PATIENCE_MS: i64 = 55_000;

impl Teller {
    /// Whoever buys has the card on the counter; who has none comes after the one before left.
    pub(super) fn serve(&mut self, trade: &str) {
        match self.known.purchases.get(trade).map(|purchase| purchase.user.clone()) {
            Some(user) if !user.is_empty() && self.counter.as_ref() != Some(&user) => self.show(&user),
            None if self.known.paid.contains(trade) && self.counter.is_some() => {
                self.say(Kind::When, &Sentence::NextCustomer);
                self.counter = None;
            }
            _ => {}
        }
    }

    pub(super) fn sold(&mut self, number: &str, amount: i64) {
        self.sales.insert(number.to_owned(), Sale { amount, began_ms: self.now_ms.unwrap_or_default() });
        self.at_till = Some(number.to_owned());
    }

    /// The sale stands at the till, or is called up again; whether that can be told.
    pub(super) fn take_up(&mut self, number: &str) -> bool {
        let Some(sale) = self.sales.get(number).cloned() else { return false };
        if self.at_till.as_deref() == Some(number) {
            return true;
        }
        let newest = self.sales.iter().filter(|(_, other)| other.amount == sale.amount).all(|(_, other)| other.began_ms <= sale.began_ms);
        if newest {
            self.at_till = Some(number.to_owned());
            self.say(Kind::When, &Sentence::TakenUp { amount: yuan(sale.amount) });
        }
        newest
    }

    pub(super) fn trade_made(&mut self, event: &Value, next: Option<&Value>) {
        let (body, trade) = (&event["body"], event["body"]["trade"].as_str().unwrap_or_default());
        let buyer = body["buyer"].as_str().unwrap_or_default();
        let total = body.pointer("/order/total").and_then(Value::as_i64).unwrap_or_default();
        self.moved.insert(buyer.to_owned());
        self.moved.extend(self.known.purchases.get(trade).map(|purchase| purchase.user.clone()));
        match body["how"].as_str() {
            Some("code") => {
                self.serve(trade);
                let amount = self.known.sold_for(trade, total);
                self.charged(buyer, amount, amount - total);
                self.sold(trade, amount);
            }
            Some("scan") => {
                let at_once = next.is_some_and(|next| next["kind"] == "trade_paid" && next["body"]["trade"] == trade);
                if at_once {
                    self.paid.insert(trade.to_owned());
                } else {
                    self.known.waited.insert(trade.to_owned());
                }
                self.about(Kind::When, buyer, |name| if at_once { Sentence::Scanned { name } } else { Sentence::ScannedAndLeft { name } });
            }
            _ => {
                self.doubtful.insert(buyer.to_owned());
                self.untold(event);
            }
        }
    }

    /// A hundred points take off as many fen. Source: till-api.md, "Till".
    pub(super) fn charged(&mut self, buyer: &str, amount: i64, points: i64) {
        let amount = yuan(amount);
        self.about(Kind::When, buyer, |name| match points {
            0 => Sentence::Charged { name, amount },
            points => Sentence::ChargedWithPoints { name, amount, points },
        });
    }

    pub(super) fn order(&mut self, event: &Value) {
        let order = &event["body"]["order"];
        let (number, total) = (order["number"].as_str().unwrap_or_default().to_owned(), order["total"].as_i64().unwrap_or_default());
        self.offers.insert(event["body"]["code"].as_str().unwrap_or_default().to_owned(), number.clone());
        let trade = self.known.orders.get(&number).cloned().unwrap_or_else(|| number.clone());
        self.serve(&trade);
        if self.known.sold_for(&trade, total) != total {
            self.page.leave_out(&format!("points were spent on the order of {}", yuan(total)));
            self.doubtful.extend(self.counter.clone());
        }
        self.say(Kind::When, &Sentence::Ordered { amount: yuan(total) });
        self.sold(&trade, total);
    }

    pub(super) fn answered(&mut self, event: &Value) {
        let trade = event["body"]["trade"].as_str().unwrap_or_default();
        if !self.known.waited.contains(trade) || self.paid.contains(trade) {
            return;
        }
        match self.known.buyers.get(trade).cloned() {
            None => self.untold(event),
            Some(buyer) if event["kind"] == "trade_paid" => self.about(Kind::When, &buyer, |name| Sentence::Confirmed { name }),
            Some(buyer) => self.about(Kind::When, &buyer, |name| Sentence::Refused { name }),
        }
    }

    /// A payment that the platform refused at once left no trade.
    pub(super) fn not_paid(&mut self, exchange: &Value, events: &[Value]) {
        let asked = &exchange["view"]["biz_content"];
        let number = asked["out_trade_no"].as_str().unwrap_or_default().to_owned();
        if self.known.orders.contains_key(&number) || !self.refused.insert(number.clone()) {
            return;
        }
        let (from, to) = (exchange["events"][0].as_u64(), exchange["events"][1].as_u64());
        let of_call = |event: &&Value| event["sequence"].as_u64().is_some_and(|at| from.is_some_and(|from| at >= from) && Some(at) < to);
        let spent = events.iter().filter(of_call).find(|event| event["kind"] == "pay_code_spent");
        let code = spent.and_then(|event| event["body"]["code"].as_str()).unwrap_or_default();
        let amount = asked["total_amount"].as_str().unwrap_or_default().to_owned();
        if let Some(user) = self.known.pay_codes.get(code).cloned() {
            self.about(Kind::When, &user, |name| Sentence::Charged { name, amount: amount.clone() });
            return self.sold(&number, crate::seen::fen(&amount).unwrap_or_default());
        }
        let why = exchange["sub_code"].as_str().unwrap_or_default();
        self.page.leave_out(&format!("{} a payment of {amount} was refused: {why}", exchange["at"].as_str().unwrap_or_default()));
    }

    pub(super) fn refunded(&mut self, event: &Value) {
        let (body, trade) = (&event["body"], event["body"]["trade"].as_str().unwrap_or_default());
        self.moved.extend(self.known.buyers.get(trade).cloned());
        self.moved.extend(self.known.purchases.get(trade).map(|purchase| purchase.user.clone()));
        if body["refund"]["by_cancel"] == true {
            return self.taken_back(trade);
        }
        let parts = ["own", "platform", "merchant"].map(|part| body["refund"]["back"][part].as_i64().unwrap_or_default());
        if self.take_up(trade) {
            self.say(Kind::When, &Sentence::Refunded { amount: yuan(parts.iter().sum()) });
        } else {
            self.doubtful.extend(self.known.buyers.get(trade).cloned());
            self.untold(event);
        }
    }

    /// A trade or an order was cancelled: by a cashier, or by a till after a while.
    pub(super) fn taken_back(&mut self, number: &str) {
        let Some(sale) = self.sales.get(number).cloned() else {
            return self.page.leave_out(&format!("sale {number} was taken back, which was made before the recording"));
        };
        if self.now_ms.unwrap_or_default() - sale.began_ms >= PATIENCE_MS {
            return self.say(Kind::Then, &Sentence::Cancelled);
        }
        if self.take_up(number) {
            self.say(Kind::When, &Sentence::GaveUp);
        } else {
            self.page.leave_out(&format!("the cashier gave up a sale of {}", yuan(sale.amount)));
        }
    }

    /// A purchase that no trade of the platform's stands behind was paid in cash.
    pub(super) fn purchase(&mut self, event: &Value) {
        let body = &event["body"];
        let (user, trade) = (self.known.holder(body["card"].as_str().unwrap_or_default()), body["trade"].as_str().unwrap_or_default());
        let record: Value = serde_json::from_str(body["record"].as_str().unwrap_or_default()).unwrap_or_default();
        let amount = record["trade_amount"].as_str().unwrap_or_default().to_owned();
        self.points.extend(points(body).map(|points| (user.clone(), points)));
        if !self.known.buyers.contains_key(trade) && !self.sales.contains_key(trade) {
            self.serve(trade);
            let paid = record["act_pay_amount"].as_str().unwrap_or(&amount);
            let fen = |text: &str| crate::seen::fen(text).unwrap_or_default();
            let points = (fen(&amount) - fen(paid)).max(0);
            let sentence = match points {
                0 => Sentence::Cash { amount: amount.clone() },
                points => Sentence::CashWithPoints { amount: amount.clone(), points },
            };
            self.say(Kind::When, &sentence);
            self.sold(trade, fen(&amount));
        }
        self.about(Kind::Then, &user, |name| Sentence::Recorded { name, amount });
    }
}
