//! `alipay.user.card.template.create`, `.modify` and `.query`: templates of the newer family.
//!
//! Sources: spec tables of the same names.

use crate::ids;
use crate::method::{Call, Method, Outcome};
use crate::newer::document::Template;
use crate::template::document::Document;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::programme::{ProgrammeCreated, ProgrammeModified};

pub(crate) struct TemplateCreate;
pub(crate) struct TemplateModify;
pub(crate) struct TemplateQuery;

/// What all its calls differ in.
pub(super) const DIFFERS: &str = "No page of this family could be read; templates here are ordinary templates, from which alipay.marketing.card.open issues cards, and every refusal is isv.invalid-parameter.";

const FIELDS: &[Imitates] = &[
    Imitates::full(""),
    Imitates::partly("logo_url", "kept and echoed; the pages draw pictures by id only"),
    Imitates::partly("background_url", "kept and echoed; the pages draw pictures by id only"),
    Imitates::stored("banner_image_url"),
    Imitates::partly("code_type", "kept and echoed; the card always shows the merchant's own number as a QR code"),
    Imitates::stored("private_card_page_url"),
];

#[derive(Deserialize)]
pub(crate) struct Creating {
    #[serde(flatten)]
    sent: Document,
}

#[derive(Deserialize)]
pub(crate) struct Modifying {
    template_id: String,
    #[serde(flatten)]
    sent: Document,
}

#[derive(Deserialize)]
pub(crate) struct Querying {
    template_id: String,
}

#[derive(Serialize)]
pub(crate) struct Created {
    template_id: String,
}

#[derive(Serialize)]
pub(crate) struct Nothing {}

impl Method for TemplateCreate {
    const NAME: &'static str = "alipay.user.card.template.create";
    const IMITATES: ImitatedMethod<'static> =
        ImitatedMethod { name: Self::NAME, request: FIELDS, response: &[Imitates::full("")], errors: &[], differs: &[DIFFERS] };
    type Params = Creating;
    type Reply = Created;

    fn run(call: &mut Call<'_, '_>, params: Creating) -> Outcome<Created> {
        let template = Template { sent: params.sent, levels: Vec::new() };
        call.world().check_room(call.merchant(), crate::template::LIMIT)?;
        let sequence = call.world().programmes().len() as u64 + 1;
        let programme = ids::template_id(call.now(), sequence, call.chance());
        let template_id = programme.to_string();
        let (merchant, app) = (call.merchant().clone(), call.app().id.clone());
        let (document, terms) = (template.document(), template.terms());
        // no request id here: the template's own number stands for it
        call.record(ProgrammeCreated { programme, merchant, app, request_id: template_id.clone(), document, terms });
        Ok(Created { template_id })
    }
}

impl Method for TemplateModify {
    const NAME: &'static str = "alipay.user.card.template.modify";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: FIELDS,
        response: &[],
        errors: &[],
        differs: &[DIFFERS, "Fields that are sent replace the stored ones, absent fields stay; cards follow at once."],
    };
    type Params = Modifying;
    type Reply = Nothing;

    fn run(call: &mut Call<'_, '_>, params: Modifying) -> Outcome<Nothing> {
        let (programme, mut template) = Template::of(call, &params.template_id)?;
        let programme = programme.id.clone();
        template.sent.extend(params.sent);
        call.record(ProgrammeModified { programme, document: template.document(), terms: template.terms() });
        Ok(Nothing {})
    }
}

impl Method for TemplateQuery {
    const NAME: &'static str = "alipay.user.card.template.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &[],
        differs: &[DIFFERS],
    };
    type Params = Querying;
    type Reply = Document;

    fn run(call: &mut Call<'_, '_>, params: Querying) -> Outcome<Document> {
        Ok(Template::of(call, &params.template_id)?.1.sent)
    }
}

#[cfg(test)]
mod tests;
