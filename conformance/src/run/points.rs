//! What a merchant stated about the points of a card, in the order in which the platform applied it, and whether one payment raised
//! them twice. The merchant's policy is not known here: figures are only compared with what the same merchant stated before.

use super::{Call, Delivery, Run, Trade};
use serde_json::Value;
use std::collections::HashMap;

/// The calls that say how many points a card has: beside them none does.
const STATING: &[&str] = &["alipay.marketing.card.open", "alipay.marketing.card.update", "alipay.marketing.card.consume.sync"];
/// How soon after a notice its effect shows, real time.
const SOON_MS: i64 = 5 * 60_000;
/// Where an opening names the card it made.
const OPENED: &str = "/card_info/biz_card_no";

/// A statement of a card's points that the platform applied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stated<'r> {
    /// The call that made it.
    pub(crate) call: &'r Call,
    /// The points, in hundredths.
    pub(crate) points: i64,
}

/// One payment that raised a card's points twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Twice<'r> {
    /// The statement with what the payment gave.
    pub(crate) first: Stated<'r>,
    /// The statement with the same gain once more.
    pub(crate) again: Stated<'r>,
    /// The gain, in hundredths.
    pub(crate) gain: i64,
}

impl Run {
    /// What was stated of a card's points, oldest first. Refused calls stated nothing.
    pub(crate) fn stated(&self, card: &str) -> Vec<Stated<'_>> {
        let of_card = self.about_card(card).filter(|call| call.succeeded());
        of_card.filter_map(|call| Some(Stated { call, points: hundredths(&points_in(call)?)? })).collect()
    }

    /// The calls about a card, oldest first.
    pub(crate) fn about_card(&self, card: &str) -> impl Iterator<Item = &Call> {
        self.by_card.get(card).into_iter().flatten().map(|place| &self.calls[*place])
    }

    /// The first statement that raised the points of the buyer's card after a payment, with the gain.
    pub(crate) fn gain_of(&self, trade: &Trade) -> Option<(Stated<'_>, i64)> {
        let paid = trade.paid_ms?;
        self.cards_of(trade).find_map(|card| {
            let stated = self.stated(card);
            let raised = stated.windows(2).find(|pair| pair[1].call.at_ms >= paid && pair[1].points > pair[0].points);
            raised.map(|pair| (pair[1], pair[1].points - pair[0].points))
        })
    }

    /// Whether a payment raised the points of the buyer's card a second time, soon after that notice. Says so only when the gain is
    /// the same to the last digit and nothing else that the run shows may explain it.
    pub(crate) fn raised_twice(&self, number: &str, notice: &Delivery) -> Option<Twice<'_>> {
        let trade = self.state.trades.get(number)?;
        let (first, gain) = self.gain_of(trade)?;
        let card = card_of(first.call)?;
        let stated = self.stated(card);
        let later = |stated: &Stated<'_>| stated.call.id > first.call.id.max(notice.id) && stated.call.real_ms - notice.real_ms <= SOON_MS;
        let again = stated.windows(2).find(|pair| later(&pair[1]) && pair[1].points - pair[0].points == gain)?[1];
        (!self.is_explained(card, number, trade, first.call)).then_some(Twice { first, again, gain })
    }

    /// Whether something else than this payment may have raised a card's points since then.
    fn is_explained(&self, card: &str, number: &str, trade: &Trade, since: &Call) -> bool {
        let mut others = self.trades_like(trade).filter(|(other, _)| *other != number);
        let paid_another = others.any(|(_, other)| other.paid_ms.is_some());
        let own = [Some(number), Some(trade.order.as_str())];
        let mut reports = self.about_card(card).filter(|call| call.method == STATING[2] && call.id > since.id);
        paid_another
            || reports.any(|call| !own.contains(&call.asked("/trade_no")))
            || self.till("sale").any(|sale| sale.real_ms > since.real_ms)
    }

    /// Whether every purchase that was reported for a card was a trade of the run that was paid in full: then no points were spent on
    /// one, and no cash is given back that nobody here sees.
    pub(crate) fn only_paid_in_full(&self, card: &str) -> bool {
        self.about_card(card).filter(|call| call.method == STATING[2]).all(|call| {
            let own = |number: &str| self.state.trades.contains_key(number) || self.by_order.contains_key(number);
            call.asked("/trade_no").is_some_and(own) && figure(call, "/trade_amount") == figure(call, "/act_pay_amount")
        })
    }

    /// Whether an order of the merchant's was paid at the platform, as far as the run shows.
    pub(crate) fn is_paid(&self, order: &str) -> bool {
        self.trades_of_order(order).any(|(_, trade)| trade.paid_ms.is_some())
    }

    /// The cards of a trade's buyer that were opened within the run, by the merchant who is paid where that is known.
    pub(crate) fn cards_of<'r>(&'r self, trade: &'r Trade) -> impl Iterator<Item = &'r str> {
        let of_seller = |card: &str| {
            let template = self.state.cards.get(card).map(|card| card.template.as_str()).unwrap_or_default();
            self.state.templates.get(template).is_none_or(|merchant| trade.seller.is_empty() || *merchant == trade.seller)
        };
        self.by_holder.get(&trade.buyer).into_iter().flatten().map(String::as_str).filter(move |card| of_seller(card))
    }

    /// Whether a customer got a card within the run.
    pub(crate) fn has_card(&self, user: &str) -> bool {
        self.by_holder.contains_key(user)
    }

    /// The trades that the same customer made with the same merchant, with their numbers.
    pub(crate) fn trades_like<'r>(&'r self, trade: &'r Trade) -> impl Iterator<Item = (&'r str, &'r Trade)> {
        let all = self.by_buyer.get(&trade.buyer).into_iter().flatten();
        let known = all.filter_map(|number| Some((number.as_str(), self.state.trades.get(number)?)));
        known.filter(|(_, other)| other.seller == trade.seller)
    }

    /// The trades under a merchant's number.
    pub(crate) fn trades_of_order(&self, order: &str) -> impl Iterator<Item = (&str, &Trade)> {
        let all = self.by_order.get(order).into_iter().flatten();
        all.filter_map(|number| Some((number.as_str(), self.state.trades.get(number)?)))
    }
}

