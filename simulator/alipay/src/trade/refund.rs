//! `alipay.trade.refund`: money of a paid trade goes back, once for each number of the merchant's.
//!
//! 10000 alone does not mean that this call moved money: `fund_change` says. Sources: spec table of the same name; commerce
//! SEMANTICS 3.

use super::Which;
use super::amount::{fen, yuan};
use super::order::wants;
use super::shown::{Buyer, funds};
use super::told::{self, About, Asker};
use super::vouchers::{Present, VOUCHERS_BACK, vouchers};
use crate::method::{Call, Method, Outcome};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use world::trade::RefundAsk;

pub(crate) struct Refund;

#[derive(Deserialize)]
pub(crate) struct Params {
    #[serde(flatten)]
    which: Which,
    refund_amount: String,
    out_request_no: Option<String>,
    refund_reason: Option<String>,
    refund_currency: Option<String>,
    store_id: Option<String>,
    terminal_id: Option<String>,
    operator_id: Option<String>,
    query_options: Option<Vec<String>>,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    trade_no: String,
    out_trade_no: String,
    #[serde(flatten)]
    buyer: Buyer,
    fund_change: &'static str,
    refund_fee: String,
    gmt_refund_pay: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_detail_item_list: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_back_fee: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_deposit_back: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_voucher_detail_list: Option<Value>,
    #[serde(flatten)]
    present: Present,
}

impl Method for Refund {
    const NAME: &'static str = "alipay.trade.refund";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full("refund_amount"),
            Imitates::full("out_request_no"),
            Imitates::full("out_trade_no"),
            Imitates::full("trade_no"),
            Imitates::full("refund_reason"),
            Imitates::partly("refund_currency", "CNY only"),
            Imitates::stored("store_id"),
            Imitates::stored("terminal_id"),
            Imitates::stored("operator_id"),
            Imitates::full("query_options"),
            Imitates::partly("query_options[]", "refund_detail_item_list, refund_voucher_detail_list and deposit_back_info are answered"),
        ],
        response: &[
            Imitates::full("trade_no"),
            Imitates::full("out_trade_no"),
            Imitates::full("buyer_logon_id"),
            Imitates::full("buyer_user_id"),
            Imitates::full("buyer_open_id"),
            Imitates::full("fund_change"),
            Imitates::full("refund_fee"),
            Imitates::full("gmt_refund_pay"),
            Imitates::partly("refund_detail_item_list", "ALIPAYACCOUNT, and what a voucher had taken off"),
            Imitates::ignored("refund_detail_item_list[].bank_code", "no bank cards"),
            Imitates::ignored("refund_detail_item_list[].fund_type", "no bank cards"),
            Imitates::ignored("refund_detail_item_list[].real_amount", "never sent"),
            Imitates::full("send_back_fee"),
            Imitates::partly("has_deposit_back", "always false: no bank cards"),
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
        errors: &[
            "ACQ.INVALID_PARAMETER",
            "ACQ.SELLER_BALANCE_NOT_ENOUGH",
            "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
            "ACQ.TRADE_NOT_EXIST",
            "ACQ.TRADE_HAS_FINISHED",
            "ACQ.REASON_TRADE_REFUND_FEE_ERR",
            "ACQ.DISCORDANT_REPEAT_REQUEST",
            "ACQ.TRADE_NOT_ALLOW_REFUND",
            "ACQ.REFUND_FEE_ERROR",
            "ACQ.TRADE_HAS_CLOSE",
            "ACQ.CURRENCY_NOT_SUPPORT",
        ],
        differs: &[
            "Which code stands for which reason is inferred where several would fit: too much or a part without out_request_no is ACQ.REFUND_AMT_NOT_EQUAL_TOTAL, an amount of nothing ACQ.REFUND_FEE_ERROR, less than 3 s after the last refund ACQ.REASON_TRADE_REFUND_FEE_ERR.",
            "The refund notice goes to the refund's own notify_url, or else to that of the payment (inferred).",
            "A trade is given back in at most 50 parts (ours), then ACQ.TRADE_NOT_ALLOW_REFUND.",
            "The refund reaches the wallet at once; bank cards and royalties are not imitated.",
            VOUCHERS_BACK,
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let amount = fen("refund_amount", &params.refund_amount)?;
        if params.refund_currency.as_deref().is_some_and(|currency| currency != "CNY") {
            return Err(Refused::business("ACQ.CURRENCY_NOT_SUPPORT", "").into());
        }
        if amount == 0 {
            return Err(Refused::business("ACQ.REFUND_FEE_ERROR", "").into());
        }
        let ask =
            RefundAsk { named: params.which.named(), request: params.out_request_no.as_deref(), fen: amount, document: params.document() };
        let decided = call.world().decide_refund(call.merchant(), &ask, call.now())?;
        let refunded = call.enact(decided)?;
        if refunded.first {
            let app = call.provider().unwrap_or(call.app()).id.clone();
            let behalf = call.provider().map(|_| call.app().id.clone());
            let asker = call.caller().notify_url.clone().map(|url| Asker { url, app, behalf });
            told::tell(call, &refunded.trade, About::RefundTo(asker));
        }
        let world = call.world();
        let trade = world.trades().get(&refunded.trade).expect("a refund has a trade");
        let asked = |option| wants(params.query_options.as_deref(), option);
        let back = refunded.refund.back;
        Ok(Reply {
            trade_no: trade.number.to_string(),
            out_trade_no: trade.order.to_string(),
            buyer: Buyer::of(world, call.app(), trade),
            fund_change: if refunded.first { "Y" } else { "N" },
            refund_fee: yuan(refunded.total),
            gmt_refund_pay: refunded.refund.at.text(),
            refund_detail_item_list: asked("refund_detail_item_list").then(|| funds(back)),
            send_back_fee: asked("refund_detail_item_list").then(|| yuan(back.own + back.platform)),
            has_deposit_back: asked("deposit_back_info").then_some("false"),
            refund_voucher_detail_list: asked("refund_voucher_detail_list").then(|| vouchers(world, trade, back)).flatten(),
            present: Present::of(trade, back),
        })
    }
}

impl Params {
    /// What of it is shown again.
    fn document(&self) -> Box<str> {
        let all = [
            ("refund_reason", &self.refund_reason),
            ("store_id", &self.store_id),
            ("terminal_id", &self.terminal_id),
            ("operator_id", &self.operator_id),
        ];
        let kept = all.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?))));
        Value::Object(kept.collect::<Map<_, _>>()).to_string().into()
    }
}

#[cfg(test)]
mod tests;
