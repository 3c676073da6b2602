//! `alipay.marketing.card.query`: one card, by its number, by a scanned code, or by the merchant's own number.
//!
//! A card that left the wallet still answers, without `schema_url`: that is the documented test for "still in the wallet".
//! Sources: spec table of the same name; card SEMANTICS 8 and 16.7.

use crate::card::dynamic_code;
use crate::card::info::{CardInfo, CardUser};
use crate::ids;
use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::Refusal;
use world::card::{Card, State};
use world::names::{CardNumber, ProgrammeId};
use world::programme::CodeKind;

pub(crate) struct CardQuery;

#[derive(Deserialize)]
pub(crate) struct Params {
    target_card_no: String,
    target_card_no_type: NumberKind,
    template_id: Option<String>,
    card_user_info: Option<CardUser>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum NumberKind {
    BizCard,
    DQrCode,
    DBarCode,
    ExternalCard,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    card_info: CardInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    pass_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_url: Option<String>,
}

impl Method for CardQuery {
    const NAME: &'static str = "alipay.marketing.card.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full(""), Imitates::ignored("ext_info", "unused on the platform too")],
        response: &[
            Imitates::full(""),
            Imitates::ignored("card_info.template_id", "no captured answer has it"),
            Imitates::ignored("paid_outer_card_info", "paid cards are not imitated"),
        ],
        errors: &["INVALID_PARAMETER", "CARD_NOT_EXIT"],
        differs: &[
            "A dynamic code is good for exactly 120 seconds and any number of uses; sources say about two minutes.",
            "D_QR_CODE and D_BAR_CODE find a code of either kind.",
            "An unknown template_id with EXTERNAL_CARD is CARD_NOT_EXIT.",
            "pass_id is absent, like schema_url, once the card left the wallet; the shapes of both are ours.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let number = find(call, &params)?;
        call.world().card_of(call.merchant(), &number)?;
        let wanted = match &params.card_user_info {
            Some(user) => call.user(user.user_uni_id.as_deref(), user.open_id.as_deref())?,
            None => None,
        };
        let card = call.world().card_of(call.merchant(), &number)?;
        if wanted.is_some_and(|wanted| wanted != call.world().holder_of(&card).user) {
            return Err(Refusal::UnknownCard(params.target_card_no).into());
        }
        let pass_id = (card.state == State::Held).then(|| ids::pass_id(call.caller().seed, &card.number));
        let reply = Reply {
            card_info: CardInfo::of(call.world(), &card),
            schema_url: pass_id.as_ref().map(|pass| format!("alipays://platformapi/startapp?appId=20000021&actionType=route&p={pass}")),
            pass_id,
        };
        Ok(reply)
    }
}

fn find(call: &mut Call<'_, '_>, params: &Params) -> Outcome<CardNumber> {
    let unknown = || Refusal::UnknownCard(params.target_card_no.clone());
    let seed = call.caller().seed;
    let world = call.world();
    let found: Option<Card> = match params.target_card_no_type {
        NumberKind::BizCard => return Ok(CardNumber::from(&params.target_card_no)),
        NumberKind::DQrCode | NumberKind::DBarCode => dynamic_code::find(seed, world, &params.target_card_no, call.now()),
        NumberKind::ExternalCard => {
            let programme = ProgrammeId::from(params.template_id.as_deref().unwrap_or_default());
            world.programme_of(call.merchant(), &programme).ok().and_then(|_| world.card_by_external(&programme, &params.target_card_no))
        }
    };
    let number = found.as_ref().map(|card| card.number.clone()).ok_or_else(unknown);
    if let Some(remark) = mistaken(call, params, found.as_ref()) {
        call.flag("target_card_no", remark);
    }
    Ok(number?)
}

/// What a scanner's user probably meant.
fn mistaken(call: &Call<'_, '_>, params: &Params, found: Option<&Card>) -> Option<&'static str> {
    let world = call.world();
    match (params.target_card_no_type, found) {
        (NumberKind::DQrCode | NumberKind::DBarCode, None) => {
            let mut mine = world.programmes().iter().filter(|programme| programme.merchant == *call.merchant());
            let is_external = mine.any(|programme| world.card_by_external(&programme.id, &params.target_card_no).is_some());
            is_external.then_some("this is an external_card_no: static codes hold the merchant's own number, ask with EXTERNAL_CARD")
        }
        (NumberKind::DQrCode, Some(card)) if world.programme_at(card.programme).terms.code == CodeKind::PlatformBar => {
            Some("a bar code's value; D_BAR_CODE is its type")
        }
        (NumberKind::DBarCode, Some(card)) if world.programme_at(card.programme).terms.code == CodeKind::PlatformQr => {
            Some("a QR code's value; D_QR_CODE is its type")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
