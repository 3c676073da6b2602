//! A finished run as judges look at it. Made from the bundle that `scenarios` leaves behind; nothing is asked from anybody any more.
//!
//! Where facts are found: what the merchant sent is a [`Call`] ([`Run::calls`], by method [`Run::calls_of`]); what the platform sent to the
//! merchant, with what was answered, is a [`Delivery`]; what the customer saw
//! of the platform is a [`Page`], what the merchant showed to customers and cashiers a [`Sight`]. A fault that somebody wanted stands with the
//! exchange that it struck. What came of it all at the platform is [`Run::events_of`], folded into [`Run::state`]. Virtual times are `at_ms`,
//! real ones `real_ms`. Values that say who somebody is stand as marks (`‹redacted …›`), the same mark for the same value, so that tokens
//! can still be compared.

mod call;
mod clock;
mod delivery;
mod order;
mod page;
pub(crate) mod points;
mod sheet;
mod state;

pub use call::Call;
pub(crate) use clock::Moment;
pub use clock::{MerchantsClock, Outage, Scene};
pub use delivery::Delivery;
pub use order::{Neglect, Order};
pub(crate) use order::{amount, fen, figure, shown_ms};
pub use page::Page;
pub use scenarios::sight::{Answered as Shown, Looker, Sight};
pub use sheet::{Answered, Flag, PayCode, Redirect, Signature, Struck};
pub use state::{Card, State, Trade, TradeState};

use scenarios::Run as Bundle;
use serde::Deserialize;
use serde_json::Value;
use sheet::Sheet;
use std::collections::{HashMap, HashSet};

/// Something that happened at the platform.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
pub struct Event {
    /// Its place in the sandbox.
    #[serde(default)]
    pub sequence: u64,
    /// What kind it is.
    #[serde(default)]
    pub kind: String,
    /// Virtual time, milliseconds since 1970.
    #[serde(default)]
    pub at_ms: i64,
    /// What it says.
    #[serde(default)]
    pub body: Value,
}

/// A finished run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Run {
    /// The merchant's calls, oldest first.
    pub calls: Vec<Call>,
    /// Calls that named no application of this platform; perhaps another's.
    pub strays: Vec<Call>,
    /// The platform's calls to the merchant, oldest first.
    pub deliveries: Vec<Delivery>,
    /// What customers saw, oldest first.
    pub pages: Vec<Page>,
    /// What happened at the platform, oldest first.
    pub events: Vec<Event>,
    /// What people were shown by the merchant, oldest first; nothing in traffic that was recorded without a story.
    pub sights: Vec<Sight>,
    /// What stood at the platform at the end.
    pub state: State,
    /// Scenarios in which the merchant was told what time it is.
    pub scenes: Vec<Scene>,
    /// When the merchant's program had been killed, oldest first.
    pub outages: Vec<Outage>,
    /// When it was over, real time, milliseconds since 1970.
    pub ended_ms: i64,
    /// Whose clock the merchant goes by.
    pub clock: MerchantsClock,
    /// Why the journal is not the whole traffic, when it is not.
    pub incomplete: Option<String>,
    /// Why more was to come when the recording ended, when that is so.
    pub unfinished: Option<String>,
    /// The last that the platform's clock showed.
    shown_until_ms: i64,
    by_method: HashMap<String, Vec<usize>>,
    by_token: HashMap<String, Vec<usize>>,
    by_kind: HashMap<String, Vec<usize>>,
    by_card: HashMap<String, Vec<usize>>,
    by_number: HashMap<String, Vec<usize>>,
    told_of: HashMap<String, Vec<usize>>,
    by_holder: HashMap<String, Vec<String>>,
    by_buyer: HashMap<String, Vec<String>>,
    by_order: HashMap<String, Vec<String>>,
}

/// Where a call names what it is about.
const NUMBERS: &[&str] =
    &["/out_trade_no", "/trade_no", "/out_request_no", "/out_serial_no", "/target_card_no", "/request_id", "/auth_code"];
/// Where a call of the platform's does.
const TOLD: &[&str] = &["trade_no", "out_trade_no", "BizCardNo"];

