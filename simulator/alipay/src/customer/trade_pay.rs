//! `my.tradePay`: a mini program opens the cashier for a trade that its merchant made.
//!
//! Its result is a hint only, as on the platform: notice and query decide. Sources: spec table jsapi.my.tradePay; commerce
//! SEMANTICS 3. Which code stands for a wallet with too little, or a trade that is paid or closed, is inferred.

use crate::customer::paying;
use engine::Call;
use engine::contract::{ImitatedMethod, Imitates};
use engine::provider::{ClientCall, Decide};
use serde_json::{Value, json};
use world::names::{TradeNumber, UserId};
use world::trade::Answer;

/// How far it is imitated: it has a table like a call.
pub(crate) const TRADE_PAY: ImitatedMethod<'static> = ImitatedMethod {
    name: "jsapi.my.tradePay",
    request: &[Imitates::full("tradeNO")],
    response: &[Imitates::full("")],
    errors: &[],
    differs: &["Too little money, a trade that is paid or closed, and an unknown number are 4000 alike."],
};

/// The object that the callback gets.
pub(crate) fn pay(call: &mut Call<'_>, user: &UserId, asked: &ClientCall) -> Value {
    let trade = TradeNumber::from(asked.trade.as_deref().unwrap_or_default());
    let world = call.world();
    let code = match world.trades().get(&trade) {
        None => "4000",
        Some(found) if world.buyer_of(found).user != *user => "6001",
        Some(_) => {
            let answer = match asked.decide {
                Decide::Agree => Answer::Pay,
                Decide::Deny => Answer::Refuse,
                Decide::Cancel => Answer::Ignore,
            };
            match paying::confirm(call, user, &trade, answer) {
                Err(_) => "4000",
                Ok(_) if answer == Answer::Pay => "9000",
                Ok(_) => "6001",
            }
        }
    };
    json!({ "resultCode": code })
}

#[cfg(test)]
mod tests;
