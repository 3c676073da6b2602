//! A trade as answers and notices show it: the buyer's names, amounts, and the list of funds in either spelling.
//!
//! Source: commerce SEMANTICS 3 (Amount fields). All of a wallet's money is `ALIPAYACCOUNT`.

use super::amount::{ZERO, yuan};
use crate::ids;
use serde::Serialize;
use serde_json::{Map, Value, json};
use world::merchant::{App, Era};
use world::names::UserId;
use world::trade::{Parts, Status, Trade};
use world::{Moment, World};

/// The buyer as the calling application knows them.
#[derive(Serialize)]
pub(super) struct Buyer {
    #[serde(rename = "buyer_logon_id")]
    pub(super) login: String,
    #[serde(rename = "buyer_user_id", skip_serializing_if = "Option::is_none")]
    pub(super) user_id: Option<String>,
    #[serde(rename = "buyer_open_id", skip_serializing_if = "Option::is_none")]
    pub(super) open_id: Option<String>,
}

impl Buyer {
    pub(super) fn of(world: &World, app: &App, trade: &Trade) -> Self {
        let customer = world.buyer_of(trade);
        let user = &customer.user;
        Self {
            login: masked(&customer.profile.get().mobile),
            user_id: (app.era != Era::OpenId).then(|| user.to_string()),
            open_id: (app.era != Era::UserId).then(|| open_id(world, app, user)),
        }
    }
}

fn open_id(world: &World, app: &App, user: &UserId) -> String {
    ids::open_id(world.origin().map_or(0, |origin| origin.seed), &app.id, user)
}

/// A login with its middle hidden: `159****5620`.
pub(crate) fn masked(login: &str) -> String {
    let letters: Vec<char> = login.chars().collect();
    match letters.len() {
        0 => "***".to_owned(),
        length if length < 8 => format!("{}***", letters[0]),
        length => letters[..3].iter().chain("****".chars().collect::<Vec<_>>().iter()).chain(&letters[length - 4..]).collect(),
    }
}

/// The amounts of a payment, all nothing while there is none.
#[derive(Serialize)]
pub(super) struct Amounts {
    #[serde(rename = "total_amount")]
    pub(super) total: String,
    #[serde(rename = "receipt_amount")]
    pub(super) receipt: String,
    #[serde(rename = "buyer_pay_amount")]
    pub(super) buyer_pay: String,
    #[serde(rename = "point_amount")]
    pub(super) point: String,
    #[serde(rename = "invoice_amount")]
    pub(super) invoice: String,
}

impl Amounts {
    pub(super) fn of(trade: &Trade) -> Self {
        let total = yuan(trade.total);
        let parts = trade.paid.map(|_| trade.parts()).unwrap_or_default();
        Self {
            total,
            receipt: yuan(parts.own + parts.platform),
            buyer_pay: yuan(parts.own),
            point: ZERO.to_owned(),
            invoice: yuan(parts.own),
        }
    }
}

/// The channels that an amount went through, as answers spell them.
pub(super) fn funds(parts: Parts) -> Value {
    Value::Array(channels(parts).map(|(channel, amount)| json!({"amount": amount, "fund_channel": channel})).collect())
}

/// The same as notices spell it: JSON text with camelCase names.
pub(super) fn funds_text(parts: Parts) -> String {
    Value::Array(channels(parts).map(|(channel, amount)| json!({"amount": amount, "fundChannel": channel})).collect()).to_string()
}

fn channels(parts: Parts) -> impl Iterator<Item = (&'static str, String)> {
    let all = [("ALIPAYACCOUNT", parts.own), ("DISCOUNT", parts.platform), ("MDISCOUNT", parts.merchant)];
    all.into_iter().filter(|(_, fen)| *fen > 0).map(|(channel, fen)| (channel, yuan(fen)))
}

/// What the order said beyond its figures, by the platform's names.
pub(crate) fn said(trade: &Trade) -> Map<String, Value> {
    match serde_json::from_str(&trade.terms.get().document) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// A text of these.
pub(crate) fn said_text(said: &Map<String, Value>, name: &str) -> Option<String> {
    said.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// The platform's word for where a trade stands.
pub(crate) fn status(trade: &Trade, now: Moment) -> &'static str {
    match trade.stands(now).0 {
        Status::Waiting => "WAIT_BUYER_PAY",
        Status::Paid => "TRADE_SUCCESS",
        Status::Finished => "TRADE_FINISHED",
        Status::Closed => "TRADE_CLOSED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_shows_its_ends_only() {
        assert_eq!(masked("15912345620"), "159****5620");
        assert_eq!(masked("1234"), "1***");
        assert_eq!(masked(""), "***");
    }

    #[test]
    fn funds_name_who_gave_what_in_both_spellings() {
        let parts = Parts { own: 8_000, platform: 0, merchant: 1 };
        assert_eq!(
            funds(parts).to_string(),
            r#"[{"amount":"80.00","fund_channel":"ALIPAYACCOUNT"},{"amount":"0.01","fund_channel":"MDISCOUNT"}]"#
        );
        assert_eq!(funds_text(Parts { own: 1, ..Parts::default() }), r#"[{"amount":"0.01","fundChannel":"ALIPAYACCOUNT"}]"#);
    }
}