impl Run {
    /// The run of a bundle. Exchanges of a shape that this version does not know make it incomplete, never silently shorter.
    pub fn of(bundle: &Bundle) -> Self {
        let (incomplete, unfinished) = (bundle.incomplete.clone(), bundle.unfinished.clone());
        let mut run = Self { incomplete, unfinished, sights: bundle.sights.clone(), ..Self::default() };
        for exchange in &bundle.exchanges {
            let sheet = Sheet::deserialize(exchange);
            run.incomplete = sheet.as_ref().ok().and_then(Sheet::hidden).or(run.incomplete);
            match sheet {
                // a fault kept it from leaving: the merchant knows nothing of it
                Ok(sheet) if sheet.direction == "out" && sheet.never_left() => {}
                Ok(sheet) if sheet.direction == "out" => run.deliveries.push(Delivery::of(sheet)),
                Ok(sheet) if sheet.method.starts_with('/') => run.pages.push(Page::of(sheet)),
                Ok(sheet) => run.calls.push(Call::of(sheet)),
                Err(error) => run.incomplete = Some(format!("an exchange of the bundle cannot be read: {error}")),
            }
        }
        for stray in &bundle.strays {
            match Sheet::deserialize(stray) {
                Ok(sheet) => run.strays.push(Call::of(sheet)),
                Err(error) => run.incomplete = Some(format!("a stray call of the bundle cannot be read: {error}")),
            }
        }
        for event in &bundle.events {
            match Event::deserialize(event) {
                Ok(event) => run.events.push(event),
                Err(error) => run.incomplete = Some(format!("an event of the bundle cannot be read: {error}")),
            }
        }
        run.calls.sort_by_key(|call| call.id);
        run.strays.sort_by_key(|call| call.id);
        run.deliveries.sort_by_key(|delivery| delivery.id);
        run.pages.sort_by_key(|page| page.id);
        run.events.sort_by_key(|event| event.sequence);
        run.state = State::of(&run.events);
        run.scenes = clock::scenes(bundle);
        run.ended_ms = clock::ended_ms(bundle, &run);
        run.shown_until_ms = clock::shown_until_ms(&run);
        run.outages = clock::outages(&run.sights);
        run.clock = MerchantsClock::of(&run);
        run.by_token = places(run.calls.iter().map(|call| call.params.get("auth_token").and_then(Value::as_str).unwrap_or_default()));
        run.by_method = places(run.calls.iter().map(|call| call.method.as_str()));
        run.by_kind = places(run.events.iter().map(|event| event.kind.as_str()));
        run.by_card = points::by_card(&run.calls);
        run.by_number = numbers(run.calls.iter().map(|call| NUMBERS.iter().filter_map(|place| call.asked(place)).collect()));
        run.by_holder = keyed(run.state.cards.iter().map(|(number, card)| (&card.user, number)));
        run.by_buyer = keyed(run.state.trades.iter().map(|(number, trade)| (&trade.buyer, number)));
        run.by_order = keyed(run.state.trades.iter().map(|(number, trade)| (&trade.order, number)));
        run.told_of = numbers(run.deliveries.iter().map(|delivery| TOLD.iter().filter_map(|name| delivery.param(name)).collect()));
        run
    }

    /// The calls of a method, oldest first.
    pub fn calls_of(&self, method: &str) -> impl Iterator<Item = &Call> {
        self.by_method.get(method).into_iter().flatten().map(|place| &self.calls[*place])
    }

    /// The same, after an exchange.
    pub fn calls_of_after(&self, method: &str, id: u64) -> impl Iterator<Item = &Call> {
        let places = self.by_method.get(method).map(Vec::as_slice).unwrap_or_default();
        let first = places.partition_point(|place| self.calls[*place].id <= id);
        places[first..].iter().map(|place| &self.calls[*place])
    }

    /// The calls that name this number or code as what they are about, oldest first: an order, a trade, a refund, an opening, a card.
    pub fn calls_naming(&self, number: &str) -> impl Iterator<Item = &Call> {
        self.by_number.get(number).into_iter().flatten().map(|place| &self.calls[*place])
    }

    /// The platform's calls about this trade, order or card, oldest first.
    pub fn deliveries_naming(&self, number: &str) -> impl Iterator<Item = &Delivery> {
        self.told_of.get(number).into_iter().flatten().map(|place| &self.deliveries[*place])
    }

    /// The calls of several methods together, oldest first.
    pub fn calls_of_any(&self, methods: &[&str]) -> Vec<&Call> {
        let mut calls: Vec<&Call> = methods.iter().flat_map(|method| self.calls_of(method)).collect();
        calls.sort_by_key(|call| call.id);
        calls
    }

    /// The calls that carry this user token, oldest first.
    pub fn calls_with(&self, token: &str) -> impl Iterator<Item = &Call> {
        self.by_token.get(token).into_iter().flatten().map(|place| &self.calls[*place])
    }

    /// How often a browser came to an address of the merchant's at which it had been before.
    pub fn reloads(&self) -> usize {
        let mut marks = HashSet::new();
        self.visits().filter(|visit| visit.answered != Shown::Nothing && !marks.insert(visit.mark.as_str())).count()
    }

    /// Bodies of the events of a kind, oldest first.
    pub fn events_of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.by_kind.get(kind).into_iter().flatten().map(|place| &self.events[*place].body)
    }

    /// What browsers were shown at the merchant's pages, oldest first.
    pub fn visits(&self) -> impl DoubleEndedIterator<Item = &Sight> {
        self.sights.iter().filter(|sight| sight.by == Looker::Browser)
    }

    /// What the till showed when it was asked this, oldest first.
    pub fn till<'r>(&'r self, operation: &'r str) -> impl Iterator<Item = &'r Sight> {
        self.sights.iter().filter(move |sight| sight.by == Looker::Till && sight.asked == operation)
    }

    /// Notices to the merchant, oldest first.
    pub fn notices(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter().filter(|delivery| delivery.is_notice())
    }
}

fn places<'n>(names: impl Iterator<Item = &'n str>) -> HashMap<String, Vec<usize>> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, name) in names.enumerate() {
        places.entry(name.to_owned()).or_default().push(place);
    }
    places
}

/// Numbers by a key.
fn keyed<'n>(pairs: impl Iterator<Item = (&'n String, &'n String)>) -> HashMap<String, Vec<String>> {
    let mut keyed: HashMap<String, Vec<String>> = HashMap::new();
    for (key, number) in pairs {
        keyed.entry(key.clone()).or_default().push(number.clone());
    }
    keyed
}

/// Where what names a number stands, by the number.
fn numbers<'n>(named: impl Iterator<Item = Vec<&'n str>>) -> HashMap<String, Vec<usize>> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, names) in named.enumerate() {
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            let known = places.entry(name.to_owned()).or_default();
            if known.last() != Some(&place) {
                known.push(place);
            }
        }
    }
    places
}

#[cfg(test)]
mod tests;
