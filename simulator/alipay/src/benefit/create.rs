//! `alipay.marketing.card.benefit.create`: an external benefit is attached to a template.
//!
//! Sources: spec table of the same name; card SEMANTICS 6, 7.

use crate::benefit::document::Document;
use crate::ids;
use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::names::{BenefitId, ProgrammeId};

pub(crate) struct BenefitCreate;

#[derive(Deserialize)]
pub(crate) struct Params {
    mcard_template_benefit: Document,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    benefit_id: String,
}

impl Method for BenefitCreate {
    const NAME: &'static str = "alipay.marketing.card.benefit.create";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER", "TEMPLATE_NOT_EXIST"],
        differs: &[
            "A template may have 200 external benefits; the real limit is not published. Beyond it the code is INVALID_PARAMETER.",
            "Every call makes another benefit: no source names a key that makes it once-only.",
            "ext_info must be JSON when given.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let document = params.mcard_template_benefit;
        call.world().programme_of(call.merchant(), &ProgrammeId::from(&document.template_id))?;
        let made = call.world().benefits().len() as u64;
        // the sequence of what is there may repeat after one was taken away: the drawn digits and this tell them apart
        let id = loop {
            let id = BenefitId::from(ids::template_id(call.now(), made + 1, call.chance()).as_str());
            if call.world().benefits().get(&id).is_none() {
                break id;
            }
        };
        let benefit = call.world().decide_benefit(call.merchant(), document.benefit(id)?)?;
        let benefit_id = benefit.id.to_string();
        call.record(benefit);
        Ok(Reply { benefit_id })
    }
}

#[cfg(test)]
mod tests;
