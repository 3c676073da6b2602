//! `alipay.marketing.card.template.query`: one template, as it stands.
//!
//! Answers what the response table has of the stored document: levels come back as `card_level_confs`, and neither
//! `write_off_type` nor any id does. Sources: spec table of the same name; card SEMANTICS 7.

use crate::meant::shown;
use crate::method::{Call, Method, Outcome};
use crate::template::document::{self, Document};
use engine::contract::{ImitatedMethod, Imitates};
use serde::Deserialize;
use world::names::ProgrammeId;

pub(crate) struct TemplateQuery;

#[derive(Deserialize)]
pub(crate) struct Params {
    template_id: String,
}

impl Method for TemplateQuery {
    const NAME: &'static str = "alipay.marketing.card.template.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER", "TEMPLATE_NOT_EXIT"],
        differs: &["Blocks come back as they were sent; which of them the platform fills with defaults is not known."],
    };
    type Params = Params;
    type Reply = Document;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Document> {
        let programme = super::own(call, &ProgrammeId::from(&params.template_id))?;
        let mut document = document::of(programme);
        if let Some(levels) = document.remove("card_level_conf") {
            document.insert("card_level_confs".to_owned(), levels);
        }
        Ok(shown(crate::contract::CONTRACTS.get(Self::NAME).expect("its table is compiled in").response.fields(), &document))
    }
}

#[cfg(test)]
mod tests;
