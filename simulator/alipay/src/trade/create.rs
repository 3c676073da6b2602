//! `alipay.trade.create`: a trade for a customer whom the merchant knows; the customer's mini program pays it by its number.
//!
//! Sources: spec table of the same name; commerce SEMANTICS 2 and 3.

use super::order::Fields;
use crate::ids;
use crate::method::{Call, Method, Outcome};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::trade::life;

pub(crate) struct Create;

#[derive(Deserialize)]
pub(crate) struct Params {
    buyer_id: Option<String>,
    buyer_open_id: Option<String>,
    buyer_logon_id: Option<String>,
    #[serde(flatten)]
    order: Fields,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    out_trade_no: String,
    trade_no: String,
}

impl Method for Create {
    const NAME: &'static str = "alipay.trade.create";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full("out_trade_no"),
            Imitates::full("subject"),
            Imitates::full("total_amount"),
            Imitates::full("buyer_id"),
            Imitates::full("buyer_open_id"),
            Imitates::ignored("buyer_logon_id", "not advised; nobody is found by a login"),
            Imitates::full("time_expire"),
            Imitates::full("timeout_express"),
            Imitates::full("discountable_amount"),
            Imitates::full("undiscountable_amount"),
            Imitates::full("passback_params"),
            Imitates::full("body"),
            Imitates::full("store_id"),
            Imitates::full("terminal_id"),
            Imitates::full("operator_id"),
            Imitates::full("alipay_store_id"),
            Imitates::partly("product_code", "decides how long the trade lives"),
            Imitates::partly("goods_detail", "lines are judged and counted, nothing shows them"),
            Imitates::ignored("merchant_order_no", "nothing shows it"),
            Imitates::partly("seller_id", "only the merchant itself is paid"),
            Imitates::partly("sub_merchant", "no second-level merchant exists"),
        ],
        response: &[Imitates::full("")],
        errors: &[
            "ACQ.INVALID_PARAMETER",
            "ACQ.TOTAL_FEE_EXCEED",
            "ACQ.CONTEXT_INCONSISTENT",
            "ACQ.TRADE_HAS_SUCCESS",
            "ACQ.TRADE_HAS_CLOSE",
            "ACQ.BUYER_NOT_EXIST",
            "ACQ.SECONDARY_MERCHANT_ID_BLANK",
            "ACQ.SECONDARY_MERCHANT_ID_INVALID",
            "ACQ.INVALID_RECEIVE_ACCOUNT",
            "ACQ.SELLER_NOT_EXIST",
            "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR",
            "ACQ.SUB_GOODS_SIZE_MAX_COUNT",
        ],
        differs: &[
            "A waiting number with another customer is ACQ.CONTEXT_INCONSISTENT, whose meaning names the parties; ACQ.TRADE_BUYER_NOT_MATCH is answered by a fault only.",
            "product_code may be any text: the one of mini programs is in no source, and the table's list knows the till only. Anything but the till's lives 15 days.",
            "An open id of another application is isv.app-openid-not-match, as in every other call.",
            "Nobody is found by buyer_logon_id alone: ACQ.BUYER_NOT_EXIST.",
            "A missing subject is flagged and taken: that it is required is inferred.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let lives = match params.order.product_code.as_deref() {
            None | Some("FACE_TO_FACE_PAYMENT") => life::AT_A_TILL,
            Some(_) => life::ELSEWHERE,
        };
        let order = params.order.order(call, lives)?;
        let Some(buyer) = call.user(params.buyer_id.as_deref(), params.buyer_open_id.as_deref())? else {
            return Err(match params.buyer_logon_id {
                Some(_) => Refused::business("ACQ.BUYER_NOT_EXIST", ""),
                None => Refused::parameter("buyer_id和buyer_open_id不能同时为空"),
            }
            .into());
        };
        let number = ids::trade_number(call.now(), call.chance());
        let decided = call.world().decide_trade(number, &buyer, order, call.now())?;
        let number = call.enact(decided)?;
        Ok(Reply { out_trade_no: params.order.out_trade_no, trade_no: number.to_string() })
    }
}

#[cfg(test)]
mod tests;
