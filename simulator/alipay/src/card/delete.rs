//! `alipay.marketing.card.delete`: a card leaves the wallet, for a while or for good.
//!
//! The same `out_serial_no` asked for again gives the first serial number. Sources: spec table of the same name; card
//! SEMANTICS 8.

use crate::ids;
use crate::method::{Call, Method, Outcome};
use crate::notice::card_changed::{self, Change};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::Release;
use world::card::Leave;
use world::names::CardNumber;

pub(crate) struct CardDelete;

#[derive(Deserialize)]
pub(crate) struct Params {
    out_serial_no: String,
    target_card_no: String,
    reason_code: Reason,
    ext_info: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Reason {
    UserUnbund,
    Cancel,
    Present,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    biz_serial_no: String,
}

impl Method for CardDelete {
    const NAME: &'static str = "alipay.marketing.card.delete";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full(""), Imitates::ignored("ext_info", "who a card was given to has no effect; only its JSON is checked")],
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER", "CARD_NOT_EXIT", "CARD_IS_DELETED_ALREADY"],
        differs: &[
            "The same out_serial_no for the same card returns the first biz_serial_no; no source says so.",
            "The message to notify_url carries template_id, biz_card_no, external_card_no and the customer; its real body is not published.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        if params.ext_info.is_some_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err()) {
            return Err(Refused::parameter("ext_info不是正确的JSON").into());
        }
        let leave = match params.reason_code {
            Reason::UserUnbund => Leave::Unbound,
            Reason::Cancel => Leave::Cancelled,
            Reason::Present => Leave::GivenAway,
        };
        let receipt = ids::serial(call.now(), call.chance());
        let card = CardNumber::from(&params.target_card_no);
        match call.world().decide_release(call.merchant(), &card, leave, Some(&params.out_serial_no), receipt)? {
            Release::Repeat(receipt) => Ok(Reply { biz_serial_no: receipt }),
            Release::New(released) => {
                let biz_serial_no = released.receipt.clone();
                call.record(released);
                card_changed::tell(call, &card, Change::Deleted);
                Ok(Reply { biz_serial_no })
            }
        }
    }
}

#[cfg(test)]
mod tests;
