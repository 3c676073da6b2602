//! What stood at the platform when the run was over: cards, trades and wallets, folded from the run's own events.
//!
//! Only what began within the run is here: a card or trade from before it is not guessed at. Source: the kinds of `world::event`.

use super::Event;
use serde_json::Value;
use std::collections::BTreeMap;

/// A card that was opened within the run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Card {
    /// Its template.
    pub template: String,
    /// Whose it is.
    pub user: String,
    /// The merchant's number.
    pub external: String,
    /// Place of the event that opened it.
    pub opened: u64,
    /// Place of the event that took it out of the wallet.
    pub released: Option<u64>,
}

/// How a trade stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TradeState {
    /// Nobody has paid.
    #[default]
    Waiting,
    /// Paid.
    Paid,
    /// Closed: never paid, or all was given back.
    Closed,
    /// Over for good.
    Finished,
}

/// A trade that was made within the run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trade {
    /// The merchant's number.
    pub order: String,
    /// Who is to pay.
    pub buyer: String,
    /// The merchant who is paid.
    pub seller: String,
    /// How much, fen.
    pub total: i64,
    /// How it stands.
    pub state: TradeState,
    /// When it was paid, virtual time, milliseconds since 1970.
    pub paid_ms: Option<i64>,
    /// When it was closed.
    pub closed_ms: Option<i64>,
    /// What was given back, fen: by the merchant's number of the refund.
    pub refunds: BTreeMap<String, i64>,
}

/// The state at the end.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct State {
    /// Cards, by the platform's number.
    pub cards: BTreeMap<String, Card>,
    /// Trades, by the platform's number.
    pub trades: BTreeMap<String, Trade>,
    /// What wallets gained or lost from outside, fen, by user.
    pub wallets: BTreeMap<String, i64>,
    /// Whose each template is: the merchant, by the template's number.
    pub templates: BTreeMap<String, String>,
}

impl State {
    pub(super) fn of(events: &[Event]) -> Self {
        let mut state = Self::default();
        for event in events {
            state.apply(event);
        }
        state
    }

    /// Whose a template is; the template itself where that is not known.
    pub fn owner<'s>(&'s self, template: &'s str) -> &'s str {
        self.templates.get(template).map_or(template, String::as_str)
    }

    fn apply(&mut self, event: &Event) {
        let word = |pointer: &str| event.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let figure = |pointer: &str| event.body.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
        match event.kind.as_str() {
            "programme_created" => {
                self.templates.insert(word("/programme"), word("/merchant"));
            }
            "card_opened" => {
                let card = Card {
                    template: word("/programme"),
                    user: word("/user"),
                    external: word("/external"),
                    opened: event.sequence,
                    released: None,
                };
                self.cards.insert(word("/card"), card);
            }
            "card_released" => {
                if let Some(card) = self.cards.get_mut(&word("/card")) {
                    card.released = Some(event.sequence);
                }
            }
            "trade_made" => {
                let trade = Trade {
                    order: word("/order/number"),
                    buyer: word("/buyer"),
                    seller: word("/order/merchant"),
                    total: figure("/order/total"),
                    ..Trade::default()
                };
                self.trades.insert(word("/trade"), trade);
            }
            "trade_paid" => self.end(&word("/trade"), TradeState::Paid, event.at_ms),
            "trade_closed" => self.end(&word("/trade"), TradeState::Closed, event.at_ms),
            "trade_finished" => self.end(&word("/trade"), TradeState::Finished, event.at_ms),
            "trade_refunded" => {
                if let Some(trade) = self.trades.get_mut(&word("/trade")) {
                    let back = ["/refund/back/own", "/refund/back/platform", "/refund/back/merchant"].map(figure).iter().sum();
                    trade.refunds.insert(word("/refund/request"), back);
                }
            }
            "wallet_changed" => *self.wallets.entry(word("/user")).or_default() += figure("/by"),
            _ => {}
        }
    }

    fn end(&mut self, trade: &str, state: TradeState, at_ms: i64) {
        let Some(trade) = self.trades.get_mut(trade) else { return };
        trade.state = state;
        match state {
            TradeState::Paid => trade.paid_ms = Some(at_ms),
            TradeState::Closed => trade.closed_ms = Some(at_ms),
            TradeState::Waiting | TradeState::Finished => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(sequence: u64, kind: &str, body: &Value) -> Event {
        Event { sequence, kind: kind.to_owned(), at_ms: i64::try_from(sequence).unwrap() * 1_000, body: body.clone() }
    }

    #[test]
    fn trades_cards_and_wallets_stand_as_their_events_left_them() {
        let state = State::of(&[
            event(1, "card_opened", &json!({"card": "K1", "programme": "T", "user": "2088", "external": "KB1"})),
            event(2, "trade_made", &json!({"trade": "9", "buyer": "2088", "order": {"number": "A1", "total": 8_800}})),
            event(3, "trade_paid", &json!({"trade": "9"})),
            event(
                4,
                "trade_refunded",
                &json!({"trade": "9", "refund": {"request": "R1", "back": {"own": 900, "platform": 100, "merchant": 0}}}),
            ),
            event(5, "card_released", &json!({"card": "K1"})),
            event(6, "wallet_changed", &json!({"user": "2088", "by": -50})),
            event(7, "trade_paid", &json!({"trade": "from before the run"})),
        ]);
        assert_eq!(state.cards["K1"].released, Some(5));
        let trade = &state.trades["9"];
        assert_eq!((trade.state, trade.paid_ms, trade.refunds["R1"], trade.order.as_str()), (TradeState::Paid, Some(3_000), 1_000, "A1"));
        assert_eq!((state.wallets["2088"], state.trades.len()), (-50, 1));
    }
}
