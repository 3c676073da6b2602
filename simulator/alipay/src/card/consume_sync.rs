//! `alipay.marketing.card.consume.sync`: a purchase made with a card, and the card after it.
//!
//! Values follow only when `trade_time` is later than that of the last purchase; the purchase is recorded all the same. A
//! repeated `trade_no` is recorded already. Sources: spec table of the same name; card SEMANTICS 11.

use crate::card::info::{CardInfo, kept, undeclared};
use crate::method::{Call, Method, Outcome, moment};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use world::accounts;
use world::names::CardNumber;

pub(crate) struct ConsumeSync;

#[derive(Deserialize)]
pub(crate) struct Params {
    target_card_no: String,
    trade_no: String,
    trade_time: String,
    card_info: Option<CardInfo>,
    gain_benefit_list: Option<Vec<Benefit>>,
    /// The rest is kept as it came, for the card's page.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
struct Benefit {
    benefit_type: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    external_card_no: String,
}

impl Method for ConsumeSync {
    const NAME: &'static str = "alipay.marketing.card.consume.sync";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full(""),
            Imitates::ignored("card_info.biz_card_no", "not to be sent"),
            Imitates::ignored("card_info.open_date", "cannot be changed"),
            Imitates::ignored("card_info.valid_date", "cannot be changed"),
            Imitates::ignored("card_info.template_id", "only meaningful in card.update"),
            Imitates::stored("card_info.custom_assets"),
            Imitates::stored("card_info.mdcode_info"),
        ],
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER", "CARD_NOT_EXIT"],
        differs: &["A repeated trade_no of the same card succeeds without recording it again; no source states a rule."],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let at = moment("trade_time", &params.trade_time)?;
        if params.gain_benefit_list.iter().flatten().any(|benefit| benefit.benefit_type == "DISCOUNT") {
            return Err(Refused::parameter("gain_benefit_list不能包含DISCOUNT").into());
        }
        let number = CardNumber::from(&params.target_card_no);
        let card = call.world().card_of(call.merchant(), &number)?;
        let external_card_no = card.external.to_string();
        let remarks = params
            .card_info
            .as_ref()
            .map(|info| undeclared(call.world().programme_at(card.programme), info, "card_info"))
            .unwrap_or_default();
        let stated = params.card_info.as_ref().map(|info| info.statement("card_info")).transpose()?.unwrap_or_default();
        let record = record(&params);
        let recorded = call.world().decide_purchase(&card, &params.trade_no, at, record, stated)?;
        let Some(recorded) = recorded else {
            call.flag("trade_no", "recorded before; nothing changes");
            return Ok(Reply { external_card_no });
        };
        if recorded.newest {
            let external_card_no = recorded.stated.external.clone().unwrap_or(external_card_no);
            let instructions = accounts::instructions(&number, call.merchant(), &recorded.stated, || call.posting_id());
            call.record_and_post(recorded, &instructions)?;
            for (path, text) in remarks {
                call.flag(&path, text);
            }
            Ok(Reply { external_card_no })
        } else {
            call.record(recorded);
            call.flag("trade_time", "not later than the last purchase's: the card stays as it is");
            Ok(Reply { external_card_no })
        }
    }
}

/// The purchase as the card's page shows it.
fn record(params: &Params) -> Box<str> {
    let mut record = params.rest.clone();
    if let Some(gained) = &params.gain_benefit_list {
        record.insert("gain_benefit_list".to_owned(), serde_json::to_value(gained).expect("benefits are plain data"));
    }
    record.remove("target_card_no_type");
    kept(&Value::Object(record))
}

#[cfg(test)]
mod tests;
