//! `alipay.trade.precreate`: an order gets a code that a customer scans; only then there is a trade.
//!
//! Sources: spec table of the same name; commerce SEMANTICS 2 and 3.

use super::order::{Fields, span};
use crate::ids;
use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::trade::life;

pub(crate) struct Precreate;

#[derive(Deserialize)]
pub(crate) struct Params {
    qr_code_timeout_express: Option<String>,
    code_type: Option<String>,
    #[serde(flatten)]
    order: Fields,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    out_trade_no: String,
    qr_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    share_code: Option<String>,
}

impl Method for Precreate {
    const NAME: &'static str = "alipay.trade.precreate";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full("out_trade_no"),
            Imitates::full("subject"),
            Imitates::full("total_amount"),
            Imitates::full("time_expire"),
            Imitates::full("timeout_express"),
            Imitates::full("qr_code_timeout_express"),
            Imitates::full("discountable_amount"),
            Imitates::full("undiscountable_amount"),
            Imitates::full("passback_params"),
            Imitates::full("body"),
            Imitates::full("store_id"),
            Imitates::full("terminal_id"),
            Imitates::full("operator_id"),
            Imitates::full("alipay_store_id"),
            Imitates::full("product_code"),
            Imitates::full("code_type"),
            Imitates::partly("goods_detail", "lines are judged and counted, nothing shows them"),
            Imitates::ignored("merchant_order_no", "nothing shows it"),
            Imitates::partly("seller_id", "only the merchant itself is paid"),
            Imitates::partly("sub_merchant", "no second-level merchant exists"),
        ],
        response: &[
            Imitates::full("out_trade_no"),
            Imitates::full("qr_code"),
            Imitates::partly("share_code", "a text of our own shape, which the phone takes like the code"),
        ],
        errors: &[
            "ACQ.INVALID_PARAMETER",
            "ACQ.TOTAL_FEE_EXCEED",
            "ACQ.CONTEXT_INCONSISTENT",
            "ACQ.TRADE_HAS_SUCCESS",
            "ACQ.TRADE_HAS_CLOSE",
            "ACQ.APPLY_PC_MERCHANT_CODE_ERROR",
            "ACQ.SECONDARY_MERCHANT_ID_INVALID",
            "ACQ.SECONDARY_MERCHANT_ID_BLANK",
            "ACQ.SELLER_NOT_EXIST",
            "ACQ.INVALID_RECEIVE_ACCOUNT",
            "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR",
            "ACQ.SUB_GOODS_SIZE_MAX_COUNT",
        ],
        differs: &[
            "The same order again while its code lives gets the same code; another amount or title under its number is ACQ.APPLY_PC_MERCHANT_CODE_ERROR until then (both inferred). What else it says, notify_url and time-outs with it, is flagged and not taken.",
            "A merchant with 10000 living codes gets no other, ACQ.APPLY_PC_MERCHANT_CODE_ERROR (inferred).",
            "The code has the shape of the captured ones; nothing on the internet is behind it, POST /_kabao/v1/customers/{id}/scan takes it.",
            "A missing subject is flagged and taken: that it is required is inferred.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let order = params.order.order(call, life::AT_A_TILL)?;
        let now = call.now();
        let until = match &params.qr_code_timeout_express {
            Some(text) => span("qr_code_timeout_express", text, now)?,
            None => now.plus_seconds(life::OFFER),
        };
        let fresh = ids::offer_code(call.chance());
        let decided = call.world().decide_offer(fresh.clone(), order, until, now)?;
        let code = call.enact(decided)?;
        if code != fresh {
            call.flag(
                "out_trade_no",
                "a code for this order lives and is answered again: notify_url and time-outs stay those of the first call",
            );
        }
        let shared = params.code_type.as_deref() == Some("share_code");
        Ok(Reply {
            out_trade_no: params.order.out_trade_no.clone(),
            share_code: shared.then(|| code.to_string()),
            qr_code: format!("{}{code}", ids::QR_HEAD),
        })
    }
}

#[cfg(test)]
mod tests;
