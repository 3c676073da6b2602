//! `alipay.trade.close`: the merchant closes a trade that nobody paid.
//!
//! Sources: spec table of the same name; commerce SEMANTICS 2 and 3.

use super::Which;
use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};

pub(crate) struct Close;

#[derive(Deserialize)]
pub(crate) struct Params {
    #[serde(flatten)]
    which: Which,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    out_trade_no: String,
    trade_no: String,
}

impl Method for Close {
    const NAME: &'static str = "alipay.trade.close";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("out_trade_no"), Imitates::full("trade_no"), Imitates::ignored("operator_id", "nothing shows it")],
        response: &[Imitates::full("")],
        errors: &["ACQ.INVALID_PARAMETER", "ACQ.TRADE_NOT_EXIST", "ACQ.TRADE_STATUS_ERROR"],
        differs: &[
            "A trade that does not wait is ACQ.TRADE_STATUS_ERROR; which of three codes the platform uses for which state was not read.",
            "Closing sends no notice: those of face-to-face trades are off by default.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let decided = call.world().decide_close(call.merchant(), params.which.named(), call.now())?;
        let number = call.enact(decided)?;
        let order = call.world().trades().get(&number).map(|trade| trade.order.to_string());
        Ok(Reply { out_trade_no: order.unwrap_or_default(), trade_no: number.to_string() })
    }
}

#[cfg(test)]
mod tests;
