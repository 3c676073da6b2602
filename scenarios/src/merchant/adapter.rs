//! Asking a till: the one place where an operation becomes a request or a command, as the merchant's table says.
//!
//! A refusal of the merchant is an answer here, not an error: whether it is right is the story's affair.

use super::command;
use super::description::{Body, Call, Description, How};
use super::operation::Operation;
use super::template::{self, Filling};
use super::told::{Told, Verdict, reason};
use crate::http::{Answer, Asker, Request, Unanswered, begins, in_address};
use crate::sight::Sights;
use crate::stage::Trouble;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A merchant's till, as stories drive it.
#[derive(Clone, Debug)]
pub(crate) struct Till {
    asker: Asker,
    description: Arc<Description>,
    address: String,
    sights: Option<Sights>,
}

/// What a cashier charges, and from whom. What is not said is left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Charge<'c> {
    pub(crate) amount: &'c str,
    /// The member's card by its number.
    pub(crate) card_no: Option<&'c str>,
    /// The member's code as it was scanned.
    pub(crate) code: Option<&'c str>,
    /// What kind of code that is.
    pub(crate) kind: Option<&'c str>,
    pub(crate) sale_no: Option<&'c str>,
    /// The payment code as it was scanned.
    pub(crate) pay_code: Option<&'c str>,
    /// Whether the till shall show a code to be scanned by the customer.
    pub(crate) qr: bool,
    pub(crate) spend_points: Option<i64>,
}

impl Till {
    pub(crate) fn new(description: Arc<Description>, address: &str, asker: Asker) -> Self {
        Self { asker, description, address: address.to_owned(), sights: None }
    }

    /// The same till; what it shows is kept.
    #[must_use]
    pub(crate) fn watched(self, sights: Sights) -> Self {
        Self { sights: Some(sights), ..self }
    }

    /// Whether this till can be asked that.
    pub(crate) fn offers(&self, operation: Operation) -> bool {
        self.description.offers(operation)
    }

    /// Publishes the card template, once.
    pub(crate) async fn set_up(&self, card_name: Option<&str>, write_off_type: Option<&str>, flow: Option<&str>) -> Result<Told, Trouble> {
        self.ask(
            Operation::Setup,
            filling([("card_name", text(card_name)), ("write_off_type", text(write_off_type)), ("flow", text(flow))]),
        )
        .await
    }

    /// Gives the template another name.
    pub(crate) async fn change_set_up(&self, card_name: &str) -> Result<Told, Trouble> {
        self.ask(Operation::SetupChange, filling([("card_name", text(Some(card_name)))])).await
    }

    /// The poster: `link` is what its code holds.
    pub(crate) async fn poster(&self) -> Result<Told, Trouble> {
        self.ask(Operation::Poster, Filling::new()).await
    }

    /// How a joining attempt stands.
    pub(crate) async fn attempt(&self, attempt: &str) -> Result<Told, Trouble> {
        self.ask(Operation::Attempt, filling([("attempt", text(Some(attempt)))])).await
    }

    /// The member behind a scanned code.
    pub(crate) async fn look_up(&self, code: &str, kind: Option<&str>) -> Result<Told, Trouble> {
        self.ask(Operation::Lookup, filling([("code", text(Some(code))), ("kind", text(kind))])).await
    }

    /// Charges.
    pub(crate) async fn charge(&self, charge: &Charge<'_>) -> Result<Told, Trouble> {
        let Charge { amount, card_no, code, kind, sale_no, pay_code, qr, spend_points } = *charge;
        let asked = [
            ("amount", text(Some(amount))),
            ("card_no", text(card_no)),
            ("code", text(code)),
            ("kind", text(kind)),
            ("sale_no", text(sale_no)),
            ("pay_code", text(pay_code)),
            ("qr", qr.then_some(Value::Bool(true))),
            ("spend_points", spend_points.map(Value::from)),
        ];
        self.ask(Operation::Sale, filling(asked)).await
    }

    /// How a sale stands now.
    pub(crate) async fn sale_now(&self, sale_no: &str) -> Result<Told, Trouble> {
        self.ask(Operation::SaleNow, filling([("sale_no", text(Some(sale_no)))])).await
    }

    /// The cashier gives up.
    pub(crate) async fn cancel(&self, sale_no: &str) -> Result<Told, Trouble> {
        self.ask(Operation::Cancel, filling([("sale_no", text(Some(sale_no)))])).await
    }

    /// Gives money back.
    pub(crate) async fn refund(&self, sale_no: &str, amount: &str, refund_no: Option<&str>) -> Result<Told, Trouble> {
        self.ask(
            Operation::Refund,
            filling([("sale_no", text(Some(sale_no))), ("amount", text(Some(amount))), ("refund_no", text(refund_no))]),
        )
        .await
    }

    /// Takes over a member of old.
    pub(crate) async fn add_member(&self, name: &str, mobile: &str, points: i64) -> Result<Told, Trouble> {
        self.ask(
            Operation::AddMember,
            filling([("name", text(Some(name))), ("mobile", text(Some(mobile))), ("points", Some(points.into()))]),
        )
        .await
    }

