//! `alipay.trade.cancel`: takes back an order whose outcome the till does not know.
//!
//! An unpaid trade is closed, a paid one given back whole; a number without a trade is answered all the same and stays usable.
//! Sources: spec table of the same name; commerce SEMANTICS 3 (Poll, then cancel).

use super::Which;
use super::told::{self, About};
use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::trade::Action;

pub(crate) struct Cancel;

#[derive(Deserialize)]
pub(crate) struct Params {
    #[serde(flatten)]
    which: Which,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    #[serde(skip_serializing_if = "Option::is_none")]
    out_trade_no: Option<String>,
    retry_flag: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_no: Option<String>,
}

impl Method for Cancel {
    const NAME: &'static str = "alipay.trade.cancel";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[
            Imitates::full("out_trade_no"),
            Imitates::partly("retry_flag", "N, unless a fault says Y"),
            Imitates::full("action"),
            Imitates::full("trade_no"),
            Imitates::ignored("gmt_refund_pay", "bank-indirect trades only"),
            Imitates::ignored("refund_settlement_id", "never sent"),
        ],
        errors: &[
            "ACQ.INVALID_PARAMETER",
            "ACQ.SELLER_BALANCE_NOT_ENOUGH",
            "ACQ.TRADE_HAS_FINISHED",
            "ACQ.TRADE_CANCEL_TIME_OUT",
            "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        ],
        differs: &[
            "A number without a trade is answered with 10000 and no action (inferred); a code to be scanned that was made for it dies.",
            "A trade that was cancelled or closed before is answered as the first time; one that was given back whole is ACQ.REASON_TRADE_REFUND_FEE_ERR (both inferred).",
            "Cancelling a paid trade sends a refund notice (inferred); cancelling an unpaid one sends none.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let decided = call.world().decide_cancel(call.merchant(), params.which.named(), call.now())?;
        let cancelled = call.enact(decided)?;
        let action = match cancelled.action {
            Action::Nothing => None,
            Action::Closed => Some("close"),
            Action::Refunded => Some("refund"),
        };
        let trade = cancelled.trade.as_ref().and_then(|number| call.world().trades().get(number));
        let reply = Reply {
            out_trade_no: trade.map(|trade| trade.order.to_string()).or(params.which.out_trade_no),
            retry_flag: "N",
            action,
            trade_no: cancelled.trade.as_ref().map(ToString::to_string),
        };
        if let (Some(number), Action::Refunded, true) = (&cancelled.trade, cancelled.action, cancelled.first) {
            told::tell(call, number, About::Refund);
        }
        Ok(reply)
    }
}

#[cfg(test)]
mod tests;
