//! `alipay.marketing.card.update`: the merchant states a card's new points, balance, level, face.
//!
//! Only what is sent changes; dates in `card_info` are ignored, as on the platform. Applied in the order of arrival, whatever
//! `occur_time` says. Sources: spec table of the same name; card SEMANTICS 9, 10 and 16.

use crate::card::info::{CardInfo, undeclared};
use crate::card::open::has_paid_conf;
use crate::method::{Call, Method, Outcome, moment};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use world::Figure;
use world::accounts;
use world::card::Card;
use world::names::{CardNumber, ProgrammeId};
use world::programme::{CodeKind, Programme};
use world::switch::Switch;

pub(crate) struct CardUpdate;

/// How many points the holder is told of.
const CHANGED: &str = "merchant_card_msg_info.changed_point";

#[derive(Deserialize)]
pub(crate) struct Params {
    target_card_no: String,
    occur_time: String,
    card_info: CardInfo,
    mcard_style_info: Option<Value>,
    merchant_card_msg_info: Option<ToldHolder>,
    notify_messages: Option<Value>,
    paid_outer_card_info: Option<Value>,
}

/// What the holder is told.
#[derive(Deserialize)]
struct ToldHolder {
    changed_point: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Reply {}

impl Method for CardUpdate {
    const NAME: &'static str = "alipay.marketing.card.update";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full(""),
            Imitates::ignored("card_info.biz_card_no", "not to be sent"),
            Imitates::ignored("card_info.open_date", "cannot be changed, on the platform either"),
            Imitates::ignored("card_info.valid_date", "cannot be changed, on the platform either"),
            Imitates::stored("card_info.custom_assets"),
            Imitates::ignored("ext_info", "unused on the platform too"),
            Imitates::ignored("notify_messages", "deprecated, without effect on the platform too"),
            Imitates::partly("mcard_style_info", "deprecated; only its conflict with template_id is noticed"),
            Imitates::ignored("paid_outer_card_info", "paid cards are not imitated; only the missing configuration is noticed"),
        ],
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER", "CARD_NOT_EXIT", "PAIDOUTERCARD_LACK_TEMPLATE_CONFIG"],
        differs: &[
            "Applied at once; the real platform shows changes after 1 to 5 minutes.",
            "Updates apply in the order of arrival: an older occur_time does not stop one, unless the sandbox's switch strict_occur_time is on.",
            "A card that was deleted is CARD_NOT_EXIT.",
            "changed_point is told to the holder at once, as it was sent: it is not compared with the points; 0 and malformed text tell nothing. The text of the message is ours. A card keeps the last 20 of them.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let occurred = moment("occur_time", &params.occur_time)?;
        let number = CardNumber::from(&params.target_card_no);
        let card = call.world().card_of(call.merchant(), &number)?;
        let programme = call.world().programme_at(card.programme);
        let moved_to = params.card_info.template_id.as_deref().map(ProgrammeId::from);
        if moved_to.is_some() && params.mcard_style_info.is_some() {
            return Err(Refused::parameter("template_id和mcard_style_info不能同时设置").into());
        }
        if params.paid_outer_card_info.is_some() && !has_paid_conf(programme) {
            return Err(Refused::business("PAIDOUTERCARD_LACK_TEMPLATE_CONFIG", "卡模板没有付费卡配置").into());
        }
        let mut remarks = undeclared(programme, &params.card_info, "card_info");
        let mut stated = params.card_info.statement("card_info")?;
        if let Some(why) = stated.merchant_code.as_ref().and_then(|code| code_without_effect(programme, &card, code)) {
            stated.merchant_code = None;
            remarks.push(("card_info.mdcode_info".to_owned(), why.to_owned()));
        }
        let last = card.more.get().occurred;
        if call.world().is_on(Switch::StrictOccurTime) && last.is_some_and(|last| occurred < last) {
            call.flag("occur_time", "older than the last one: with strict_occur_time on, the card stays as it is");
            return Ok(Reply {});
        }
        let mut restated = call.world().decide_restating(call.merchant(), &card, moved_to, occurred, stated)?;
        if let Some(changed) = params.merchant_card_msg_info.and_then(|info| info.changed_point) {
            match Figure::parse(&changed) {
                Ok(figure) if figure.hundredths != 0 => restated.told = Some(figure),
                Ok(_) => remarks.push((CHANGED.to_owned(), "no change of points: no message is sent".to_owned())),
                Err(_) => remarks.push((CHANGED.to_owned(), "not a number with at most two decimals: no message is sent".to_owned())),
            }
        }
        let instructions = accounts::instructions(&number, call.merchant(), &restated.stated, || call.posting_id());
        call.record_and_post(restated, &instructions)?;
        if params.notify_messages.is_some() {
            remarks.push(("notify_messages".to_owned(), "deprecated: no message is sent".to_owned()));
        }
        for (path, text) in remarks {
            call.flag(&path, text);
        }
        Ok(Reply {})
    }
}

/// Why a merchant's code is not taken: the template shows none, or a newer one is there (SEMANTICS 10).
fn code_without_effect(programme: &Programme, card: &Card, code: &str) -> Option<&'static str> {
    if !matches!(programme.terms.code, CodeKind::MerchantQr | CodeKind::MerchantBar) {
        return Some("without effect: the template's write_off_type is neither mdqrcode nor mdbarcode");
    }
    let stamp = |code: &str| serde_json::from_str::<Value>(code).ok()?.get("time_stamp")?.as_i64();
    let before = card.more.get().merchant_code.as_deref().and_then(stamp)?;
    (stamp(code)? < before).then_some("without effect: a code with a later time_stamp is there already")
}

#[cfg(test)]
mod tests;
