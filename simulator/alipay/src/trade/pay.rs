//! `alipay.trade.pay`: a till charges a code that it read from a customer's phone, or a face token.
//!
//! Four answers: paid (10000), the customer is asked on the phone (10003), refused (40004), unknown (20000, a fault's or a
//! store's business). Sources: spec table of the same name; commerce SEMANTICS 2 and 3.

use super::amount::ZERO;
use super::order::Fields;
use super::shown::{Amounts, Buyer, funds};
use super::told::{self, About};
use super::vouchers::vouchers;
use crate::ids;
use crate::method::{Call, Method, Outcome};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use world::names::{PayCode, TradeNumber};
use world::trade::life;
use world::trade::{Charged, Paying};

pub(crate) struct Pay;

#[derive(Deserialize)]
pub(crate) struct Params {
    scene: Option<String>,
    auth_code: Option<String>,
    auth_no: Option<Value>,
    #[serde(rename = "agreement_params")]
    agreement: Option<Value>,
    advance_payment_type: Option<Value>,
    #[serde(flatten)]
    order: Fields,
}

/// Paid, or waiting: the same members, as far as there is something to say.
#[derive(Serialize)]
pub(crate) struct Reply {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg: Option<&'static str>,
    trade_no: String,
    out_trade_no: String,
    #[serde(flatten)]
    buyer: Buyer,
    #[serde(flatten)]
    amounts: Amounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    gmt_payment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fund_bill_list: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mdiscount_amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voucher_detail_list: Option<Value>,
}

/// What is inferred about vouchers, told with every method that can take one.
const VOUCHERS: &str = "A customer's vouchers come from the control API. A payment takes one by itself, when the money moves: of those whose threshold what may be reduced reaches, the one that takes most off, then the first to end, then the oldest. A full refund or a cancel gives it back while it is valid. fund_bill_list names what it took off DISCOUNT or MDISCOUNT (all inferred).";

impl Method for Pay {
    const NAME: &'static str = "alipay.trade.pay";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full("out_trade_no"),
            Imitates::full("scene"),
            Imitates::full("subject"),
            Imitates::full("total_amount"),
            Imitates::full("auth_code"),
            Imitates::full("time_expire"),
            Imitates::full("timeout_express"),
            Imitates::full("discountable_amount"),
            Imitates::full("undiscountable_amount"),
            Imitates::full("query_options"),
            Imitates::partly(
                "query_options[]",
                "fund_bill_list, voucher_detail_list, discount_amount and mdiscount_amount are answered; nothing else there is",
            ),
            Imitates::full("passback_params"),
            Imitates::full("body"),
            Imitates::full("store_id"),
            Imitates::full("terminal_id"),
            Imitates::full("operator_id"),
            Imitates::full("alipay_store_id"),
            Imitates::partly("goods_detail", "lines are judged and counted, nothing shows them"),
            Imitates::ignored("merchant_order_no", "nothing shows it"),
            Imitates::partly("seller_id", "only the merchant itself is paid"),
            Imitates::partly("product_code", "the two products of the till; the others are refused as not contracted"),
            Imitates::partly("trans_currency", "CNY only"),
            Imitates::partly("settle_currency", "CNY only"),
            Imitates::partly("business_params", "only force_pwd has an effect"),
            Imitates::full("business_params.force_pwd"),
            Imitates::partly("sub_merchant", "no second-level merchant exists"),
            Imitates::partly("agreement_params", "no agreement exists"),
            Imitates::partly("auth_no", "no pre-authorisation exists"),
            Imitates::partly("advance_payment_type", "no merchant is admitted to it"),
        ],
        response: &[
            Imitates::full("trade_no"),
            Imitates::full("out_trade_no"),
            Imitates::full("buyer_logon_id"),
            Imitates::full("buyer_user_id"),
            Imitates::full("buyer_open_id"),
            Imitates::full("total_amount"),
            Imitates::full("receipt_amount"),
            Imitates::full("buyer_pay_amount"),
            Imitates::partly("point_amount", "always 0.00: nobody has Jifenbao"),
            Imitates::full("invoice_amount"),
            Imitates::full("gmt_payment"),
            Imitates::partly("fund_bill_list", "ALIPAYACCOUNT, and what a voucher took off"),
            Imitates::ignored("fund_bill_list[].bank_code", "no bank cards"),
            Imitates::ignored("fund_bill_list[].fund_type", "no bank cards"),
            Imitates::ignored("fund_bill_list[].real_amount", "never sent"),
            Imitates::full("discount_amount"),
            Imitates::full("mdiscount_amount"),
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
        ],
        errors: &[
            "",
            "ACQ.INVALID_PARAMETER",
            "ACQ.ACCESS_FORBIDDEN",
            "ACQ.TOTAL_FEE_EXCEED",
            "ACQ.PAYMENT_AUTH_CODE_INVALID",
            "ACQ.CONTEXT_INCONSISTENT",
            "ACQ.TRADE_HAS_SUCCESS",
            "ACQ.TRADE_HAS_CLOSE",
            "ACQ.BUYER_BALANCE_NOT_ENOUGH",
            "ACQ.AGREEMENT_NOT_EXIST",
            "ACQ.AUTH_NO_ERROR",
            "ACQ.CURRENCY_NOT_SUPPORT",
            "ACQ.MERCHANT_UNSUPPORT_ADVANCE",
            "ACQ.INVALID_RECEIVE_ACCOUNT",
            "ACQ.SELLER_NOT_EXIST",
            "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR",
            "ACQ.SECONDARY_MERCHANT_ID_BLANK",
            "ACQ.SECONDARY_MERCHANT_ID_INVALID",
            "ACQ.SUB_GOODS_SIZE_MAX_COUNT",
            "ACQ.AUTH_TOKEN_IS_NOT_EXIST",
            "ACQ.SMILE_PAY_MERCHANT_NOT_MATCH",
        ],
        differs: &[
            "A waiting number with another customer is ACQ.CONTEXT_INCONSISTENT, whose meaning names the parties; ACQ.TRADE_BUYER_NOT_MATCH is answered by a fault only.",
            "A payment code lives 60 s (inferred) and is used up by the first call that gets as far as the customer, also when that call is refused.",
            "A customer is asked when the amount is above their limit or force_pwd is true; there is no risk control. The limit is set through the control API.",
            "The same order with a new code goes on with the same trade while it waits (inferred). A paid number is ACQ.TRADE_HAS_SUCCESS whatever else differs.",
            "A refused payment leaves no trade behind (inferred).",
            "fund_bill_list is answered when query_options names it, as for a merchant without a contract for it.",
            "V3 answers 202 while the customer is asked; no source states the status.",
            VOUCHERS,
            "Item vouchers, bank cards, Huabei, pre-authorisation and withholding are not imitated.",
            "scene may be left out (its row states a default). That it must fit the kind of code is inferred.",
        ],
    };
    const BESIDE_REFUSAL: fn(&Map<String, Value>) -> Map<String, Value> = beside;
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let fields = &params.order;
        let order = fields.order(call, life::AT_A_TILL)?;
        params.check_product()?;
        let code = params.code()?;
        let paying = Paying { trade: ids::trade_number(call.now(), call.chance()), order, code, ask: fields.forces_password() };
        let decided = call.world().decide_pay(&paying, call.now())?;
        match call.enact(decided)? {
            Charged::Paid(number) => {
                told::tell(call, &number, About::Payment);
                Ok(params.reply(call, &number))
            }
            Charged::Waits(number) => {
                let waiting = Reply { code: Some("10003"), msg: Some(" order success pay inprocess"), ..params.reply(call, &number) };
                Ok(waiting)
            }
            Charged::Refused(refusal) => Err(refusal.into()),
        }
    }
}

