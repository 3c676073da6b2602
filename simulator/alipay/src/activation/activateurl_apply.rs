//! `alipay.marketing.card.activateurl.apply`: the link that opens a template's activation form.
//!
//! Making it again shows the form to holders once more. Sources: spec table of the same name; card SEMANTICS 3, 5.

use crate::activation::link::{Link, encoded};
use crate::customer::callback::Callback;
use crate::method::{Call, Method, Outcome};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::Refusal;
use world::names::ProgrammeId;
use world::programme::LinkMade;

pub(crate) struct ActivateurlApply;

#[derive(Deserialize)]
pub(crate) struct Params {
    template_id: String,
    out_string: Option<String>,
    callback: Option<String>,
    follow_app_id: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    apply_card_url: String,
}

impl Method for ActivateurlApply {
    const NAME: &'static str = "alipay.marketing.card.activateurl.apply";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full(""), Imitates::partly("follow_app_id", "the suggestion is shown; following is not imitated")],
        response: &[Imitates::full("")],
        errors: &[
            "INVALID_PARAMETER",
            "ILLEGAL_NULL_ARGUMENT",
            "ILLEGAL_ARGUMENT_OUT_STRING",
            "CARD_TEMPLATE_NOT_EXIST",
            "OPEN_FORM_TEMPLATE_NOT_EXIST",
        ],
        differs: &[
            "The link leads to this server instead of memberprod.alipay.com.",
            "follow_app_id stands last in the link, and behind it isv_app_id when a provider made it; no capture shows their places.",
            "out_string with control characters is ILLEGAL_ARGUMENT_OUT_STRING; which characters the platform refuses is not published.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let id = ProgrammeId::from(&params.template_id);
        let programme = call.world().programme_of(call.merchant(), &id)?;
        if programme.form.is_none() {
            return Err(Refusal::NoForm(id).into());
        }
        if params.out_string.as_ref().is_some_and(|text| text.contains(char::is_control)) {
            return Err(Refused::business("ILLEGAL_ARGUMENT_OUT_STRING", "out_string不合法").into());
        }
        if let Some(callback) = &params.callback {
            let parsed = Callback::parse(callback).ok_or_else(|| Refused::parameter("callback格式不正确"))?;
            if parsed.has_query() {
                return Err(Refused::parameter("callback不能带参数").into());
            }
        } else if call.provider().unwrap_or(call.app()).callback.is_empty() {
            call.flag("callback", "neither given nor registered for the application: only mini programs can use this link");
        }
        let link = Link {
            app_id: call.app().id.to_string(),
            template_id: params.template_id,
            out_string: params.out_string,
            callback: params.callback,
            follow_app_id: params.follow_app_id,
            isv_app_id: call.provider().map(|provider| provider.id.to_string()),
        };
        // kept from its path on: where this server stands is not part of what happened
        let written = link.written();
        let apply_card_url = encoded(&format!("{}{written}", call.caller().address));
        call.record(LinkMade { programme: id, link: written });
        Ok(Reply { apply_card_url })
    }
}

#[cfg(test)]
mod tests;
