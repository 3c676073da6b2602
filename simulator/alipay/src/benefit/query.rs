//! `alipay.marketing.card.benefit.query`: the external benefits of a template, or one of them.
//!
//! `benefit_desc` comes back as one text. Sources: spec table of the same name; card SEMANTICS 7.

use crate::benefit::document::queried;
use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use world::names::{BenefitId, ProgrammeId};

pub(crate) struct BenefitQuery;

#[derive(Deserialize)]
pub(crate) struct Params {
    template_id: String,
    benefit_id: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    mcard_template_benefit_query: Vec<Map<String, Value>>,
}

impl Method for BenefitQuery {
    const NAME: &'static str = "alipay.marketing.card.benefit.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER", "TEMPLATE_NOT_EXIST", "BENEFIT_NOT_EXIST"],
        differs: &[
            "Benefits come oldest first, whether or not their dates hold.",
            "The lines of benefit_desc are joined by line feeds; what the platform joins them by is not published.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let programme = ProgrammeId::from(&params.template_id);
        let found = if let Some(id) = &params.benefit_id {
            vec![queried(call.world().benefit_of(call.merchant(), &programme, &BenefitId::from(id))?)]
        } else {
            call.world().programme_of(call.merchant(), &programme)?;
            call.world().benefits_of(&programme).map(queried).collect()
        };
        Ok(Reply { mcard_template_benefit_query: found })
    }
}

#[cfg(test)]
mod tests;