/// Where the calls about each card stand among all.
pub(super) fn by_card(calls: &[Call]) -> HashMap<String, Vec<usize>> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, call) in calls.iter().enumerate().filter(|(_, call)| STATING.contains(&call.method.as_str())) {
        if let Some(card) = card_of(call) {
            places.entry(card.to_owned()).or_default().push(place);
        }
    }
    places
}

/// The card that a call says something about.
pub(crate) fn card_of(call: &Call) -> Option<&str> {
    if call.method == STATING[0] { call.told(OPENED) } else { call.asked("/target_card_no") }
}

/// The points that a call states, as they were written.
pub(crate) fn points_in(call: &Call) -> Option<String> {
    let place = if call.method == STATING[0] { "/card_ext_info/point" } else { "/card_info/point" };
    figure(call, place)
}

/// A figure in `biz_content`, as text or number.
pub(crate) fn figure(call: &Call, place: &str) -> Option<String> {
    match call.business.pointer(place)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A decimal in hundredths, when it is one.
pub(crate) fn hundredths(text: &str) -> Option<i64> {
    let (sign, figure) = text.strip_prefix('-').map_or((1, text), |figure| (-1, figure));
    let (whole, part) = figure.split_once('.').unwrap_or((figure, ""));
    if whole.len() > 12 || part.len() > 2 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    Some(sign * (whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part)?))
}

/// Hundredths as a decimal.
pub(crate) fn decimal(hundredths: i64) -> String {
    let (sign, figure) = if hundredths < 0 { ("-", -hundredths) } else { ("", hundredths) };
    if figure % 100 == 0 { format!("{sign}{}", figure / 100) } else { format!("{sign}{}.{:02}", figure / 100, figure % 100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_compared_by_value_and_written_plainly() {
        assert_eq!([hundredths("35"), hundredths("35.0"), hundredths("35.00")], [Some(3_500); 3]);
        assert_eq!([hundredths("-0.5"), hundredths("1e3"), hundredths("1.234"), hundredths("")], [Some(-50), None, None, None]);
        assert_eq!([decimal(3_500), decimal(-50), decimal(105)], ["35", "-0.50", "1.05"]);
    }
}
