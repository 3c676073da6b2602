//! The voucher of a payment or a refund as answers and notices list it, with who bears it.
//!
//! Source: the tables' `voucher_detail_list` and `refund_voucher_detail_list`. Every voucher here takes a fixed amount off. How
//! notices spell the members was read nowhere: as those of `fund_bill_list`.

use super::amount::yuan;
use serde::Serialize;
use serde_json::{Value, json};
use world::World;
use world::trade::voucher::Voucher;
use world::trade::{Parts, Trade};

/// The voucher that a trade was paid with.
pub(crate) fn voucher_of<'w>(world: &'w World, trade: &Trade) -> Option<&'w Voucher> {
    world.voucher(&trade.more.get().voucher?)
}

/// The voucher's part of these amounts, as answers spell it; nothing when there is none.
pub(super) fn vouchers(world: &World, trade: &Trade, parts: Parts) -> Option<Value> {
    let (id, name, [amount, merchant, other]) = line(world, trade, parts)?;
    Some(json!([{
        "id": id,
        "name": name,
        "type": KIND,
        "amount": amount,
        "merchant_contribute": merchant,
        "other_contribute": other,
    }]))
}

/// The same as notices spell it: JSON text with camelCase names.
pub(super) fn vouchers_text(world: &World, trade: &Trade, parts: Parts) -> Option<String> {
    let (id, name, [amount, merchant, other]) = line(world, trade, parts)?;
    let line = json!([{
        "id": id,
        "name": name,
        "type": KIND,
        "amount": amount,
        "merchantContribute": merchant,
        "otherContribute": other,
    }]);
    Some(line.to_string())
}

const KIND: &str = "ALIPAY_FIX_VOUCHER";

fn line(world: &World, trade: &Trade, parts: Parts) -> Option<(String, String, [String; 3])> {
    let off = parts.merchant + parts.platform;
    let given = &voucher_of(world, trade).filter(|_| off > 0)?.given;
    Some((given.voucher.to_string(), given.name.clone(), [off, parts.merchant, parts.platform].map(yuan)))
}

/// What is inferred about vouchers that go back.
pub(super) const VOUCHERS_BACK: &str = "The buyer's own money goes back first, then what the platform gave, then what the merchant forwent. refund_voucher_detail_list holds what of the voucher goes back with this refund, and the present_refund members come with refunds of trades that were paid with one (inferred).";

/// Who gets what back, told of trades that were paid with a voucher.
#[derive(Default, Serialize)]
pub(super) struct Present {
    #[serde(rename = "present_refund_buyer_amount", skip_serializing_if = "Option::is_none")]
    buyer: Option<String>,
    #[serde(rename = "present_refund_discount_amount", skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    #[serde(rename = "present_refund_mdiscount_amount", skip_serializing_if = "Option::is_none")]
    merchant: Option<String>,
}

impl Present {
    pub(super) fn of(trade: &Trade, back: Parts) -> Self {
        let told = |fen| trade.more.get().voucher.is_some().then(|| yuan(fen));
        Self { buyer: told(back.own), platform: told(back.platform), merchant: told(back.merchant) }
    }
}

#[cfg(test)]
mod tests;