impl Params {
    /// Whether the merchant has a contract for this.
    fn check_product(&self) -> Outcome<()> {
        let refused = |code| Err(Refused::business(code, "").into());
        if self.advance_payment_type.is_some() {
            return refused("ACQ.MERCHANT_UNSUPPORT_ADVANCE");
        }
        match self.order.product_code.as_deref() {
            None | Some("FACE_TO_FACE_PAYMENT" | "OFFLINE_PAYMENT") => Ok(()),
            Some(_) if self.agreement.is_some() => refused("ACQ.AGREEMENT_NOT_EXIST"),
            Some(_) if self.auth_no.is_some() => refused("ACQ.AUTH_NO_ERROR"),
            Some(_) => refused("ACQ.ACCESS_FORBIDDEN"),
        }
    }

    /// What the till read, if it goes with the scene.
    fn code(&self) -> Outcome<PayCode> {
        let refused = |code| Err(Refused::business(code, "").into());
        let Some(code) = &self.auth_code else {
            return match (&self.agreement, &self.auth_no) {
                (Some(_), _) => refused("ACQ.AGREEMENT_NOT_EXIST"),
                (None, Some(_)) => refused("ACQ.AUTH_NO_ERROR"),
                (None, None) => refused("ACQ.AUTH_TOKEN_IS_NOT_EXIST"),
            };
        };
        let face = self.scene.as_deref() == Some("security_code");
        // a code of the other scene is one that nobody showed; the number's state is looked at before the code (SEMANTICS 14)
        Ok(PayCode::from(if face == code.starts_with("fp") { code.as_str() } else { "" }))
    }

    fn reply(&self, call: &Call<'_, '_>, number: &TradeNumber) -> Reply {
        let world = call.world();
        let trade = world.trades().get(number).expect("it was made or found in this call");
        let parts = trade.paid.map(|_| trade.parts());
        let asked = |option| parts.filter(|_| self.order.wants(option));
        Reply {
            code: None,
            msg: None,
            trade_no: number.to_string(),
            out_trade_no: trade.order.to_string(),
            buyer: Buyer::of(world, call.app(), trade),
            amounts: Amounts::of(trade),
            gmt_payment: trade.paid.map(world::Moment::text),
            fund_bill_list: asked("fund_bill_list").map(funds),
            discount_amount: asked("discount_amount").map(|parts| super::amount::yuan(parts.platform)),
            mdiscount_amount: asked("mdiscount_amount").map(|parts| super::amount::yuan(parts.merchant)),
            voucher_detail_list: asked("voucher_detail_list").and_then(|parts| vouchers(world, trade, parts)),
        }
    }
}

/// A refusal names the order, and that nothing was paid, as in captured answers.
fn beside(fields: &Map<String, Value>) -> Map<String, Value> {
    let order = fields.get("out_trade_no").and_then(Value::as_str);
    let amounts = ["buyer_pay_amount", "invoice_amount", "point_amount", "receipt_amount"];
    let order = order.map(|order| ("out_trade_no".to_owned(), Value::from(order)));
    order.into_iter().chain(amounts.map(|name| (name.to_owned(), Value::from(ZERO)))).collect()
}

#[cfg(test)]
mod tests;
