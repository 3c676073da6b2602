//! `alipay.user.card.activateurl.query`: the activation link that was last made for a classic template.
//!
//! Sources: spec table of the same name; card SEMANTICS 5.

use crate::activation::link::{Link, encoded};
use crate::method::{Call, Method, Outcome};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::names::ProgrammeId;

pub(crate) struct ActivateurlQuery;

#[derive(Deserialize)]
pub(crate) struct Params {
    template_id: String,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    apply_card_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<String>,
}

impl Method for ActivateurlQuery {
    const NAME: &'static str = "alipay.user.card.activateurl.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &[],
        differs: &[
            "The link is the one that alipay.marketing.card.activateurl.apply made last; before the first one the call is refused.",
            "Every refusal is isv.invalid-parameter: error codes of this call are unknown.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let programme = call.world().programme_of(call.merchant(), &ProgrammeId::from(&params.template_id))?;
        let Some(link) = &programme.link else { return Err(Refused::parameter("该模板没有开卡链接").into()) };
        let callback = Link::read(link).and_then(|read| read.link.callback);
        Ok(Reply { apply_card_url: encoded(&format!("{}{link}", call.caller().address)), callback })
    }
}

#[cfg(test)]
mod tests;
