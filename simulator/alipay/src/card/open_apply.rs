//! `alipay.marketing.card.open.apply`: a card without the customer's consent, which the platform keeps to itself.
//!
//! Merchants are told that they may not, unless the sandbox's switch `open_without_consent` is on; then it opens a card as
//! `card.open` does, without token and form. Source: spec table of the same name.

use crate::card::info::CardInfo;
use crate::card::open;
use crate::method::{Call, Method, Outcome};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::Serialize;
use wire::alipay::codes::sub_code;
use world::switch::Switch;

pub(crate) struct OpenApply;

#[derive(Serialize)]
pub(crate) struct Reply {
    card_info: CardInfo,
}

impl Method for OpenApply {
    const NAME: &'static str = "alipay.marketing.card.open.apply";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full(""),
            Imitates::ignored("card_ext_info.biz_card_no", "the platform numbers cards"),
            Imitates::ignored("card_ext_info.template_id", "only meaningful in card.update"),
            Imitates::stored("card_ext_info.custom_assets"),
            Imitates::stored("member_ext_info"),
        ],
        response: &[Imitates::full(""), Imitates::ignored("card_info.template_id", "no captured answer has it")],
        errors: &[],
        differs: &[
            "Refused as isv.insufficient-isv-permissions unless the sandbox's switch open_without_consent is on.",
            "Its error codes are unknown; what card.open refuses is isv.invalid-parameter here.",
        ],
    };
    type Params = open::Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: open::Params) -> Outcome<Reply> {
        if !call.world().is_on(Switch::OpenWithoutConsent) {
            let hint = "internal to the platform; a tester can turn the sandbox's switch open_without_consent on";
            return Err(Refused::gateway(sub_code::INSUFFICIENT_ISV_PERMISSIONS).with_hint(hint).into());
        }
        Ok(Reply { card_info: open::issue(call, params, None)?.card_info })
    }
}

#[cfg(test)]
mod tests;
