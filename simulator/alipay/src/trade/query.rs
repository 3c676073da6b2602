//! `alipay.trade.query`: where a trade stands.
//!
//! Sources: spec table of the same name; commerce SEMANTICS 2 and 3. An order whose code nobody scanned is no trade yet.

use super::Which;
use super::order::wants;
use super::shown::{Amounts, Buyer, funds, said, said_text, status};
use super::vouchers::vouchers;
use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) struct Query;

#[derive(Deserialize)]
pub(crate) struct Params {
    #[serde(flatten)]
    which: Which,
    query_options: Option<Vec<String>>,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    trade_no: String,
    out_trade_no: String,
    trade_status: &'static str,
    #[serde(flatten)]
    buyer: Buyer,
    buyer_user_type: &'static str,
    #[serde(flatten)]
    amounts: Amounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_pay_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fund_bill_list: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mdiscount_amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voucher_detail_list: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alipay_store_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passback_params: Option<String>,
}

impl Method for Query {
    const NAME: &'static str = "alipay.trade.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full("out_trade_no"),
            Imitates::full("trade_no"),
            Imitates::full("query_options"),
            Imitates::partly(
                "query_options[]",
                "fund_bill_list, voucher_detail_list and mdiscount_amount are answered; nothing else there is",
            ),
        ],
        response: &[
            Imitates::full("trade_no"),
            Imitates::full("out_trade_no"),
            Imitates::full("trade_status"),
            Imitates::full("buyer_logon_id"),
            Imitates::full("buyer_user_id"),
            Imitates::full("buyer_open_id"),
            Imitates::partly("buyer_user_type", "always PRIVATE"),
            Imitates::full("total_amount"),
            Imitates::full("receipt_amount"),
            Imitates::full("buyer_pay_amount"),
            Imitates::full("invoice_amount"),
            Imitates::partly("point_amount", "always 0.00: nobody has Jifenbao"),
            Imitates::full("send_pay_date"),
            Imitates::partly("fund_bill_list", "ALIPAYACCOUNT, and what a voucher took off"),
            Imitates::ignored("fund_bill_list[].bank_code", "no bank cards"),
            Imitates::ignored("fund_bill_list[].fund_type", "no bank cards"),
            Imitates::ignored("fund_bill_list[].real_amount", "never sent"),
            Imitates::full("mdiscount_amount"),
            Imitates::full("discount_amount"),
            Imitates::partly("voucher_detail_list", "one voucher to a payment"),
            Imitates::full("voucher_detail_list[].id"),
            Imitates::full("voucher_detail_list[].name"),
            Imitates::partly("voucher_detail_list[].type", "ALIPAY_FIX_VOUCHER only"),
            Imitates::full("voucher_detail_list[].amount"),
            Imitates::full("voucher_detail_list[].merchant_contribute"),
            Imitates::full("voucher_detail_list[].other_contribute"),
            Imitates::ignored(
                "voucher_detail_list[].other_contribute_detail",
                "the platform alone bears it; its word for that was read nowhere",
            ),
            Imitates::ignored("voucher_detail_list[].memo", "never sent"),
            Imitates::ignored("voucher_detail_list[].template_id", "vouchers are given one by one, without an activity"),
            Imitates::ignored("voucher_detail_list[].purchase_ant_contribute", "no vouchers are sold"),
            Imitates::ignored("voucher_detail_list[].purchase_buyer_contribute", "no vouchers are sold"),
            Imitates::ignored("voucher_detail_list[].purchase_merchant_contribute", "no vouchers are sold"),
            Imitates::full("store_id"),
            Imitates::full("alipay_store_id"),
            Imitates::full("terminal_id"),
            Imitates::full("passback_params"),
        ],
        errors: &["ACQ.INVALID_PARAMETER", "ACQ.TRADE_NOT_EXIST"],
        differs: &[
            "discount_amount is answered when query_options names voucher_detail_list: no option of its own is documented.",
            "Amounts other than the total are 0.00 while nothing was paid; after a refund they are what was paid.",
            "fund_bill_list is answered when query_options names it, as for a merchant without a contract for it.",
            "A customer who said no leaves the trade waiting, as one who does nothing does.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let world = call.world();
        let trade = world.trade_named(call.merchant(), params.which.named())?;
        let said = said(trade);
        let text = |name| said_text(&said, name);
        let parts = trade.paid.map(|_| trade.parts());
        let asked = |option| parts.filter(|_| wants(params.query_options.as_deref(), option));
        Ok(Reply {
            trade_no: trade.number.to_string(),
            out_trade_no: trade.order.to_string(),
            trade_status: status(trade, call.now()),
            buyer: Buyer::of(world, call.app(), trade),
            buyer_user_type: "PRIVATE",
            amounts: Amounts::of(trade),
            send_pay_date: trade.paid.map(world::Moment::text),
            fund_bill_list: asked("fund_bill_list").map(funds),
            mdiscount_amount: asked("mdiscount_amount").map(|parts| super::amount::yuan(parts.merchant)),
            // no option asks for it (the table has none): with the vouchers, then
            discount_amount: asked("voucher_detail_list").map(|parts| super::amount::yuan(parts.platform)),
            voucher_detail_list: asked("voucher_detail_list").and_then(|parts| vouchers(world, trade, parts)),
            store_id: text("store_id"),
            alipay_store_id: text("alipay_store_id"),
            terminal_id: text("terminal_id"),
            passback_params: text("passback_params"),
        })
    }
}

#[cfg(test)]
mod tests;
