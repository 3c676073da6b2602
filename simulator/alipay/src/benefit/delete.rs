//! `alipay.marketing.card.benefit.delete`: an external benefit is taken away.
//!
//! Sources: spec table of the same name; card SEMANTICS 7.

use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::benefit::BenefitRemoved;
use world::names::{BenefitId, ProgrammeId};

pub(crate) struct BenefitDelete;

#[derive(Deserialize)]
pub(crate) struct Params {
    template_id: String,
    benefit_id: String,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    result: bool,
}

impl Method for BenefitDelete {
    const NAME: &'static str = "alipay.marketing.card.benefit.delete";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER", "TEMPLATE_NOT_EXIST", "BENEFIT_NOT_EXIST"],
        differs: &["Deleting a benefit again is BENEFIT_NOT_EXIST; no source says so."],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let benefit = BenefitId::from(&params.benefit_id);
        call.world().benefit_of(call.merchant(), &ProgrammeId::from(&params.template_id), &benefit)?;
        call.record(BenefitRemoved { benefit });
        Ok(Reply { result: true })
    }
}

#[cfg(test)]
mod tests;