    /// One of the lists and states that are asked for without saying more.
    pub(crate) async fn show(&self, operation: Operation) -> Result<Told, Trouble> {
        self.ask(operation, Filling::new()).await
    }

    /// Tells the shop what time it is; without a moment its clock runs with the machine's again.
    pub(crate) async fn clock(&self, now_ms: Option<i64>) -> Result<Told, Trouble> {
        self.ask(Operation::Clock, filling([("now_ms", now_ms.map(Value::from))])).await
    }

    /// What only the practice merchant can be told: to lose the answer to its next call of a method.
    pub(crate) async fn lose(&self, method: &str) -> Result<Told, Trouble> {
        self.ask(Operation::Lose, filling([("method", text(Some(method)))])).await
    }

    async fn ask(&self, operation: Operation, filling: Filling) -> Result<Told, Trouble> {
        let Some(sights) = &self.sights else { return self.answer(operation, &filling).await };
        let look = sights.look();
        let told = self.answer(operation, &filling).await;
        sights.till(&look, operation, &format!("{filling:?}"), &told);
        told
    }

    async fn answer(&self, operation: Operation, filling: &Filling) -> Result<Told, Trouble> {
        let Some(call) = self.description.till.calls.get(&operation) else {
            let (who, name) = (&self.description.name, operation.name());
            return Err(Trouble::NotPlayable(format!(
                "the till of {who} cannot be asked for `{name}`: its merchant.toml has no [till.{name}]"
            )));
        };
        match &call.how {
            How::Http { method, path, body } => self.request(call, (method, path, body), filling).await,
            How::Command { argv, folder } => {
                let argv: Vec<String> = argv.iter().map(|part| template::text(part, filling, str::to_owned)).collect();
                let said = command::run(&argv, folder, call.timeout).await?;
                let verdict = match said.code {
                    0 => Verdict::Yes,
                    code if call.absent.contains(&code) => Verdict::Absent,
                    _ => Verdict::No,
                };
                self.told(call, said.asked, verdict, &said.out, &said.refusal)
            }
        }
    }

    async fn request(&self, call: &Call, (method, path, body): (&str, &str, &Body), filling: &Filling) -> Result<Told, Trouble> {
        let path = template::text(path, filling, in_address);
        let address = if path.starts_with('/') { format!("{}{path}", self.address) } else { path };
        let method = method.parse().map_err(|_| Trouble::usage(format!("{method} is no method")))?;
        let mut request = Request::new(method, &address).headers(&self.description.till.headers).timeout(call.timeout);
        match body {
            Body::Nothing => {}
            Body::Json(template) => request = request.json(template::json(template, filling).unwrap_or_else(|| json!({}))),
            Body::Form(pairs) => {
                let filled = pairs.iter().map(|(name, value)| (name.clone(), template::text(value, filling, str::to_owned)));
                request = request.form(filled.filter(|(_, value)| !value.is_empty()).collect());
            }
        }
        let answer = self.asker.send(&request).await?;
        let verdict = match answer.status.as_u16() {
            status if call.absent.contains(&status.into()) => Verdict::Absent,
            200..300 => Verdict::Yes,
            _ => Verdict::No,
        };
        // what shows nothing may answer anything, such as a page
        if verdict == Verdict::Yes && !call.result.is_empty() {
            answer.json()?;
        }
        self.told(call, answer.asked.clone(), verdict, &answer.text, &plain_refusal(&answer))
    }

    fn told(&self, call: &Call, asked: String, verdict: Verdict, text: &str, otherwise: &str) -> Result<Told, Trouble> {
        let answer: Value = match serde_json::from_str(text) {
            Ok(answer) => answer,
            Err(_) if verdict != Verdict::Yes || call.result.is_empty() => Value::Null,
            Err(_) => return Err(Unanswered { asked, why: format!("said this, which is no JSON: {}", begins(text)) }.into()),
        };
        let results: BTreeMap<&'static str, Value> =
            call.result.iter().filter_map(|(name, pointer)| Some((*name, answer.pointer(pointer)?.clone()))).collect();
        let word = results.get("status").map(template::plain).unwrap_or_default();
        let known = call.words.iter().find(|(_, words)| words.contains(&word));
        let standing = known.map_or(word, |(meaning, _)| (*meaning).to_owned());
        let at =
            |name: &str| self.description.till.refusal.get(name).and_then(|pointer| answer.pointer(pointer)).cloned().unwrap_or_default();
        let (code, message) = (template::plain_or_empty(&at("code")), template::plain_or_empty(&at("message")));
        let parts = [code.clone(), message, reason(&at("reason"))];
        let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        let refusal = if parts.is_empty() { otherwise.to_owned() } else { format!("{} {}", first_word(otherwise), parts.join(": ")) };
        Ok(Told { asked, verdict, code, refusal, results, standing })
    }
}

/// Status and the beginning of what came with it.
fn plain_refusal(answer: &Answer) -> String {
    format!("{} {}", answer.status.as_u16(), begins(&answer.text)).trim_end().to_owned()
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

fn text(value: Option<&str>) -> Option<Value> {
    value.map(Value::from)
}

fn filling<const N: usize>(pairs: [(&'static str, Option<Value>); N]) -> Filling {
    pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests;
