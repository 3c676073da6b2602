//! `alipay.marketing.card.transfer.create`: a card of another merchant's comes over to a template of one's own.
//!
//! Known from its fields only; all behaviour is inferred: `card_info.template_id` names the template it comes to, the number
//! and the holder stay, and what it holds is handed over from one merchant's accounts to the other's.
//! Source: spec table of the same name.

use crate::card::info::{CardInfo, undeclared};
use crate::ids;
use crate::method::{Call, Method, Outcome, moment};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::names::{CardNumber, MerchantId, ProgrammeId};
use world::{Transfer, accounts};

pub(crate) struct TransferCreate;

#[derive(Deserialize, Serialize)]
pub(crate) struct Params {
    out_serial_no: String,
    source_pid: String,
    source_template_id: String,
    target_card_no: String,
    target_card_no_type: String,
    occur_time: String,
    card_info: Option<CardInfo>,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    card_info: CardInfo,
}

impl Method for TransferCreate {
    const NAME: &'static str = "alipay.marketing.card.transfer.create";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full(""),
            Imitates::ignored("card_info.biz_card_no", "not to be sent"),
            Imitates::ignored("card_info.open_date", "cannot be changed"),
            Imitates::ignored("card_info.valid_date", "cannot be changed"),
            Imitates::stored("card_info.custom_assets"),
            Imitates::stored("card_info.mdcode_info"),
        ],
        response: &[Imitates::full("")],
        errors: &[],
        differs: &[
            "No source describes the call; everything beyond its fields is ours.",
            "card_info.template_id names the template of the taking merchant and is needed; the only target_card_no_type is BIZ_CARD.",
            "Any merchant of the sandbox may take any card over; whether the other merchant or the customer must agree is not known.",
            "The same out_serial_no with the same content succeeds without moving the card again; with other content it is refused.",
            "Its error codes are unknown: every refusal is isv.invalid-parameter.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let digest = ids::drawn(0, "transfer", &[serde_json::to_string(&params).expect("parameters are plain data").as_bytes()]);
        if params.target_card_no_type != "BIZ_CARD" {
            return Err(Refused::parameter("target_card_no_type取值不正确").into());
        }
        let info = params.card_info.unwrap_or_default();
        let Some(to) = info.template_id.as_deref().map(ProgrammeId::from) else {
            return Err(Refused::parameter("card_info.template_id不能为空").into());
        };
        let (source, card) = (MerchantId::from(&params.source_pid), CardNumber::from(&params.target_card_no));
        let transfer = Transfer {
            source: source.clone(),
            from: ProgrammeId::from(&params.source_template_id),
            to: to.clone(),
            card: card.clone(),
            serial: params.out_serial_no,
            digest,
            occurred: moment("occur_time", &params.occur_time)?,
            stated: info.statement("card_info")?,
        };
        match call.world().decide_transfer(call.merchant(), transfer)? {
            None => call.flag("out_serial_no", "done before; nothing changes"),
            Some(transferred) => {
                for (path, text) in undeclared(call.world().programme_of(call.merchant(), &to)?, &info, "card_info") {
                    call.flag(&path, text);
                }
                let merchant = call.merchant();
                let [one, two, three, four] = std::array::from_fn(|_| call.posting_id());
                let mut names = [one, two, three, four].into_iter();
                let world = call.world();
                let moved = world.card_of(&source, &card)?;
                let mut instructions = accounts::handed_over(world, &moved, &source, merchant, || {
                    names.next().expect("a card has two accounts, moved in two steps")
                });
                instructions.extend(accounts::instructions(&card, merchant, &transferred.stated.clone(), || call.posting_id()));
                call.record_and_post(transferred, &instructions)?;
            }
        }
        let world = call.world();
        let card = world.card_of(call.merchant(), &card)?;
        let template = world.programme_at(card.programme).id.to_string();
        Ok(Reply { card_info: CardInfo { template_id: Some(template), ..CardInfo::of(world, &card) } })
    }
}

#[cfg(test)]
mod tests;
