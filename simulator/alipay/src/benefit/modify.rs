//! `alipay.marketing.card.benefit.modify`: an external benefit gets new content, as a whole.
//!
//! Sources: spec table of the same name; card SEMANTICS 7.

use crate::benefit::document::Document;
use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::benefit::BenefitModified;
use world::names::{BenefitId, ProgrammeId};

pub(crate) struct BenefitModify;

#[derive(Deserialize)]
pub(crate) struct Params {
    benefit_id: String,
    mcard_template_benefit: Document,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    result: bool,
}

impl Method for BenefitModify {
    const NAME: &'static str = "alipay.marketing.card.benefit.modify";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER", "TEMPLATE_NOT_EXIST", "BENEFIT_NOT_EXIST"],
        differs: &["The content is replaced as a whole; a benefit cannot move to another template, which is BENEFIT_NOT_EXIST."],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let (id, document) = (BenefitId::from(&params.benefit_id), params.mcard_template_benefit);
        call.world().benefit_of(call.merchant(), &ProgrammeId::from(&document.template_id), &id)?;
        call.record(BenefitModified(document.benefit(id)?));
        Ok(Reply { result: true })
    }
}

#[cfg(test)]
mod tests;
