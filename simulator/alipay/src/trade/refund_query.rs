//! `alipay.trade.fastpay.refund.query`: whether a refund came to be.
//!
//! Without one of that number the answer is a success that says nothing: the refund never arrived or failed, and is to be
//! repeated with the same number. Sources: spec table of the same name; commerce SEMANTICS 3.

use super::Which;
use super::amount::yuan;
use super::order::wants;
use super::shown::funds;
use super::vouchers::{Present, VOUCHERS_BACK, vouchers};
use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) struct RefundQuery;

#[derive(Deserialize)]
pub(crate) struct Params {
    #[serde(flatten)]
    which: Which,
    out_request_no: String,
    query_options: Option<Vec<String>>,
}

#[derive(Default, Serialize)]
pub(crate) struct Reply {
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_trade_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_request_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gmt_refund_pay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_detail_item_list: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_back_fee: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deposit_back_info: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_voucher_detail_list: Option<Value>,
    #[serde(flatten)]
    present: Present,
}

/// How long after a refund it should not be asked about, seconds.
const TOO_SOON: i64 = 10;

impl Method for RefundQuery {
    const NAME: &'static str = "alipay.trade.fastpay.refund.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full("out_request_no"),
            Imitates::full("out_trade_no"),
            Imitates::full("trade_no"),
            Imitates::full("query_options"),
            Imitates::partly(
                "query_options[]",
                "refund_detail_item_list, refund_voucher_detail_list, gmt_refund_pay and deposit_back_info are answered",
            ),
        ],
        response: &[
            Imitates::full("trade_no"),
            Imitates::full("out_trade_no"),
            Imitates::full("out_request_no"),
            Imitates::full("total_amount"),
            Imitates::full("refund_amount"),
            Imitates::full("refund_status"),
            Imitates::full("refund_reason"),
            Imitates::full("gmt_refund_pay"),
            Imitates::partly("refund_detail_item_list", "ALIPAYACCOUNT, and what a voucher had taken off"),
            Imitates::ignored("refund_detail_item_list[].bank_code", "no bank cards"),
            Imitates::ignored("refund_detail_item_list[].fund_type", "no bank cards"),
            Imitates::ignored("refund_detail_item_list[].real_amount", "never sent"),
            Imitates::full("send_back_fee"),
            Imitates::partly("deposit_back_info", "only has_deposit_back, always false: no bank cards"),
            Imitates::partly("refund_voucher_detail_list", "one voucher to a payment"),
            Imitates::full("refund_voucher_detail_list[].id"),
            Imitates::full("refund_voucher_detail_list[].name"),
            Imitates::partly("refund_voucher_detail_list[].type", "ALIPAY_FIX_VOUCHER only"),
            Imitates::full("refund_voucher_detail_list[].amount"),
            Imitates::full("refund_voucher_detail_list[].merchant_contribute"),
            Imitates::full("refund_voucher_detail_list[].other_contribute"),
            Imitates::ignored(
                "refund_voucher_detail_list[].other_contribute_detail",
                "the platform alone bears it; its word for that was read nowhere",
            ),
            Imitates::ignored("refund_voucher_detail_list[].memo", "never sent"),
            Imitates::ignored("refund_voucher_detail_list[].template_id", "vouchers are given one by one, without an activity"),
            Imitates::ignored("refund_voucher_detail_list[].purchase_ant_contribute", "no vouchers are sold"),
            Imitates::ignored("refund_voucher_detail_list[].purchase_buyer_contribute", "no vouchers are sold"),
            Imitates::ignored("refund_voucher_detail_list[].purchase_merchant_contribute", "no vouchers are sold"),
            Imitates::full("present_refund_buyer_amount"),
            Imitates::full("present_refund_discount_amount"),
            Imitates::full("present_refund_mdiscount_amount"),
        ],
        errors: &["ACQ.INVALID_PARAMETER", "ACQ.TRADE_NOT_EXIST"],
        differs: &[
            VOUCHERS_BACK,
            "Asked less than 10 s after the refund it answers all the same, and the journal remarks on it.",
            "Of the two spellings of the missing trade, ACQ.TRADE_NOT_EXIST is answered; the other one by a fault.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let trade = call.world().trade_named(call.merchant(), params.which.named())?;
        let Some(refund) = trade.refund(&params.out_request_no) else { return Ok(Reply::default()) };
        let asked = |option| wants(params.query_options.as_deref(), option);
        let said: Value = serde_json::from_str(&refund.document).unwrap_or_default();
        let reply = Reply {
            trade_no: Some(trade.number.to_string()),
            out_trade_no: Some(trade.order.to_string()),
            out_request_no: Some(refund.request.to_string()),
            total_amount: Some(yuan(trade.total)),
            refund_amount: Some(yuan(refund.back.total())),
            refund_status: Some("REFUND_SUCCESS"),
            refund_reason: said.get("refund_reason").and_then(Value::as_str).map(str::to_owned),
            gmt_refund_pay: asked("gmt_refund_pay").then(|| refund.at.text()),
            refund_detail_item_list: asked("refund_detail_item_list").then(|| funds(refund.back)),
            send_back_fee: asked("refund_detail_item_list").then(|| yuan(refund.back.own + refund.back.platform)),
            refund_voucher_detail_list: asked("refund_voucher_detail_list").then(|| vouchers(call.world(), trade, refund.back)).flatten(),
            present: Present::of(trade, refund.back),
            deposit_back_info: asked("deposit_back_info").then(|| json!({"has_deposit_back": "false"})),
        };
        if call.now() < refund.at.plus_seconds(TOO_SOON) {
            call.flag("", "asked less than 10 s after the refund: the platform may not know it yet");
        }
        Ok(reply)
    }
}

#[cfg(test)]
mod tests;
